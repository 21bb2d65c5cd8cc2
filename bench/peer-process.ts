/** One peer as a process: see peers.ts. Its name is the argument; jobs arrive as lines of JSON. */
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { createDawn } from '../src/host/node/dawn.js'
import { applyDriverEnvironment } from '../src/host/node/driver-environment.js'
import { operand, type PeerJob } from './peers.js'

const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

/** Prepares a job once, and returns what runs it once and waits for the GPU, giving the first results. */
type Prepare = (job: PeerJob) => Promise<(wantSample: boolean) => Promise<number[]>>

const fill = (count: number, seed: number) => Float32Array.from({ length: count }, (_, index) => operand(index, seed))

/** Our channel-last numbers in channel-first order. */
function channelsFirst(values: Float32Array, outer: number, pixels: number, channels: number): Float32Array {
  const moved = new Float32Array(values.length)
  for (let o = 0; o < outer; o++)
    for (let p = 0; p < pixels; p++)
      for (let c = 0; c < channels; c++)
        moved[(o * channels + c) * pixels + p] = values[(o * pixels + p) * channels + c] ?? 0
  return moved
}

// biome-ignore lint/suspicious/noExplicitAny: the peers are optional and their types are not ours
type Library = any

async function jax(): Promise<Prepare> {
  const { numpy, lax, init, defaultDevice, jit, blockUntilReady }: Library = await import('@jax-js/jax')
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('offers no WebGPU here')
  defaultDevice('webgpu')
  const array = (values: Float32Array, shape: number[]) => numpy.array(values).reshape(shape)
  const finish = async (y: Library, wantSample: boolean) => {
    if (wantSample) return Array.from((await y.data()) as Float32Array).slice(0, 4)
    await (y.blockUntilReady ? y.blockUntilReady() : blockUntilReady(y))
    y.dispose?.()
    return []
  }
  return async (job) => {
    if (job.kind === 'product') {
      const [a, b] = [array(fill(job.m * job.k, 1), [job.m, job.k]), array(fill(job.k * job.n, 2), [job.k, job.n])]
      const product = jit((x: Library, y: Library) => numpy.matmul(x, y))
      return (wantSample) => finish(product(a.ref, b.ref), wantSample)
    }
    const { images, side, inputs, outputs, kernel } = job
    const x = channelsFirst(fill(images * side * side * inputs, 1), images, side * side, inputs)
    const ours = fill(kernel * kernel * inputs * outputs, 2)
    const w = new Float32Array(ours.length)
    for (let tap = 0; tap < kernel * kernel; tap++)
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++)
          w[(o * inputs + i) * kernel * kernel + tap] = ours[(tap * inputs + i) * outputs + o] ?? 0
    const [vx, vw] = [array(x, [images, inputs, side, side]), array(w, [outputs, inputs, kernel, kernel])]
    const convolve = jit((a: Library, b: Library) => lax.convGeneralDilated(a, b, [1, 1], 'SAME'))
    return (wantSample) => finish(convolve(vx.ref, vw.ref), wantSample)
  }
}

async function tensorflow(): Promise<Prepare> {
  const tf: Library = await import('@tensorflow/tfjs')
  // the WebGPU backend is a package of its own, which @tensorflow/tfjs does not bring along
  const backend = '@tensorflow/tfjs-backend-webgpu'
  await import(backend)
  if (!(await tf.setBackend('webgpu'))) throw new Error('its WebGPU backend does not start')
  await tf.ready()
  const finish = async (y: Library, wantSample: boolean) => {
    const values = wantSample ? Array.from((await y.data()) as Float32Array).slice(0, 4) : []
    // reading one number waits for all that was submitted
    if (!wantSample) {
      const one = tf.slice(tf.reshape(y, [-1]), [0], [1])
      await one.data()
      one.dispose()
    }
    y.dispose()
    return values
  }
  return async (job) => {
    if (job.kind === 'product') {
      const a = tf.tensor2d(fill(job.m * job.k, 1), [job.m, job.k])
      const b = tf.tensor2d(fill(job.k * job.n, 2), [job.k, job.n])
      return (wantSample) => finish(tf.matMul(a, b), wantSample)
    }
    const { images, side, inputs, outputs, kernel } = job
    const x = tf.tensor4d(fill(images * side * side * inputs, 1), [images, side, side, inputs])
    const w = tf.tensor4d(fill(kernel * kernel * inputs * outputs, 2), [kernel, kernel, inputs, outputs])
    return (wantSample) => finish(tf.conv2d(x, w, 1, 'same'), wantSample)
  }
}

async function main(): Promise<void> {
  applyDriverEnvironment()
  const gpu = await createDawn()
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'node' }, configurable: true })
  const prepare = await (process.argv[2] === 'jax-js' ? jax() : tensorflow())
  const prepared = new Map<string, Awaited<ReturnType<Prepare>>>()
  say({ ready: true })
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const run = prepared.get(line) ?? (await prepare(JSON.parse(line) as PeerJob))
      let sample: number[] = []
      if (!prepared.has(line)) {
        // compilation and the first dispatches are not timed
        sample = await run(true)
        await run(false)
        prepared.set(line, run)
      }
      const [cpu, start] = [process.cpuUsage(), performance.now()]
      await run(false)
      const milliseconds = performance.now() - start
      const used = process.cpuUsage(cpu)
      say({ milliseconds, processor: (used.user + used.system) / 1000 / availableParallelism(), sample })
    } catch (error) {
      say({ error: (error as Error).message })
    }
  }
  process.exit(0)
}

main().catch((error: unknown) => {
  say({ error: (error as Error).message.split('\n')[0] })
  process.exit(0)
})
