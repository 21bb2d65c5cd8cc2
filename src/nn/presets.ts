/**
 * Neurons as other libraries have them (sheet 12, section 3.4): the same names, defaults and conventions, so that a
 * network can be carried over. Options given override a preset's.
 */
import type { FiringOptions, NeuronOptions } from '../ops/neuron/definition.js'
import type * as models from '../ops/neuron/models.js'
import { type CompartmentOptions, type Dendrites, multiCompartment } from './compartments.js'
import type { Layer } from './layers.js'
import * as neurons from './neurons.js'

type OptionsOf<D> = D extends { readonly numbers: Readonly<Record<infer P extends string, unknown>> }
  ? NeuronOptions<P, 'decayInput'>
  : never

/** Charge, fire and reset in one step, input decayed, gradient through the reset, sigmoid 4. */
const spikingJellyDefaults = { surrogate: 'sigmoid', strict: false, detachReset: false } as const

/** The reset comes with the next charge and without gradient; fires only above the threshold; arctan 2. */
const snnTorchDefaults = { surrogate: 'atan', strict: true } as const

/** Hard reset to 0 without gradient; fires only above the threshold unless the surrogate is a sigmoid. */
function brainCogDefaults({ surrogate }: FiringOptions) {
  const name = typeof surrogate === 'object' ? surrogate.name : surrogate
  return { detachReset: true, strict: name !== 'sigmoid', reset: 'hard', resetPotential: 0 } as const
}

export const spikingJelly = {
  /** IFNode: threshold 1, reset to 0. */
  if: (options: OptionsOf<typeof models.integrateAndFire> = {}): Layer =>
    neurons.integrateAndFire({ ...spikingJellyDefaults, ...options }),
  /** LIFNode: tau 2, `decayInput` true, threshold 1, reset to 0. */
  lif: (options: OptionsOf<typeof models.lif> = {}): Layer => neurons.lif({ ...spikingJellyDefaults, ...options }),
  /** ParametricLIFNode: initial tau 2. */
  plif: (options: OptionsOf<typeof models.plif> = {}): Layer => neurons.plif({ ...spikingJellyDefaults, ...options }),
  /** KLIFNode. */
  klif: (options: OptionsOf<typeof models.klif> = {}): Layer => neurons.klif({ ...spikingJellyDefaults, ...options }),
  /** QIFNode: critical potential 0.8, rest 0, reset -0.1. */
  qif: (options: OptionsOf<typeof models.qif> = {}): Layer => neurons.qif({ ...spikingJellyDefaults, ...options }),
  /** EIFNode: rheobase threshold 0.8, sharpness 1, rest 0, reset -0.1. */
  eif: (options: OptionsOf<typeof models.eif> = {}): Layer => neurons.eif({ ...spikingJellyDefaults, ...options }),
  /** IzhikevichNode. */
  izhikevich: (options: OptionsOf<typeof models.izhikevich> = {}): Layer =>
    neurons.izhikevich({ ...spikingJellyDefaults, ...options }),
} as const

export const snnTorch = {
  /** Leaky: `beta`; reset `soft` is its "subtract", `hard` its "zero". */
  leaky: (options: OptionsOf<typeof models.leaky> = {}): Layer => neurons.leaky({ ...snnTorchDefaults, ...options }),
  /** Lapicque: `resistance`, `capacitance`, `timeStep`, or `beta` in place of the capacitance. */
  lapicque: (options: OptionsOf<typeof models.lapicque> = {}): Layer =>
    neurons.lapicque({ ...snnTorchDefaults, ...options }),
  /** Synaptic: `alpha`, `beta`; reset as in `leaky`. */
  synaptic: (options: OptionsOf<typeof models.synaptic> = {}): Layer =>
    neurons.synaptic({ ...snnTorchDefaults, ...options }),
} as const

export const bntt = {
  /**
   * The neuron of BNTT's networks (Kim & Panda 2021; sheet 16, section 3.5): v = leak v + x, fires only above the
   * threshold, which is then subtracted without a gradient; surrogate 0.3/threshold max(0, 1 - |v/threshold - 1|).
   */
  lif: ({ leak = 0.95, ...options }: OptionsOf<typeof models.lif> & { readonly leak?: number } = {}): Layer =>
    neurons.lif({
      beta: leak,
      decayInput: false,
      reset: 'soft',
      detachReset: true,
      strict: true,
      surrogate: 'bellec',
      ...options,
    }),
} as const

export const brainCog = {
  /** IFNode: threshold 0.5, arctan 2, input as it is. */
  if: (options: OptionsOf<typeof models.integrateAndFire> = {}): Layer =>
    neurons.integrateAndFire({ ...brainCogDefaults(options), threshold: 0.5, surrogate: 'atan', ...options }),
  /** LIFNode: tau 2, threshold 0.5, quadratic gate 2, input scaled by 1/tau. */
  lif: (options: OptionsOf<typeof models.lif> = {}): Layer =>
    neurons.lif({
      ...brainCogDefaults(options),
      threshold: 0.5,
      surrogate: { name: 'triangle', alpha: 2 },
      ...options,
    }),
  /** PLIFNode: initial tau 2, threshold 1, quadratic gate 2. */
  plif: (options: OptionsOf<typeof models.plif> = {}): Layer =>
    neurons.plif({ ...brainCogDefaults(options), surrogate: { name: 'triangle', alpha: 2 }, ...options }),
  /** ThreeCompNode: time constants of 2, threshold 1, arctan 2. */
  multiCompartment: (dendrites: Dendrites, options: CompartmentOptions = {}): Layer =>
    multiCompartment(dendrites, { ...brainCogDefaults(options), ...options }),
  /** BurstLIFNode: threshold 0.5. Its reset, h (1 - n), is a hard reset here. */
  burst: (options: OptionsOf<typeof models.burst> = {}): Layer => neurons.burst(options),
} as const
