/** A soma with a basal and an apical dendrite (sheet 12, section 3.6). */
import { type NeuronModel, type NeuronNumbers, numberOf, type StepContext, stateOf } from './neuron.js'
import { afterReset, idle } from './reset.js'

const parts = ['v', 'basal', 'apical'] as const

/** All three compartments before the reset. */
function charged(states: Readonly<Record<string, number>>, { x, others, numbers }: StepContext) {
  const [other = Number.NaN] = others
  const basal = (stateOf(states, 'basal') + x) / numberOf(numbers, 'basalTau')
  const apical = (stateOf(states, 'apical') + other) / numberOf(numbers, 'apicalTau')
  const v = stateOf(states, 'v')
  return { v: v + (apical + basal - v) / numberOf(numbers, 'tau'), basal, apical }
}

/** b = (b + x_b)/tau_b, a = (a + x_a)/tau_a, soma += (a + b - soma)/tau, all three reset by s. */
export const multiCompartmentModel: NeuronModel = {
  inputs: 2,
  initial(numbers: NeuronNumbers, settings) {
    const start = numbers.initialPotential ?? idle(numbers, settings)
    return { v: start, basal: start, apical: start }
  },
  step(states, context, fire) {
    const { numbers, settings } = context
    const before = charged(states, context)
    const { s, atReset } = fire(before.v - numberOf(numbers, 'threshold'))
    const after = (part: (typeof parts)[number]) => afterReset(before[part], atReset, numbers, settings)
    return {
      states: { v: after('v'), basal: after('basal'), apical: after('apical') },
      membrane: before.v,
      output: s,
    }
  },
  gradient(context) {
    const { numbers, settings, carry, s } = context
    const before = charged(context.states, context)
    const toReset = parts.map((part) => stateOf(carry, part) * (numberOf(numbers, 'resetPotential') - before[part]))
    const byReset = settings.detachReset ? 0 : toReset.reduce((sum, part) => sum + part, 0)
    const past = (part: (typeof parts)[number]) => stateOf(carry, part) * (1 - s)
    const gh = context.throughSpike(before.v - numberOf(numbers, 'threshold'), context.G + byReset) + past('v')
    const k = 1 / numberOf(numbers, 'tau')
    const basal = (past('basal') + gh * k) / numberOf(numbers, 'basalTau')
    const apical = (past('apical') + gh * k) / numberOf(numbers, 'apicalTau')
    return { dx: basal, others: [apical], carry: { v: gh * (1 - k), basal, apical } }
  },
}
