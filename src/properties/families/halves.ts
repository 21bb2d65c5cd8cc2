/** Activations stored as f16: rounding as stated, and every op that reads or writes them does what it does on f32. */
import * as fc from 'fast-check'
import { NumericError } from '../../errors.js'
import type { ActivationShape } from '../../ops/op.js'
import type { Gpu } from '../../runtime/gpu.js'
import { toHalf } from '../../testing/oracle/half.js'
import { windowMeanBackward, windowMeanForward } from '../../testing/oracle/window-pooling.js'
import { expectClose, type Tolerance } from '../../testing/tolerance.js'
import type { CombineCase } from '../combine-run.js'
import { convolutionCase } from '../convolution-cases.js'
import { type ConvolutionCase, convolutionData, runConvolution } from '../convolution-run.js'
import { convolutionVariants, tileKernels } from '../convolution-variants.js'
import { expectHalves, halfRounding } from '../halves-check.js'
import { flipsOf, type LifCase, lifData, plainLif, referenceGradient, runLif } from '../lif-run.js'
import { countOf, randomSeed, runOp } from '../op-run.js'
import { type GpuProperty, gpuProperty, inPart } from '../property.js'
import { traceLoad, traceStore } from '../slabbed-io.js'
import { expectNode, nodeCase, nodeKernels } from './nodes.js'
import { lossesOf } from './synapses.js'
import { type PoolCase, poolCase, runPool } from './windows.js'

const inFours = fc.constantFrom(4, 8, 12, 20, 32)

const least = 2 ** -14

/** Bit patterns of all kinds: any number, numbers around the ends of the range, and ties between two halves. */
const floatBits = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.integer({ min: 0x33000000, max: 0x39000000 }),
  fc.integer({ min: 0x477f0000, max: 0x47800800 }),
  fc
    .tuple(fc.integer({ min: 113, max: 142 }), fc.nat({ max: 1023 }), fc.constantFrom(0xfff, 0x1000, 0x1001))
    .map(([exponent, half, rest]) => (exponent << 23) | (half << 13) | rest),
  fc.constantFrom(0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0, 0x80000000),
)

/** What is stored is the nearest half; below 2^-14 either neighbour or zero. */
async function expectRounded(gpu: Gpu, bits: readonly number[]): Promise<void> {
  const words = Uint32Array.from(bits)
  const shape: ActivationShape = { steps: 1, batch: 1, height: 1, width: words.length / 4, channels: 4 }
  const result = await runOp(gpu, {
    build: (graph) => traceStore(graph, traceLoad(graph, 'f32', shape, 'x'), 'y'),
    write: { x: words },
    read: ['y'],
    halves: true,
  })
  const kept = result.floats('y')
  new Float32Array(words.buffer).forEach((x, i) => {
    const [found, nearest] = [kept[i] ?? Number.NaN, toHalf(x)]
    const small = Math.abs(x) < least && (found === 0 || Math.abs(found - x) < 2 ** -24)
    if (!Object.is(found + 0, nearest + 0) && !small)
      throw new NumericError('f16', `${x} must be kept as ${nearest}; it became ${found}.`)
  })
}

/** Node cases in which everything can be f16, cut into slabs where there are steps for it. */
const halfNodeCase = fc
  .tuple(nodeCase, inFours, fc.constantFrom(1, 1, 2))
  .map(([run, channels, slabs]): { run: CombineCase; slabs: number } => {
    const shape = { ...run.shape, channels, width: Math.min(run.shape.width, 4), height: Math.min(run.shape.height, 5) }
    return { run: { ...run, shape }, slabs: Math.min(slabs, shape.steps) }
  })

const halfLifCase = fc
  .record({
    shape: fc
      .tuple(fc.constantFrom(1, 4, 7), inFours, fc.constantFrom(1, 3))
      .map(([steps, channels, batch]): ActivationShape => ({ steps, batch, height: 1, width: 3, channels })),
    constant: fc.boolean(),
    readers: fc.constantFrom(1, 1, 2),
    seed: randomSeed,
  })
  .map((drawn): LifCase => ({ ...plainLif, ...drawn }))

async function expectHalfLif(gpu: Gpu, run: LifCase): Promise<void> {
  const drawn = lifData(run)
  const data = { ...drawn, x: drawn.x.map(toHalf) }
  for (const minimumSlabs of [1, Math.min(2, run.shape.steps)]) {
    const { spikes, dx, halves } = await runLif(gpu, run, data, { backward: true, minimumSlabs, halves: true })
    if (halves !== 1) throw new NumericError('halves', `the current must be f16; ${halves} values are.`)
    const { illegal } = flipsOf(run, data, spikes, 1e-4)
    if (illegal.length > 0) throw new NumericError('spikes', `rounding cannot explain ${illegal.length} that differ.`)
    expectClose(dx, referenceGradient(run, data, spikes), { absolute: 1e-4, relative: 1e-4 })
  }
}

const halfConvolutionCase = fc
  .tuple(fc.boolean(), inFours, inFours, fc.boolean())
  .chain(([spikes, first, second, two]) =>
    convolutionCase({
      spikes,
      branches: [{ channels: first, crop: 0 }, ...(two ? [{ channels: second, crop: 0 }] : [])],
    }),
  )

/**
 * How far the moments of 16 numbers may be from those of others that are each off by so much. Mean: as much; squared
 * deviations: twice a deviation times as much, 16 times.
 */
function momentTolerance(y: ArrayLike<number>, off: (largest: number) => number): Tolerance {
  const largest = Array.from(y).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return { absolute: off(largest) * Math.max(1, 16 * 4 * largest), relative: 0 }
}

/**
 * The current is that of f32, rounded, and its moments are those before rounding, to the last bit where the same kernel
 * writes them; gradients are those of f32: the input drawn is exact in halves. Tiles leave moments to a pass that reads
 * what was stored. Winograd's kernels know no halves, and a run of all images leaves moments to a pass only for f32: there
 * the two differ by what the transforms lose and by the order of sums.
 */
async function expectHalfConvolution(gpu: Gpu, run: ConvolutionCase): Promise<void> {
  const data = convolutionData(run)
  for (const [variant, choices] of convolutionVariants) {
    await inPart(variant, async () => {
      const losses = lossesOf(run, data, choices)
      const plain = await runConvolution(gpu, run, data, 1, choices)
      const half = await runConvolution(gpu, run, data, 1, choices, true)
      const stored = run.readers + (!run.spikes && run.input.channels % 4 === 0 ? 1 : 0)
      if (half.halves !== stored) throw new NumericError('halves', `must be ${stored} values; ${half.halves} are.`)
      for (const [reader, y] of half.ys.entries()) {
        expectHalves(y)
        expectClose(y, plain.ys[reader] ?? [], halfRounding(losses.y))
      }
      const sums = choices['dense convolution'] === 'strip' ? 0 : 2 ** -20
      const rounding = choices === tileKernels ? 2 ** -11 : sums
      const off = (largest: number) => rounding * largest + (losses.y.absolute ?? 0)
      expectClose(half.moments, plain.moments, momentTolerance(plain.ys[0] ?? [], off))
      expectClose(half.dx, plain.dx, losses.dx)
      half.dw.forEach((dw, branch) => {
        expectClose(dw, plain.dw[branch] ?? [], losses.dw)
      })
    })
  }
}

/** Means of what halves hold exactly, in halves. */
async function expectHalfPool(gpu: Gpu, run: PoolCase): Promise<void> {
  const { extent, ys, x, dx, dy } = await runPool(gpu, run, 'average', true)
  for (const y of ys) {
    expectHalves(y)
    expectClose(y, windowMeanForward(x, extent), halfRounding({ absolute: 1e-5 }))
  }
  expectClose(dx, windowMeanBackward(dy, extent), { absolute: 1e-5 })
}

export const halfProperties: readonly GpuProperty[] = [
  gpuProperty<readonly number[]>({
    name: 'f16 storage: the nearest half, beyond the range the largest, NaN for what is not finite',
    kernels: ['testing/convert_halves'],
    cases: fc.array(floatBits, { minLength: 4, maxLength: 400 }).map((bits) => bits.slice(0, bits.length & ~3)),
    runs: 40,
    holds: expectRounded,
  }),
  gpuProperty<{ run: CombineCase; slabs: number }>({
    name: 'f16 storage: a node with its gradients, on halves',
    kernels: nodeKernels,
    cases: halfNodeCase.filter(({ run }) => countOf(run.shape) <= 6000),
    async holds(gpu, { run, slabs }) {
      await expectNode(gpu, run, slabs, true)
    },
  }),
  gpuProperty<LifCase>({
    name: 'f16 storage: LIF spikes and gradients of a current in halves',
    kernels: ['neuron/forward', 'neuron/backward'],
    cases: halfLifCase,
    runs: 8,
    holds: expectHalfLif,
  }),
  gpuProperty<ConvolutionCase>({
    name: 'f16 storage: the current of a convolution is that of f32, rounded',
    kernels: [
      'convolution/spike_forward',
      'convolution/dense_forward',
      'convolution/spike_forward_tile',
      'convolution/dense_forward_tile',
      'convolution/dense_weight_gradient',
    ],
    cases: halfConvolutionCase,
    runs: 8,
    holds: expectHalfConvolution,
  }),
  gpuProperty<PoolCase>({
    name: 'f16 storage: means over windows',
    kernels: ['pooling/average'],
    cases: fc.tuple(poolCase, inFours).map(([run, channels]) => ({ ...run, shape: { ...run.shape, channels } })),
    runs: 10,
    holds: expectHalfPool,
  }),
]
