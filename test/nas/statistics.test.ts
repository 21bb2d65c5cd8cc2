import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumericError, OptionError, ShapeError } from '../../src/errors.js'
import { bootstrapTau, bootstrapTauDifference, kendallTau, meanAndStandardError } from '../../src/nas/statistics.js'
import { deriveSeed, RandomSequence, RandomStream } from '../../src/runtime/philox.js'

/** Tau-b by looking at every pair. */
function bruteForceTau(x: readonly number[], y: readonly number[]): number {
  let [score, untiedX, untiedY] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const order = (list: readonly number[]) => {
        const [a, b] = [list[i] as number, list[j] as number]
        return a === b ? 0 : a < b ? -1 : 1
      }
      score += order(x) * order(y)
      untiedX += Math.abs(order(x))
      untiedY += Math.abs(order(y))
    }
  }
  return score / Math.sqrt(untiedX * untiedY)
}

const value = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom(Number.NEGATIVE_INFINITY, 1e300, -0.5))
const pairs = fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 30 })

describe('mean and standard error', () => {
  it('knows 2, 4, 4, 6', () => {
    const { mean, standardError } = meanAndStandardError([2, 4, 4, 6])
    expect(mean).toBe(4)
    expect(standardError).toBeCloseTo(Math.sqrt(8 / 3 / 4), 14)
  })

  it('has no error for one value or an infinite mean', () => {
    expect(meanAndStandardError([3])).toEqual({ mean: 3, standardError: null })
    expect(meanAndStandardError([3, Number.NEGATIVE_INFINITY])).toEqual({
      mean: Number.NEGATIVE_INFINITY,
      standardError: null,
    })
    expect(() => meanAndStandardError([])).toThrow(OptionError)
  })
})

describe('tau-b', () => {
  it('equals the count over all pairs, ties and infinities included', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const [x, y] = [list.map((pair) => pair[0]), list.map((pair) => pair[1])]
        expect(kendallTau(x, y)).toBe(bruteForceTau(x, y))
      }),
      { numRuns: 300 },
    )
  })

  it('is 1 for equal rankings and -1 for opposite ones', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { minLength: 2, maxLength: 40 }), (x) => {
        expect(
          kendallTau(
            x,
            x.map((each) => 3 * each + 1),
          ),
        ).toBe(1)
        expect(
          kendallTau(
            x,
            x.map((each) => -each),
          ),
        ).toBe(-1)
      }),
    )
  })

  it('knows a small case with ties', () => {
    // 6 pairs: 4 concordant, 0 discordant, 1 tie only in x, 1 tie only in y
    expect(kendallTau([1, 1, 2, 3], [1, 2, 3, 3])).toBeCloseTo(4 / Math.sqrt(5 * 5), 14)
  })

  it('is undefined without variation', () => {
    expect(kendallTau([1, 1], [1, 2])).toBeNaN()
  })

  it('refuses unequal lengths, a single value and NaN', () => {
    expect(() => kendallTau([1, 2], [1])).toThrow(ShapeError)
    expect(() => kendallTau([1], [1])).toThrow(OptionError)
    expect(() => kendallTau([1, Number.NaN], [1, 2])).toThrow(NumericError)
  })
})

describe('bootstrap', () => {
  const seed = deriveSeed(99)
  const random = new RandomSequence(seed, RandomStream.syntheticData)
  const truth = Array.from({ length: 60 }, () => random.next())
  const near = truth.map((each) => each + 0.3 * random.next())
  const noise = truth.map(() => random.next())

  it('encloses the estimate, and zero for noise but not for a good indicator', () => {
    const good = bootstrapTau(near, truth, { seed, resamples: 400 })
    expect(good.estimate).toBe(kendallTau(near, truth))
    expect(good.resamples).toBe(400)
    expect(good.low).toBeGreaterThan(0)
    expect(good.low).toBeLessThan(good.estimate)
    expect(good.high).toBeGreaterThan(good.estimate)
    const poor = bootstrapTau(noise, truth, { seed, resamples: 400 })
    expect(poor.low).toBeLessThan(0)
    expect(poor.high).toBeGreaterThan(0)
  })

  it('tells a good indicator from noise on the same sample, and nothing from itself', () => {
    const { estimate, low, high } = bootstrapTauDifference(near, noise, truth, { seed, resamples: 400 })
    expect(estimate).toBeCloseTo(kendallTau(near, truth) - kendallTau(noise, truth), 14)
    expect(low).toBeGreaterThan(0)
    expect(high).toBeGreaterThan(low)
    // paired: the same indicator twice differs by nothing in every resample
    const none = bootstrapTauDifference(near, near, truth, { seed, resamples: 50 })
    expect(none).toEqual({ estimate: 0, low: 0, high: 0, resamples: 50 })
  })

  it('depends on the seed and the draw only', () => {
    const options = { seed, resamples: 100 }
    const first = bootstrapTau(near, truth, options)
    expect(bootstrapTau(near, truth, options)).toEqual(first)
    expect(bootstrapTau(near, truth, { ...options, draw: 1 })).not.toEqual(first)
    expect(bootstrapTau(near, truth, { ...options, seed: deriveSeed(98) })).not.toEqual(first)
  })

  it('leaves out resamples without variation and says how many were left', () => {
    const { resamples, low, high } = bootstrapTau([1, 2], [1, 2], { seed, resamples: 200 })
    expect(resamples).toBeGreaterThan(60)
    expect(resamples).toBeLessThan(140)
    expect([low, high]).toEqual([1, 1])
    const constant = bootstrapTau([1, 1, 1], [1, 2, 3], { seed, resamples: 20 })
    expect(constant).toEqual({ estimate: Number.NaN, low: Number.NaN, high: Number.NaN, resamples: 0 })
  })

  it('refuses no resamples and a level of 1', () => {
    expect(() => bootstrapTau(near, truth, { seed, resamples: 0 })).toThrow(OptionError)
    expect(() => bootstrapTau(near, truth, { seed, level: 1 })).toThrow(OptionError)
  })
})
