/** Synapses of every kind: outputs and gradients are exactly the oracle's, since no sum of these numbers rounds. */
import * as fc from 'fast-check'
import { NumericError } from '../../errors.js'
import { teamLanes } from '../../ops/convolution-subgroup-kernels.js'
import { imagesOf, paddedChannels } from '../../ops/op.js'
import type { Gpu } from '../../runtime/gpu.js'
import type { DeviceTraits, VariantChoices } from '../../runtime/variants.js'
import { dot } from '../../testing/gradient.js'
import { expectClose, type Tolerance } from '../../testing/tolerance.js'
import { convolutionCase, plainCase, subgroupCase, tileCase } from '../convolution-cases.js'
import {
  type ConvolutionCase,
  type ConvolutionData,
  convolutionData,
  outputShape,
  referenceConvolution,
  runConvolution,
} from '../convolution-run.js'
import {
  eventKernels,
  portableKernels,
  subgroupKernels,
  teamEventKernels,
  tileKernels,
  winogradKernels,
} from '../convolution-variants.js'
import { type GpuProperty, gpuProperty } from '../property.js'
import { synapseCase } from '../synapse-cases.js'
import { referenceSynapse, runSynapse, type SynapseCase, synapseData } from '../synapse-run.js'

/** A synapse's output before the bias, which is repeated over everything that it does not tell apart. */
const withoutBias = (y: ArrayLike<number>, bias: ArrayLike<number>): Float64Array =>
  Float64Array.from(y, (value, i) => value - (bias.length === 0 ? 0 : (bias[i % bias.length] ?? Number.NaN)))

interface Bilinear {
  readonly ys: readonly ArrayLike<number>[]
  readonly dys: readonly ArrayLike<number>[]
  readonly bias: ArrayLike<number>
  /** Each argument with its gradient: the input, and all weights together. */
  readonly pairs: readonly {
    readonly values: readonly ArrayLike<number>[]
    readonly gradients: readonly ArrayLike<number>[]
    /** What their dot product may be off by, besides rounding in the last digits of float64. */
    readonly absolute: number
  }[]
}

/** <dy, y − bias> = <dx, x> = <dw, w> on the device alone: a synapse is linear in its input and in its weights. */
function expectAdjoints({ ys, dys, bias, pairs }: Bilinear): void {
  const total = (sum: number, next: number) => sum + next
  const products = dys.map((dy, reader) => dot(dy, withoutBias(ys[reader] ?? [], bias)))
  const forward = products.reduce(total, 0)
  for (const { values, gradients, absolute } of pairs)
    expectClose([values.map((part, k) => dot(part, gradients[k] ?? [])).reduce(total, 0)], [forward], {
      absolute: 1e-9 + absolute,
      relative: 1e-9,
    })
}

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0)

/**
 * What a result may be off by where Winograd's transforms along rows can have made it. Kernels that only multiply and add
 * are exact here; these divide by 6 and 24. Rounding a number that is `growth` times the product of the largest factors,
 * once for each summand, bounds what they lose. They serve numbers under 3x3 windows at stride 1 wherever no kernel that
 * is exact has been pinned.
 */
function winogradLoss(run: ConvolutionCase, choices: VariantChoices, job: string, growth: number): Tolerance {
  const chosen = choices[job]
  const exact = (chosen !== undefined && chosen !== 'winograd') || run.kernel !== 3 || run.stride !== 1
  return exact ? {} : { absolute: 2 ** -24 * growth }
}

interface Losses {
  readonly y: Tolerance
  readonly dx: Tolerance
  readonly dw: Tolerance
}

/** What each result may be off by from exact sums. */
export function lossesOf(run: ConvolutionCase, data: ConvolutionData, choices: VariantChoices): Losses {
  const output = outputShape(run)
  const tiles = imagesOf(output) * Math.ceil(output.height / 2) * Math.ceil(output.width / 4) * run.readers
  const weights = Math.max(...data.weights.map(largest))
  const dy = Math.max(...data.dys.map(largest))
  const x = largest(data.x)
  const summands = 3 * run.input.channels
  const backSummands = 3 * output.channels * run.readers
  // an output of F(4, 3) is at most 48 times, a sum of F(3, 4) at most 54 times the largest product
  return {
    y: run.spikes ? {} : winogradLoss(run, choices, 'dense convolution', 48 * x * weights * summands),
    dx: winogradLoss(run, choices, 'convolution input gradient', 48 * dy * weights * backSummands),
    dw: run.spikes ? {} : winogradLoss(run, choices, 'dense weight gradient', 54 * x * dy * tiles),
  }
}

const sizeOf = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + Math.abs(v), 0)

export async function expectConvolution(gpu: Gpu, run: ConvolutionCase, choices: VariantChoices = {}): Promise<void> {
  const data = convolutionData(run)
  const device = await runConvolution(gpu, run, data, 1, choices)
  const reference = referenceConvolution(run, data)
  const losses = lossesOf(run, data, choices)
  device.ys.forEach((y, reader) => {
    expectClose(y, reference.ys[reader] ?? [], losses.y)
  })
  expectClose(device.dx, reference.dx, losses.dx)
  device.dw.forEach((dw, branch) => {
    expectClose(dw, reference.dw[branch] ?? [], losses.dw)
  })
  expectClose(device.db, reference.db)
  // a dot product is off by no more than what each element of one side may lose, times the other side's
  const lost = (others: readonly ArrayLike<number>[], { absolute = 0 }: Tolerance): number =>
    others.reduce((sum, values) => sum + sizeOf(values) * absolute, 0)
  const forward = lost(data.dys, losses.y)
  const pairs = [
    { values: [data.x], gradients: [device.dx], absolute: forward + lost([data.x], losses.dx) },
    { values: data.weights, gradients: device.dw, absolute: forward + lost(data.weights, losses.dw) },
  ]
  expectAdjoints({ ys: device.ys, dys: data.dys, bias: data.bias, pairs })
}

export async function expectSynapse(gpu: Gpu, run: SynapseCase, choices: VariantChoices = {}): Promise<void> {
  const data = synapseData(run)
  const device = await runSynapse(gpu, run, data, choices)
  if (device.slabs < Math.min(run.slabs, 2))
    throw new NumericError('slabs', `must be several; the tensors were cut into ${device.slabs}.`)
  const reference = referenceSynapse(run, data)
  device.ys.forEach((y, reader) => {
    expectClose(y, reference.ys[reader] ?? [])
  })
  expectClose(device.dx, reference.dx)
  expectClose(device.dw, reference.dw)
  expectClose(device.db, reference.db)
  const pairs = [
    { values: [data.x], gradients: [device.dx], absolute: 0 },
    { values: [data.weights], gradients: [device.dw], absolute: 0 },
  ]
  expectAdjoints({ ys: device.ys, dys: data.dys, bias: data.bias, pairs })
}

/** What is skipped would add nothing: sums must be those of the kernel that adds the taps of all its pixels. */
export async function expectSameBits(gpu: Gpu, run: ConvolutionCase, choices: VariantChoices): Promise<void> {
  const data = convolutionData(run)
  const [plain, events] = [
    await runConvolution(gpu, run, data, 1, portableKernels),
    await runConvolution(gpu, run, data, 1, choices),
  ]
  const exactly = { absolute: 0, relative: 0 }
  events.ys.forEach((y, reader) => {
    expectClose(y, plain.ys[reader] ?? [], exactly)
  })
  // rows of moments are padded to fours of channels, and padding is never written
  const { channels } = outputShape(run)
  const written = (_: number, index: number) => index % paddedChannels(channels) < channels
  expectClose(events.moments.filter(written), plain.moments.filter(written), exactly)
}

const gradients = ['convolution/input_gradient', 'convolution/reduce_partials']
/** The gradient by the input is a dense convolution over flipped weights. */
const subgroupGradients = ['convolution/dense_forward_subgroup', 'convolution/flip_weights']
const tileGradients = ['convolution/dense_forward_tile', 'convolution/flip_weights']
const hasTeams = ({ subgroupLanes }: DeviceTraits): boolean => subgroupLanes >= teamLanes
const rowKernels: VariantChoices = { ...portableKernels, 'convolution input gradient': 'rows' }

/** Rows of whole strips, whose input gradient has a kernel of its own. */
const rowCase: fc.Arbitrary<ConvolutionCase> = fc
  .record({
    kernel: fc.constantFrom(1, 3, 5),
    width: fc.constantFrom(16, 32),
    height: fc.integer({ min: 1, max: 5 }),
    images: fc.integer({ min: 1, max: 3 }),
    inputs: fc.constantFrom(4, 8, 12),
    outputs: fc.constantFrom(4, 8, 16),
    spikes: fc.boolean(),
    readers: fc.constantFrom(1, 2),
    seed: fc.nat(),
  })
  .map(({ kernel, width, height, images, inputs, outputs, ...drawn }) => ({
    ...plainCase,
    ...drawn,
    kernel,
    padding: (kernel - 1) / 2,
    input: { steps: 1, batch: images, height, width, channels: inputs },
    branches: [{ channels: outputs, crop: 0 }],
  }))

const rounding = { spikes: true, exact: false, moments: true, readers: 1 } as const
const density = fc.constantFrom(0, 0.01, 0.05, 0.5)

/** Spikes that are rare as a rule, and numbers that round. */
const sparseCase = density.chain((drawn) => subgroupCase({ ...rounding, density: drawn }))

/** The same with outputs that a team of 2, 4 or 8 lanes can share. */
const teamCase = fc
  .record({ channels: fc.constantFrom(16, 32, 64), crop: fc.constantFrom(0, 0, 1), density })
  .chain(({ density: drawn, ...branch }) => convolutionCase({ ...rounding, density: drawn, branches: [branch] }))

const synapseKernels = [
  'synapse/real_forward',
  'synapse/real_weight_gradient',
  'synapse/spike_forward',
  'synapse/spike_weight_gradient',
  'synapse/transpose_weights',
  'synapse/bias_partials',
  'synapse/sum_partials',
]

/** How linear layers over numbers are computed. */
export const linearBy = (variant: 'product' | 'gather'): VariantChoices => ({
  'linear layer': variant,
  'linear input gradient': variant,
  'linear weight gradient': variant,
})

const depthwiseKernels = ['synapse/depthwise_forward', 'synapse/depthwise_weight_gradient']

export const synapseProperties: readonly GpuProperty[] = [
  gpuProperty<ConvolutionCase>({
    name: 'convolution of spikes: output and all gradients, any geometry',
    kernels: ['convolution/spike_forward', 'convolution/spike_weight_gradient', ...gradients],
    cases: convolutionCase({ spikes: true }),
    runs: 30,
    holds: (gpu, run) => expectConvolution(gpu, run, portableKernels),
  }),
  gpuProperty<ConvolutionCase>({
    name: 'convolution of numbers: output and all gradients, any geometry',
    kernels: [
      'convolution/dense_forward',
      'convolution/dense_weight_gradient',
      'elementwise/column_sums',
      ...gradients,
    ],
    cases: convolutionCase({ spikes: false }),
    runs: 30,
    holds: (gpu, run) => expectConvolution(gpu, run, portableKernels),
  }),
  gpuProperty<ConvolutionCase>({
    name: 'convolution on rows of 16 and 32 pixels: output and all gradients',
    kernels: ['convolution/input_gradient_rows'],
    cases: rowCase,
    holds: (gpu, run) => expectConvolution(gpu, run, rowKernels),
  }),
  gpuProperty<ConvolutionCase>({
    name: 'convolution of spikes by subgroups: output and all gradients, any geometry',
    kernels: ['convolution/spike_forward_lookup', 'convolution/spike_weight_gradient_lookup', ...subgroupGradients],
    cases: subgroupCase({ spikes: true }),
    runsOn: hasTeams,
    runs: 30,
    holds: (gpu, run) => expectConvolution(gpu, run, subgroupKernels),
  }),
  gpuProperty<ConvolutionCase>({
    name: 'convolution driven by spikes: the bits of the kernel for any activity',
    kernels: ['convolution/spike_forward_events'],
    cases: sparseCase,
    runs: 30,
    holds: (gpu, run) => expectSameBits(gpu, run, eventKernels),
  }),
  gpuProperty<ConvolutionCase>({
    name: 'convolution driven by spikes, by teams of lanes: the bits of the kernel for any activity',
    kernels: ['convolution/spike_forward_events_team'],
    cases: teamCase,
    runsOn: hasTeams,
    runs: 30,
    holds: (gpu, run) => expectSameBits(gpu, run, teamEventKernels),
  }),
  gpuProperty<ConvolutionCase>({
    name: 'convolution of numbers by subgroups: output and all gradients, any geometry',
    kernels: ['convolution/dense_weight_gradient_subgroup', ...subgroupGradients],
    cases: subgroupCase({ spikes: false }),
    runsOn: hasTeams,
    runs: 30,
    holds: (gpu, run) => expectConvolution(gpu, run, subgroupKernels),
  }),
  gpuProperty<ConvolutionCase>({
    name: "convolution of numbers by Winograd's transforms: output and all gradients, any geometry",
    kernels: [
      'convolution/dense_forward_winograd',
      'convolution/winograd_weights',
      'convolution/dense_weight_gradient_winograd',
      ...subgroupGradients,
    ],
    cases: fc.oneof(subgroupCase({ spikes: false, kernel: 3 }), subgroupCase({ spikes: false })),
    runsOn: hasTeams,
    runs: 30,
    holds: (gpu, run) => expectConvolution(gpu, run, winogradKernels),
  }),
  gpuProperty<ConvolutionCase>({
    name: 'convolution of spikes by tiles: output and all gradients, any geometry',
    kernels: ['convolution/spike_forward_tile', 'convolution/spike_weight_gradient_tile', ...tileGradients],
    cases: tileCase({ spikes: true }),
    runs: 30,
    holds: (gpu, run) => expectConvolution(gpu, run, tileKernels),
  }),
  gpuProperty<ConvolutionCase>({
    name: 'convolution of numbers by tiles: output and all gradients, any geometry',
    kernels: ['convolution/dense_weight_gradient_tile', ...tileGradients],
    cases: tileCase({ spikes: false }),
    runs: 30,
    holds: (gpu, run) => expectConvolution(gpu, run, tileKernels),
  }),
  ...(['convolution', 'transposed', 'local'] as const).map((kind) =>
    gpuProperty<SynapseCase>({
      name: `synapse, ${kind}: output and all gradients through any window`,
      kernels: kind === 'local' ? synapseKernels : [...synapseKernels, ...depthwiseKernels],
      cases: synapseCase(kind),
      runs: 30,
      holds: (gpu, run) => expectSynapse(gpu, run, linearBy('gather')),
    }),
  ),
]
