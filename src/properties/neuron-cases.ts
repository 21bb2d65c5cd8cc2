/** Every neuron of the library with numbers at which it fires now and then: what its properties are drawn from. */
import type { NeuronDefinition, NeuronOptions } from '../ops/neuron/definition.js'
import * as neurons from '../ops/neuron/models.js'
import { resolveNeuron } from '../ops/neuron/resolve.js'
import type { ActivationShape } from '../ops/op.js'
import type { NeuronCase } from './neuron-run.js'

type Ranges = Readonly<Record<string, readonly [number, number]>>

export interface NeuronSubject {
  readonly definition: NeuronDefinition
  readonly options: readonly NeuronOptions[]
  readonly input?: readonly [number, number]
  readonly states?: Ranges
}

const subject = <P extends string, C extends string>(
  definition: NeuronDefinition<P, C>,
  options: readonly NeuronOptions<P, C>[],
  input?: readonly [number, number],
  states?: Ranges,
): NeuronSubject => ({
  definition: definition as unknown as NeuronDefinition,
  options: options as unknown as readonly NeuronOptions[],
  ...(input ? { input } : {}),
  ...(states ? { states } : {}),
})

const v: Ranges = { v: [0.1, 0.5] }
const usual = { threshold: 0.75, resetPotential: -0.125 } as const
const resets = <O extends object>(options: O) => [
  { ...options, ...usual, reset: 'hard' as const },
  { ...options, ...usual, reset: 'soft' as const, detachReset: true },
]
const adapting = { adaptationTau: 4, coupling: 0.2, jump: 0.3 } as const

/** The first options are those of most tests; each set is one more pair of kernels to compile. */
export const neuronSubjects: Readonly<Record<string, NeuronSubject>> = {
  if: subject(neurons.integrateAndFire, [{ ...usual }], [0.4, 1], v),
  plif: subject(
    neurons.plif,
    [...resets({ decayInput: true }), { ...usual, perChannel: true, decayInput: false }],
    [0.7, 2],
    v,
  ),
  klif: subject(
    neurons.klif,
    [
      { ...usual, kappa: 1.25 },
      { ...usual, reset: 'soft', perChannel: true },
    ],
    [0.7, 2],
    v,
  ),
  alif: subject(neurons.alif, resets({ persistence: 0.5, strength: 0.4, decayInput: false }), [0.4, 1.2], {
    ...v,
    a: [0.5, 0.5],
    s: [0.5, 0.5],
  }),
  refractory: subject(neurons.refractory, resets({ refractory: 2 }), [1.2, 2], { ...v, count: [0, 0] }),
  liaf: subject(neurons.liaf, [{ ...usual, offset: 0.25 }], [0.7, 2], v),
  burst: subject(
    neurons.burst,
    [{ threshold: 0.5 }, { threshold: 0.5, reset: 'soft', boost: false, decayInput: false }],
    [2, 5],
    v,
  ),
  cuba: subject(neurons.cuba, resets({}), [0.3, 1], { ...v, i: [0, 0.5] }),
  synaptic: subject(neurons.synaptic, [{}, { reset: 'hard', threshold: 0.75 }], [0.3, 1], { ...v, i: [0, 0.5] }),
  multiCompartment: subject(neurons.multiCompartment, [{ ...usual }, { ...usual, detachReset: true }], [1, 2], {
    ...v,
    basal: [0.1, 0.5],
    apical: [0, 0.5],
  }),
  leaky: subject(neurons.leaky, [{ beta: 0.6 }, { beta: 0.6, reset: 'hard' }], [0.5, 1], v),
  lapicque: subject(neurons.lapicque, [{ resistance: 2, capacitance: 1.5 }], [0.7, 1.5], v),
  srm: subject(neurons.srm, [{ threshold: 0.5 }, { threshold: 0.5, detachReset: true }], [0.5, 1], {
    m: [0.5, 0.5],
    q: [0, 0.5],
    r: [0.3, 0.3],
    s: [0.5, 0.5],
  }),
  srmAlpha: subject(neurons.srmAlpha, [{ threshold: 0.5 }], [0.5, 1], { m: [0.5, 0.5], q: [0.5, 0.5] }),
  integrator: subject(neurons.integrator, [{}], [0.5, 1], v),
  qif: subject(neurons.qif, [{ restPotential: 0.05 }], [1, 1], v),
  eif: subject(neurons.eif, [{ restPotential: 0.05, reset: 'soft' }], [0.5, 1], v),
  adex: subject(neurons.adex, [{ ...adapting }], [0.7, 1], { ...v, w: [0, 0.3] }),
  izhikevich: subject(neurons.izhikevich, [{ ...adapting, detachReset: true }], [1.2, 1], { ...v, w: [0, 0.3] }),
  izhikevichBio: subject(neurons.izhikevichBio, [{}], [10, 10], { v: [-10, 30], u: [-10, 3] }),
  hodgkinHuxley: subject(neurons.hodgkinHuxley, [{ timeStep: 0.05 }], [30, 30], {
    v: [-12, 12],
    n: [0.4, 0.1],
    m: [0.6, 0.2],
    h: [0.5, 0.1],
  }),
  gatedLif: subject(neurons.gatedLif, [{}, { perChannel: true }], [0.7, 1.5], { ...v, s: [0.5, 0.5] }),
}

export const populationShape = (steps: number, channels: number, side = 1): ActivationShape => ({
  steps,
  batch: 2,
  height: side,
  width: 1,
  channels,
})

/** A case of a neuron under one of its sets of options. */
export function neuronCase(name: string, option: number, fixed: Partial<NeuronCase> = {}): NeuronCase {
  const { definition, options, input = [0.7, 1.5], states = {} } = neuronSubjects[name] as NeuronSubject
  return {
    neuron: resolveNeuron(definition, options[option]),
    shape: populationShape(5, 12, 2),
    constant: false,
    input,
    states,
    readers: 1,
    slabs: 1,
    seed: 1,
    ...fixed,
  }
}
