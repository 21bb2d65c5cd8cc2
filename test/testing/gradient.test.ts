import { describe, expect, it } from 'vitest'
import { NumericError, ShapeError } from '../../src/errors.js'
import { checkAdjoint, checkGradient, dot, finiteDifferences } from '../../src/testing/gradient.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { get, numbers } from './support.js'

const cube = (x: Float64Array) => x.reduce((sum, value) => sum + value ** 3, 0)

describe('finite differences', () => {
  it('find the slope of each component and leave x alone', () => {
    const x = Float64Array.of(1, -2, 0.5)
    expectClose(finiteDifferences(cube, x), [3, 12, 0.75], { absolute: 1e-8 })
    expect([...x]).toEqual([1, -2, 0.5])
  })

  it('accept a right gradient and refuse a wrong one', () => {
    checkGradient(cube, [1, -2], [3, 12])
    expect(() => checkGradient(cube, [1, -2], [3, 12.001])).toThrow(/worst at 1/)
    expect(() => checkGradient(cube, [1, -2], [3, Number.NaN])).toThrow(NumericError)
    expect(() => checkGradient(cube, [1, -2], [3])).toThrow(ShapeError)
  })
})

describe('the dot test', () => {
  const shift = (x: Float64Array) => x.map((_, i) => (i === 0 ? 0 : get(x, i - 1)))
  const shiftBack = (y: Float64Array) => y.map((_, i) => (i === y.length - 1 ? 0 : get(y, i + 1)))

  it('accepts an adjoint and refuses what is none', () => {
    const x = numbers(9, 1)
    const y = numbers(9, 2)
    checkAdjoint({ forward: shift, adjoint: shiftBack, x, y })
    expect(() => checkAdjoint({ forward: shift, adjoint: shift, x, y })).toThrow(NumericError)
    expect(() => checkAdjoint({ forward: shift, adjoint: (v) => v.fill(Number.NaN), x, y })).toThrow(NumericError)
    expect(() => checkAdjoint({ forward: shift, adjoint: (v) => v.subarray(1), x, y })).toThrow(ShapeError)
  })

  it('multiplies vectors of one length', () => {
    expect(dot([1, 2], [3, 4])).toBe(11)
    expect(() => dot([1], [1, 2])).toThrow(ShapeError)
  })
})
