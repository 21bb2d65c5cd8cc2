/** How much a score and a rank correlation can be trusted. */
import { NumericError, OptionError, ShapeError } from '../errors.js'
import { RandomSequence, RandomStream, type Seed } from '../runtime/philox.js'

/**
 * Mean of a list and the standard error of that mean (sample deviation / sqrt(n)).
 *
 * @returns the standard error is null below two values and when a value is not finite
 * @throws OptionError for an empty list
 */
export function meanAndStandardError(values: readonly number[]): { mean: number; standardError: number | null } {
  const count = values.length
  if (count === 0) throw new OptionError('meanAndStandardError', 'at least one value is needed; got none.')
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  if (count < 2 || !Number.isFinite(mean)) return { mean, standardError: null }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, standardError: Math.sqrt(squares / (count - 1) / count) }
}

/**
 * Kendall's tau-b, the rank correlation corrected for ties: (C - D) / sqrt((pairs - ties in x)(pairs - ties in y)).
 * O(n log n): the discordant pairs are the inversions of y once the pairs are sorted by x (Knight 1966).
 *
 * @param x `[n]`, infinities allowed (a singular log-determinant ranks last)
 * @param y `[n]`
 * @returns -1..1, or NaN if all values of one list are equal
 * @throws ShapeError for different lengths, OptionError below two values, NumericError for NaN
 */
export function kendallTau(x: readonly number[], y: readonly number[]): number {
  checkPaired('kendallTau', x, y)
  return tau(Float64Array.from(x), Float64Array.from(y))
}

function checkPaired(where: string, ...lists: readonly (readonly number[])[]): void {
  const count = lists[0]?.length ?? 0
  if (lists.some((list) => list.length !== count)) {
    throw new ShapeError(
      where,
      `the lists must be equally long; got ${lists.map((list) => list.length).join(' and ')}.`,
    )
  }
  if (count < 2) throw new OptionError(where, `a rank correlation needs at least two values; got ${count}.`)
  if (lists.some((list) => list.some(Number.isNaN))) {
    throw new NumericError(where, 'NaN has no rank.', 'Leave out the pairs without a score, and say how many.')
  }
}

function tau(x: Float64Array, y: Float64Array): number {
  const count = x.length
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  // compared, not subtracted: the difference of two equal infinities is NaN
  order.sort((i, j) => ascending(x[i] as number, x[j] as number) || ascending(y[i] as number, y[j] as number))
  const sortedX = Float64Array.from(order, (i) => x[i] as number)
  const sortedY = Float64Array.from(order, (i) => y[i] as number)
  const tiesX = tiedPairs(count, (i) => sortedX[i] === sortedX[i - 1])
  const tiesBoth = tiedPairs(count, (i) => sortedX[i] === sortedX[i - 1] && sortedY[i] === sortedY[i - 1])
  const discordant = sortCountingInversions(sortedY)
  const tiesY = tiedPairs(count, (i) => sortedY[i] === sortedY[i - 1])
  const pairs = (count * (count - 1)) / 2
  return (pairs - tiesX - tiesY + tiesBoth - 2 * discordant) / Math.sqrt((pairs - tiesX) * (pairs - tiesY))
}

const ascending = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0)

/** Pairs within runs of equal neighbours. */
function tiedPairs(count: number, equalToPrevious: (i: number) => boolean): number {
  let pairs = 0
  let run = 0
  for (let i = 1; i < count; i++) {
    run = equalToPrevious(i) ? run + 1 : 0
    pairs += run
  }
  return pairs
}

/** Merge sort in place; counts the pairs that stood in strictly descending order. */
function sortCountingInversions(values: Float64Array): number {
  const count = values.length
  let inversions = 0
  let from: Float64Array = values
  let to: Float64Array = new Float64Array(count)
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count)
      const end = Math.min(start + 2 * width, count)
      let left = start
      let right = middle
      for (let at = start; at < end; at++) {
        if (left < middle && (right >= end || (from[left] as number) <= (from[right] as number))) {
          to[at] = from[left++] as number
        } else {
          to[at] = from[right++] as number
          inversions += middle - left
        }
      }
    }
    const held = from
    from = to
    to = held
  }
  if (from !== values) values.set(from)
  return inversions
}

export interface BootstrapOptions {
  readonly seed: Seed
  /** Sub-stream, so that several intervals of one report do not share resamples. */
  readonly draw?: number
  /** 2000 when left out. */
  readonly resamples?: number
  /** Coverage, 0.95 when left out. */
  readonly level?: number
}

export interface BootstrapInterval {
  /** The statistic of the sample itself. */
  readonly estimate: number
  /** Percentiles of the resampled statistic; NaN if it was never defined. */
  readonly low: number
  readonly high: number
  /** Resamples on which the statistic was defined. */
  readonly resamples: number
}

/**
 * Percentile bootstrap interval of Kendall's tau-b: the pairs are drawn with replacement.
 *
 * @throws what `kendallTau` throws; OptionError for options out of range
 */
export function bootstrapTau(x: readonly number[], y: readonly number[], options: BootstrapOptions): BootstrapInterval {
  return bootstrap('bootstrapTau', [x, y], ([a, b]) => tau(a as Float64Array, b as Float64Array), options)
}

/**
 * Percentile bootstrap interval of tau(first, y) - tau(second, y) over one sample: both taus see the same resample, so
 * what they have in common cancels. Zero outside the interval means that one indicator ranks better.
 *
 * @throws what `kendallTau` throws; OptionError for options out of range
 */
export function bootstrapTauDifference(
  first: readonly number[],
  second: readonly number[],
  y: readonly number[],
  options: BootstrapOptions,
): BootstrapInterval {
  const difference = ([a, b, c]: readonly Float64Array[]) =>
    tau(a as Float64Array, c as Float64Array) - tau(b as Float64Array, c as Float64Array)
  return bootstrap('bootstrapTauDifference', [first, second, y], difference, options)
}

function bootstrap(
  where: string,
  lists: readonly (readonly number[])[],
  statistic: (lists: readonly Float64Array[]) => number,
  { seed, draw = 0, resamples = 2000, level = 0.95 }: BootstrapOptions,
): BootstrapInterval {
  checkPaired(where, ...lists)
  if (!Number.isInteger(resamples) || resamples < 1) {
    throw new OptionError(where, `resamples must be a positive integer; got ${resamples}.`)
  }
  if (!(level > 0 && level < 1)) throw new OptionError(where, `level must be between 0 and 1; got ${level}.`)
  const random = new RandomSequence(seed, RandomStream.bootstrap, draw)
  const count = lists[0]?.length ?? 0
  const resampled = lists.map(() => new Float64Array(count))
  const found: number[] = []
  for (let round = 0; round < resamples; round++) {
    for (let i = 0; i < count; i++) {
      const chosen = random.integer(count)
      resampled.forEach((target, k) => {
        target[i] = lists[k]?.[chosen] as number
      })
    }
    const value = statistic(resampled)
    if (!Number.isNaN(value)) found.push(value)
  }
  found.sort((a, b) => a - b)
  return {
    estimate: statistic(lists.map((list) => Float64Array.from(list))),
    low: percentile(found, (1 - level) / 2),
    high: percentile(found, (1 + level) / 2),
    resamples: found.length,
  }
}

/** Linear interpolation between order statistics; NaN for an empty list. */
function percentile(sorted: readonly number[], fraction: number): number {
  const place = fraction * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
