/** Pooling over any window: largest values (OR of spikes) and means, with padding and overlap. */
import * as fc from 'fast-check'
import { type ActivationShape, imagesOf, neuronsOf } from '../../ops/op.js'
import { type PoolWindow, traceMaxPool, traceWindowMean } from '../../ops/window-pooling.js'
import type { Gpu } from '../../runtime/gpu.js'
import { unpackSpikes } from '../../testing/oracle/dissimilarity.js'
import {
  maxPoolBackward,
  maxPoolForward,
  type WindowPoolExtent,
  windowMeanBackward,
  windowMeanForward,
  windowPoolOutput,
} from '../../testing/oracle/window-pooling.js'
import { expectClose } from '../../testing/tolerance.js'
import { expectAdjoint, floatsOf, runLinear, totalOf } from '../linear-op.js'
import { activationShape, randomSeed } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'

export interface PoolCase {
  readonly shape: ActivationShape
  readonly window: PoolWindow
  readonly spikes: boolean
  readonly readers: number
  readonly slabs: number
  readonly density: number
  readonly seed: number
}

export const poolExtent = ({ shape, window }: Pick<PoolCase, 'shape' | 'window'>): WindowPoolExtent => ({
  ...window,
  images: imagesOf(shape),
  height: shape.height,
  width: shape.width,
  channels: shape.channels,
})

const pair = (...sizes: number[]) => fc.tuple(fc.constantFrom(...sizes), fc.constantFrom(...sizes))

export const poolCase: fc.Arbitrary<PoolCase> = fc
  .record({
    shape: activationShape(),
    window: fc.record({
      kernel: pair(1, 2, 3, 5),
      stride: pair(1, 2, 3),
      padding: pair(0, 0, 1, 2),
      countPadding: fc.boolean(),
    }),
    spikes: fc.boolean(),
    readers: fc.constantFrom(1, 2),
    slabs: fc.integer({ min: 1, max: 3 }),
    density: fc.constantFrom(0, 0.1, 0.5, 1),
    seed: randomSeed,
  })
  .map((drawn) => ({ ...drawn, slabs: Math.min(drawn.slabs, drawn.shape.steps) }))
  .filter((run) => {
    try {
      return windowPoolOutput(poolExtent(run)).height > 0
    } catch {
      return false
    }
  })

export async function runPool(gpu: Gpu, run: PoolCase, kind: 'max' | 'average', halves = false) {
  const extent = poolExtent(run)
  const trace = kind === 'max' ? traceMaxPool : traceWindowMean
  const output = { ...run.shape, ...windowPoolOutput(extent) }
  const result = await runLinear(gpu, {
    inputs: [run],
    outputSize: imagesOf(output) * neuronsOf(output),
    trace: (graph, [x]) => trace(graph, x ?? graph.raw('f32', 0, 'none'), run.window),
    readers: run.readers,
    minimumSlabs: run.slabs,
    density: run.density,
    halves,
    seed: run.seed,
  })
  const bits = kind === 'max' && run.spikes
  const ys = result.ys.map((words) =>
    bits ? unpackSpikes(words, imagesOf(output), neuronsOf(output)) : floatsOf(words),
  )
  return { extent, ys, x: result.xs[0] ?? [], dx: result.dxs[0] ?? [], dy: totalOf(result.dys), result }
}

export const windowProperties: readonly GpuProperty[] = [
  gpuProperty<PoolCase>({
    name: 'max pooling: largest value under any window, gradient to the first',
    kernels: ['pooling/max_forward', 'pooling/spike_max_forward', 'pooling/max_gradient'],
    cases: poolCase,
    runs: 30,
    async holds(gpu, run) {
      const { extent, ys, x, dx, dy } = await runPool(gpu, run, 'max')
      for (const y of ys) expectClose(y, maxPoolForward(x, extent))
      expectClose(dx, maxPoolBackward(dy, x, extent))
    },
  }),
  gpuProperty<PoolCase>({
    name: 'mean pooling: mean under any window, with its gradient',
    kernels: ['pooling/average', 'pooling/average_gradient'],
    cases: poolCase,
    runs: 30,
    async holds(gpu, run) {
      const { extent, ys, x, dx, dy, result } = await runPool(gpu, run, 'average')
      for (const y of ys) expectClose(y, windowMeanForward(x, extent), { absolute: 1e-5 })
      expectClose(dx, windowMeanBackward(dy, extent), { absolute: 1e-5 })
      expectAdjoint(result, ys[0] ?? [], 1e-5)
    },
  }),
]
