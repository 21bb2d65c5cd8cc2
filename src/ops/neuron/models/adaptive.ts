/** Neurons with a non-linear membrane: QIF, EIF, AdEx and both forms of Izhikevich's (sheet 12, section 3.2). */
import { defineNeuron, resetModes } from '../definition.js'
import { initialPotential, membraneConstants, membraneNumbers, zero } from './membrane.js'

const tau = { default: 2, least: 1 } as const
const adaptationNumbers = {
  /** Time constant of the adaptation w in steps, its coupling to the membrane, and its jump at a spike. */
  adaptationTau: { default: 2, least: 1 },
  coupling: { default: 0 },
  jump: { default: 0 },
} as const
const adaptationConstants = (numbers: Readonly<Record<keyof typeof adaptationNumbers, number>>) => ({
  adaptationRate: 1 / numbers.adaptationTau,
  coupling: numbers.coupling,
  jump: numbers.jump,
})

/** h = v + k (x + gain (v - rest)(v - critical)). */
const quadratic = {
  numbers: { tau, gain: { default: 1 }, criticalPotential: { default: 0.8 } },
  constants: (numbers: Readonly<Record<'tau' | 'gain' | 'criticalPotential', number>>) => ({
    decay: 1 / numbers.tau,
    gain: numbers.gain,
    criticalPotential: numbers.criticalPotential,
  }),
} as const

/** h = v + k (x + rest - v + sharpness exp((v - rheobase)/sharpness)). */
const exponential = {
  numbers: { tau, sharpness: { default: 1, above: 0 }, rheobase: { default: 0.8 } },
  constants: (numbers: Readonly<Record<'tau' | 'sharpness' | 'rheobase', number>>) => ({
    decay: 1 / numbers.tau,
    sharpness: numbers.sharpness,
    rheobase: numbers.rheobase,
  }),
} as const

/** Reset below the rest potential of 0. */
const lowReset = { ...membraneNumbers, resetPotential: { default: -0.1 }, restPotential: { default: 0 } } as const
/** Rest below the reset potential of 0. */
const lowRest = { ...membraneNumbers, restPotential: { default: -0.1 } } as const
const usual = { resets: resetModes, emits: 'spikes', surrogate: 'atan', soft: true } as const

/** Quadratic integrate-and-fire. */
export const qif = defineNeuron({
  name: 'qif',
  snippet: 'lib/neuron/quadratic',
  numbers: { ...quadratic.numbers, ...lowReset },
  flags: { ADAPT: false },
  states: { v: initialPotential },
  constants: (numbers) => ({ ...membraneConstants(numbers), ...quadratic.constants(numbers) }),
  ...usual,
  flops: 8,
})

/** Exponential integrate-and-fire. */
export const eif = defineNeuron({
  name: 'eif',
  snippet: 'lib/neuron/exponential',
  numbers: { ...exponential.numbers, ...lowReset },
  flags: { ADAPT: false },
  states: { v: initialPotential },
  constants: (numbers) => ({ ...membraneConstants(numbers), ...exponential.constants(numbers) }),
  ...usual,
  flops: 12,
})

/** Adaptive exponential integrate-and-fire. */
export const adex = defineNeuron({
  name: 'adex',
  snippet: 'lib/neuron/exponential',
  numbers: { ...exponential.numbers, ...adaptationNumbers, ...lowReset },
  flags: { ADAPT: true },
  states: { v: initialPotential, w: zero },
  constants: (numbers) => ({
    ...membraneConstants(numbers),
    ...exponential.constants(numbers),
    ...adaptationConstants(numbers),
  }),
  ...usual,
  flops: 19,
})

/** Izhikevich's neuron, dimensionless. */
export const izhikevich = defineNeuron({
  name: 'izhikevich',
  snippet: 'lib/neuron/quadratic',
  numbers: { ...quadratic.numbers, ...adaptationNumbers, ...lowRest },
  flags: { ADAPT: true },
  states: { v: initialPotential, w: zero },
  constants: (numbers) => ({
    ...membraneConstants(numbers),
    ...quadratic.constants(numbers),
    ...adaptationConstants(numbers),
  }),
  ...usual,
  flops: 15,
})

/** Izhikevich's neuron in mV and ms; the defaults are regular spiking, `fastSpiking` the other common setting. */
export const izhikevichBio = defineNeuron({
  name: 'izhikevichBio',
  snippet: 'lib/neuron/izhikevich_bio',
  numbers: {
    /** ms */
    timeStep: { default: 0.5, above: 0 },
    /** mV */
    threshold: { default: 30 },
    resetPotential: { default: -65 },
    initialPotential: { default: -65 },
    /** a, 1/ms */
    recovery: { default: 0.02 },
    /** b */
    sensitivity: { default: 0.2 },
    /** d */
    jump: { default: 8 },
  },
  states: { v: initialPotential, u: ({ sensitivity, initialPotential: v }) => sensitivity * v },
  constants: ({ timeStep, threshold, resetPotential, recovery, sensitivity, jump }) => ({
    threshold,
    resetPotential,
    dt: timeStep,
    recovery,
    sensitivity,
    jump,
  }),
  resets: ['hard'],
  emits: 'spikes',
  surrogate: 'atan',
  flops: 16,
})

/** Options of `izhikevichBio` for a fast-spiking neuron. */
export const fastSpiking = { recovery: 0.1, jump: 2 } as const
