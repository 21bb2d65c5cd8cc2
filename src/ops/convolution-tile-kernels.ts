/** Declarations of the convolution kernels that work by tiles in workgroup memory. */
import { defineKernel } from '../runtime/kernel.js'
import { geometry } from './convolution-kernels.js'

const tile = {
  invocations: 'u32',
  ...geometry,
  outputStride: 'u32',
  outputOffset: 'u32',
  images: 'u32',
  columns: 'u32',
} as const

export const denseForwardTile = defineKernel({
  shader: 'convolution/dense_forward_tile',
  bindings: { x: 'read', weights: 'read', bias: 'read', y: 'write' },
  parameters: { ...tile, inputStride: 'u32', inputOffset: 'u32', biased: 'u32', adding: 'u32', sumsEach: 'u32' },
  flags: { VEC: true, VEC_IN: true, HALF_IN: false, HALF_OUT: false },
  workgroupSize: 64,
})

export const spikeForwardTile = defineKernel({
  shader: 'convolution/spike_forward_tile',
  bindings: { spikes: 'read', weights: 'read', y: 'write' },
  parameters: { ...tile, wordsPerImage: 'u32', runWords: 'u32', sumsEach: 'u32' },
  flags: { VEC: true, HALF_OUT: false },
  workgroupSize: 64,
})

const partials = { imagesPerChunk: 'u32', firstChunk: 'u32' } as const

export const denseWeightGradientTile = defineKernel({
  shader: 'convolution/dense_weight_gradient_tile',
  bindings: { x: 'read', dy: 'read', partial: 'write' },
  parameters: { ...tile, ...partials, sumsEach: 'u32' },
  flags: { VEC: true, VEC_IN: true, HALF_IN: false },
  workgroupSize: 64,
})

export const spikeWeightGradientTile = defineKernel({
  shader: 'convolution/spike_weight_gradient_tile',
  bindings: { spikes: 'read', dy: 'read', partial: 'write' },
  parameters: { ...tile, ...partials, wordsPerImage: 'u32', blocks: 'u32', sumsEach: 'u32' },
  flags: { VEC: true },
  workgroupSize: 64,
})
