/** Temporal batch norms of sheet 16: pooled (bn), tdBN, TEBN and BNTT; forward, backward and running statistics. */
import { accumulate, at, type Numbers, requireIntegers, requireLength } from './array.js'

export interface TemporalNormExtent {
  readonly mode: 'bn' | 'tdbn' | 'tebn' | 'bntt'
  readonly timeSteps: number
  /** B·H·W. */
  readonly positions: number
  readonly channels: number
  readonly epsilon: number
  /** alpha·V_th of tdBN. */
  readonly factor?: number
}

export interface TemporalNormParameters {
  /** `[C]`, BNTT `[T, C]`. */
  readonly gamma: Numbers
  /** As gamma; none for a BNTT without. */
  readonly beta: Numbers | null
  /** p of TEBN, `[T]`. */
  readonly stepWeight?: Numbers
}

export interface TemporalNormResult {
  readonly y: Float64Array
  readonly normalised: Float64Array
  /** `[T, C]` for BNTT, else `[1, C]`. */
  readonly mean: Float64Array
  readonly variance: Float64Array
}

const where = 'temporal-norm oracle'

/** a[t, c] and b[t, c] of section 3.2, and where their gamma lies. */
function affineAt(extent: TemporalNormExtent, parameters: TemporalNormParameters, t: number, c: number) {
  const place = extent.mode === 'bntt' ? t * extent.channels + c : c
  const weight = extent.mode === 'tebn' ? at(parameters.stepWeight ?? [], t) : 1
  const factor = extent.mode === 'tdbn' ? (extent.factor ?? 1) : 1
  const beta = parameters.beta ? at(parameters.beta, place) : 0
  return { place, weight, factor, a: factor * weight * at(parameters.gamma, place), b: weight * beta }
}

type Visit = (i: number, t: number, c: number, group: number) => void

function forEachElement({ mode, timeSteps, positions, channels }: TemporalNormExtent, visit: Visit): void {
  for (let t = 0; t < timeSteps; t++)
    for (let p = 0; p < positions; p++)
      for (let c = 0; c < channels; c++)
        visit((t * positions + p) * channels + c, t, c, (mode === 'bntt' ? t : 0) * channels + c)
}

/** Numbers behind one mean. */
const groupSize = ({ mode, timeSteps, positions }: TemporalNormExtent): number =>
  mode === 'bntt' ? positions : timeSteps * positions

/**
 * @param x `[T, B, H, W, C]` @param running in evaluation: `[G, C]` mean and variance instead of the batch's own
 * @throws ShapeError when a length disagrees with the extent
 */
export function temporalNormForward(
  x: Numbers,
  parameters: TemporalNormParameters,
  extent: TemporalNormExtent,
  running?: { readonly mean: Numbers; readonly variance: Numbers },
): TemporalNormResult {
  const { timeSteps, positions, channels, epsilon } = extent
  requireIntegers(where, { timeSteps, positions, channels })
  requireLength(where, 'x', x, timeSteps * positions * channels)
  const groups = extent.mode === 'bntt' ? timeSteps : 1
  const mean = running ? Float64Array.from(running.mean) : new Float64Array(groups * channels)
  const variance = running ? Float64Array.from(running.variance) : new Float64Array(groups * channels)
  if (!running) {
    forEachElement(extent, (i, _t, _c, g) => accumulate(mean, g, at(x, i) / groupSize(extent)))
    forEachElement(extent, (i, _t, _c, g) => accumulate(variance, g, (at(x, i) - at(mean, g)) ** 2 / groupSize(extent)))
  }
  const normalised = new Float64Array(x.length)
  const y = new Float64Array(x.length)
  forEachElement(extent, (i, t, c, g) => {
    const { a, b } = affineAt(extent, parameters, t, c)
    normalised[i] = (at(x, i) - at(mean, g)) / Math.sqrt(at(variance, g) + epsilon)
    y[i] = a * at(normalised, i) + b
  })
  return { y, normalised, mean, variance }
}

/**
 * Section 3.4. @param frozen evaluation: the statistics are constants
 * @returns dx of x's shape, dgamma and dbeta of gamma's shape, dstepWeight `[T]`
 */
export function temporalNormBackward(
  dy: Numbers,
  forward: TemporalNormResult,
  parameters: TemporalNormParameters,
  extent: TemporalNormExtent,
  frozen = false,
): { dx: Float64Array; dgamma: Float64Array; dbeta: Float64Array; dstepWeight: Float64Array } {
  requireLength(where, 'dy', dy, forward.y.length)
  const totalA = new Float64Array(forward.mean.length)
  const totalB = new Float64Array(forward.mean.length)
  const dgamma = new Float64Array(parameters.gamma.length)
  const dbeta = new Float64Array(parameters.gamma.length)
  const dstepWeight = new Float64Array(extent.timeSteps)
  forEachElement(extent, (i, t, c, g) => {
    const { place, weight, factor, a } = affineAt(extent, parameters, t, c)
    const [gradient, xhat] = [at(dy, i), at(forward.normalised, i)]
    accumulate(totalA, g, a * gradient)
    accumulate(totalB, g, a * gradient * xhat)
    accumulate(dgamma, place, factor * weight * gradient * xhat)
    accumulate(dbeta, place, weight * gradient)
    const beta = parameters.beta ? at(parameters.beta, place) : 0
    accumulate(dstepWeight, t, gradient * (at(parameters.gamma, place) * xhat + beta))
  })
  const n = groupSize(extent)
  const dx = new Float64Array(dy.length)
  forEachElement(extent, (i, t, c, g) => {
    const { a } = affineAt(extent, parameters, t, c)
    const inverse = 1 / Math.sqrt(at(forward.variance, g) + extent.epsilon)
    const common = frozen ? 0 : at(totalA, g) / n + (at(forward.normalised, i) * at(totalB, g)) / n
    dx[i] = inverse * (a * at(dy, i) - common)
  })
  return { dx, dgamma, dbeta, dstepWeight }
}

/** Running mean and variance after one forward pass from (mean, variance) of each group (section 3.3). */
export function temporalNormRunning(
  running: { readonly mean: Numbers; readonly variance: Numbers },
  forward: Pick<TemporalNormResult, 'mean' | 'variance'>,
  extent: TemporalNormExtent,
  momentum = 0.1,
): { mean: Float64Array; variance: Float64Array } {
  const n = groupSize(extent)
  return {
    mean: forward.mean.map((mean, g) => (1 - momentum) * at(running.mean, g) + momentum * mean),
    variance: forward.variance.map(
      (variance, g) => (1 - momentum) * at(running.variance, g) + (momentum * variance * n) / (n - 1),
    ),
  }
}
