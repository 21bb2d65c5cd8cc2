/** Comparison of numbers and of spikes that another device computed with those of an oracle. */
import { NumericError, ShapeError } from '../errors.js'

export interface Tolerance {
  /** Default 0. */
  readonly absolute?: number
  /** Of the expected value; default 0. */
  readonly relative?: number
}

/**
 * Passes when |actual − expected| <= absolute + relative·|expected| everywhere. NaN is close to nothing, an infinity
 * only to itself.
 * @throws NumericError naming the worst index, both values there and how many are off; ShapeError when lengths differ
 */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance = {}): void {
  const { absolute = 0, relative = 0 } = tolerance
  if (actual.length !== expected.length) {
    throw new ShapeError('expectClose', `both sides must have one length; got ${actual.length} and ${expected.length}.`)
  }
  let off = 0
  let worst = -1
  let worstExcess = 0
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i] ?? Number.NaN
    const e = expected[i] ?? Number.NaN
    if (a === e) continue
    const allowed = absolute + relative * Math.abs(e)
    const distance = Math.abs(a - e)
    // written so that NaN, and an infinity beside a number, count as off
    if (Number.isFinite(e) && distance <= allowed) continue
    off++
    const excess = Number.isFinite(distance) ? distance - allowed : Number.POSITIVE_INFINITY
    if (worst < 0 || excess > worstExcess) {
      worst = i
      worstExcess = excess
    }
  }
  if (off > 0) {
    throw new NumericError(
      'expectClose',
      `all values must agree within ${absolute} + ${relative}·|expected|; worst at ${worst}: got ${actual[worst]}, ` +
        `expected ${expected[worst]}; ${off} of ${expected.length} are off.`,
    )
  }
}

export interface SpikeFlip {
  readonly index: number
  readonly actual: number
  readonly expected: number
  /** The oracle's membrane before the reset. */
  readonly membrane: number
}

/**
 * Finds where spikes differ. Rounding may flip a spike only where the membrane nearly touches the threshold.
 * @param actual 0/1 spikes under test @param oracle the oracle's spikes @param membrane the oracle's membrane before the reset
 * @param tolerance a flip is legal only where |membrane − threshold| < tolerance
 * @returns how many differ, and those that rounding cannot explain (a value other than 0 and 1 is always among them)
 * @throws ShapeError when lengths differ
 */
export function compareSpikes(
  actual: ArrayLike<number>,
  oracle: ArrayLike<number>,
  membrane: ArrayLike<number>,
  threshold: number,
  tolerance: number,
): { flips: number; illegal: SpikeFlip[] } {
  if (actual.length !== oracle.length || membrane.length !== oracle.length) {
    throw new ShapeError(
      'compareSpikes',
      `all three arrays must have one length; got ${actual.length}, ${oracle.length} and ${membrane.length}.`,
    )
  }
  let flips = 0
  const illegal: SpikeFlip[] = []
  for (let index = 0; index < oracle.length; index++) {
    const flip = {
      index,
      actual: actual[index] ?? Number.NaN,
      expected: oracle[index] ?? Number.NaN,
      membrane: membrane[index] ?? Number.NaN,
    }
    if (flip.actual === flip.expected) continue
    flips++
    const binary = flip.actual === 0 || flip.actual === 1
    if (!binary || !(Math.abs(flip.membrane - threshold) < tolerance)) illegal.push(flip)
  }
  return { flips, illegal }
}
