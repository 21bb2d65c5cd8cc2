import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumericError, OptionError, ShapeError } from '../../src/errors.js'
import { hypervolume } from '../../src/nas/hypervolume.js'

/** Volume of the union of boxes [point, reference] by inclusion and exclusion over all subsets. */
function unionOfBoxes(points: readonly (readonly number[])[], reference: readonly number[]): number {
  let volume = 0
  for (let subset = 1; subset < 2 ** points.length; subset++) {
    const members = points.filter((_, i) => (subset >> i) & 1)
    const sides = reference.map((bound, j) =>
      Math.max(0, bound - Math.max(...members.map((point) => point[j] as number))),
    )
    volume += (members.length % 2 === 1 ? 1 : -1) * sides.reduce((product, side) => product * side, 1)
  }
  return volume
}

const sets = fc
  .integer({ min: 1, max: 4 })
  .chain((m) =>
    fc.tuple(
      fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: m, maxLength: m }), { maxLength: 6 }),
      fc.array(fc.integer({ min: 4, max: 9 }), { minLength: m, maxLength: m }),
    ),
  )

describe('hypervolume', () => {
  it('is 27.5 for the example', () => {
    const points = [
      [1, 5],
      [2, 3],
      [4, 1],
      [4, 4],
      [7, 0.5],
    ]
    expect(hypervolume(points, [8, 6])).toBe(27.5)
  })

  it('equals inclusion and exclusion in one to four dimensions', () => {
    fc.assert(
      fc.property(sets, ([points, reference]) => {
        // integers: both are exact
        expect(hypervolume(points, reference)).toBe(unionOfBoxes(points, reference))
      }),
    )
  })

  it('never falls when a point is added, and equal or outside points change nothing', () => {
    fc.assert(
      fc.property(sets, fc.nat(5), ([points, reference], index) => {
        const full = hypervolume(points, reference)
        const without = points.filter((_, i) => i !== index)
        expect(full).toBeGreaterThanOrEqual(hypervolume(without, reference))
        expect(hypervolume([...points, ...points, [...reference]], reference)).toBe(full)
      }),
    )
  })

  it('ignores NaN and +infinity, and is infinite for -infinity', () => {
    expect(
      hypervolume(
        [
          [Number.NaN, 0],
          [0, Number.POSITIVE_INFINITY],
          [1, 1],
        ],
        [2, 3],
      ),
    ).toBe(2)
    expect(hypervolume([[Number.NEGATIVE_INFINITY, 0]], [2, 3])).toBe(Number.POSITIVE_INFINITY)
    expect(hypervolume([], [2, 3])).toBe(0)
  })

  it('refuses five objectives, an infinite reference and unequal lengths', () => {
    expect(() => hypervolume([], [1, 1, 1, 1, 1])).toThrow(OptionError)
    expect(() => hypervolume([], [])).toThrow(OptionError)
    expect(() => hypervolume([], [1, Number.NaN])).toThrow(NumericError)
    expect(() => hypervolume([[1]], [1, 2])).toThrow(ShapeError)
  })
})
