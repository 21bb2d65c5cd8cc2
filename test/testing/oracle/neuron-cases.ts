/** Settings of every neuron model that the oracle's tests go through. */
import {
  type NeuronModelName,
  type NeuronNumbers,
  type NeuronSettings,
  type NeuronStates,
  neuronModels,
} from '../../../src/testing/oracle/neurons/index.js'

export const plainSettings: NeuronSettings = {
  reset: 'hard',
  detachReset: false,
  strict: false,
  choices: { decayInput: true },
  surrogate: { name: 'atan', numbers: [2] },
}

export interface ModelCase {
  readonly numbers: NeuronNumbers
  readonly resets: readonly NeuronSettings['reset'][]
  /** The reset never passes a gradient. */
  readonly detached?: boolean
  readonly choices?: readonly Readonly<Record<string, boolean>>[]
  /** Mean and half-width of the input. */
  readonly input?: readonly [number, number]
  /** States before the first step that differ from neuron to neuron by up to the half-width. */
  readonly states?: Readonly<Record<string, readonly [number, number]>>
  /** Numbers with a gradient. */
  readonly learned?: readonly string[]
}

const all = ['hard', 'soft', 'none'] as const
const decay = [{ decayInput: true }, { decayInput: false }] as const
const v = { v: [0.1, 0.5] } as const
const low = { threshold: 1, resetPotential: -0.1, restPotential: 0.05 }
const adaptation = { adaptationTau: 4, coupling: 0.2, jump: 0.3 }
const quadratic = { tau: 2, gain: 1, criticalPotential: 0.8 }
const exponential = { tau: 2, sharpness: 1, rheobase: 0.8 }
const usual = { threshold: 0.75, resetPotential: -0.125 }
const response = { threshold: 0.5, refractoryFactor: 0.7, refractoriness: 1 }

export const modelCases: Readonly<Record<NeuronModelName, ModelCase>> = {
  lif: { numbers: { tau: 2.5, ...usual, restPotential: 0.1 }, resets: all, choices: decay, states: v },
  if: { numbers: usual, resets: all, states: v },
  plif: { numbers: { ...usual, w: 0.3 }, resets: all, choices: decay, states: v, learned: ['w'] },
  klif: { numbers: { tau: 2, ...usual, kappa: 1.25 }, resets: all, choices: decay, states: v, learned: ['kappa'] },
  alif: {
    numbers: { tau: 2, ...usual, persistence: 0.5, strength: 0.4 },
    resets: all,
    choices: decay,
    states: { ...v, a: [0.5, 0.5], s: [0.5, 0.5] },
  },
  refractory: { numbers: { tau: 2, ...usual, refractory: 2 }, resets: all, choices: decay, states: v },
  liaf: { numbers: { tau: 2, ...usual, offset: 0.25 }, resets: all, choices: decay, states: v },
  burst: { numbers: { tau: 2, ...usual }, resets: all, detached: true, choices: decay, input: [2, 4], states: v },
  cuba: { numbers: { alpha: 0.5, beta: 0.75, ...usual }, resets: all, states: { ...v, i: [0, 0.5] }, input: [0.3, 1] },
  synaptic: {
    numbers: { alpha: 0.5, beta: 0.75, threshold: 0.75 },
    resets: all,
    detached: true,
    states: { ...v, i: [0, 0.5] },
    input: [0.3, 1],
  },
  multiCompartment: {
    numbers: { tau: 2, basalTau: 1.5, apicalTau: 2.5, ...usual },
    resets: ['hard'],
    states: { ...v, basal: [0.1, 0.5], apical: [0, 0.5] },
    input: [1, 2],
  },
  leaky: { numbers: { beta: 0.6, threshold: 0.75 }, resets: all, detached: true, states: v },
  lapicque: {
    numbers: { timeStep: 1, resistance: 2, capacitance: 1.5, threshold: 0.75 },
    resets: all,
    detached: true,
    states: v,
  },
  srm: {
    numbers: { tauMembrane: 6, tauSynapse: 2, ...response },
    resets: ['none'],
    states: { m: [0.5, 0.5], q: [0, 0.5], r: [0.3, 0.3], s: [0.5, 0.5] },
  },
  srmAlpha: { numbers: { tauSynapse: 3, ...response }, resets: ['none'], states: { m: [0.5, 0.5], q: [0.5, 0.5] } },
  integrator: { numbers: { beta: 0.9 }, resets: ['none'], states: v },
  qif: { numbers: { ...quadratic, ...low }, resets: all, input: [1, 1], states: v },
  eif: { numbers: { ...exponential, ...low }, resets: all, input: [0.5, 1], states: v },
  adex: {
    numbers: { ...exponential, ...low, ...adaptation },
    resets: all,
    input: [0.7, 1],
    states: { ...v, w: [0, 0.3] },
  },
  izhikevich: {
    numbers: { ...quadratic, ...low, ...adaptation },
    resets: all,
    input: [1.2, 1],
    states: { ...v, w: [0, 0.3] },
  },
  izhikevichBio: {
    numbers: { timeStep: 0.5, threshold: 30, resetPotential: -65, recovery: 0.02, sensitivity: 0.2, jump: 8 },
    resets: ['hard'],
    input: [10, 10],
    states: { v: [-10, 30], u: [-10, 3] },
  },
  hodgkinHuxley: {
    numbers: { timeStep: 0.05 },
    resets: ['none'],
    input: [30, 30],
    states: { v: [-12, 12], n: [0.4, 0.1], m: [0.6, 0.2], h: [0.5, 0.1] },
  },
  gatedLif: {
    numbers: {
      a: 0.1,
      b: -0.1,
      g: 0.2,
      tau: -1,
      lin: -2,
      sub: 0.3,
      threshold: 0.1,
      c0: 0.1,
      c1: 0,
      c2: -0.2,
      c3: 0.3,
      c4: 0.1,
    },
    resets: ['none'],
    states: { ...v, s: [0.5, 0.5] },
    learned: ['a', 'b', 'g', 'tau', 'lin', 'sub', 'threshold', 'c0', 'c1', 'c2', 'c3', 'c4'],
  },
}

/** Every set of settings of a model. */
export function settingsOf(name: NeuronModelName): NeuronSettings[] {
  const { resets, detached = false, choices = [{}] } = modelCases[name]
  const modes = detached ? [true] : [false, true]
  return resets.flatMap((reset) =>
    modes.flatMap((detachReset) =>
      choices.map((choice) => ({
        ...plainSettings,
        reset,
        detachReset,
        choices: { ...plainSettings.choices, ...choice },
      })),
    ),
  )
}

/** States before the first step, `draw` in [-1, 1) for each neuron and state; states that are counts are left alone. */
export function drawnStates(
  name: NeuronModelName,
  numbers: NeuronNumbers,
  settings: NeuronSettings,
  draw: (state: number) => number,
): NeuronStates {
  const begin: Record<string, number> = { ...neuronModels[name].initial(numbers, settings) }
  Object.entries(modelCases[name].states ?? {}).forEach(([state, [mean, width]], k) => {
    begin[state] = mean + width * draw(k)
  })
  return begin
}
