/** The pair of kernels that the scaffold becomes for a neuron. */
import type { ShaderFlags } from '../../runtime/expression.js'
import { defineKernel, type KernelDefinition } from '../../runtime/kernel.js'
import { flagName, neuronShader, registerDeclarations } from './declarations.js'
import type { Emission, NeuronDefinition } from './definition.js'
import { fieldNames } from './numbers.js'
import { surrogateShader } from './surrogate.js'

/** Steps that the kernels can hold; longer sequences are cut into slabs by the planner. */
export const maxStepsPerSlab = 40
/** Steps of a block: as many as the kernels' texts go through without a loop, and as one backward dispatch takes. */
export const blockSteps = 4
/** Numbers of blocks that there are forward kernels for. */
export const blockCounts = [1, 4, 10] as const
/** Neighbouring lanes that own words of spikes together. */
export const teamLanes = 8

interface KernelPair {
  readonly forward: KernelDefinition
  readonly backward: KernelDefinition
}

/** The same texts for any adapter, and with teams of lanes for adapters whose subgroups have so many. */
export interface NeuronKernels {
  readonly portable: KernelPair
  readonly team: KernelPair
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
  stepWords: 'u32',
  neurons: 'u32',
  words: 'u32',
  group: 'u32',
} as const
const surrogateFields = { alpha: 'f32', alpha1: 'f32', alpha2: 'f32', alpha3: 'f32' } as const
const sequenceFields = {
  inputStep: 'u32',
  stepSize: 'u32',
  firstStep: 'u32',
  sequence: 'u32',
  channels: 'u32',
} as const

const kernelName = (pass: string, definition: NeuronDefinition, team: boolean) =>
  `neuron/${pass} of ${definition.name}${team ? ', teams' : ''}`

/** Declares the kernels of a neuron and registers what their shader files include. */
export function declareNeuronKernels(definition: NeuronDefinition): void {
  registerDeclarations(definition)
  const fields = Object.fromEntries(fieldNames(definition).map((field) => [field, 'f32' as const]))
  const choices = Object.entries(definition.choices ?? {}).map(([choice, value]) => [flagName(choice), value])
  const flags: ShaderFlags = {
    NEURON: neuronShader(definition),
    SURROGATE: surrogateShader('atan'),
    VEC: true,
    FULL: true,
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
  const pair = (team: boolean): KernelPair => ({
    forward: defineKernel({
      name: kernelName('forward', definition, team),
      shader: 'neuron/forward',
      bindings: { x: 'read', spikes: 'write', y: 'write', start: 'read', finish: 'write', weights: 'read' },
      parameters: { ...commonFields, ...sequenceFields, ...surrogateFields, ...fields },
      flags: { ...flags, TEAM: team, BLOCKS: 1, REAL: isReal(definition.emits, false), STORE_STATE: false },
      workgroupSize: 64,
      needs: team ? ['subgroups'] : [],
    }),
    backward: defineKernel({
      name: kernelName('backward', definition, team),
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
      parameters: { ...commonFields, ...sequenceFields, begin: 'u32', ...surrogateFields, ...fields },
      flags: {
        ...flags,
        TEAM: team,
        REPLAY: false,
        LOAD_CARRY: false,
        STORE_CARRY: false,
        OUTPUT_GRADIENT: true,
        INPUT_GRADIENT: true,
        CONSTANT_INPUT: false,
        ACCUMULATE: false,
        PARAMETER_GRADIENT: false,
        WORDS: true,
      },
      workgroupSize: 64,
      needs: team ? ['subgroups'] : [],
    }),
  })
  kernels.set(definition.name, { portable: pair(false), team: pair(true) })
}

/** Reduces the gradients of learned numbers. */
export const parameterSums = defineKernel({
  shader: 'neuron/parameter_sums',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', rows: 'u32', rowsPerChunk: 'u32', chunks: 'u32', columns: 'u32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})
