/** Synapses of every kind: outputs and gradients are exactly the oracle's, since no sum of these numbers rounds. */
import type { Gpu } from '../../runtime/gpu.js'
import { expectClose } from '../../testing/tolerance.js'
import { convolutionCase } from '../convolution-cases.js'
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

const gradients = ['convolution/input_gradient', 'convolution/input_gradient_rows', 'convolution/reduce_partials']

const synapseKernels = [
  'synapse/real_forward',
  'synapse/real_weight_gradient',
  'synapse/spike_forward',
  'synapse/spike_weight_gradient',
  'synapse/depthwise_forward',
  'synapse/depthwise_weight_gradient',
  'synapse/transpose_weights',
  'synapse/bias_partials',
  'synapse/sum_partials',
]

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
  ...(['convolution', 'transposed', 'local'] as const).map((kind) =>
    gpuProperty<SynapseCase>({
      name: `synapse, ${kind}: output and all gradients through any window`,
      kernels: synapseKernels,
      cases: synapseCase(kind),
      runs: 30,
      holds: expectSynapse,
    }),
  ),
]
