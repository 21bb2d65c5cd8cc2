/**
 * Small graphs that make the engine run each of its kernels at a size of one's choice: what `profile <kernel>` measures.
 * A new op gets a line here; which kernels it leads to is found out by planning it.
 */
import { traceBatchNorm } from '../../ops/batch-norm.js'
import { traceCombine } from '../../ops/combine.js'
import { traceConcatenate, traceUnpack } from '../../ops/concatenate.js'
import { traceConvolution } from '../../ops/convolution.js'
import { traceCopy } from '../../ops/copy.js'
import { traceCrossEntropy } from '../../ops/cross-entropy.js'
import { traceColumnPairs, traceSharedSpikes } from '../../ops/dissimilarity.js'
import { defaultLif, traceLif } from '../../ops/lif.js'
import { ceilDivide, imagesOf, type OpDefinition, type Value } from '../../ops/op.js'
import { traceOptimizer } from '../../ops/optimizer.js'
import { traceAveragePool, traceGlobalAveragePool } from '../../ops/pooling.js'
import { traceDropFactors, uniformKernel } from '../../ops/random.js'
import { plainWindow, type SynapseWindow, traceSynapse } from '../../ops/synapse.js'
import { traceTimeMean } from '../../ops/time-sums.js'
import { traceMaxPool } from '../../ops/window-pooling.js'
import { traceSeed } from '../../properties/slabbed-io.js'
import { RandomStream } from '../../runtime/philox.js'
import { eventWorkload } from './event-workload.js'
import { spikingWorkloads } from './spiking-workloads.js'
import type { KernelShape, Workload, WorkloadInputs } from './workload.js'

const convolve = ({ graph, shape, weights }: WorkloadInputs, x: Value, bias: boolean): Value => {
  const { kernel, stride, outputChannels } = shape
  const w = weights(kernel * kernel * shape.channels * outputChannels)
  const padding = Math.floor(kernel / 2)
  const branches = [{ channels: outputChannels, crop: 0 }]
  const attributes = { kernel, stride, padding, branches, moments: true }
  return traceConvolution(graph, x, [w], attributes, bias ? weights(outputChannels) : null).y
}

/** Dilated, so that the convolution's own kernels do not take it over. */
const synapse = ({ graph, shape, weights }: WorkloadInputs, x: Value, groups: number): Value => {
  const { kernel, stride, channels } = shape
  const outputs = groups === 1 ? shape.outputChannels : channels
  const padding = 2 * Math.floor(kernel / 2)
  const window: SynapseWindow = {
    ...plainWindow,
    kernel: [kernel, kernel],
    stride: [stride, stride],
    padding: [padding, padding],
    dilation: [2, 2],
    groups,
  }
  const w = weights(kernel * kernel * (channels / groups) * outputs)
  return traceSynapse(graph, 'convolution', x, w, outputs, window, weights(outputs))
}

const normalise = ({ graph, shape, weights, state }: WorkloadInputs, x: Value, mode: 'train' | 'evaluate') =>
  traceBatchNorm(graph, x, null, {
    gamma: weights(shape.channels),
    beta: weights(shape.channels),
    running: state(2 * shape.channels),
    mode,
    statistics: 'pooled',
  })

const slot = (inputs: WorkloadInputs, dtype: 'f32' | 'u32', elements: number, name: string): Value =>
  inputs.graph.raw(dtype, elements, name, { storage: { kind: 'slot', name } })

const logits = (shape: KernelShape): KernelShape => ({ ...shape, steps: 1, height: 1, width: 1 })

const optimize = (inputs: WorkloadInputs, kind: 'adamw' | 'sgd'): undefined => {
  const { graph, shape, state } = inputs
  const count = Math.ceil((shape.kernel ** 2 * shape.channels * shape.outputChannels) / 64) * 64
  const [weights, gradient, first, second] = [state(count), state(count), state(count), state(count)]
  const moments = kind === 'adamw' ? [first, second] : [first]
  const settings =
    kind === 'adamw'
      ? ({ kind, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 } as const)
      : ({ kind, momentum: 0.9, weightDecay: 0, nesterov: false } as const)
  traceOptimizer(graph, weights, gradient, moments, settings, 1)
}

/** Initial weights are drawn outside of programs; here they are drawn in one. */
const drawUniform: OpDefinition<null> = {
  name: 'uniform',
  lower(context, { outputs }) {
    const w = outputs[0] as Value
    const invocations = ceilDivide(w.elements, 4)
    const numbers = { seedLow: 1, seedHigh: 0, stream: RandomStream.parameter, draw: 0, bound: 0.1, rounds: 10 }
    context.dispatch({
      kernel: uniformKernel,
      views: { w: context.view(w) },
      parameters: { invocations, count: w.elements, ...numbers },
      invocations,
      cost: { flops: 200 * invocations },
    })
  },
}

const poolWindow = (size: number) =>
  ({ kernel: [size, size], stride: [size, size], padding: [0, 0], countPadding: true }) as const

export const workloads: readonly Workload[] = [
  { name: 'convolution of spikes', trace: (inputs) => convolve(inputs, inputs.spikes(), false) },
  { name: 'convolution of numbers', trace: (inputs) => convolve(inputs, inputs.real(), true) },
  { name: 'synapse of spikes', trace: (inputs) => synapse(inputs, inputs.spikes(), 1) },
  { name: 'synapse of numbers', trace: (inputs) => synapse(inputs, inputs.real(), 1) },
  { name: 'depth-wise synapse', trace: (inputs) => synapse(inputs, inputs.spikes(), inputs.shape.channels) },
  {
    name: 'batch norm in training',
    trace(inputs) {
      const x = inputs.real()
      return traceCombine(inputs.graph, [{ x, norm: normalise(inputs, x, 'train') }])
    },
  },
  {
    name: 'batch norm in evaluation',
    trace(inputs) {
      const x = inputs.real()
      return traceCombine(inputs.graph, [{ x, norm: normalise(inputs, x, 'evaluate') }])
    },
  },
  {
    name: 'node of two edges with clip and drop-path',
    trace(inputs) {
      const factors = traceDropFactors(inputs.graph, 2, imagesOf(inputs.shape), [1, 0])
      return traceCombine(inputs.graph, [
        { x: inputs.real(), sign: 'excitatory', drop: { factors, edge: 0 } },
        { x: inputs.real({ constant: true }), sign: 'inhibitory', drop: { factors, edge: 1 } },
      ])
    },
  },
  { name: 'LIF', trace: ({ graph, real }) => traceLif(graph, real(), { parameters: defaultLif }).spikes },
  { name: 'average pooling', trace: ({ graph, real, shape }) => traceAveragePool(graph, real(), shape.stride) },
  {
    name: 'max pooling of spikes',
    trace: ({ graph, spikes, shape }) => traceMaxPool(graph, spikes(), poolWindow(shape.stride)),
  },
  {
    name: 'max pooling of numbers',
    trace: ({ graph, real, shape }) => traceMaxPool(graph, real(), poolWindow(shape.stride)),
  },
  { name: 'global average pooling', trace: ({ graph, spikes }) => traceGlobalAveragePool(graph, spikes()) },
  {
    name: 'concatenation of spikes',
    trace: ({ graph, spikes, shape }) => traceConcatenate(graph, [spikes(), spikes(shape.outputChannels)]),
  },
  {
    name: 'concatenation of currents',
    trace: ({ graph, real, shape }) => traceConcatenate(graph, [real(), real({ channels: shape.outputChannels })]),
  },
  { name: 'unpacking', trace: ({ graph, spikes }) => traceUnpack(graph, spikes()) },
  { name: 'mean over time', trace: ({ graph, real }) => traceTimeMean(graph, real()) },
  {
    name: 'copy',
    trace(inputs) {
      const x = inputs.real()
      traceCopy(inputs.graph, x, slot(inputs, 'f32', x.elements, 'copied'))
      return undefined
    },
  },
  {
    name: 'cross-entropy',
    trace(inputs) {
      const { graph, shape } = inputs
      const z = graph.activation('f32', logits(shape), 'logits', { kind: 'slot', name: 'logits' })
      traceCrossEntropy(graph, z, slot(inputs, 'u32', shape.batch, 'labels'), slot(inputs, 'f32', 4, 'metrics'), 0.1)
      return undefined
    },
  },
  { name: 'AdamW', trace: (inputs) => optimize(inputs, 'adamw') },
  { name: 'SGD', trace: (inputs) => optimize(inputs, 'sgd') },
  {
    name: 'dissimilarity',
    trace({ graph, spikes }) {
      const x = spikes()
      traceColumnPairs(graph, x, 'columns')
      traceSharedSpikes(graph, x, 'shared')
      return undefined
    },
  },
  {
    name: 'initial weights',
    trace({ graph, shape, state }) {
      graph.emit(drawUniform, [], [state(shape.kernel ** 2 * shape.channels * shape.outputChannels)], null)
      return undefined
    },
  },
  ...spikingWorkloads,
  eventWorkload,
]

/** Traces a workload; where it ends in a value, a gradient arrives there from the slot `upstream`. */
export function traceWorkload(workload: Workload, inputs: WorkloadInputs): { readonly backward: boolean } {
  const end = workload.trace(inputs)
  if (end) traceSeed(inputs.graph, end, 'upstream')
  return { backward: end !== undefined }
}
