/** From a definition and a user's options to everything a dispatch needs, or an error that names the option. */
import { OptionError } from '../../errors.js'
import type { ShaderFlags } from '../../runtime/expression.js'
import { flagName } from './declarations.js'
import {
  type Emission,
  type FiringOptions,
  type NeuronDefinition,
  type NeuronOptions,
  type ResetMode,
  resetModes,
} from './definition.js'
import { emissionFlags, isDetachable, maxStepsPerSlab } from './kernels.js'
import { neuronFields, resolveNumbers } from './numbers.js'
import { resolveSurrogate, type Surrogate, surrogateShader } from './surrogate.js'

/** A neuron with all its options decided. */
export interface Neuron {
  readonly definition: NeuronDefinition
  readonly numbers: Readonly<Record<string, number>>
  readonly reset: ResetMode
  readonly detachReset: boolean
  readonly strict: boolean
  /** Null if the neuron has none. */
  readonly surrogate: Surrogate | null
  readonly soft: boolean
  readonly perChannel: boolean
  /** Values of the uniform fields of its own. */
  readonly fields: Readonly<Record<string, number>>
  /** Flags that both kernels share. */
  readonly flags: ShaderFlags
}

/** One row of the table of learned numbers. */
export interface LearnedRow {
  readonly name: string
  readonly initial: number
  readonly spread: number
}

const firingNames: readonly (keyof FiringOptions)[] = [
  'reset',
  'detachReset',
  'strict',
  'surrogate',
  'soft',
  'perChannel',
]
const resetCode: Record<ResetMode, number> = { hard: 0, soft: 1, none: 2 }
const fires = (emits: Emission) => emits === 'spikes' || emits === 'realAndSpikes'

function checkKnown(definition: NeuronDefinition, options: Readonly<Record<string, unknown>>): void {
  const known = [...Object.keys(definition.numbers), ...Object.keys(definition.choices ?? {}), ...firingNames]
  for (const key of Object.keys(options))
    if (!known.includes(key))
      throw new OptionError(`${definition.name}.${key}`, 'is no option of this neuron.', `It has ${known.join(', ')}.`)
}

function readBoolean(definition: NeuronDefinition, name: string, value: unknown, standard: boolean): boolean {
  if (value === undefined) return standard
  if (typeof value !== 'boolean')
    throw new OptionError(`${definition.name}.${name}`, `must be true or false; got ${String(value)}.`)
  return value
}

function readReset(definition: NeuronDefinition, value: unknown): ResetMode {
  const { name, resets } = definition
  const standard = resets[0] ?? 'none'
  if (value === undefined) return standard
  const mode = resetModes.find((candidate) => candidate === value)
  if (!mode || !(resets.includes(mode) || (resets.length === 0 && mode === 'none')))
    throw new OptionError(`${name}.reset`, `must be ${resets.join(' or ') || 'none'}; got ${String(value)}.`)
  return mode
}

/** Refuses what the neuron's nature leaves no choice about. */
function checkNature(definition: NeuronDefinition, options: FiringOptions): void {
  const { name, emits, soft, learned, surrogate } = definition
  const refuse = (option: string, what: string, advice = '') => {
    throw new OptionError(`${name}.${option}`, what, advice)
  }
  if (options.surrogate !== undefined && surrogate === null)
    refuse('surrogate', 'is of no use: this neuron has no step function.', 'Leave it out.')
  if (options.strict && !fires(emits)) refuse('strict', 'is of no use: this neuron compares with no threshold.')
  if (options.soft && !(soft && emits === 'spikes'))
    refuse('soft', 'is not possible: this neuron has no smooth form.', 'Leave it out.')
  if (options.soft && options.strict) refuse('strict', 'has no meaning where soft emits no spikes.')
  if (!isDetachable(definition) && options.detachReset === false)
    refuse('detachReset', 'must be true: the reset of this neuron never passes a gradient.', 'Leave it out.')
  const width = typeof options.surrogate === 'object' && options.surrogate.learn === true
  if (options.perChannel && !learned && !width) refuse('perChannel', 'is of no use: this neuron learns no number.')
}

/** @throws OptionError naming the option that is unknown, out of range or impossible */
export function resolveNeuron<P extends string, C extends string>(
  neuron: NeuronDefinition<P, C>,
  given: NeuronOptions<P, C> = {},
): Neuron {
  const definition = neuron as unknown as NeuronDefinition
  const options = given as NeuronOptions
  const values = given as Readonly<Record<string, unknown>>
  checkKnown(definition, values)
  const boolean = (name: string, standard = false) => readBoolean(definition, name, values[name], standard)
  const reset = readReset(definition, values.reset)
  const numbers = resolveNumbers(definition, values, reset)
  checkNature(definition, options)
  const soft = boolean('soft')
  const strict = boolean('strict')
  const detachReset = boolean('detachReset') || !isDetachable(definition)
  const perChannel = boolean('perChannel')
  const wanted = options.surrogate ?? definition.surrogate
  const surrogate = wanted && resolveSurrogate(`${definition.name}.surrogate`, wanted, numbers.threshold)
  if (soft && !surrogate?.soft)
    throw new OptionError(
      `${definition.name}.soft`,
      `needs a surrogate with a primitive; ${surrogate?.name} has none.`,
      'Take atan.',
    )
  const choices = Object.entries(definition.choices ?? {}).map(([choice, standard]) => [
    flagName(choice),
    boolean(choice, standard),
  ])
  const flags: ShaderFlags = {
    ...definition.flags,
    ...Object.fromEntries(choices),
    ...emissionFlags(definition.emits, soft),
    STRICT: strict,
    ...(definition.resets.length > 0 ? { RESET: resetCode[reset] } : {}),
    LEARNED: definition.learned !== undefined || surrogate?.learn === true,
    LEARN_WIDTH: surrogate?.learn === true,
    PER_CHANNEL: perChannel,
    // in the forward pass the surrogate matters only where it is what leaves the neuron
    ...(surrogate && soft ? { SURROGATE: surrogateShader(surrogate.name) } : {}),
  }
  const fields = neuronFields(definition, numbers, reset)
  return { definition, numbers, reset, detachReset, strict, surrogate, soft, perChannel, fields, flags }
}

/** Flags that only the backward kernel needs. */
export const gradientFlags = ({ definition, surrogate, detachReset }: Neuron): ShaderFlags => ({
  ...(isDetachable(definition) ? { DETACH_RESET: detachReset } : {}),
  ...(surrogate ? { SURROGATE: surrogateShader(surrogate.name) } : {}),
})

/** Uniform fields that both kernels share. */
export function neuronNumbers(neuron: Neuron): Readonly<Record<string, number>> {
  const [alpha, alpha1, alpha2, alpha3] = neuron.surrogate?.numbers ?? [0, 0, 0, 0]
  return { alpha, alpha1, alpha2, alpha3, ...neuron.fields }
}

/**
 * The learned numbers in the order of their rows; the surrogate's width is the last.
 * @throws OptionError when a number for each step is learned and there are more steps than the kernels hold
 */
export function learnedRows(neuron: Neuron, timeSteps: number): LearnedRow[] {
  const { definition, numbers, surrogate } = neuron
  const rows = Object.entries(definition.learned ?? {}).flatMap(([name, parameter]) => {
    if (parameter.perStep && timeSteps > maxStepsPerSlab)
      throw new OptionError(
        `${definition.name}.timeSteps`,
        `must be at most ${maxStepsPerSlab} where each step has a learned number; got ${timeSteps}.`,
      )
    const row = { name, initial: parameter.initial(numbers, timeSteps), spread: parameter.spread ?? 0 }
    return Array.from({ length: parameter.perStep ? timeSteps : 1 }, () => row)
  })
  const width = surrogate?.learn ? [{ name: 'width', initial: surrogate.numbers[0], spread: 0 }] : []
  return [...rows, ...width]
}
