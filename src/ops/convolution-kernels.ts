/** Declarations of the convolution kernels. */
import { defineKernel } from '../runtime/kernel.js'

export const geometry = {
  inputHeight: 'u32',
  inputWidth: 'u32',
  inputChannels: 'u32',
  outputHeight: 'u32',
  outputWidth: 'u32',
  outputChannels: 'u32',
  kernelHeight: 'u32',
  kernelWidth: 'u32',
  stride: 'u32',
  crop: 'u32',
  padding: 'u32',
} as const

export const spikeForward = defineKernel({
  shader: 'convolution/spike_forward',
  bindings: { spikes: 'read', weights: 'read', y: 'write', moments: 'write' },
  parameters: {
    invocations: 'u32',
    ...geometry,
    wordsPerImage: 'u32',
    outputStride: 'u32',
    outputOffset: 'u32',
    strips: 'u32',
    momentStride: 'u32',
    firstImage: 'u32',
    stripLength: 'u32',
    runWords: 'u32',
  },
  flags: { VEC: true, MOMENTS: false, HALF_OUT: false },
  workgroupSize: 64,
})

export const denseForward = defineKernel({
  shader: 'convolution/dense_forward',
  bindings: { x: 'read', weights: 'read', bias: 'read', y: 'write', moments: 'write' },
  parameters: {
    invocations: 'u32',
    ...geometry,
    outputStride: 'u32',
    outputOffset: 'u32',
    strips: 'u32',
    momentStride: 'u32',
    firstImage: 'u32',
    stripLength: 'u32',
  },
  flags: { VEC: true, VEC_IN: true, BIAS: false, MOMENTS: false, HALF_IN: false, HALF_OUT: false },
  workgroupSize: 64,
})

export const inputGradient = defineKernel({
  shader: 'convolution/input_gradient',
  bindings: { dy: 'read', weights: 'read', dx: 'write' },
  parameters: {
    invocations: 'u32',
    ...geometry,
    outputStride: 'u32',
    outputOffset: 'u32',
    strips: 'u32',
    stripLength: 'u32',
    weightRows: 'u32',
  },
  flags: { VEC: true, ACCUMULATE: false, PAIR: false },
  workgroupSize: 64,
})

export const inputGradientRows = defineKernel({
  ...inputGradient,
  shader: 'convolution/input_gradient_rows',
  flags: { KERNEL: 3, ACCUMULATE: false },
})

export const spikeWeightGradient = defineKernel({
  shader: 'convolution/spike_weight_gradient',
  bindings: { spikes: 'read', dy: 'read', partial: 'write' },
  parameters: {
    invocations: 'u32',
    images: 'u32',
    ...geometry,
    wordsPerImage: 'u32',
    outputStride: 'u32',
    outputOffset: 'u32',
    blocks: 'u32',
    imagesPerChunk: 'u32',
    firstChunk: 'u32',
    one: 'u32',
  },
  flags: { VEC: true, ROWS: 32 },
  workgroupSize: 64,
})

export const denseWeightGradient = defineKernel({
  shader: 'convolution/dense_weight_gradient',
  bindings: { x: 'read', dy: 'read', partial: 'write' },
  parameters: {
    invocations: 'u32',
    images: 'u32',
    ...geometry,
    outputStride: 'u32',
    outputOffset: 'u32',
    blocks: 'u32',
    imagesPerChunk: 'u32',
    firstChunk: 'u32',
  },
  flags: { VEC: true, HALF_IN: false },
  workgroupSize: 64,
})

export const reducePartials = defineKernel({
  shader: 'convolution/reduce_partials',
  bindings: { partial: 'read', result: 'write' },
  parameters: { invocations: 'u32', rows: 'u32', columns: 'u32', padded: 'u32', chunks: 'u32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

export const columnSums = defineKernel({
  shader: 'elementwise/column_sums',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', rows: 'u32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})
