/** Declarations of the LIF kernels. */
import { defineKernel } from '../runtime/kernel.js'

const lifFlags = { VEC: true, DECAY_INPUT: true, STRICT: false, RESET: 0 } as const

export const lifForward = defineKernel({
  shader: 'neuron/lif_forward',
  bindings: { x: 'read', spikes: 'write', start: 'read', finish: 'write' },
  parameters: {
    invocations: 'u32',
    steps: 'u32',
    batch: 'u32',
    neurons: 'u32',
    words: 'u32',
    inputStep: 'u32',
    group: 'u32',
    threshold: 'f32',
    decay: 'f32',
    resetPotential: 'f32',
  },
  flags: { ...lifFlags, LOAD_STATE: false, STORE_STATE: false },
  workgroupSize: 64,
})

export const lifBackward = defineKernel({
  shader: 'neuron/lif_backward',
  bindings: { x: 'read', spikes: 'read', ds: 'read', start: 'read', carry: 'write', dx: 'write' },
  parameters: {
    invocations: 'u32',
    steps: 'u32',
    batch: 'u32',
    neurons: 'u32',
    words: 'u32',
    inputStep: 'u32',
    threshold: 'f32',
    decay: 'f32',
    resetPotential: 'f32',
    alpha: 'f32',
  },
  flags: {
    ...lifFlags,
    SURROGATE: 0,
    DETACH_RESET: true,
    LOAD_STATE: false,
    LOAD_CARRY: false,
    STORE_CARRY: false,
    CONSTANT_INPUT: false,
    ACCUMULATE: false,
  },
  workgroupSize: 64,
})
