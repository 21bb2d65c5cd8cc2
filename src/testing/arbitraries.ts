/** Property-test inputs (fast-check) that reach the places where kernels break. */
import * as fc from 'fast-check'
import type { OracleLifParameters } from './oracle/lif.js'
import { type OracleSurrogateName, surrogates } from './oracle/surrogates.js'

/** Sizes around a workgroup of 64 and a word of 32, primes, and the smallest. */
export const awkwardSizes: readonly number[] = [1, 2, 3, 5, 7, 13, 31, 32, 33, 61, 63, 64, 65, 127]

/**
 * A size from `awkwardSizes` up to `most`, each as likely; it shrinks to the smallest that still fails. 0 only with
 * `zero`, for sizes where nothing is a meaningful amount.
 */
export function awkwardSize(most = 127, options: { readonly zero?: boolean } = {}): fc.Arbitrary<number> {
  const small = awkwardSizes.filter((size) => size <= most)
  const sizes = options.zero ? [0, ...small] : small
  return fc.noBias(fc.nat({ max: sizes.length - 1 })).map((index) => sizes[index] ?? 1)
}

export interface ActivationExtent {
  readonly timeSteps: number
  readonly batch: number
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** Extents of `[T, B, H, W, C]` that hold at most `mostElements` numbers, one axis of them awkward and the others small. */
export function activationExtent(mostElements = 2000): fc.Arbitrary<ActivationExtent> {
  const small = fc.integer({ min: 1, max: 3 })
  return fc
    .tuple(
      fc.integer({ min: 0, max: 4 }),
      awkwardSize(Math.min(127, mostElements)),
      fc.tuple(small, small, small, small, small),
    )
    .map(([axis, size, axes]) => axes.map((other, k) => (k === axis ? size : other)))
    .map(([timeSteps = 1, batch = 1, height = 1, width = 1, channels = 1]) => ({
      timeSteps,
      batch,
      height,
      width,
      channels,
    }))
    .filter((e) => e.timeSteps * e.batch * e.height * e.width * e.channels <= mostElements)
}

/**
 * Numbers in [−bound, bound] that are multiples of 1/64: exact in float32, so that a device and the oracle start from
 * the same input, and often equal to each other, to 0 or to a threshold.
 */
export function moderateTensor(size: number, bound = 2): fc.Arbitrary<Float64Array> {
  const most = Math.floor(bound * 64)
  return fc
    .array(fc.integer({ min: -most, max: most }), { minLength: size, maxLength: size })
    .map((values) => Float64Array.from(values, (value) => value / 64))
}

/** Spikes (0/1) that fire independently with the given probability in [0, 1]; all silent and all firing are drawn too. */
export function spikeTrain(size: number, density = 0.2): fc.Arbitrary<Float64Array> {
  const most = 9999
  const drawn = fc
    // fast-check prefers small numbers, which here would be spikes
    .array(fc.noBias(fc.integer({ min: 0, max: most })), { minLength: size, maxLength: size })
    .map((values) => Float64Array.from(values, (value) => Number(value < density * (most + 1))))
  return fc.oneof(
    { arbitrary: drawn, weight: 8 },
    { arbitrary: fc.constantFrom(0, 1).map((value) => new Float64Array(size).fill(value)), weight: 1 },
  )
}

/** Valid LIF parameters whose numbers are exact in float32; surrogates may be narrowed to those a device knows. */
export function lifParameters(
  names: readonly OracleSurrogateName[] = Object.keys(surrogates) as OracleSurrogateName[],
): fc.Arbitrary<OracleLifParameters & { readonly surrogate: OracleSurrogateName }> {
  return fc
    .record({
      tau: fc.constantFrom(1.25, 1.5, 2, 4, 16),
      threshold: fc.constantFrom(0.5, 0.75, 1),
      resetPotential: fc.constantFrom(0, 0, -0.25, 0.25),
      reset: fc.constantFrom('hard' as const, 'soft' as const, 'none' as const),
      detachReset: fc.boolean(),
      decayInput: fc.boolean(),
      strict: fc.boolean(),
      surrogate: fc.constantFrom(...names),
    })
    .map((drawn) => ({
      ...drawn,
      // a potential to reset to exists only where the reset is hard
      resetPotential: drawn.reset === 'hard' ? drawn.resetPotential : 0,
      alpha: surrogates[drawn.surrogate].defaults[0] ?? 1,
    }))
}
