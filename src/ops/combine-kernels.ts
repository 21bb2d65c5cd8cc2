/** Declarations of the kernels behind a node's sum of edges and its gradient, and what they share. */
import { defineKernel } from '../runtime/kernel.js'
import { type ActivationShape, paddedChannels } from './op.js'

export const combineForward = defineKernel({
  shader: 'elementwise/combine_forward',
  bindings: { x0: 'read', x1: 'read', state0: 'read', state1: 'read', drop: 'read', y: 'write' },
  parameters: {
    invocations: 'u32',
    batch: 'u32',
    firstImage: 'u32',
    pixels: 'u32',
    strips: 'u32',
    lanes: 'u32',
    stateStride: 'u32',
    stripLength: 'u32',
    sign0: 'u32',
    sign1: 'u32',
    perStep0: 'u32',
    perStep1: 'u32',
    constant0: 'u32',
    constant1: 'u32',
    dropRow0: 'u32',
    dropRow1: 'u32',
  },
  flags: {
    VEC: true,
    TWO: false,
    ACCUMULATE: false,
    AFFINE0: false,
    AFFINE1: false,
    DROP0: false,
    DROP1: false,
    HALF0: false,
    HALF1: false,
    HALF_OUT: false,
  },
  workgroupSize: 64,
})

const perChannelPass = {
  invocations: 'u32',
  batch: 'u32',
  firstImage: 'u32',
  pixels: 'u32',
  strips: 'u32',
  lanes: 'u32',
  stateStride: 'u32',
  stripLength: 'u32',
  sign: 'u32',
  perStep: 'u32',
  dropRow: 'u32',
  epsilon: 'f32',
} as const

export const gradientSums = defineKernel({
  shader: 'normalization/gradient_sums',
  bindings: { dy: 'read', x: 'read', state: 'read', drop: 'read', sums: 'write' },
  parameters: perChannelPass,
  flags: { VEC: true, DROP: false, HALF_IN: false },
  workgroupSize: 64,
})

export const gradientMerge = defineKernel({
  shader: 'normalization/gradient_merge',
  bindings: { sums: 'read', merged: 'write' },
  parameters: { quads: 'u32', total: 'u32', lanes: 'u32' },
  flags: {},
  workgroupSize: 64,
})

export const parameterGradient = defineKernel({
  shader: 'normalization/parameter_gradient',
  bindings: { merged: 'read', dgamma: 'write', dbeta: 'write' },
  parameters: { invocations: 'u32', channels: 'u32', padded: 'u32', groups: 'u32', rows: 'u32' },
  flags: { BETA: true, ACCUMULATE: false },
  workgroupSize: 64,
})

export const gradientTotals = defineKernel({
  shader: 'normalization/gradient_totals',
  bindings: { merged: 'read', state: 'read', totals: 'write' },
  parameters: { invocations: 'u32', padded: 'u32', steps: 'u32' },
  flags: {},
  workgroupSize: 64,
})

export const gradientApply = defineKernel({
  shader: 'normalization/gradient_apply',
  bindings: { dy: 'read', x: 'read', state: 'read', drop: 'read', merged: 'read', dx: 'write' },
  parameters: { ...perChannelPass, count: 'f32' },
  flags: { VEC: true, DROP: false, FIXED: false, WEIGHTED: false, HALF_IN: false },
  workgroupSize: 64,
})

export const edgeGradient = defineKernel({
  shader: 'elementwise/edge_gradient',
  bindings: { dy: 'read', x: 'read', drop: 'read', dx: 'write' },
  parameters: {
    invocations: 'u32',
    batch: 'u32',
    firstImage: 'u32',
    pixels: 'u32',
    lanes: 'u32',
    sign: 'u32',
    dropRow: 'u32',
    repeats: 'u32',
  },
  flags: { VEC: true, DROP: false, ACCUMULATE: false, HALF_IN: false },
  workgroupSize: 64,
})

export type ClipSign = 'neutral' | 'excitatory' | 'inhibitory'
export const signCode: Record<ClipSign, number> = { neutral: 0, excitatory: 1, inhibitory: 2 }

/** A lane is four channels where their number allows, else one. */
export const lanesOf = (shape: ActivationShape) => {
  const vector = shape.channels % 4 === 0
  return {
    vector,
    lanes: vector ? shape.channels / 4 : shape.channels,
    stateStride: vector ? paddedChannels(shape.channels) / 4 : paddedChannels(shape.channels),
  }
}
