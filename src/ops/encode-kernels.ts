/** Declarations of the encoders' kernels. */
import { defineKernel } from '../runtime/kernel.js'

export const rateKernel = defineKernel({
  shader: 'encoding/rate',
  bindings: { x: 'read', draw: 'uniform', y: 'write', faults: 'write' },
  parameters: {
    invocations: 'u32',
    steps: 'u32',
    batch: 'u32',
    neurons: 'u32',
    words: 'u32',
    inputStep: 'u32',
    firstStep: 'u32',
    seedLow: 'u32',
    seedHigh: 'u32',
    rounds: 'u32',
    stream: 'u32',
  },
  flags: { SIGNED: false },
  workgroupSize: 64,
})

export const closedFormKernel = defineKernel({
  shader: 'encoding/closed_form',
  bindings: { x: 'read', least: 'read', spikes: 'write', faults: 'write' },
  parameters: {
    invocations: 'u32',
    steps: 'u32',
    batch: 'u32',
    neurons: 'u32',
    words: 'u32',
    firstStep: 'u32',
    total: 'u32',
    cutoff: 'f32',
    floor: 'f32',
    tau: 'f32',
    theta: 'f32',
    bits: 'u32',
    most: 'f32',
    shortest: 'f32',
    longest: 'f32',
  },
  flags: { CODE: 0, NORMALISE: false },
  workgroupSize: 64,
})

export const leastKernel = defineKernel({
  shader: 'encoding/least',
  bindings: { x: 'read', least: 'write' },
  parameters: { invocations: 'u32', theta: 'f32' },
  flags: {},
  workgroupSize: 64,
})

export const weighKernel = defineKernel({
  shader: 'encoding/weigh',
  bindings: { spikes: 'read', y: 'write' },
  parameters: { invocations: 'u32', batch: 'u32', neurons: 'u32', words: 'u32', firstStep: 'u32', bits: 'u32' },
  flags: { PHASE: false },
  workgroupSize: 64,
})

export const rankKernel = defineKernel({
  shader: 'encoding/rank',
  bindings: { x: 'read', steps: 'write', faults: 'write' },
  parameters: {
    invocations: 'u32',
    neurons: 'u32',
    channels: 'u32',
    pixels: 'u32',
    groups: 'u32',
    total: 'u32',
  },
  flags: {},
  workgroupSize: 64,
})

export const atStepKernel = defineKernel({
  shader: 'encoding/at_step',
  bindings: { steps: 'read', spikes: 'write' },
  parameters: {
    invocations: 'u32',
    steps: 'u32',
    batch: 'u32',
    neurons: 'u32',
    words: 'u32',
    firstStep: 'u32',
  },
  flags: { WAVE: false },
  workgroupSize: 64,
})

const fieldParameters = {
  invocations: 'u32',
  fields: 'u32',
  first: 'f32',
  spacing: 'f32',
  inverseWidth: 'f32',
} as const

export const fieldsKernel = defineKernel({
  shader: 'encoding/fields',
  bindings: { x: 'read', act: 'write' },
  parameters: fieldParameters,
  flags: {},
  workgroupSize: 64,
})

export const fieldsGradientKernel = defineKernel({
  shader: 'encoding/fields_gradient',
  bindings: { x: 'read', dact: 'read', dx: 'write' },
  parameters: fieldParameters,
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

export const deltaKernel = defineKernel({
  shader: 'encoding/delta',
  bindings: { x: 'read', start: 'read', y: 'write', finish: 'write', faults: 'write' },
  parameters: {
    invocations: 'u32',
    steps: 'u32',
    batch: 'u32',
    neurons: 'u32',
    words: 'u32',
    padding: 'u32',
    theta: 'f32',
  },
  flags: { FOLLOW: false, SIGNED: false, LOAD_STATE: false, STORE_STATE: false },
  workgroupSize: 64,
})
