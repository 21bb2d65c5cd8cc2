import { describe, expect, it } from 'vitest'
import { NumericError, ShapeError } from '../../src/errors.js'
import { compareSpikes, expectClose } from '../../src/testing/tolerance.js'

describe('expectClose', () => {
  it('passes within the tolerance and on equal infinities', () => {
    expectClose([1, 2, Number.POSITIVE_INFINITY], [1, 2, Number.POSITIVE_INFINITY])
    expectClose([1.001], [1], { absolute: 0.002 })
    expectClose([1001], [1000], { relative: 0.001 })
    expectClose([], [])
  })

  it('names the worst index, both values and how many are off', () => {
    const compare = () => expectClose([1, 2.5, 3.1, 4], [1, 2, 3, 4], { absolute: 0.01 })
    expect(compare).toThrow(NumericError)
    expect(compare).toThrow(/worst at 1: got 2\.5, expected 2; 2 of 4 are off/)
  })

  it('takes NaN and a lone infinity as worst of all', () => {
    expect(() => expectClose([9, Number.NaN], [1, 1], { absolute: 1 })).toThrow(
      /worst at 1: got NaN, expected 1; 2 of 2/,
    )
    expect(() => expectClose([Number.NaN], [Number.NaN], { absolute: 1 })).toThrow(NumericError)
    expect(() => expectClose([1], [Number.POSITIVE_INFINITY], { absolute: 1, relative: 1 })).toThrow(NumericError)
    expect(() => expectClose([Number.NEGATIVE_INFINITY], [1], { absolute: 1 })).toThrow(NumericError)
  })

  it('refuses different lengths', () => {
    expect(() => expectClose([1], [1, 2], { absolute: 1 })).toThrow(ShapeError)
  })
})

describe('compareSpikes', () => {
  it('allows a flip only where the membrane nearly touches the threshold', () => {
    const membrane = [0.5, 0.5000001, 0.7, 0.2]
    expect(compareSpikes([0, 1, 1, 0], [0, 1, 1, 0], membrane, 0.5, 1e-5)).toEqual({ flips: 0, illegal: [] })
    expect(compareSpikes([1, 0, 1, 0], [0, 1, 1, 0], membrane, 0.5, 1e-5)).toEqual({ flips: 2, illegal: [] })
    expect(compareSpikes([0, 1, 0, 0], [0, 1, 1, 0], membrane, 0.5, 1e-5)).toEqual({
      flips: 1,
      illegal: [{ index: 2, actual: 0, expected: 1, membrane: 0.7 }],
    })
  })

  it('allows no value that is no spike, and no flip where the membrane is no number', () => {
    expect(compareSpikes([0.5], [0], [0.5], 0.5, 1).illegal).toHaveLength(1)
    expect(compareSpikes([Number.NaN], [0], [0.5], 0.5, 1).illegal).toHaveLength(1)
    expect(compareSpikes([1], [0], [Number.NaN], 0.5, 1).illegal).toHaveLength(1)
    expect(() => compareSpikes([1], [0], [], 0.5, 1)).toThrow(ShapeError)
  })
})
