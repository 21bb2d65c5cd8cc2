/** Means over windows, over the image and over time: linear, so their gradients are adjoints. */
import * as fc from 'fast-check'
import { NumericError } from '../../errors.js'
import type { Graph } from '../../graph/graph.js'
import { type ActivationShape, imagesOf, pixelsOf, type Value } from '../../ops/op.js'
import { traceAveragePool, traceGlobalAveragePool } from '../../ops/pooling.js'
import { traceTimeMean } from '../../ops/time-sums.js'
import type { Gpu } from '../../runtime/gpu.js'
import {
  averagePoolBackward,
  averagePoolForward,
  globalAveragePoolBackward,
  globalAveragePoolForward,
  timeMeanBackward,
  timeMeanForward,
} from '../../testing/oracle/pooling.js'
import { expectClose } from '../../testing/tolerance.js'
import { expectAdjoint, floatsOf, runLinear, totalOf } from '../linear-op.js'
import { activationShape, countOf, randomSeed } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'

/** Sums of a few numbers below 2. */
const rounding = { absolute: 1e-5 }

export interface Averaging {
  readonly shape: ActivationShape
  readonly spikes: boolean
  readonly readers: number
  readonly slabs: number
  readonly seed: number
}

const averaging = (shape: fc.Arbitrary<ActivationShape>, spikes: fc.Arbitrary<boolean>): fc.Arbitrary<Averaging> =>
  fc
    .record({
      shape,
      spikes,
      readers: fc.constantFrom(1, 1, 2),
      slabs: fc.integer({ min: 1, max: 3 }),
      seed: randomSeed,
    })
    .map((drawn) => ({ ...drawn, slabs: Math.min(drawn.slabs, drawn.shape.steps) }))

export interface Mean {
  readonly outputSize: number
  readonly trace: (graph: Graph, x: Value) => Value
  readonly forward: (x: Float64Array) => Float64Array
  readonly backward: (dy: Float64Array) => Float64Array
}

/** Output and gradient of a mean are the oracle's, and its gradient is its adjoint. */
export async function expectMean(gpu: Gpu, run: Averaging, mean: Mean): Promise<void> {
  const result = await runLinear(gpu, {
    inputs: [run],
    outputSize: mean.outputSize,
    trace: (graph, [x]) => mean.trace(graph, x ?? graph.raw('f32', 0, 'none')),
    readers: run.readers,
    minimumSlabs: run.slabs,
    seed: run.seed,
  })
  const [x = new Float64Array()] = result.xs
  const [dx = new Float32Array()] = result.dxs
  const y = mean.forward(x)
  for (const words of result.ys) expectClose(floatsOf(words), y, rounding)
  const dy = totalOf(result.dys)
  expectClose(dx, mean.backward(dy), rounding)
  expectAdjoint(result, floatsOf(result.ys[0] ?? new Uint32Array()), 1e-5)
  if (result.slabs < run.slabs) throw new NumericError('slabs', `must be ${run.slabs} at least; got ${result.slabs}.`)
}

const windows = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    activationShape({ height: 1, width: 1 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([window, shape, rows, columns]) => ({ ...shape, height: window * rows, width: window * columns, window }))
  .filter((shape) => countOf(shape) <= 8000)
  .chain((drawn) => averaging(fc.constant(drawn), fc.constant(false)).map((run) => ({ ...run, window: drawn.window })))

const globalMean = (run: Averaging): Mean => {
  const { channels } = run.shape
  const extent = { images: imagesOf(run.shape), positions: pixelsOf(run.shape), channels }
  return {
    outputSize: extent.images * channels,
    trace: traceGlobalAveragePool,
    forward: (x) => globalAveragePoolForward(x, extent),
    backward: (dy) => globalAveragePoolBackward(dy, extent),
  }
}

const severalSteps = fc
  .tuple(activationShape(), fc.constantFrom(2, 3, 7))
  .map(([shape, steps]) => ({ ...shape, steps }))
  .filter((shape) => countOf(shape) <= 8000)

export const averageProperties: readonly GpuProperty[] = [
  gpuProperty<Averaging & { readonly window: number }>({
    name: 'average pooling: mean of each window, with its gradient',
    kernels: ['pooling/average', 'pooling/average_gradient'],
    cases: windows,
    runs: 20,
    holds: (gpu, run) => {
      const { window } = run
      const { height, width, channels } = run.shape
      const extent = { images: imagesOf(run.shape), height, width, channels, window }
      return expectMean(gpu, run, {
        outputSize: countOf(run.shape) / window ** 2,
        trace: (graph, x) => traceAveragePool(graph, x, window),
        forward: (x) => averagePoolForward(x, extent),
        backward: (dy) => averagePoolBackward(dy, extent),
      })
    },
  }),
  gpuProperty<Averaging>({
    name: 'global average pooling: firing rate of each channel, with its gradient',
    kernels: ['pooling/spike_mean', 'pooling/spike_mean_gradient'],
    cases: averaging(activationShape(), fc.constant(true)),
    holds: (gpu, run) => expectMean(gpu, run, globalMean(run)),
  }),
  gpuProperty<Averaging>({
    name: 'global average pooling of currents: mean of each channel, with its gradient',
    kernels: ['pooling/average', 'pooling/average_gradient'],
    // one pixel is its own mean
    cases: averaging(activationShape(), fc.constant(false)),
    holds: (gpu, run) => expectMean(gpu, run, globalMean(run)),
  }),
  gpuProperty<Averaging>({
    name: 'mean over time: that of the oracle in any number of slabs, with its gradient',
    kernels: ['elementwise/time_mean', 'elementwise/time_repeat'],
    cases: averaging(severalSteps, fc.constant(false)),
    holds: (gpu, run) => {
      const { steps } = run.shape
      return expectMean(gpu, run, {
        outputSize: countOf(run.shape) / steps,
        trace: traceTimeMean,
        forward: (x) => timeMeanForward(x, steps),
        backward: (dy) => timeMeanBackward(dy, steps),
      })
    },
  }),
]
