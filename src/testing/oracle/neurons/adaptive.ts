/** Neurons with a non-linear membrane: QIF, EIF, AdEx and both forms of Izhikevich's (sheet 12, sections 3.1 and 3.2). */
import { type NeuronModel, type NeuronNumbers, type NeuronSettings, numberOf, stateOf } from './neuron.js'
import { afterReset, idle, membraneGradient } from './reset.js'

interface Flow {
  readonly value: number
  readonly slope: number
}

const start = (numbers: NeuronNumbers, settings: NeuronSettings) => numbers.initialPotential ?? idle(numbers, settings)

/** a0 (v - v_rest)(v - v_c). */
function quadraticFlow(v: number, numbers: NeuronNumbers): Flow {
  const rest = numberOf(numbers, 'restPotential')
  const critical = numberOf(numbers, 'criticalPotential')
  const a0 = numberOf(numbers, 'gain')
  return { value: a0 * (v - rest) * (v - critical), slope: a0 * (2 * v - rest - critical) }
}

/** v_rest - v + D_T exp((v - th_rh)/D_T), the exponent clamped at 20. */
function exponentialFlow(v: number, numbers: NeuronNumbers): Flow {
  const width = numberOf(numbers, 'sharpness')
  const y = (v - numberOf(numbers, 'rheobase')) / width
  const value = numberOf(numbers, 'restPotential') - v + width * Math.exp(Math.min(20, y))
  return { value, slope: -1 + (y < 20 ? Math.exp(y) : 0) }
}

/** h = v + k (x + flow(v)). */
const withoutAdaptation = (flow: typeof quadraticFlow): NeuronModel => ({
  initial: (numbers, settings) => ({ v: start(numbers, settings) }),
  step(states, { x, numbers, settings }, fire) {
    const v = stateOf(states, 'v')
    const h = v + (x + flow(v, numbers).value) / numberOf(numbers, 'tau')
    const { s, atReset } = fire(h - numberOf(numbers, 'threshold'))
    return { states: { v: afterReset(h, atReset, numbers, settings) }, membrane: h, output: s }
  },
  gradient(context) {
    const { numbers } = context
    const k = 1 / numberOf(numbers, 'tau')
    const v = stateOf(context.states, 'v')
    const { value, slope } = flow(v, numbers)
    const h = v + k * (context.x + value)
    const { gh } = membraneGradient(context, h, h - numberOf(numbers, 'threshold'), context.G)
    return { dx: gh * k, carry: { v: gh * (1 + k * slope) } }
  },
})

/** The same with -w inside the bracket; w~ = w + (a (h - v_rest) - w)/tau_w, w = w~ + b s. */
const withAdaptation = (flow: typeof quadraticFlow): NeuronModel => ({
  initial: (numbers, settings) => ({ v: start(numbers, settings), w: 0 }),
  step(states, { x, numbers, settings }, fire) {
    const v = stateOf(states, 'v')
    const w = stateOf(states, 'w')
    const h = v + (x + flow(v, numbers).value - w) / numberOf(numbers, 'tau')
    const { s, atReset } = fire(h - numberOf(numbers, 'threshold'))
    const pull = numberOf(numbers, 'coupling') * (h - numberOf(numbers, 'restPotential')) - w
    const next = w + pull / numberOf(numbers, 'adaptationTau') + numberOf(numbers, 'jump') * s
    return { states: { v: afterReset(h, atReset, numbers, settings), w: next }, membrane: h, output: s }
  },
  gradient(context) {
    const { numbers, states, carry } = context
    const k = 1 / numberOf(numbers, 'tau')
    const tauW = numberOf(numbers, 'adaptationTau')
    const v = stateOf(states, 'v')
    const { value, slope } = flow(v, numbers)
    const h = v + k * (context.x + value - stateOf(states, 'w'))
    const Wn = stateOf(carry, 'w')
    const G = context.G + numberOf(numbers, 'jump') * Wn
    const base = membraneGradient(context, h, h - numberOf(numbers, 'threshold'), G)
    const gh = base.gh + (Wn * numberOf(numbers, 'coupling')) / tauW
    return { dx: gh * k, carry: { v: gh * (1 + k * slope), w: Wn * (1 - 1 / tauW) - k * gh } }
  },
})

export const qifModel = withoutAdaptation(quadraticFlow)
export const eifModel = withoutAdaptation(exponentialFlow)
export const adexModel = withAdaptation(exponentialFlow)
export const izhikevichModel = withAdaptation(quadraticFlow)

/** The surrogate's argument is scaled by 10 mV. */
const scale = 10

/** h = v + dt (0.04 v^2 + 5 v + 140 - u + I); u~ = u + dt a (b h - u), u = u~ + d s; v = c after a spike. */
export const izhikevichBioModel: NeuronModel = {
  initial(numbers) {
    const v = numbers.initialPotential ?? -65
    return { v, u: numberOf(numbers, 'sensitivity') * v }
  },
  step(states, { x, numbers, settings }, fire) {
    const dt = numberOf(numbers, 'timeStep')
    const v = stateOf(states, 'v')
    const u = stateOf(states, 'u')
    const h = v + dt * (0.04 * v * v + 5 * v + 140 - u + x)
    const { s, atReset } = fire((h - numberOf(numbers, 'threshold')) / scale)
    const relaxed = u + dt * numberOf(numbers, 'recovery') * (numberOf(numbers, 'sensitivity') * h - u)
    const next = relaxed + numberOf(numbers, 'jump') * s
    return { states: { v: afterReset(h, atReset, numbers, settings), u: next }, membrane: h, output: s }
  },
  gradient(context) {
    const { numbers, states, carry } = context
    const dt = numberOf(numbers, 'timeStep')
    const a = numberOf(numbers, 'recovery')
    const v = stateOf(states, 'v')
    const h = v + dt * (0.04 * v * v + 5 * v + 140 - stateOf(states, 'u') + context.x)
    const Wn = stateOf(carry, 'u')
    const excess = (h - numberOf(numbers, 'threshold')) / scale
    const base = membraneGradient(context, h, excess, context.G + numberOf(numbers, 'jump') * Wn, 1 / scale)
    const gh = base.gh + Wn * dt * a * numberOf(numbers, 'sensitivity')
    return { dx: gh * dt, carry: { v: gh * (1 + dt * (0.08 * v + 5)), u: Wn * (1 - dt * a) - dt * gh } }
  },
}
