/** Integrate-and-fire models with the LIF charge (sheet 12, section 3.2). */
import {
  type NeuronModel,
  type NeuronNumbers,
  type NeuronSettings,
  type NeuronStates,
  numberOf,
  type StepContext,
  stateOf,
} from './neuron.js'
import { afterReset, idle, lifCharge, membraneGradient } from './reset.js'

/** k = 1/tau, unless beta = 1 - k is given. */
const leakOf = ({ tau = 2, beta }: NeuronNumbers): number => (beta === undefined ? 1 / tau : 1 - beta)
const restOf = (numbers: NeuronNumbers, settings: NeuronSettings) => numbers.restPotential ?? idle(numbers, settings)
const start = (numbers: NeuronNumbers, settings: NeuronSettings) => numbers.initialPotential ?? idle(numbers, settings)

const chargeOf = (states: NeuronStates, { x, numbers, settings }: StepContext, k = leakOf(numbers)) =>
  lifCharge(stateOf(states, 'v'), x, k, restOf(numbers, settings), settings.choices.decayInput ?? true)

export const lifModel: NeuronModel = {
  initial: (numbers, settings) => ({ v: start(numbers, settings) }),
  step(states, context, fire) {
    const { h } = chargeOf(states, context)
    const { s, atReset } = fire(h - numberOf(context.numbers, 'threshold'))
    return { states: { v: afterReset(h, atReset, context.numbers, context.settings) }, membrane: h, output: s }
  },
  gradient(context) {
    const { h, dv, dx } = chargeOf(context.states, context)
    const { gh } = membraneGradient(context, h, h - numberOf(context.numbers, 'threshold'), context.G)
    return { dx: gh * dx, carry: { v: gh * dv } }
  },
}

/** h = v + x. */
export const ifModel: NeuronModel = {
  initial: lifModel.initial,
  step(states, context, fire) {
    const h = stateOf(states, 'v') + context.x
    const { s, atReset } = fire(h - numberOf(context.numbers, 'threshold'))
    return { states: { v: afterReset(h, atReset, context.numbers, context.settings) }, membrane: h, output: s }
  },
  gradient(context) {
    const h = stateOf(context.states, 'v') + context.x
    const { gh } = membraneGradient(context, h, h - numberOf(context.numbers, 'threshold'), context.G)
    return { dx: gh, carry: { v: gh } }
  },
}

/** k = sigmoid(w). */
const learnedLeak = ({ w = 0 }: NeuronNumbers): number => 1 / (1 + Math.exp(-w))

export const plifModel: NeuronModel = {
  initial: lifModel.initial,
  step(states, context, fire) {
    const { h } = chargeOf(states, context, learnedLeak(context.numbers))
    const { s, atReset } = fire(h - numberOf(context.numbers, 'threshold'))
    return { states: { v: afterReset(h, atReset, context.numbers, context.settings) }, membrane: h, output: s }
  },
  gradient(context) {
    const k = learnedLeak(context.numbers)
    const { h, dv, dx } = chargeOf(context.states, context, k)
    const { gh } = membraneGradient(context, h, h - numberOf(context.numbers, 'threshold'), context.G)
    const leak = stateOf(context.states, 'v') - restOf(context.numbers, context.settings)
    const slope = (context.settings.choices.decayInput ?? true) ? context.x - leak : -leak
    context.add('w', gh * slope * k * (1 - k))
    return { dx: gh * dx, carry: { v: gh * dv } }
  },
}

export const klifModel: NeuronModel = {
  initial: lifModel.initial,
  step(states, context, fire) {
    const h = Math.max(0, numberOf(context.numbers, 'kappa') * chargeOf(states, context).h)
    const { s, atReset } = fire(h - numberOf(context.numbers, 'threshold'))
    return { states: { v: afterReset(h, atReset, context.numbers, context.settings) }, membrane: h, output: s }
  },
  gradient(context) {
    const kappa = numberOf(context.numbers, 'kappa')
    const charge = chargeOf(context.states, context)
    const h = Math.max(0, kappa * charge.h)
    const { gh } = membraneGradient(context, h, h - numberOf(context.numbers, 'threshold'), context.G)
    const open = h > 0 ? gh : 0
    context.add('kappa', open * charge.h)
    return { dx: open * kappa * charge.dx, carry: { v: open * kappa * charge.dv } }
  },
}

/** theta[t] = v_th + beta_a a[t], a[t] = rho a[t-1] + s[t-1]. */
const adaptationOf = (states: NeuronStates, numbers: NeuronNumbers) =>
  numberOf(numbers, 'persistence') * stateOf(states, 'a') + stateOf(states, 's')

export const alifModel: NeuronModel = {
  initial: (numbers, settings) => ({ v: start(numbers, settings), a: 0, s: 0 }),
  step(states, context, fire) {
    const { numbers, settings } = context
    const a = adaptationOf(states, numbers)
    const { h } = chargeOf(states, context)
    const { s, atReset } = fire(h - (numberOf(numbers, 'threshold') + numberOf(numbers, 'strength') * a))
    return { states: { v: afterReset(h, atReset, numbers, settings), a, s }, membrane: h, output: s }
  },
  gradient(context) {
    const { numbers, carry } = context
    const a = adaptationOf(context.states, numbers)
    const { h, dv, dx } = chargeOf(context.states, context)
    const excess = h - (numberOf(numbers, 'threshold') + numberOf(numbers, 'strength') * a)
    const { gh, spike } = membraneGradient(context, h, excess, context.G + stateOf(carry, 's'))
    const ga = stateOf(carry, 'a') - numberOf(numbers, 'strength') * spike
    return { dx: gh * dx, carry: { v: gh * dv, a: numberOf(numbers, 'persistence') * ga, s: ga } }
  },
}

export const refractoryModel: NeuronModel = {
  initial: (numbers, settings) => ({ v: start(numbers, settings), count: 0 }),
  step(states, context, fire) {
    const { numbers, settings } = context
    const count = stateOf(states, 'count')
    const active = count <= 0
    const h = active ? chargeOf(states, context).h : idle(numbers, settings)
    const { s, atReset } = active ? fire(h - numberOf(numbers, 'threshold')) : { s: 0, atReset: 0 }
    // a smooth stand-in fires by parts, so the count follows the rounded spike
    const next = Math.round(s) >= 1 ? numberOf(numbers, 'refractory') : Math.max(count - 1, 0)
    return { states: { v: afterReset(h, atReset, numbers, settings), count: next }, membrane: h, output: s }
  },
  gradient(context) {
    const { numbers } = context
    if (stateOf(context.states, 'count') > 0) return { dx: 0, carry: { v: 0, count: 0 } }
    const { h, dv, dx } = chargeOf(context.states, context)
    const { gh } = membraneGradient(context, h, h - numberOf(numbers, 'threshold'), context.G)
    return { dx: gh * dx, carry: { v: gh * dv, count: 0 } }
  },
}

/** LIF that emits max(0, h - offset). */
export const liafModel: NeuronModel = {
  initial: lifModel.initial,
  step(states, context, fire) {
    const { membrane, ...rest } = lifModel.step(states, context, fire)
    return { ...rest, membrane, output: Math.max(0, membrane - numberOf(context.numbers, 'offset')) }
  },
  gradient(context) {
    const { h, dv, dx } = chargeOf(context.states, context)
    const { gh } = membraneGradient(context, h, h - numberOf(context.numbers, 'threshold'), 0)
    const all = gh + (h > numberOf(context.numbers, 'offset') ? context.G : 0)
    return { dx: all * dx, carry: { v: all * dv } }
  },
}

const boosted = (n: number, boost: boolean): number => (boost && n > 1 ? 1.5 * n : n)

/** Up to five spikes in a step; its `spikes` are their number n. */
export const burstModel: NeuronModel = {
  initial: lifModel.initial,
  stepFunction: (x) => Math.max(0, Math.ceil(Math.min(4.5, Math.max(-0.5, x)))),
  step(states, context, fire) {
    const { numbers, settings } = context
    const { h } = chargeOf(states, context)
    const { s: n, atReset } = fire(h - numberOf(numbers, 'threshold'))
    let v = h
    if (settings.reset === 'hard' && atReset >= 1) v = numberOf(numbers, 'resetPotential')
    else if (settings.reset === 'soft') v = h - atReset * numberOf(numbers, 'threshold')
    return { states: { v }, membrane: h, output: boosted(n, settings.choices.boost ?? true) }
  },
  gradient(context) {
    const { settings, s: n, G } = context
    const { h, dv, dx } = chargeOf(context.states, context)
    const z = h - numberOf(context.numbers, 'threshold')
    const factor = boosted(n, settings.choices.boost ?? true) === n ? 1 : 1.5
    const through = z > -0.5 && z < 4.5 ? G * factor : 0
    const past = settings.reset === 'hard' && n >= 1 ? 0 : stateOf(context.carry, 'v')
    return { dx: (through + past) * dx, carry: { v: (through + past) * dv } }
  },
}
