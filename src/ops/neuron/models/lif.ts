/** Integrate-and-fire neurons around one membrane equation (sheet 12, section 3.2). */
import { defineNeuron, resetModes } from '../definition.js'
import {
  firingNumbers,
  initialPotential,
  leak,
  leakNumbers,
  membraneConstants,
  membraneNumbers,
  restingValue,
  zero,
} from './membrane.js'

const usual = { resets: resetModes, emits: 'spikes', surrogate: 'atan' } as const

/** Leaky: h = v + k (x - (v - rest)), or h = v - k (v - rest) + x without `decayInput`; k = 1/tau. */
export const lif = defineNeuron({
  name: 'lif',
  snippet: 'lib/neuron/lif',
  numbers: { ...leakNumbers, ...membraneNumbers },
  choices: { decayInput: true },
  states: { v: initialPotential },
  constants: (numbers) => ({ ...membraneConstants(numbers), decay: leak(numbers) }),
  ...usual,
  soft: true,
  flops: 5,
})

/** Without leak: h = v + x. */
export const integrateAndFire = defineNeuron({
  name: 'if',
  snippet: 'lib/neuron/lif',
  numbers: { ...firingNumbers, initialPotential: { default: restingValue } },
  flags: { DECAY_INPUT: false },
  states: { v: initialPotential },
  constants: ({ threshold, resetPotential }) => ({ threshold, resetPotential, restPotential: 0, decay: 0 }),
  ...usual,
  soft: true,
  flops: 4,
})

/** LIF whose leak k = sigmoid(w) is learned, starting at 1/tau; one w for the layer, or for each channel. */
export const plif = defineNeuron({
  name: 'plif',
  snippet: 'lib/neuron/plif',
  numbers: { tau: leakNumbers.tau, ...membraneNumbers },
  choices: { decayInput: true },
  states: { v: initialPotential },
  constants: membraneConstants,
  learned: { w: { initial: ({ tau }) => -Math.log(tau - 1) } },
  ...usual,
  soft: true,
  flops: 10,
})

/** LIF whose charge is scaled by a learned kappa and rectified. */
export const klif = defineNeuron({
  name: 'klif',
  snippet: 'lib/neuron/klif',
  numbers: { ...leakNumbers, kappa: { default: 1, above: 0 }, ...membraneNumbers },
  choices: { decayInput: true },
  states: { v: initialPotential },
  constants: (numbers) => ({ ...membraneConstants(numbers), decay: leak(numbers) }),
  learned: { kappa: { initial: ({ kappa }) => kappa } },
  ...usual,
  soft: true,
  flops: 7,
})

/** LIF with a threshold that every spike raises: threshold + strength a, a = persistence a + s. */
export const alif = defineNeuron({
  name: 'alif',
  snippet: 'lib/neuron/alif',
  numbers: {
    ...leakNumbers,
    persistence: { default: 0.98, least: 0, most: 1 },
    strength: { default: 0.2 },
    ...membraneNumbers,
  },
  choices: { decayInput: true },
  states: { v: initialPotential, a: zero },
  constants: (numbers) => ({
    ...membraneConstants(numbers),
    decay: leak(numbers),
    persistence: numbers.persistence,
    strength: numbers.strength,
  }),
  ...usual,
  soft: true,
  flops: 9,
})

/** LIF that rests for `refractory` steps after each spike. */
export const refractory = defineNeuron({
  name: 'refractory',
  snippet: 'lib/neuron/refractory',
  numbers: { ...leakNumbers, refractory: { default: 2, least: 0, integer: true }, ...membraneNumbers },
  choices: { decayInput: true },
  states: { v: initialPotential, count: zero },
  constants: (numbers, reset) => ({
    ...membraneConstants(numbers),
    decay: leak(numbers),
    refractory: numbers.refractory,
    idlePotential: restingValue(numbers, reset),
  }),
  ...usual,
  flops: 8,
})

/** LIF whose output is max(0, h - offset), offset 0 or the threshold; its spikes still reset it. */
export const liaf = defineNeuron({
  name: 'liaf',
  snippet: 'lib/neuron/liaf',
  numbers: { ...leakNumbers, ...membraneNumbers, offset: { default: 0 } },
  choices: { decayInput: true },
  states: { v: initialPotential },
  constants: (numbers) => ({ ...membraneConstants(numbers), decay: leak(numbers), offset: numbers.offset }),
  ...usual,
  emits: 'realAndSpikes',
  flops: 7,
})

/** LIF that fires up to five spikes in a step; bursts count 1.5 times unless `boost` is false. Real-valued output. */
export const burst = defineNeuron({
  name: 'burst',
  snippet: 'lib/neuron/burst',
  numbers: { ...leakNumbers, ...membraneNumbers, threshold: { default: 0.5 } },
  choices: { decayInput: true, boost: true },
  states: { v: initialPotential },
  constants: (numbers) => ({ ...membraneConstants(numbers), decay: leak(numbers) }),
  resets: resetModes,
  detachable: false,
  emits: 'graded',
  surrogate: null,
  flops: 10,
})
