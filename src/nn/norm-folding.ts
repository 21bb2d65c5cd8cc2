/** What a trained temporal batch norm amounts to: constants to fold into weights, and steps that can be left out. */
import { OptionError, ShapeError } from '../errors.js'

type Numbers = ArrayLike<number>

export interface TrainedNorm {
  /** `[C]`, or `[T, C]` of a BNTT. */
  readonly gamma: Numbers
  /** As gamma; none for a norm that adds nothing. */
  readonly beta?: Numbers
  /** Weight of each step of a TEBN, `[T]`. */
  readonly stepWeight?: Numbers
  /** Running averages `[2, C]` or `[T, 2, C]`: means, then variances. */
  readonly running: Numbers
  readonly channels: number
  readonly epsilon: number
  /** alpha·threshold of a tdBN; default 1. */
  readonly factor?: number
}

const at = (values: Numbers, i: number): number => {
  const value = values[i]
  if (value === undefined) throw new ShapeError('foldedNorm', `needs index ${i} of ${values.length} numbers.`)
  return value
}

/**
 * The scale and shift of each step that evaluation amounts to (sheet 16, section 3.6): y = scale·x + shift.
 * @returns rows `[1]` or `[T]` of `[C]` @throws ShapeError when sizes disagree
 */
export function foldedNorm(norm: TrainedNorm): { scale: Float64Array; shift: Float64Array; rows: number } {
  const { gamma, beta, stepWeight, running, channels, epsilon, factor = 1 } = norm
  const counts = [gamma.length / channels, running.length / (2 * channels), stepWeight?.length ?? 1]
  const rows = Math.max(...counts)
  if (counts.some((count) => count !== 1 && count !== rows))
    throw new ShapeError('foldedNorm', `gamma, running averages and weights must be of 1 or T rows; got ${counts}.`)
  const scale = new Float64Array(rows * channels)
  const shift = new Float64Array(rows * channels)
  for (let t = 0; t < rows; t++) {
    const row = (count: number | undefined) => (count === 1 ? 0 : t)
    const weight = stepWeight ? at(stepWeight, t) : 1
    for (let c = 0; c < channels; c++) {
      const affine = row(counts[0]) * channels + c
      const average = row(counts[1]) * 2 * channels + c
      const inverse = 1 / Math.sqrt(at(running, average + channels) + epsilon)
      const own = factor * at(gamma, affine) * inverse
      scale[t * channels + c] = weight * own
      shift[t * channels + c] = weight * ((beta ? at(beta, affine) : 0) - at(running, average) * own)
    }
  }
  return { scale, shift, rows }
}

/**
 * Weights and bias of a convolution that does the norm after it as well: W' = W·scale, b' = shift + b·scale, exact up to
 * rounding. For TEBN fold without `stepWeight` and multiply each step's current by it; BNTT has T pairs of constants and
 * cannot be folded into one.
 * @param weights `[..., C]` @param bias `[C]`, or none
 * @throws OptionError when the norm has constants for each step, ShapeError when sizes disagree
 */
export function foldIntoWeights(
  weights: Numbers,
  bias: Numbers | null,
  norm: TrainedNorm,
): { weights: Float64Array; bias: Float64Array } {
  const { scale, shift, rows } = foldedNorm(norm)
  if (rows !== 1)
    throw new OptionError(
      'foldIntoWeights',
      `needs one scale a channel; this norm has ${rows}, one for each step.`,
      'Keep them as a table, or leave stepWeight out and apply it to the currents.',
    )
  if (weights.length % norm.channels !== 0 || (bias && bias.length !== norm.channels))
    throw new ShapeError('foldIntoWeights', `weights must be [..., ${norm.channels}] and the bias [${norm.channels}].`)
  return {
    weights: Float64Array.from(weights, (w, i) => w * at(scale, i % norm.channels)),
    bias: Float64Array.from(shift, (s, c) => s + (bias ? at(bias, c) : 0) * at(scale, c)),
  }
}

export interface StepGammas {
  /** `[T, C]`. */
  readonly gamma: Numbers
  readonly channels: number
}

/**
 * Early exit from the gammas of a network's BNTT layers (sheet 16, section 3.7): the longest run of last steps in which
 * every layer's mean |gamma| is below the threshold can be left out. Run the steps that remain and divide by their number.
 * @returns how many steps remain, at least 1, and mean |gamma| of each layer and step, `[layers][T]`
 * @throws OptionError without BNTT layers, or when the threshold is not positive; ShapeError when layers differ in T
 */
export function exitSteps(layers: readonly StepGammas[], threshold = 0.1): { steps: number; means: number[][] } {
  if (!(threshold > 0 && Number.isFinite(threshold)))
    throw new OptionError('exitSteps.threshold', `must be positive and finite; got ${threshold}.`)
  if (layers.length === 0)
    throw new OptionError(
      'exitSteps',
      'needs a network with BNTT layers; got none.',
      'Put nn.bntt() behind its synapses.',
    )
  const means = layers.map(({ gamma, channels }) =>
    Array.from({ length: gamma.length / channels }, (_, t) => {
      let sum = 0
      for (let c = 0; c < channels; c++) sum += Math.abs(at(gamma, t * channels + c))
      return sum / channels
    }),
  )
  const counts = new Set(means.map((layer) => layer.length))
  if (counts.size !== 1)
    throw new ShapeError('exitSteps', `all BNTT layers must have the same steps; got ${[...counts].join(' and ')}.`)
  const last = Math.max(...means.map((layer) => layer.map((mean) => mean >= threshold).lastIndexOf(true)))
  return { steps: Math.max(1, last + 1), means }
}
