/** LIF neurons that read their own spikes of the step before, with lateral inhibition, in float64. */
import { at, type Numbers, requireLength } from './array.js'
import { lifBackward, lifForward, type OracleLifParameters } from './lif.js'
import {
  type SynapseExtent,
  synapseForward,
  synapseInputGradient,
  synapseSizes,
  synapseWeightGradient,
} from './synapse.js'
import { lateralInhibition, lateralInhibitionGradient } from './time.js'

export interface RecurrentExtent {
  readonly timeSteps: number
  /** The feedback on one step: its images are the batch, its output has the shape of its input. */
  readonly feedback: SynapseExtent
  readonly inhibition: number
}

export interface RecurrentResult {
  /** 0/1, `[T, ...]`; the replayed ones where given. */
  readonly spikes: Float64Array
  /** Before the reset, `[T, ...]`. */
  readonly membrane: Float64Array
  /** What each step's neurons received and what membrane they began with, by step. */
  readonly currents: readonly Float64Array[]
  readonly starts: readonly Float64Array[]
}

const add = (a: Numbers, b: Numbers): Float64Array => Float64Array.from(a, (value, i) => value + at(b, i))

/**
 * I[t] = x[t] + U s[t − 1], then charge, fire, reset; v −= inhibition·(max over channels of s − s).
 * @param x `[T, B, H, W, C]` currents @param weights U of the feedback @param replay spikes another device computed
 * @throws ShapeError when a length disagrees with the extent
 */
export function recurrentForward(
  x: Numbers,
  weights: Numbers,
  parameters: OracleLifParameters,
  extent: RecurrentExtent,
  replay?: Numbers,
): RecurrentResult {
  const { timeSteps, feedback, inhibition } = extent
  const neurons = synapseSizes(feedback).input
  requireLength('recurrent oracle', 'x', x, timeSteps * neurons)
  const [spikes, membrane] = [new Float64Array(timeSteps * neurons), new Float64Array(timeSteps * neurons)]
  const currents: Float64Array[] = []
  const starts: Float64Array[] = []
  let v = new Float64Array(neurons).fill(parameters.reset === 'hard' ? parameters.resetPotential : 0)
  for (let t = 0; t < timeSteps; t++) {
    const step = (values: Numbers) => Float64Array.from({ length: neurons }, (_, i) => at(values, t * neurons + i))
    const last = spikes.subarray((t - 1) * neurons, t * neurons)
    const current = t > 0 ? add(step(x), synapseForward(last, weights, feedback)) : step(x)
    currents.push(current)
    starts.push(v)
    const run = { timeSteps: 1, neurons, initialMembrane: v, ...(replay ? { replaySpikes: step(replay) } : {}) }
    const made = lifForward(current, parameters, run)
    spikes.set(made.spikes, t * neurons)
    membrane.set(made.membrane, t * neurons)
    v = Float64Array.from(lateralInhibition(made.finalMembrane, made.spikes, feedback.inputChannels, inhibition))
  }
  return { spikes, membrane, currents, starts }
}

/** Backpropagation through time. @returns dx of x's shape and dU of the weights' shape */
export function recurrentBackward(
  dy: Numbers,
  forward: RecurrentResult,
  weights: Numbers,
  parameters: OracleLifParameters,
  extent: RecurrentExtent,
): { dx: Float64Array; dweights: Float64Array } {
  const { timeSteps, feedback, inhibition } = extent
  const neurons = synapseSizes(feedback).input
  requireLength('recurrent oracle', 'dy', dy, timeSteps * neurons)
  const dx = new Float64Array(timeSteps * neurons)
  let dweights: Float64Array = new Float64Array(weights.length)
  let dv: Float64Array = new Float64Array(neurons)
  let fromNext: Float64Array = new Float64Array(neurons)
  for (let t = timeSteps - 1; t >= 0; t--) {
    const spikes = forward.spikes.slice(t * neurons, (t + 1) * neurons)
    const own = Float64Array.from({ length: neurons }, (_, i) => at(dy, t * neurons + i))
    const ds = add(add(own, fromNext), lateralInhibitionGradient(dv, spikes, feedback.inputChannels, inhibition))
    const run = { timeSteps: 1, neurons, initialMembrane: forward.starts[t] ?? [], replaySpikes: spikes }
    const back = lifBackward(forward.currents[t] ?? [], ds, parameters, run, dv)
    dx.set(back.inputGradient, t * neurons)
    dv = back.initialMembraneGradient
    if (t === 0) break
    fromNext = synapseInputGradient(back.inputGradient, weights, feedback)
    const before = forward.spikes.slice((t - 1) * neurons, t * neurons)
    dweights = add(dweights, synapseWeightGradient(back.inputGradient, before, feedback))
  }
  return { dx, dweights }
}
