/** Neurons with a synaptic current, with a reset one step late, or with a response kernel; and a readout (sheet 12). */
import { OptionError } from '../../../errors.js'
import { defineNeuron, resetModes } from '../definition.js'
import { firingNumbers, initialPotential, restingValue, zero } from './membrane.js'

const factor = (value: number) => ({ default: value, least: 0, most: 1 })
const initial = { initialPotential: { default: restingValue } } as const

/** Current-based LIF: i = alpha i + x, h = beta v + i. */
export const cuba = defineNeuron({
  name: 'cuba',
  snippet: 'lib/neuron/cuba',
  numbers: { alpha: factor(0.5), beta: factor(0.75), ...firingNumbers, ...initial },
  states: { v: initialPotential, i: zero },
  constants: ({ alpha, beta, threshold, resetPotential }) => ({
    threshold,
    resetPotential,
    currentFactor: alpha,
    membraneFactor: beta,
  }),
  resets: resetModes,
  emits: 'spikes',
  surrogate: 'atan',
  soft: true,
  flops: 6,
})

/**
 * snnTorch's Synaptic: `cuba` whose reset for a spike comes with the next charge, without a gradient. `soft` subtracts the
 * threshold, `hard` sets to zero, with the current of that step. v and r as in `leaky`.
 */
export const synaptic = defineNeuron({
  name: 'synaptic',
  snippet: 'lib/neuron/synaptic',
  numbers: { alpha: factor(0.5), beta: factor(0.75), threshold: { default: 1 }, initialPotential: { default: 0 } },
  states: { v: initialPotential, i: zero, r: zero },
  constants: ({ alpha, beta, threshold }) => ({ threshold, currentFactor: alpha, membraneFactor: beta }),
  resets: ['soft', 'hard', 'none'],
  detachable: false,
  emits: 'spikes',
  surrogate: 'atan',
  flops: 8,
})

/**
 * snnTorch's Leaky: the reset for a spike comes with the next charge, and no gradient goes through it. `soft`
 * subtracts the threshold, `hard` sets to zero. The state v is the membrane before that reset, r the last spike.
 */
export const leaky = defineNeuron({
  name: 'leaky',
  snippet: 'lib/neuron/leaky',
  numbers: { beta: factor(0.5), threshold: { default: 1 }, initialPotential: { default: 0 } },
  states: { v: initialPotential, r: zero },
  constants: ({ beta, threshold }) => ({ threshold, beta, gain: 1 }),
  resets: ['soft', 'hard', 'none'],
  detachable: false,
  emits: 'spikes',
  surrogate: 'atan',
  flops: 6,
})

/** beta from a circuit: R in ohm, C in farad, dt in seconds; C = dt/(R ln(1/beta)) where beta is given instead. */
export const lapicque = defineNeuron({
  name: 'lapicque',
  snippet: 'lib/neuron/leaky',
  numbers: {
    timeStep: { default: 1, above: 0 },
    resistance: { default: 1, above: 0 },
    beta: { default: Math.exp(-1 / 5), above: 0, below: 1 },
    capacitance: {
      default: ({ timeStep = 1, resistance = 1, beta = 0.5 }) => timeStep / (resistance * Math.log(1 / beta)),
      above: 0,
    },
    threshold: { default: 1 },
    initialPotential: { default: 0 },
  },
  states: { v: initialPotential, r: zero },
  constants: ({ timeStep, resistance, capacitance, threshold }) => ({
    threshold,
    beta: 1 - timeStep / (resistance * capacitance),
    gain: timeStep / capacitance,
  }),
  resets: ['soft', 'hard', 'none'],
  detachable: false,
  emits: 'spikes',
  surrogate: 'atan',
  flops: 6,
})

const response = {
  threshold: { default: 1 },
  refractoryFactor: factor(0.7),
  refractoriness: { default: 1 },
} as const
const responseCommon = { resets: [], detachable: true, emits: 'spikes', surrogate: 'atan', flops: 10 } as const

/** Spike response model with the kernel e^(-t/tauMembrane) - e^(-t/tauSynapse), its peak 1; time constants in steps. */
export const srm = defineNeuron({
  name: 'srm',
  snippet: 'lib/neuron/srm',
  numbers: { tauMembrane: { default: 6, above: 0 }, tauSynapse: { default: 2, above: 0 }, ...response },
  flags: { ALPHA_KERNEL: false },
  states: { v: zero, m: zero, q: zero, r: zero },
  constants(numbers) {
    const { tauMembrane, tauSynapse, threshold, refractoryFactor, refractoriness } = numbers
    const peak = ((tauMembrane * tauSynapse) / (tauMembrane - tauSynapse)) * Math.log(tauMembrane / tauSynapse)
    return {
      threshold,
      refractoryFactor,
      refractoriness: refractoriness * threshold,
      membraneFactor: Math.exp(-1 / tauMembrane),
      synapseFactor: Math.exp(-1 / tauSynapse),
      scale: 1 / (Math.exp(-peak / tauMembrane) - Math.exp(-peak / tauSynapse)),
    }
  },
  check({ tauMembrane, tauSynapse }) {
    if (tauMembrane <= tauSynapse)
      throw new OptionError('srm.tauMembrane', `must exceed tauSynapse ${tauSynapse}; got ${tauMembrane}.`)
  },
  ...responseCommon,
})

/** Spike response model with the kernel (t/tauSynapse) e^(1 - t/tauSynapse). */
export const srmAlpha = defineNeuron({
  name: 'srmAlpha',
  snippet: 'lib/neuron/srm',
  numbers: { tauSynapse: { default: 3, above: 0 }, ...response },
  flags: { ALPHA_KERNEL: true },
  states: { v: zero, m: zero, q: zero, r: zero },
  constants: ({ tauSynapse, threshold, refractoryFactor, refractoriness }) => ({
    threshold,
    refractoryFactor,
    refractoriness: refractoriness * threshold,
    synapseFactor: Math.exp(-1 / tauSynapse),
    rise: Math.E / tauSynapse,
  }),
  ...responseCommon,
})

/** Leaky integrator that never fires, for readouts: v = beta v + x is its output. */
export const integrator = defineNeuron({
  name: 'integrator',
  snippet: 'lib/neuron/integrator',
  numbers: { beta: factor(0.9), initialPotential: { default: 0 } },
  states: { v: initialPotential },
  constants: ({ beta }) => ({ beta }),
  resets: [],
  emits: 'real',
  surrogate: null,
  flops: 2,
})
