/** Declarations of the convolution kernels that hand values round a subgroup's lanes. */
import { defineKernel } from '../runtime/kernel.js'
import { denseForward, geometry, spikeForward } from './convolution-kernels.js'

/** Lanes that the kernels here count on; a subgroup may have more. */
export const teamLanes = 8

const { runWords: _, ...spikeParameters } = spikeForward.parameters

export const spikeForwardLookup = defineKernel({
  ...spikeForward,
  shader: 'convolution/spike_forward_lookup',
  parameters: { ...spikeParameters, images: 'u32' },
  flags: { QUADS: 1, MOMENTS: false, HALF_OUT: false },
  needs: ['subgroups'],
})

export const denseForwardSubgroup = defineKernel({
  ...denseForward,
  shader: 'convolution/dense_forward_subgroup',
  parameters: {
    ...denseForward.parameters,
    runs: 'u32',
    inputStride: 'u32',
    inputOffset: 'u32',
    lanes: 'u32',
    runPixels: 'u32',
  },
  flags: { VEC_IN: true, BIAS: false, MOMENTS: false, ACCUMULATE: false, HALF_IN: false, HALF_OUT: false, STRIPS: 4 },
  needs: ['subgroups'],
})

export const flipWeights = defineKernel({
  shader: 'convolution/flip_weights',
  bindings: { w: 'read', flipped: 'write' },
  parameters: { invocations: 'u32', taps: 'u32', inputChannels: 'u32', outputChannels: 'u32' },
  flags: {},
  workgroupSize: 64,
})

const chunks = { blocks: 'u32', imagesPerChunk: 'u32', firstChunk: 'u32', chunks: 'u32', one: 'u32' } as const

export const spikeWeightGradientLookup = defineKernel({
  shader: 'convolution/spike_weight_gradient_lookup',
  bindings: { spikes: 'read', dy: 'read', partial: 'write' },
  parameters: {
    invocations: 'u32',
    images: 'u32',
    ...geometry,
    wordsPerImage: 'u32',
    outputStride: 'u32',
    outputOffset: 'u32',
    ...chunks,
  },
  flags: { QUADS: 1 },
  needs: ['subgroups'],
  workgroupSize: 64,
})

export const denseWeightGradientSubgroup = defineKernel({
  shader: 'convolution/dense_weight_gradient_subgroup',
  bindings: { x: 'read', dy: 'read', partial: 'write' },
  parameters: {
    invocations: 'u32',
    images: 'u32',
    ...geometry,
    outputStride: 'u32',
    outputOffset: 'u32',
    ...chunks,
  },
  flags: { LANES: 8, HALF_IN: false },
  needs: ['subgroups'],
  workgroupSize: 64,
})

export const denseWeightGradientWinograd = defineKernel({
  ...denseWeightGradientSubgroup,
  shader: 'convolution/dense_weight_gradient_winograd',
  flags: {},
})

export const winogradWeights = defineKernel({
  shader: 'convolution/winograd_weights',
  bindings: { w: 'read', u: 'write' },
  parameters: { invocations: 'u32', inputChannels: 'u32', outputChannels: 'u32' },
  flags: { FLIPPED: false },
  workgroupSize: 64,
})

export const denseForwardWinograd = defineKernel({
  shader: 'convolution/dense_forward_winograd',
  bindings: { x: 'read', weights: 'read', bias: 'read', y: 'write' },
  parameters: {
    invocations: 'u32',
    inputHeight: 'u32',
    inputWidth: 'u32',
    inputChannels: 'u32',
    outputHeight: 'u32',
    outputWidth: 'u32',
    outputChannels: 'u32',
    crop: 'u32',
    padding: 'u32',
    images: 'u32',
    inputStride: 'u32',
    inputOffset: 'u32',
    outputStride: 'u32',
    outputOffset: 'u32',
    one: 'u32',
  },
  flags: { BIAS: false, ACCUMULATE: false },
  needs: ['subgroups'],
  workgroupSize: 64,
})
