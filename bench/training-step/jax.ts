import { data, problem, provideGpu, report, stepCount, weights } from './problem.js'

await provideGpu()
const start = performance.now()
const jax = await import('@jax-js/jax')
await jax.init('webgpu')
jax.defaultDevice('webgpu')
const { numpy: np, lax, jit, valueAndGrad } = jax
type Tensor = InstanceType<typeof jax.Array>

const { timeSteps, batch, side, classes, widths, learningRate, tau, alpha, epsilon } = problem
const channels = [1, ...widths]

/** `[3, 3, CI, CO]` to `[CO, CI, 3, 3]`. */
function transposed(values: Float32Array, inputs: number, outputs: number): Float32Array {
  const result = new Float32Array(values.length)
  for (let k = 0; k < 9; k++)
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++) result[(o * inputs + i) * 9 + k] = values[(k * inputs + i) * outputs + o] ?? 0
  return result
}

/** Training-mode batch norm over all images and pixels: `[N, C, H, W]`. */
function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const mean = np.mean(x.ref, [0, 2, 3], { keepdims: true })
  const centred = x.sub(mean)
  const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true })
  const scale = gamma.reshape([1, -1, 1, 1]).div(np.sqrt(variance.add(epsilon)))
  return centred.mul(scale).add(beta.reshape([1, -1, 1, 1]))
}

/** Currents of each step to spikes of each step; hard reset to 0 without gradient. */
function lif(currents: Tensor[]): Tensor[] {
  const spikes: Tensor[] = []
  let v: Tensor | null = null
  currents.forEach((x, t) => {
    const h: Tensor = v === null ? x.mul(1 / tau) : v.mul(1 - 1 / tau).add(x.mul(1 / tau))
    const u = h.ref.sub(1)
    const smooth = np
      .arctan(u.ref.mul((Math.PI / 2) * alpha))
      .mul(1 / Math.PI)
      .add(0.5)
    const fired = np.greaterEqual(u, 0).astype(np.float32)
    const s = lax.stopGradient(fired.sub(smooth.ref)).add(smooth)
    if (t < timeSteps - 1) v = h.mul(np.subtract(1, lax.stopGradient(s.ref)))
    else h.dispose()
    spikes.push(s)
  })
  return spikes
}

const pool = (x: Tensor, size: number): Tensor => {
  const [n = 0, c = 0, h = 0, w = 0] = x.shape
  return np.mean(x.reshape([n, c, h / size, size, w / size, size]), [3, 5])
}

const conv = (x: Tensor, w: Tensor): Tensor =>
  lax.convGeneralDilated(
    x,
    w,
    [1, 1],
    [
      [1, 1],
      [1, 1],
    ],
  )

type Parameters = { w: Tensor[]; gamma: Tensor[]; beta: Tensor[]; linear: Tensor; bias: Tensor }

function loss(parameters: Parameters, x: Tensor, target: Tensor): Tensor {
  const { w, gamma, beta, linear, bias } = parameters
  let spikes: Tensor[] = []
  for (const k of [0, 1, 2]) {
    const [kernel, g, b] = [w[k] as Tensor, gamma[k] as Tensor, beta[k] as Tensor]
    // the picture is the same at every step, so the first layer's current is computed once
    const y = batchNorm(conv(k === 0 ? x : np.concatenate(spikes, 0), kernel), g, b)
    const currents =
      k === 0 ? Array.from({ length: timeSteps }, (_, t) => (t < timeSteps - 1 ? y.ref : y)) : np.split(y, timeSteps, 0)
    spikes = lif(currents).map((s) => (k < 2 ? pool(s, 2) : np.mean(s, [2, 3])))
  }
  const features = spikes
    .slice(1)
    .reduce((sum, s) => sum.add(s), spikes[0] as Tensor)
    .mul(1 / timeSteps)
  const logits = np.matmul(features, linear).add(bias)
  const top = lax.stopGradient(np.max(logits.ref, 1, { keepdims: true }))
  const shifted = logits.sub(top)
  const logSum = np.log(np.sum(np.exp(shifted.ref), 1, { keepdims: true }))
  return np.sum(shifted.sub(logSum).mul(target)).mul(-1 / batch)
}

const step = jit((parameters: Parameters, x: Tensor, target: Tensor) => {
  const [value, gradient] = valueAndGrad(loss)(jax.tree.ref(parameters), x, target)
  const next = jax.tree.map(
    (p: Tensor, g: Tensor) => p.sub(g.mul(learningRate)),
    parameters,
    gradient,
  ) as unknown as Parameters
  return { value, next }
})

const own = weights()
const array = (values: Float32Array, shape: number[]): Tensor => np.array(values).reshape(shape)
let parameters: Parameters = {
  w: own.convolutions.map((values, k) => {
    const [inputs = 1, outputs = 1] = [channels[k], channels[k + 1]]
    return array(transposed(values, inputs, outputs), [outputs, inputs, 3, 3])
  }),
  gamma: own.gammas.map((values) => array(values, [values.length])),
  beta: own.betas.map((values) => array(values, [values.length])),
  linear: array(own.linear, [widths[2], classes]),
  bias: array(own.bias, [classes]),
}
const { input, labels } = data()
const oneHot = new Float32Array(batch * classes)
labels.forEach((label, sample) => {
  oneHot[sample * classes + label] = 1
})
const losses: number[] = []
const stepSeconds: number[] = []
let firstStepSeconds = 0
for (let index = 0; index < stepCount(); index++) {
  const began = performance.now()
  const result = step(
    parameters as never,
    array(input, [batch, 1, side, side]),
    array(oneHot, [batch, classes]),
  ) as unknown as {
    value: Tensor
    next: Parameters
  }
  parameters = result.next
  await jax.blockUntilReady(jax.tree.ref(parameters as never))
  losses.push(((await result.value.data()) as Float32Array)[0] ?? Number.NaN)
  const now = performance.now()
  if (index === 0) firstStepSeconds = (now - start) / 1000
  else stepSeconds.push((now - began) / 1000)
}
const adapter = await (globalThis as unknown as { keptDawn: GPU }).keptDawn.requestAdapter()
report({ library: '@jax-js/jax', adapter: adapter?.info.description ?? '', losses, firstStepSeconds, stepSeconds })
