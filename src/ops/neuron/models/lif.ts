/** Integrate-and-fire neurons with one state, the membrane (sheet 12, section 3.2). */
import { defineNeuron, resetModes } from '../definition.js'
import { initialPotential, leak, leakNumbers, membraneConstants, membraneNumbers } from './membrane.js'

/** Leaky: h = v + k (x - (v - rest)), or h = v - k (v - rest) + x without `decayInput`; k = 1/tau. */
export const lif = defineNeuron({
  name: 'lif',
  snippet: 'lib/neuron/lif',
  numbers: { ...leakNumbers, ...membraneNumbers },
  choices: { decayInput: true },
  states: { v: initialPotential },
  constants: (numbers) => ({ ...membraneConstants(numbers), decay: leak(numbers) }),
  resets: resetModes,
  emits: 'spikes',
  surrogate: 'atan',
  soft: true,
  flops: 5,
})
