/** A neuron whose dendrites are compartments of their own (sheet 12, section 3.6). */
import { defineNeuron } from '../definition.js'
import { firingNumbers, initialPotential, restingValue } from './membrane.js'

const timeConstant = { default: 2, least: 1 } as const

/**
 * BrainCog's neuron of three compartments: basal b = (b + x₀)/basalTau, apical a = (a + x₁)/apicalTau, soma
 * h = v + (a + b − v)/tau. A spike sets all three to the reset potential.
 */
export const multiCompartment = defineNeuron({
  name: 'multiCompartment',
  snippet: 'lib/neuron/compartments',
  inputs: ['basal', 'apical'],
  numbers: {
    tau: timeConstant,
    basalTau: timeConstant,
    apicalTau: timeConstant,
    ...firingNumbers,
    initialPotential: { default: restingValue },
  },
  states: { v: initialPotential, basal: initialPotential, apical: initialPotential },
  constants: ({ tau, basalTau, apicalTau, threshold, resetPotential }) => ({
    threshold,
    resetPotential,
    decay: 1 / tau,
    basalRate: 1 / basalTau,
    apicalRate: 1 / apicalTau,
  }),
  resets: ['hard'],
  emits: 'spikes',
  surrogate: 'atan',
  flops: 12,
})
