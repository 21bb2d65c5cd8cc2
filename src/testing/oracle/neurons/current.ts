/** Synaptic currents, resets one step late, response kernels, and a readout (sheet 12, sections 3.1 and 3.2). */
import { type NeuronModel, type NeuronNumbers, type NeuronSettings, numberOf, stateOf } from './neuron.js'
import { afterReset, idle, membraneGradient } from './reset.js'

const start = (numbers: NeuronNumbers, settings: NeuronSettings) => numbers.initialPotential ?? idle(numbers, settings)

/** i = alpha i + x; h = beta v + i. */
export const cubaModel: NeuronModel = {
  initial: (numbers, settings) => ({ v: start(numbers, settings), i: 0 }),
  step(states, { x, numbers, settings }, fire) {
    const i = numberOf(numbers, 'alpha') * stateOf(states, 'i') + x
    const h = numberOf(numbers, 'beta') * stateOf(states, 'v') + i
    const { s, atReset } = fire(h - numberOf(numbers, 'threshold'))
    return { states: { v: afterReset(h, atReset, numbers, settings), i }, membrane: h, output: s }
  },
  gradient(context) {
    const { numbers, states, carry } = context
    const alpha = numberOf(numbers, 'alpha')
    const beta = numberOf(numbers, 'beta')
    const h = beta * stateOf(states, 'v') + alpha * stateOf(states, 'i') + context.x
    const { gh } = membraneGradient(context, h, h - numberOf(numbers, 'threshold'), context.G)
    const gi = gh + stateOf(carry, 'i')
    return { dx: gi, carry: { v: beta * gh, i: alpha * gi } }
  },
}

/** i = alpha i + x; u = beta v + i; v = (1 - r) u, u - r v_th or u, r the spike of the step before (snnTorch). */
export const synapticModel: NeuronModel = {
  initial: (numbers) => ({ v: numbers.initialPotential ?? 0, i: 0, r: 0 }),
  step(states, { x, numbers, settings }, fire) {
    const i = numberOf(numbers, 'alpha') * stateOf(states, 'i') + x
    const u = numberOf(numbers, 'beta') * stateOf(states, 'v') + i
    const r = stateOf(states, 'r')
    const late = settings.reset === 'soft' ? u - r * numberOf(numbers, 'threshold') : u
    const h = settings.reset === 'hard' ? u * (1 - r) : late
    const { s, atReset } = fire(h - numberOf(numbers, 'threshold'))
    return { states: { v: h, i, r: atReset }, membrane: h, output: s }
  },
  gradient(context) {
    const { numbers, settings, states, carry } = context
    const { membrane } = synapticModel.step(states, context, () => ({ s: 0, atReset: 0 }))
    const gh = context.throughSpike(membrane - numberOf(numbers, 'threshold'), context.G) + stateOf(carry, 'v')
    const gu = settings.reset === 'hard' ? gh * (1 - stateOf(states, 'r')) : gh
    const gi = gu + stateOf(carry, 'i')
    return { dx: gi, carry: { v: numberOf(numbers, 'beta') * gu, i: numberOf(numbers, 'alpha') * gi, r: 0 } }
  },
}

/** Leaky with delayed reset, with the factor of v and the gain of x as the model has them. */
function delayed(factors: (numbers: NeuronNumbers) => { readonly beta: number; readonly gain: number }): NeuronModel {
  return {
    initial: (numbers) => ({ v: numbers.initialPotential ?? 0, r: 0 }),
    step(states, { x, numbers, settings }, fire) {
      const { beta, gain } = factors(numbers)
      const v = stateOf(states, 'v')
      const r = stateOf(states, 'r')
      let h = beta * v + gain * x
      if (settings.reset === 'soft') h -= r * numberOf(numbers, 'threshold')
      else if (settings.reset === 'hard') h = beta * (1 - r) * v + gain * x
      const { s, atReset } = fire(h - numberOf(numbers, 'threshold'))
      return { states: { v: h, r: atReset }, membrane: h, output: s }
    },
    gradient(context) {
      const { numbers, settings, states, x } = context
      const { beta, gain } = factors(numbers)
      const v = stateOf(states, 'v')
      const r = stateOf(states, 'r')
      const dv = settings.reset === 'hard' ? beta * (1 - r) : beta
      const h = dv * v + gain * x - (settings.reset === 'soft' ? r * numberOf(numbers, 'threshold') : 0)
      const gh = context.throughSpike(h - numberOf(numbers, 'threshold'), context.G) + stateOf(context.carry, 'v')
      return { dx: gh * gain, carry: { v: gh * dv, r: 0 } }
    },
  }
}

export const leakyModel = delayed((numbers) => ({ beta: numberOf(numbers, 'beta'), gain: 1 }))

/** (1 - dt/(RC)) v + (dt/C) x. */
export const lapicqueModel = delayed((numbers) => {
  const dt = numberOf(numbers, 'timeStep')
  const resistance = numberOf(numbers, 'resistance')
  const capacitance = numbers.capacitance ?? dt / (resistance * Math.log(1 / numberOf(numbers, 'beta')))
  return { beta: 1 - dt / (resistance * capacitance), gain: dt / capacitance }
})

/** Refractory trace r[t] = a_r r[t-1] + s[t-1]. */
const traceOf = (states: Readonly<Record<string, number>>, numbers: NeuronNumbers) =>
  numberOf(numbers, 'refractoryFactor') * stateOf(states, 'r') + stateOf(states, 's')

/** eta0 v_th. */
const depthOf = (numbers: NeuronNumbers) => numberOf(numbers, 'refractoriness') * numberOf(numbers, 'threshold')

/** One response model from how its two traces and their read-out work. */
function response(kernel: {
  advance(m: number, q: number, x: number, numbers: NeuronNumbers): { m: number; q: number; drive: number }
  /** From the gradient of the drive and of both traces after the step to that of x and of both before it. */
  back(gh: number, gm: number, gq: number, numbers: NeuronNumbers): { dx: number; m: number; q: number }
}): NeuronModel {
  return {
    initial: () => ({ v: 0, m: 0, q: 0, r: 0, s: 0 }),
    step(states, { x, numbers }, fire) {
      const r = traceOf(states, numbers)
      const { m, q, drive } = kernel.advance(stateOf(states, 'm'), stateOf(states, 'q'), x, numbers)
      const u = drive - depthOf(numbers) * r
      const { s, atReset } = fire(u - numberOf(numbers, 'threshold'))
      return { states: { v: u, m, q, r, s: atReset }, membrane: u, output: s }
    },
    gradient(context) {
      const { numbers, states, carry } = context
      const r = traceOf(states, numbers)
      const { drive } = kernel.advance(stateOf(states, 'm'), stateOf(states, 'q'), context.x, numbers)
      const excess = drive - depthOf(numbers) * r - numberOf(numbers, 'threshold')
      const D = context.settings.detachReset ? 0 : 1
      const gh = context.throughSpike(excess, context.G + D * stateOf(carry, 's')) + stateOf(carry, 'v')
      const gr = stateOf(carry, 'r') - depthOf(numbers) * gh
      const { dx, m, q } = kernel.back(gh, stateOf(carry, 'm'), stateOf(carry, 'q'), numbers)
      return { dx, carry: { v: 0, m, q, r: numberOf(numbers, 'refractoryFactor') * gr, s: gr } }
    },
  }
}

/** Peak normalisation K of the double exponential. */
function peakScale(tauM: number, tauS: number): number {
  const peak = ((tauM * tauS) / (tauM - tauS)) * Math.log(tauM / tauS)
  return 1 / (Math.exp(-peak / tauM) - Math.exp(-peak / tauS))
}

/** u = K (m - q) - eta0 v_th r. */
export const srmModel = response({
  advance(m, q, x, numbers) {
    const tauM = numberOf(numbers, 'tauMembrane')
    const tauS = numberOf(numbers, 'tauSynapse')
    const nextM = Math.exp(-1 / tauM) * m + x
    const nextQ = Math.exp(-1 / tauS) * q + x
    return { m: nextM, q: nextQ, drive: peakScale(tauM, tauS) * (nextM - nextQ) }
  },
  back(gh, gm, gq, numbers) {
    const tauM = numberOf(numbers, 'tauMembrane')
    const tauS = numberOf(numbers, 'tauSynapse')
    const K = peakScale(tauM, tauS)
    const m = gm + K * gh
    const q = gq - K * gh
    return { dx: m + q, m: Math.exp(-1 / tauM) * m, q: Math.exp(-1 / tauS) * q }
  },
})

/** m = l (m + (e/tau_s) q_old); q = l q_old + x; u = m - eta0 v_th r. */
export const srmAlphaModel = response({
  advance(m, q, x, numbers) {
    const tauS = numberOf(numbers, 'tauSynapse')
    const l = Math.exp(-1 / tauS)
    const nextM = l * (m + (Math.E / tauS) * q)
    return { m: nextM, q: l * q + x, drive: nextM }
  },
  back(gh, gm, gq, numbers) {
    const tauS = numberOf(numbers, 'tauSynapse')
    const l = Math.exp(-1 / tauS)
    const m = gm + gh
    return { dx: gq, m: l * m, q: l * (Math.E / tauS) * m + l * gq }
  },
})

/** v = beta v + x, which is the output. */
export const integratorModel: NeuronModel = {
  initial: (numbers) => ({ v: numbers.initialPotential ?? 0 }),
  step(states, { x, numbers }) {
    const v = numberOf(numbers, 'beta') * stateOf(states, 'v') + x
    return { states: { v }, membrane: v, output: v }
  },
  gradient({ numbers, carry, G }) {
    const gv = G + stateOf(carry, 'v')
    return { dx: gv, carry: { v: numberOf(numbers, 'beta') * gv } }
  },
}
