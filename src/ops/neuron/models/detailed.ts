/** The squid axon of Hodgkin and Huxley, and the gated LIF (sheet 12, section 3.2). */
import { defineNeuron } from '../definition.js'
import { zero } from './membrane.js'

/** V in mV, input in uA/cm^2; a spike is V crossing 0 from below. `timeStep` in ms. */
export const hodgkinHuxley = defineNeuron({
  name: 'hodgkinHuxley',
  snippet: 'lib/neuron/hodgkin_huxley',
  numbers: { timeStep: { default: 0.01, above: 0 }, initialPotential: { default: -65 } },
  states: { v: ({ initialPotential }) => initialPotential, n: () => 0.3177, m: () => 0.0529, h: () => 0.5961 },
  constants: ({ timeStep }) => ({ dt: timeStep }),
  resets: [],
  emits: 'spikes',
  surrogate: 'atan',
  flops: 120,
})

const logit = (y: number): number => Math.log(y / (1 - y))
const share = (value: number) => ({ default: value, above: 0, below: 1 })

/**
 * Gated LIF: every number is the sigmoid of a learned one, one set for the layer or for each channel, `c` with one for
 * each step. The numbers given here are the values after the sigmoid at the start.
 */
export const gatedLif = defineNeuron({
  name: 'gatedLif',
  snippet: 'lib/neuron/glif',
  numbers: { tau: share(0.25), threshold: share(0.5) },
  states: { v: zero, s: zero },
  constants: () => ({}),
  learned: {
    a: { initial: zero, spread: 0.1 },
    b: { initial: zero, spread: 0.1 },
    g: { initial: zero, spread: 0.1 },
    tau: { initial: ({ tau }) => logit(tau) },
    lin: { initial: ({ threshold }, timeSteps) => logit(threshold / (2 * timeSteps)) },
    sub: { initial: ({ threshold }) => logit(threshold) },
    threshold: { initial: ({ threshold }) => logit(threshold) },
    c: { initial: zero, perStep: true },
  },
  resets: [],
  emits: 'spikes',
  surrogate: 'atan',
  flops: 60,
})
