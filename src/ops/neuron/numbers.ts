/** Numbers of a neuron: defaults, ranges, and the constants that its shader gets. */
import { OptionError } from '../../errors.js'
import type { NeuronDefinition, ResetMode } from './definition.js'
import { checkNumber } from './surrogate.js'

type Numbers = Readonly<Record<string, number>>

/**
 * Every number of the neuron, given or default.
 * @throws OptionError naming the number that is out of range, or that a hard reset would fire for ever
 */
export function resolveNumbers(
  definition: NeuronDefinition,
  given: Readonly<Record<string, unknown>>,
  reset: ResetMode,
): Numbers {
  const numbers: Record<string, number> = {}
  for (const [name, parameter] of Object.entries(definition.numbers)) {
    const standard = typeof parameter.default === 'number' ? parameter.default : parameter.default(numbers, reset)
    numbers[name] = checkNumber(`${definition.name}.${name}`, given[name] ?? standard, parameter, parameter.advice)
  }
  const { threshold, resetPotential } = numbers
  if (reset === 'hard' && threshold !== undefined && resetPotential !== undefined && threshold <= resetPotential)
    throw new OptionError(
      `${definition.name}.threshold`,
      `must lie above the reset potential ${resetPotential}; got ${threshold}.`,
      'A neuron reset to its threshold would fire for ever.',
    )
  definition.check?.(numbers, reset)
  return numbers
}

/** Uniform fields of the neuron: its constants, and the initial value of each state. */
export function neuronFields(definition: NeuronDefinition, numbers: Numbers, reset: ResetMode): Numbers {
  const initial = Object.entries(definition.states).map(([state, value]) => [`initial_${state}`, value(numbers, reset)])
  return { ...definition.constants(numbers, reset), ...Object.fromEntries(initial) }
}

/** Names of the uniform fields, in order. */
export function fieldNames(definition: NeuronDefinition): string[] {
  const reset = definition.resets[0] ?? 'none'
  return Object.keys(neuronFields(definition, resolveNumbers(definition, {}, reset), reset))
}
