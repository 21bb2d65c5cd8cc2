/** Declarations of the kernels that serve every synapse looking through a window. */
import { defineKernel } from '../runtime/kernel.js'

const shapes = {
  invocations: 'u32',
  images: 'u32',
  sourceHeight: 'u32',
  sourceWidth: 'u32',
  sourceChannels: 'u32',
  targetHeight: 'u32',
  targetWidth: 'u32',
  targetChannels: 'u32',
  kernelHeight: 'u32',
  kernelWidth: 'u32',
  groupInputs: 'u32',
  groupOutputs: 'u32',
} as const

const gatherParameters = {
  ...shapes,
  phasesY: 'u32',
  phasesX: 'u32',
  stepY: 'u32',
  stepX: 'u32',
  tapStepY: 'i32',
  tapStepX: 'i32',
  originY: 'i32',
  originX: 'i32',
  stripLength: 'u32',
} as const

export const realForward = defineKernel({
  shader: 'synapse/real_forward',
  bindings: { x: 'read', weights: 'read', bias: 'read', y: 'write' },
  parameters: gatherParameters,
  flags: { VEC: true, VEC_IN: true, BIAS: false, ACCUMULATE: false, UNTIED: 0 },
  workgroupSize: 64,
})

export const spikeForward = defineKernel({
  shader: 'synapse/spike_forward',
  bindings: { spikes: 'read', weights: 'read', bias: 'read', y: 'write' },
  parameters: { ...gatherParameters, wordsPerImage: 'u32', runTaps: 'u32', runBits: 'u32' },
  flags: { VEC: true, BIAS: false, ACCUMULATE: false, UNTIED: 0 },
  workgroupSize: 64,
})

export const transposeWeights = defineKernel({
  shader: 'synapse/transpose_weights',
  bindings: { weights: 'read', transposed: 'write' },
  parameters: { invocations: 'u32', groupInputs: 'u32', groupOutputs: 'u32', groups: 'u32' },
  flags: {},
  workgroupSize: 64,
})

const weightGradientParameters = {
  ...shapes,
  strideY: 'u32',
  strideX: 'u32',
  paddingY: 'u32',
  paddingX: 'u32',
  dilationY: 'u32',
  dilationX: 'u32',
  transposed: 'u32',
  blocks: 'u32',
  positionsPerChunk: 'u32',
  firstChunk: 'u32',
} as const

export const realWeightGradient = defineKernel({
  shader: 'synapse/real_weight_gradient',
  bindings: { x: 'read', dy: 'read', partial: 'write' },
  parameters: weightGradientParameters,
  flags: { VEC: true, VEC_IN: true, UNTIED: false },
  workgroupSize: 64,
})

export const spikeWeightGradient = defineKernel({
  shader: 'synapse/spike_weight_gradient',
  bindings: { spikes: 'read', dy: 'read', partial: 'write' },
  parameters: { ...weightGradientParameters, wordsPerImage: 'u32' },
  flags: { VEC: true, UNTIED: false, BLOCK: 32 },
  workgroupSize: 64,
})

export const biasPartials = defineKernel({
  shader: 'synapse/bias_partials',
  bindings: { dy: 'read', partial: 'write' },
  parameters: { invocations: 'u32', rows: 'u32', lanes: 'u32', rowsPerChunk: 'u32', firstChunk: 'u32' },
  flags: { VEC: true },
  workgroupSize: 64,
})

export const sumPartials = defineKernel({
  shader: 'synapse/sum_partials',
  bindings: { partial: 'read', result: 'write' },
  parameters: { invocations: 'u32', rows: 'u32', groups: 'u32', columns: 'u32', padded: 'u32', chunks: 'u32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

const depthwiseShapes = {
  invocations: 'u32',
  images: 'u32',
  sourceHeight: 'u32',
  sourceWidth: 'u32',
  targetHeight: 'u32',
  targetWidth: 'u32',
  kernelHeight: 'u32',
  kernelWidth: 'u32',
} as const

export const depthwiseForward = defineKernel({
  shader: 'synapse/depthwise_forward',
  bindings: { x: 'read', weights: 'read', bias: 'read', y: 'write' },
  parameters: {
    ...depthwiseShapes,
    phasesY: 'u32',
    phasesX: 'u32',
    stepY: 'u32',
    stepX: 'u32',
    tapStepY: 'i32',
    tapStepX: 'i32',
    originY: 'i32',
    originX: 'i32',
    stripLength: 'u32',
    lanes: 'u32',
    multiplier: 'u32',
    wordsPerImage: 'u32',
  },
  flags: { VEC: true, SPIKES: false, BIAS: false, ACCUMULATE: false },
  workgroupSize: 64,
})

export const depthwiseWeightGradient = defineKernel({
  shader: 'synapse/depthwise_weight_gradient',
  bindings: { x: 'read', dy: 'read', partial: 'write' },
  parameters: {
    ...depthwiseShapes,
    strideY: 'u32',
    strideX: 'u32',
    paddingY: 'u32',
    paddingX: 'u32',
    dilationY: 'u32',
    dilationX: 'u32',
    transposed: 'u32',
    lanes: 'u32',
    multiplier: 'u32',
    positionsPerChunk: 'u32',
    firstChunk: 'u32',
    wordsPerImage: 'u32',
  },
  flags: { VEC: true, SPIKES: false },
  workgroupSize: 64,
})
