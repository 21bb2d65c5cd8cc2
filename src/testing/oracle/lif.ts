/** The leaky integrate-and-fire neuron over T steps, forward and surrogate backward (sheet 12, section 3.1; sheet 00, section 5). */
import { OptionError } from '../../errors.js'
import { accumulate, at, type Numbers, requireIntegers, requireLength } from './array.js'
import { surrogateNamed } from './surrogates.js'

export interface OracleLifParameters {
  /** Membrane time constant in steps, at least 1; Infinity with `decayInput: false` is the neuron without leak. */
  readonly tau: number
  readonly threshold: number
  /** Value after a hard reset. */
  readonly resetPotential: number
  readonly reset: 'hard' | 'soft' | 'none'
  /** No gradient through the reset. */
  readonly detachReset: boolean
  /** Input is scaled by 1/tau as the leak is. */
  readonly decayInput: boolean
  /** Fires only above the threshold (sheet 00), not at it (sheet 12). */
  readonly strict: boolean
  readonly surrogate: string
  /** Width parameter of the surrogate. */
  readonly alpha: number
  /** Where the leak goes; default: the reset potential with hard reset, else 0. */
  readonly restPotential?: number
}

export interface LifRun {
  readonly timeSteps: number
  /** B·H·W·C. */
  readonly neurons: number
  /** `[neurons]` membrane before the first step; default: the reset potential with hard reset, else 0. */
  readonly initialMembrane?: Numbers
  /** `[T, neurons]` spikes (0/1) that take the place of the comparison, as another device computed them. */
  readonly replaySpikes?: Numbers
}

export interface LifResult {
  /** 0/1, `[T, neurons]`; the replayed ones where given. */
  readonly spikes: Float64Array
  /** Before the reset, `[T, neurons]`. */
  readonly membrane: Float64Array
  /** After the last reset, `[neurons]`. */
  readonly finalMembrane: Float64Array
}

/** @throws OptionError naming the parameter that is out of range */
function checkParameters(parameters: OracleLifParameters): void {
  const { tau, threshold, resetPotential, alpha } = parameters
  if (!(tau >= 1)) throw new OptionError('lif oracle', `tau must be at least 1; got ${tau}.`)
  if (!Number.isFinite(threshold) || !Number.isFinite(resetPotential)) {
    throw new OptionError('lif oracle', `potentials must be finite; got ${threshold} and ${resetPotential}.`)
  }
  if (!(alpha >= 0)) throw new OptionError('lif oracle', `alpha must not be negative; got ${alpha}.`)
  if (parameters.reset === 'hard' && threshold <= resetPotential) {
    throw new OptionError(
      'lif oracle',
      `threshold must lie above the reset potential ${resetPotential}; got ${threshold}.`,
    )
  }
}

/** @throws ShapeError or OptionError unless there are `expected` numbers, each 0 or 1 */
function requireSpikes(spikes: Numbers, expected: number): void {
  requireLength('lif oracle', 'replaySpikes', spikes, expected)
  for (let i = 0; i < expected; i++) {
    const s = at(spikes, i)
    if (s !== 0 && s !== 1) throw new OptionError('lif oracle', `replayed spikes must be 0 or 1; got ${s} at ${i}.`)
  }
}

/** Number of input steps: T, or 1 for an input that stays the same. @throws ShapeError when x fits neither */
function inputStepsOf(length: number, run: LifRun): number {
  requireIntegers('lif oracle', { timeSteps: run.timeSteps, neurons: run.neurons })
  const steps = length === run.neurons ? 1 : run.timeSteps
  requireLength('lif oracle', 'x', { length }, steps * run.neurons)
  return steps
}

/**
 * charge h = v + (x − (v − rest))/tau, or v − (v − rest)/tau + x; fire s = H(h − threshold); then reset.
 * @param x `[T, neurons]`, or `[neurons]` for an input that stays the same over all steps
 * @throws ShapeError on a wrong length, OptionError on a parameter out of range
 */
export function lifForward(x: Numbers, parameters: OracleLifParameters, run: LifRun): LifResult {
  checkParameters(parameters)
  const { timeSteps, neurons, initialMembrane, replaySpikes } = run
  const inputSteps = inputStepsOf(x.length, run)
  if (initialMembrane) requireLength('lif oracle', 'initialMembrane', initialMembrane, neurons)
  if (replaySpikes) requireSpikes(replaySpikes, timeSteps * neurons)
  const { tau, threshold, resetPotential, reset } = parameters
  const hardDefault = reset === 'hard' ? resetPotential : 0
  const rest = parameters.restPotential ?? hardDefault
  const spikes = new Float64Array(timeSteps * neurons)
  const membrane = new Float64Array(timeSteps * neurons)
  const v = initialMembrane ? Float64Array.from(initialMembrane) : new Float64Array(neurons).fill(hardDefault)
  for (let t = 0; t < timeSteps; t++)
    for (let n = 0; n < neurons; n++) {
      const i = t * neurons + n
      const input = at(x, inputSteps === 1 ? n : i)
      const leak = at(v, n) - rest
      const h = parameters.decayInput ? at(v, n) + (input - leak) / tau : at(v, n) - leak / tau + input
      const fires = parameters.strict ? h > threshold : h >= threshold
      const s = replaySpikes ? at(replaySpikes, i) : Number(fires)
      membrane[i] = h
      spikes[i] = s
      if (reset === 'hard') v[n] = (1 - s) * h + s * resetPotential
      else if (reset === 'soft') v[n] = h - s * threshold
      else v[n] = h
    }
  return { spikes, membrane, finalMembrane: v }
}

/**
 * What automatic differentiation gives when the step function is replaced by the surrogate in the backward pass.
 * @param x as in `lifForward` @param spikeGradient dL/ds `[T, neurons]`
 * @param run with `replaySpikes`, the membrane and the reset follow those spikes
 * @param finalMembraneGradient dL/dv after the last step, `[neurons]`; default 0
 * @returns inputGradient of x's shape (summed over t for a constant input), initialMembraneGradient `[neurons]`
 */
export function lifBackward(
  x: Numbers,
  spikeGradient: Numbers,
  parameters: OracleLifParameters,
  run: LifRun,
  finalMembraneGradient?: Numbers,
): { inputGradient: Float64Array; initialMembraneGradient: Float64Array } {
  const { spikes, membrane } = lifForward(x, parameters, run)
  const { timeSteps, neurons } = run
  requireLength('lif oracle', 'spikeGradient', spikeGradient, timeSteps * neurons)
  if (finalMembraneGradient) requireLength('lif oracle', 'finalMembraneGradient', finalMembraneGradient, neurons)
  const { tau, threshold, resetPotential, reset } = parameters
  const surrogate = surrogateNamed(parameters.surrogate)
  const attached = parameters.detachReset ? 0 : 1
  const inputSteps = inputStepsOf(x.length, run)
  const inputGradient = new Float64Array(x.length)
  const carry = finalMembraneGradient ? Float64Array.from(finalMembraneGradient) : new Float64Array(neurons)
  for (let t = timeSteps - 1; t >= 0; t--)
    for (let n = 0; n < neurons; n++) {
      const i = t * neurons + n
      const h = at(membrane, i)
      const s = at(spikes, i)
      const q = surrogate.derivative(h - threshold, parameters.alpha)
      let throughReset = 1
      if (reset === 'hard') throughReset = 1 - s + attached * (resetPotential - h) * q
      else if (reset === 'soft') throughReset = 1 - attached * threshold * q
      const membraneGradient = at(spikeGradient, i) * q + at(carry, n) * throughReset
      accumulate(inputGradient, inputSteps === 1 ? n : i, membraneGradient * (parameters.decayInput ? 1 / tau : 1))
      carry[n] = membraneGradient * (1 - 1 / tau)
    }
  return { inputGradient, initialMembraneGradient: carry }
}
