import { createRequire } from 'node:module'
import { data, problem, provideGpu, report, stepCount, weights } from './problem.js'

await provideGpu()
const start = performance.now()
const load = createRequire(import.meta.url)
// biome-ignore lint/suspicious/noExplicitAny: its declarations do not fit the compiler's settings
const tf = load('@tensorflow/tfjs') as any
load('@tensorflow/tfjs-backend-webgpu')
await tf.setBackend('webgpu')
await tf.ready()
// biome-ignore lint/suspicious/noExplicitAny: as above
type Tensor = any

const { timeSteps, batch, side, classes, widths, learningRate, tau, alpha, epsilon } = problem
const channels = [1, ...widths]

/** Heaviside step with the slope of the arctan surrogate. */
const fire = tf.customGrad((u: Tensor, save: (tensors: Tensor[]) => void) => {
  save([u])
  return {
    // 1 where u >= 0; a cast of a comparison does not compile in this backend
    value: tf.sub(1, tf.step(tf.neg(u))),
    gradFunc: (dy: Tensor, [kept]: Tensor[]) => {
      const scaled = tf.mul(kept, (Math.PI / 2) * alpha)
      return tf.mul(dy, tf.div(alpha / 2, tf.add(tf.mul(scaled, scaled), 1)))
    },
  }
})
/** Passes no gradient. */
const detached = tf.customGrad((x: Tensor) => ({
  value: x.clone(),
  gradFunc: (dy: Tensor) => tf.zerosLike(dy),
}))

function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const mean = tf.mean(x, [0, 1, 2], true)
  const centred = tf.sub(x, mean)
  const variance = tf.mean(tf.mul(centred, centred), [0, 1, 2], true)
  return tf.add(tf.mul(centred, tf.div(gamma, tf.sqrt(tf.add(variance, epsilon)))), beta)
}

function lif(currents: Tensor[]): Tensor[] {
  let v: Tensor | null = null
  return currents.map((x) => {
    const h = v === null ? tf.mul(x, 1 / tau) : tf.add(tf.mul(v, 1 - 1 / tau), tf.mul(x, 1 / tau))
    const s = fire(tf.sub(h, 1))
    v = tf.mul(h, tf.sub(1, detached(s)))
    return s
  })
}

const own = weights()
const variable = (values: Float32Array, shape: number[]): Tensor => tf.variable(tf.tensor(values, shape))
const w = own.convolutions.map((values, k) => variable(values, [3, 3, channels[k] ?? 1, channels[k + 1] ?? 1]))
const gamma = own.gammas.map((values) => variable(values, [values.length]))
const beta = own.betas.map((values) => variable(values, [values.length]))
const linear = variable(own.linear, [widths[2], classes])
const bias = variable(own.bias, [classes])
const all = [...w, ...gamma, ...beta, linear, bias]

function loss(x: Tensor, target: Tensor): Tensor {
  let spikes: Tensor[] = []
  for (const k of [0, 1, 2]) {
    // the picture is the same at every step, so the first layer's current is computed once
    const input = k === 0 ? x : tf.concat(spikes, 0)
    const y = batchNorm(tf.conv2d(input, w[k], 1, 'same'), gamma[k], beta[k])
    const currents = k === 0 ? Array.from({ length: timeSteps }, () => y) : tf.split(y, timeSteps, 0)
    spikes = lif(currents).map((s) => (k < 2 ? tf.avgPool(s, 2, 2, 'valid') : tf.mean(s, [1, 2])))
  }
  const features = tf.mul(tf.addN(spikes), 1 / timeSteps)
  const logits = tf.add(tf.matMul(features, linear), bias)
  return tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), target)), -1 / batch)
}

const { input, labels } = data()
const oneHot = new Float32Array(batch * classes)
labels.forEach((label, sample) => {
  oneHot[sample * classes + label] = 1
})
const optimizer = tf.train.sgd(learningRate)
const losses: number[] = []
const stepSeconds: number[] = []
let firstStepSeconds = 0
for (let index = 0; index < stepCount(); index++) {
  const began = performance.now()
  const [x, target] = [tf.tensor(input, [batch, side, side, 1]), tf.tensor(oneHot, [batch, classes])]
  const value = optimizer.minimize(() => loss(x, target), true, all)
  losses.push((await value.data())[0])
  // the update of the last weight ends the step
  await bias.data()
  tf.dispose([x, target, value])
  const now = performance.now()
  if (index === 0) firstStepSeconds = (now - start) / 1000
  else stepSeconds.push((now - began) / 1000)
}
const adapter = await (globalThis as unknown as { keptDawn: GPU }).keptDawn.requestAdapter()
report({ library: '@tensorflow/tfjs', adapter: adapter?.info.description ?? '', losses, firstStepSeconds, stepSeconds })
