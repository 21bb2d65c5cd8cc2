import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/errors.js'
import { checkSchedule, learningRateAt, mseNasSchedule, type ScheduleSettings } from '../../src/learning/schedule.js'

const cosine: ScheduleSettings = { kind: 'cosine', learningRate: 0.5, finalRate: 0.1, warmup: 0.2, warmupRate: 0.01 }

describe('learning-rate schedules', () => {
  it('climbs linearly, then follows half a cosine', () => {
    expect(learningRateAt(cosine, 0)).toBe(0.01)
    expect(learningRateAt(cosine, 0.1)).toBeCloseTo((0.01 + 0.5) / 2, 12)
    expect(learningRateAt(cosine, 0.5)).toBeCloseTo((0.5 + 0.1) / 2, 12)
    expect(learningRateAt(cosine, 0.75)).toBeCloseTo(0.1 + (0.4 * (1 - Math.SQRT1_2)) / 2, 12)
    expect(learningRateAt(cosine, 1)).toBeCloseTo(0.1, 12)
  })

  it('stays at the peak when it is constant', () => {
    const constant: ScheduleSettings = { ...cosine, kind: 'constant' }
    expect([0.2, 0.5, 1].map((progress) => learningRateAt(constant, progress))).toEqual([0.5, 0.5, 0.5])
    expect(learningRateAt(constant, 0.05)).toBeLessThan(0.5)
  })

  it('never leaves the range of its rates, and only falls after the warm-up', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.99, noNaN: true }), share, share, (warmup, one, other) => {
        const schedule = { ...cosine, warmup }
        const [early, late] = [Math.min(one, other), Math.max(one, other)]
        for (const progress of [early, late]) {
          expect(learningRateAt(schedule, progress)).toBeGreaterThanOrEqual(0.01)
          expect(learningRateAt(schedule, progress)).toBeLessThanOrEqual(0.5)
        }
        if (early >= warmup) expect(learningRateAt(schedule, late)).toBeLessThanOrEqual(learningRateAt(schedule, early))
      }),
      { seed: 2, numRuns: 200 },
    )
  })

  it('has the rates of the paper', () => {
    expect(mseNasSchedule(1024)).toEqual({
      kind: 'cosine',
      learningRate: 5e-3,
      finalRate: 1e-5,
      warmup: 0.1,
      warmupRate: 1e-6,
    })
    expect(mseNasSchedule(128).learningRate).toBeCloseTo(6.25e-4, 15)
  })

  it.each<Partial<ScheduleSettings>>([
    { learningRate: 0 },
    { learningRate: -1 },
    { learningRate: Number.NaN },
    { learningRate: Number.POSITIVE_INFINITY },
    { finalRate: -1e-9 },
    { finalRate: Number.NaN },
    { finalRate: Number.POSITIVE_INFINITY },
    { warmupRate: -1 },
    { warmupRate: Number.POSITIVE_INFINITY },
    { warmup: -0.1 },
    { warmup: 1 },
    { warmup: Number.NaN },
  ])('refuses %o', (changes) => {
    expect(() => checkSchedule({ ...cosine, ...changes })).toThrow(OptionError)
  })

  it('accepts what is in range', () => {
    expect(checkSchedule(cosine)).toBe(cosine)
    expect(checkSchedule(mseNasSchedule(64))).toEqual(mseNasSchedule(64))
  })
})
