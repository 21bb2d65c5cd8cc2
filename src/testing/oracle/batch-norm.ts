/**
 * Batch normalisation of `[T, B, H, W, C]` activations with statistics of each time step or pooled over all of them
 * (sheet 00, sections 1.1 and 1.4 row 10; Ioffe & Szegedy 2015).
 */
import { ShapeError } from '../../errors.js'
import { accumulate, at, type Numbers, requireIntegers, requireLength } from './array.js'

export interface BatchNormExtent {
  readonly timeSteps: number
  /** Numbers per step and channel: B·H·W. */
  readonly positions: number
  readonly channels: number
  /** `perStep`: one mean and variance for each t; `pooled`: one over all of T. */
  readonly statistics: 'perStep' | 'pooled'
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number
}

export interface BatchNormResult {
  readonly y: Float64Array
  /** (x − mean) / sqrt(variance + epsilon), of x's shape. */
  readonly normalised: Float64Array
  /** `[G, C]`, G = T per step and 1 pooled. */
  readonly mean: Float64Array
  /** Biased, `[G, C]`. */
  readonly variance: Float64Array
}

export interface RunningStatistics {
  readonly mean: Float64Array
  readonly variance: Float64Array
}

/** Calls visit with the flat index into x, the group and the channel of every element. */
function forEachElement(extent: BatchNormExtent, visit: (i: number, group: number, channel: number) => void): void {
  const { timeSteps, positions, channels, statistics } = extent
  for (let t = 0; t < timeSteps; t++)
    for (let p = 0; p < positions; p++)
      for (let c = 0; c < channels; c++) visit((t * positions + p) * channels + c, statistics === 'perStep' ? t : 0, c)
}

/** Groups G and the count of numbers behind each group's mean. */
function groupsOf(extent: BatchNormExtent): { groups: number; count: number } {
  const { timeSteps, positions, channels } = extent
  requireIntegers('batch-norm oracle', { timeSteps, positions, channels })
  return extent.statistics === 'perStep'
    ? { groups: timeSteps, count: positions }
    : { groups: 1, count: timeSteps * positions }
}

/**
 * y = gamma · (x − mean) / sqrt(variance + epsilon) + beta, with the batch's own statistics (two passes).
 * @param x `[T, B, H, W, C]` @param gamma `[C]` @param beta `[C]`
 * @throws ShapeError when a length disagrees with the extent
 */
export function batchNormForward(x: Numbers, gamma: Numbers, beta: Numbers, extent: BatchNormExtent): BatchNormResult {
  const { groups, count } = groupsOf(extent)
  const { channels, epsilon = 1e-5 } = extent
  const size = extent.timeSteps * extent.positions * channels
  requireLength('batch-norm oracle', 'x', x, size)
  requireLength('batch-norm oracle', 'gamma', gamma, channels)
  requireLength('batch-norm oracle', 'beta', beta, channels)
  const mean = new Float64Array(groups * channels)
  const variance = new Float64Array(groups * channels)
  const normalised = new Float64Array(size)
  const y = new Float64Array(size)
  forEachElement(extent, (i, g, c) => accumulate(mean, g * channels + c, at(x, i) / count))
  forEachElement(extent, (i, g, c) => {
    const k = g * channels + c
    accumulate(variance, k, (at(x, i) - at(mean, k)) ** 2 / count)
  })
  forEachElement(extent, (i, g, c) => {
    const k = g * channels + c
    normalised[i] = (at(x, i) - at(mean, k)) / Math.sqrt(at(variance, k) + epsilon)
    y[i] = at(gamma, c) * at(normalised, i) + at(beta, c)
  })
  return { y, normalised, mean, variance }
}

/**
 * Gradients through the batch's own statistics: dx = gamma/sigma · (dy − mean(dy) − x̂ · mean(dy·x̂)), the means per group.
 * @param dy of x's shape
 * @returns dx of x's shape, dgamma and dbeta `[C]` (summed over all of T)
 */
export function batchNormBackward(
  dy: Numbers,
  forward: BatchNormResult,
  gamma: Numbers,
  extent: BatchNormExtent,
): { dx: Float64Array; dgamma: Float64Array; dbeta: Float64Array } {
  const { groups, count } = groupsOf(extent)
  const { channels, epsilon = 1e-5 } = extent
  requireLength('batch-norm oracle', 'dy', dy, forward.y.length)
  const meanDy = new Float64Array(groups * channels)
  const meanProduct = new Float64Array(groups * channels)
  const dgamma = new Float64Array(channels)
  const dbeta = new Float64Array(channels)
  forEachElement(extent, (i, g, c) => {
    const product = at(dy, i) * at(forward.normalised, i)
    accumulate(meanDy, g * channels + c, at(dy, i) / count)
    accumulate(meanProduct, g * channels + c, product / count)
    accumulate(dgamma, c, product)
    accumulate(dbeta, c, at(dy, i))
  })
  const dx = new Float64Array(dy.length)
  forEachElement(extent, (i, g, c) => {
    const k = g * channels + c
    const scale = at(gamma, c) / Math.sqrt(at(forward.variance, k) + epsilon)
    dx[i] = scale * (at(dy, i) - at(meanDy, k) - at(forward.normalised, i) * at(meanProduct, k))
  })
  return { dx, dgamma, dbeta }
}

/**
 * Running statistics after one forward pass: r ← (1 − momentum)·r + momentum·batch, the variance unbiased. Statistics
 * per step are folded in once for each t, in order of time; where the running statistics have a row for each t, each row
 * takes its own step's.
 * @param running mean and variance, `[C]` or `[T, C]`; not changed
 * @throws ShapeError when a group holds a single number: its unbiased variance is undefined
 */
export function batchNormRunning(
  running: RunningStatistics,
  forward: Pick<BatchNormResult, 'mean' | 'variance'>,
  extent: BatchNormExtent,
  momentum = 0.1,
): RunningStatistics {
  const { groups, count } = groupsOf(extent)
  const { channels } = extent
  const rows = running.mean.length === channels ? 1 : groups
  requireLength('batch-norm oracle', 'running mean', running.mean, rows * channels)
  requireLength('batch-norm oracle', 'running variance', running.variance, rows * channels)
  if (count < 2) {
    throw new ShapeError(
      'batch-norm oracle',
      'needs at least 2 numbers per channel to estimate a variance; got 1.',
      'Use a larger batch or image, or pooled statistics.',
    )
  }
  const mean = Float64Array.from(running.mean)
  const variance = Float64Array.from(running.variance)
  for (let g = 0; g < groups; g++)
    for (let c = 0; c < channels; c++) {
      const unbiased = (at(forward.variance, g * channels + c) * count) / (count - 1)
      const k = (g % rows) * channels + c
      mean[k] = (1 - momentum) * at(mean, k) + momentum * at(forward.mean, g * channels + c)
      variance[k] = (1 - momentum) * at(variance, k) + momentum * unbiased
    }
  return { mean, variance }
}

/**
 * The channel-wise scale and shift that evaluation mode amounts to, of the running statistics' shape: `[C]` each, to be
 * applied with `affineForward`, or `[T, C]`, one row for each step.
 */
export function batchNormEvaluation(
  gamma: Numbers,
  beta: Numbers,
  running: RunningStatistics,
  epsilon = 1e-5,
): { scale: Float64Array; shift: Float64Array } {
  const scale = Float64Array.from(
    running.variance,
    (variance, k) => at(gamma, k % gamma.length) / Math.sqrt(variance + epsilon),
  )
  const shift = Float64Array.from(running.mean, (mean, k) => at(beta, k % beta.length) - mean * at(scale, k))
  return { scale, shift }
}
