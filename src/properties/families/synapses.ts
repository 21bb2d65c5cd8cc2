/** Synapses of every kind: outputs and gradients are exactly the oracle's, since no sum of these numbers rounds. */
import * as fc from 'fast-check'
import type { Gpu } from '../../runtime/gpu.js'
import { expectClose } from '../../testing/tolerance.js'
import { convolutionCase, plainCase } from '../convolution-cases.js'
import { type ConvolutionCase, convolutionData, referenceConvolution, runConvolution } from '../convolution-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'
import { synapseCase } from '../synapse-cases.js'
import { referenceSynapse, runSynapse, type SynapseCase, synapseData } from '../synapse-run.js'

export async function expectConvolution(gpu: Gpu, run: ConvolutionCase): Promise<void> {
  const data = convolutionData(run)
  const device = await runConvolution(gpu, run, data)
  const reference = referenceConvolution(run, data)
  device.ys.forEach((y, reader) => {
    expectClose(y, reference.ys[reader] ?? [])
  })
  expectClose(device.dx, reference.dx)
  device.dw.forEach((dw, branch) => {
    expectClose(dw, reference.dw[branch] ?? [])
  })
  expectClose(device.db, reference.db)
}

export async function expectSynapse(gpu: Gpu, run: SynapseCase): Promise<void> {
  const data = synapseData(run)
  const device = await runSynapse(gpu, run, data)
  const reference = referenceSynapse(run, data)
  device.ys.forEach((y, reader) => {
    expectClose(y, reference.ys[reader] ?? [])
  })
  expectClose(device.dx, reference.dx)
  expectClose(device.dw, reference.dw)
  expectClose(device.db, reference.db)
}

const gradients = ['convolution/input_gradient', 'convolution/reduce_partials']

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

const synapseKernels = [
  'synapse/real_forward',
  'synapse/real_weight_gradient',
  'synapse/spike_forward',
  'synapse/spike_weight_gradient',
  'synapse/transpose_weights',
  'synapse/bias_partials',
  'synapse/sum_partials',
]

const depthwiseKernels = ['synapse/depthwise_forward', 'synapse/depthwise_weight_gradient']

export const synapseProperties: readonly GpuProperty[] = [
  gpuProperty<ConvolutionCase>({
    name: 'convolution of spikes: output and all gradients, any geometry',
    kernels: ['convolution/spike_forward', 'convolution/spike_weight_gradient', ...gradients],
    cases: convolutionCase({ spikes: true }),
    runs: 30,
    holds: expectConvolution,
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
    holds: expectConvolution,
  }),
  gpuProperty<ConvolutionCase>({
    name: 'convolution on rows of 16 and 32 pixels: output and all gradients',
    kernels: ['convolution/input_gradient_rows'],
    cases: rowCase,
    holds: expectConvolution,
  }),
  ...(['convolution', 'transposed', 'local'] as const).map((kind) =>
    gpuProperty<SynapseCase>({
      name: `synapse, ${kind}: output and all gradients through any window`,
      kernels: kind === 'local' ? synapseKernels : [...synapseKernels, ...depthwiseKernels],
      cases: synapseCase(kind),
      runs: 30,
      holds: expectSynapse,
    }),
  ),
]
