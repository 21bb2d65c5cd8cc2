/** The pair of kernels that the scaffold becomes for a neuron. */
import type { ShaderFlags } from '../../runtime/expression.js'
import { defineKernel, type KernelDefinition } from '../../runtime/kernel.js'
import { flagName, neuronShader, registerDeclarations } from './declarations.js'
import type { Emission, NeuronDefinition } from './definition.js'
import { fieldNames } from './numbers.js'
import { surrogateShader } from './surrogate.js'

/** Steps that the kernels can hold; longer sequences are cut into slabs by the planner. */
export const maxStepsPerSlab = 40
/** Slabs up to this length use kernels that keep their history in registers. */
export const shortSteps = 4

export interface NeuronKernels {
  readonly forward: KernelDefinition
  readonly backward: KernelDefinition
}

const kernels = new Map<string, NeuronKernels>()

/** @throws Error for a definition that did not go through `defineNeuron` */
export function neuronKernels(definition: NeuronDefinition): NeuronKernels {
  const found = kernels.get(definition.name)
  if (!found) throw new Error(`${definition.name} was not defined with defineNeuron`)
  return found
}

/** Flags that follow from what leaves the neuron; a soft one emits the surrogate's primitive. */
export const emissionFlags = (emits: Emission, soft: boolean) => ({
  SPIKES: !soft && (emits === 'spikes' || emits === 'realAndSpikes'),
  GRADED: soft || emits === 'graded',
  SOFT: soft,
})

/** Whether a gradient may go through the neuron's reset. */
export const isDetachable = ({ detachable, resets }: NeuronDefinition): boolean => detachable ?? resets.length > 0

/** Whether a real value leaves the neuron. */
export const isReal = (emits: Emission, soft: boolean): boolean => soft || emits !== 'spikes'

const commonFields = {
  invocations: 'u32',
  steps: 'u32',
  batch: 'u32',
  neurons: 'u32',
  words: 'u32',
} as const
const surrogateFields = { alpha: 'f32', alpha1: 'f32', alpha2: 'f32', alpha3: 'f32' } as const
const sequenceFields = {
  inputStep: 'u32',
  stepSize: 'u32',
  firstStep: 'u32',
  sequence: 'u32',
  channels: 'u32',
} as const

/** Declares both kernels of a neuron and registers what their shader files include. */
export function declareNeuronKernels(definition: NeuronDefinition): void {
  registerDeclarations(definition)
  const fields = Object.fromEntries(fieldNames(definition).map((field) => [field, 'f32' as const]))
  const choices = Object.entries(definition.choices ?? {}).map(([choice, value]) => [flagName(choice), value])
  const flags: ShaderFlags = {
    NEURON: neuronShader(definition),
    SURROGATE: surrogateShader('atan'),
    VEC: true,
    SHORT: true,
    STRICT: false,
    ...(definition.resets.length > 0 ? { RESET: 0 } : {}),
    ...(isDetachable(definition) ? { DETACH_RESET: false } : {}),
    ...emissionFlags(definition.emits, false),
    LEARNED: definition.learned !== undefined,
    LEARN_WIDTH: false,
    PER_CHANNEL: false,
    LOAD_STATE: false,
    HALF_IN: false,
    ...definition.flags,
    ...Object.fromEntries(choices),
  }
  const forward = defineKernel({
    name: `neuron/forward of ${definition.name}`,
    shader: 'neuron/forward',
    bindings: { x: 'read', spikes: 'write', y: 'write', start: 'read', finish: 'write', weights: 'read' },
    parameters: { ...commonFields, group: 'u32', ...sequenceFields, ...surrogateFields, ...fields },
    flags: { ...flags, REAL: isReal(definition.emits, false), STORE_STATE: false },
    workgroupSize: 64,
  })
  const backward = defineKernel({
    name: `neuron/backward of ${definition.name}`,
    shader: 'neuron/backward',
    bindings: {
      x: 'read',
      emitted: 'read',
      dy: 'read',
      start: 'read',
      carry: 'write',
      dx: 'write',
      weights: 'read',
      sums: 'write',
    },
    parameters: { ...commonFields, ...sequenceFields, ...surrogateFields, ...fields },
    flags: {
      ...flags,
      LOAD_CARRY: false,
      STORE_CARRY: false,
      OUTPUT_GRADIENT: true,
      INPUT_GRADIENT: true,
      CONSTANT_INPUT: false,
      ACCUMULATE: false,
      PARAMETER_GRADIENT: false,
      FOUR: true,
      WORDS: true,
    },
    workgroupSize: 64,
  })
  kernels.set(definition.name, { forward, backward })
}

/** Reduces the gradients of learned numbers. */
export const parameterSums = defineKernel({
  shader: 'neuron/parameter_sums',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', rows: 'u32', rowsPerChunk: 'u32', chunks: 'u32', columns: 'u32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})
