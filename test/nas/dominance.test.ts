import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumericError, OptionError, ShapeError } from '../../src/errors.js'
import { crowding, dominates, nonDominatedFronts, type Rated, survive } from '../../src/nas/dominance.js'
import { RandomSequence, RandomStream } from '../../src/runtime/philox.js'

const infinite = Number.POSITIVE_INFINITY
const example = [
  [1, 5],
  [2, 3],
  [4, 1],
  [4, 4],
  [7, 0.5],
  [2, 3],
]
const rate = (points: readonly (readonly number[])[]): Rated[] => points.map((objectives) => ({ objectives }))
const randomSequence = (seed = 1) => new RandomSequence([seed, 0], RandomStream.evolution)

const populations = fc.integer({ min: 1, max: 3 }).chain((m) =>
  fc.array(
    fc.record({
      objectives: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: m, maxLength: m }),
      violation: fc.constantFrom(0, 0, 0, 1, 2),
    }),
    { maxLength: 25 },
  ),
)

describe('dominance', () => {
  it('ignores a NaN objective', () => {
    const rated = (...objectives: number[]) => ({ objectives })
    expect(dominates(rated(1, Number.NaN), rated(2, Number.NaN))).toBe(true)
    expect(dominates(rated(1, Number.NaN), rated(2, 0))).toBe(true)
    expect(dominates(rated(Number.NaN), rated(1))).toBe(false)
    expect(dominates(rated(1), rated(Number.NaN))).toBe(false)
    expect(dominates(rated(1, 2), rated(1, 2))).toBe(false)
  })

  it('compares violations before objectives', () => {
    expect(dominates({ objectives: [9], violation: 1 }, { objectives: [0], violation: 2 })).toBe(true)
    expect(dominates({ objectives: [9] }, { objectives: [0], violation: 0.1 })).toBe(true)
    expect(dominates({ objectives: [0], violation: 1 }, { objectives: [9], violation: 1 })).toBe(true)
  })

  it('refuses unequal numbers of objectives and a violation that is no number', () => {
    expect(() => dominates({ objectives: [1] }, { objectives: [1, 2] })).toThrow(ShapeError)
    expect(() => nonDominatedFronts([{ objectives: [1], violation: Number.NaN }])).toThrow(NumericError)
  })
})

describe('non-dominated fronts', () => {
  it('sorts the example into {0,1,2,4,5} and {3}', () => {
    expect(nonDominatedFronts(rate(example))).toEqual([[0, 1, 2, 4, 5], [3]])
  })

  it('partitions, holds no domination within a front, and every later member is dominated from the front before', () => {
    fc.assert(
      fc.property(populations, (rated) => {
        const fronts = nonDominatedFronts(rated)
        expect(fronts.flat().sort((a, b) => a - b)).toEqual(rated.map((_, i) => i))
        const dominatesAt = (i: number, j: number) => dominates(rated[i] as Rated, rated[j] as Rated)
        fronts.forEach((front, rank) => {
          for (const i of front) {
            expect(front.some((j) => dominatesAt(j, i))).toBe(false)
            if (rank > 0) expect(fronts[rank - 1]?.some((j) => dominatesAt(j, i))).toBe(true)
          }
        })
      }),
    )
  })

  it('keeps everybody when NaN makes dominance circular', () => {
    const circle = rate([
      [1, Number.NaN, 3],
      [2, 1, Number.NaN],
      [Number.NaN, 2, 1],
      [0, 0, 0],
    ])
    expect(nonDominatedFronts(circle.slice(0, 3))).toEqual([[0, 1, 2]])
    expect(nonDominatedFronts(circle)).toEqual([[3], [0, 1, 2]])
  })
})

describe('crowding', () => {
  it('gives the example infinite ends and 0.694444 inside, equal points sharing their gaps', () => {
    const front = [0, 1, 2, 4, 5].map((i) => example[i] as number[])
    const found = crowding(front)
    expect([found[0], found[3]]).toEqual([infinite, infinite])
    for (const i of [1, 2, 4]) expect(found[i]).toBeCloseTo(0.694444444444, 10)
  })

  it('is infinite for one or two points, and zero where no objective has a range', () => {
    expect([...crowding([])]).toEqual([])
    expect([...crowding([[1, 2]])]).toEqual([infinite])
    expect([...crowding([[1], [1]])]).toEqual([infinite, infinite])
    expect([...crowding([[1], [1], [1]])]).toEqual([0, 0, 0])
  })

  it('counts an objective without range, or all NaN, in the mean but adds nothing for it', () => {
    const line = [1, 2, 4]
    expect([...crowding(line.map((x) => [x]))]).toEqual([infinite, 1, infinite])
    expect([...crowding(line.map((x) => [x, 7]))]).toEqual([infinite, 0.5, infinite])
    expect([...crowding(line.map((x) => [x, Number.NaN]))]).toEqual([infinite, 0.5, infinite])
  })

  it('is never NaN, infinite objectives included', () => {
    const value = fc.constantFrom(0, 1, 2.5, Number.NaN, infinite, -infinite)
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 8 }), (front) => {
        for (const distance of crowding(front)) expect(distance).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('survival', () => {
  it('keeps the wanted number, prefers lower ranks, and cuts the last front by crowding', () => {
    fc.assert(
      fc.property(populations, fc.integer({ min: 1, max: 30 }), (rated, size) => {
        const { survivors, ranks, crowding: crowded } = survive(rated, size, randomSequence())
        expect(survivors).toHaveLength(Math.min(size, rated.length))
        expect(new Set(survivors).size).toBe(survivors.length)
        rated.forEach((_, lost) => {
          if (survivors.includes(lost)) return
          for (const kept of survivors) {
            expect(ranks[kept]).toBeLessThanOrEqual(ranks[lost] as number)
            if (ranks[kept] === ranks[lost]) expect(crowded[kept]).toBeGreaterThanOrEqual(crowded[lost] as number)
          }
        })
      }),
    )
  })

  it('reports the crowding of the whole front, also for those that are cut', () => {
    const { survivors, crowding: crowded, ranks, fronts } = survive(rate(example), 3, randomSequence())
    expect(survivors.slice(0, 2).sort()).toEqual([0, 4])
    expect([...crowded].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([
      infinite,
      0.694444,
      0.694444,
      infinite,
      infinite,
      0.694444,
    ])
    expect([...ranks]).toEqual([0, 0, 0, 1, 0, 0])
    expect(fronts).toEqual([[0, 1, 2, 4, 5], [3]])
  })

  it('breaks ties in random order and draws only when a front is cut', () => {
    const kept = new Set<number>()
    for (let seed = 0; seed < 60; seed++)
      kept.add(survive(rate(example), 3, randomSequence(seed)).survivors[2] as number)
    expect([...kept].sort()).toEqual([1, 2, 5])
    const random = randomSequence()
    survive(rate(example), 5, random)
    expect(random.position).toBe(0)
  })

  it('refuses a size that is no count', () => {
    expect(() => survive(rate(example), 0, randomSequence())).toThrow(OptionError)
    expect(() => survive(rate(example), 1.5, randomSequence())).toThrow(OptionError)
  })
})
