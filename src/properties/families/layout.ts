/** Joining, unpacking, reshaping and copying: nothing is computed, so every number is exactly the oracle's. */
import * as fc from 'fast-check'
import { traceConcatenate, traceUnpack } from '../../ops/concatenate.js'
import { traceCopy } from '../../ops/copy.js'
import { type ActivationShape, imagesOf, neuronsOf, pixelsOf } from '../../ops/op.js'
import { traceStackBatch } from '../../ops/stack-batch.js'
import type { Gpu } from '../../runtime/gpu.js'
import { packSpikes } from '../../testing/oracle/dissimilarity.js'
import { concatenateBackward, concatenateForward } from '../../testing/oracle/elementwise.js'
import { expectClose } from '../../testing/tolerance.js'
import { expectAdjoint, floatsOf, runLinear, totalOf } from '../linear-op.js'
import { activationShape, countOf, drawNumbers, randomSeed, runOp } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'
import { traceLoad } from '../slabbed-io.js'

export interface ConcatenateCase {
  readonly shape: ActivationShape
  readonly channels: readonly number[]
  readonly spikes: boolean
  readonly readers: number
  readonly density: number
  readonly slabs: number
  readonly seed: number
}

const concatenateCase: fc.Arbitrary<ConcatenateCase> = fc
  .record({
    shape: activationShape({ channels: 1 }),
    channels: fc.array(fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 32, 33), { minLength: 2, maxLength: 5 }),
    spikes: fc.boolean(),
    readers: fc.constantFrom(1, 1, 2),
    density: fc.constantFrom(0.1, 0.5, 1),
    slabs: fc.integer({ min: 1, max: 3 }),
    seed: randomSeed,
  })
  .map((drawn) => ({ ...drawn, slabs: Math.min(drawn.slabs, drawn.shape.steps) }))
  .filter(({ shape, channels }) => countOf(shape) * channels.reduce((sum, count) => sum + count, 0) <= 8000)

export async function expectConcatenation(gpu: Gpu, run: ConcatenateCase): Promise<void> {
  const { shape, channels, spikes } = run
  const rows = imagesOf(shape) * pixelsOf(shape)
  const result = await runLinear(gpu, {
    ...run,
    inputs: channels.map((count) => ({ shape: { ...shape, channels: count }, spikes })),
    outputSize: rows * channels.reduce((sum, count) => sum + count, 0),
    trace: traceConcatenate,
    minimumSlabs: run.slabs,
  })
  const { xs, ys, dys, dxs } = result
  const y = concatenateForward(
    xs.map((x, k) => ({ x, channels: channels[k] ?? 0 })),
    rows,
  )
  for (const words of ys) {
    if (spikes) expectClose(words, packSpikes(y, imagesOf(shape), y.length / imagesOf(shape)))
    else expectClose(floatsOf(words), y)
  }
  expectAdjoint(result, y)
  concatenateBackward(totalOf(dys), channels, rows).forEach((dx, k) => {
    expectClose(dxs[k] ?? [], dx)
  })
}

interface UnpackCase {
  readonly shape: ActivationShape
  readonly density: number
  readonly readers: number
  readonly slabs: number
  readonly seed: number
}

const unpackCase: fc.Arbitrary<UnpackCase> = fc.record({
  shape: activationShape(),
  density: fc.constantFrom(0, 0.3, 1),
  readers: fc.constantFrom(1, 2),
  slabs: fc.integer({ min: 1, max: 3 }),
  seed: randomSeed,
})

/** A step of the stack is a row in which the parts' steps lie one after the other. */
async function expectStack(gpu: Gpu, { shape, slabs, ...run }: UnpackCase): Promise<void> {
  const parts = 2 + (run.seed % 3)
  const row = countOf(shape) / shape.steps
  const result = await runLinear(gpu, {
    ...run,
    inputs: Array.from({ length: parts }, () => ({ shape, spikes: false })),
    outputSize: parts * countOf(shape),
    trace: traceStackBatch,
    minimumSlabs: Math.min(slabs, shape.steps),
  })
  const { xs, ys, dys, dxs } = result
  const y = concatenateForward(
    xs.map((x) => ({ x, channels: row })),
    shape.steps,
  )
  for (const words of ys) expectClose(floatsOf(words), y)
  expectAdjoint(result, y)
  concatenateBackward(
    totalOf(dys),
    xs.map(() => row),
    shape.steps,
  ).forEach((dx, k) => {
    expectClose(dxs[k] ?? [], dx)
  })
}

export const layoutProperties: readonly GpuProperty[] = [
  gpuProperty<ConcatenateCase>({
    name: 'concatenation: joins bits and currents of any channel counts, and splits the gradient',
    kernels: ['elementwise/concatenate_spikes', 'elementwise/place_channels', 'elementwise/slice_channels'],
    cases: concatenateCase,
    runs: 30,
    holds: expectConcatenation,
  }),
  gpuProperty<UnpackCase>({
    name: 'stacks: inputs of one neuron behind one another in the batch of each step, with their gradients',
    kernels: ['elementwise/place_channels', 'elementwise/slice_channels'],
    cases: unpackCase,
    holds: expectStack,
  }),
  gpuProperty<UnpackCase>({
    name: 'unpacking of spikes: a zero or a one for every neuron, gradient unchanged',
    kernels: ['elementwise/unpack_spikes'],
    cases: unpackCase,
    async holds(gpu, { slabs, ...run }) {
      const result = await runLinear(gpu, {
        ...run,
        inputs: [{ shape: run.shape, spikes: true }],
        outputSize: countOf(run.shape),
        trace: (graph, [x]) => traceUnpack(graph, x ?? graph.raw('f32', 0, 'none')),
        minimumSlabs: Math.min(slabs, run.shape.steps),
      })
      const { xs, ys, dys, dxs } = result
      expectAdjoint(result, floatsOf(ys[0] ?? new Uint32Array()))
      for (const y of ys) expectClose(floatsOf(y), xs[0] ?? [])
      expectClose(dxs[0] ?? [], totalOf(dys))
    },
  }),
  gpuProperty<UnpackCase>({
    name: 'copy: brings all steps into a raw value, however they are cut',
    kernels: ['elementwise/copy', 'testing/copy_range'],
    cases: unpackCase,
    async holds(gpu, { shape, slabs, seed }) {
      const x = drawNumbers(seed, 0, imagesOf(shape) * neuronsOf(shape))
      const result = await runOp(gpu, {
        build(graph) {
          const kept = graph.raw('f32', countOf(shape), 'kept', { storage: { kind: 'slot', name: 'kept' } })
          traceCopy(graph, traceLoad(graph, 'f32', shape, 'x'), kept)
        },
        write: { x },
        read: ['kept'],
        minimumSlabs: Math.min(slabs, shape.steps),
      })
      expectClose(result.floats('kept'), x)
    },
  }),
]
