import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumericError, ShapeError } from '../../src/errors.js'
import {
  conditionedLogDeterminant,
  logAbsoluteDeterminant,
  symmetricEigenvalues,
} from '../../src/nas/linear-algebra.js'

const symmetric = fc.integer({ min: 1, max: 9 }).chain((size) =>
  fc.array(fc.integer({ min: -9, max: 9 }), { minLength: size * size, maxLength: size * size }).map((entries) => ({
    size,
    matrix: Float64Array.from(entries, (_, at) => {
      const [i, j] = [Math.floor(at / size), at % size]
      return entries[Math.min(i, j) * size + Math.max(i, j)] as number
    }),
  })),
)

const trace = (matrix: Float64Array, size: number) =>
  Array.from({ length: size }, (_, i) => matrix[i * (size + 1)] as number).reduce((a, b) => a + b, 0)
const sumOf = (values: Float64Array, power: number) => values.reduce((sum, value) => sum + value ** power, 0)

describe('symmetric eigenvalues', () => {
  it('knows the second-difference matrix', () => {
    const size = 40
    const matrix = new Float64Array(size * size)
    for (let i = 0; i < size; i++) {
      matrix[i * size + i] = 2
      if (i > 0) matrix[i * size + i - 1] = matrix[(i - 1) * size + i] = -1
    }
    const found = symmetricEigenvalues(matrix, size)
    found.forEach((value, k) => {
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (size + 1)), 12)
    })
  })

  it('knows diagonal, rank-one and zero matrices', () => {
    expect([...symmetricEigenvalues(Float64Array.of(3, 0, 0, -2), 2)]).toEqual([-2, 3])
    const ones = symmetricEigenvalues(new Float64Array(100).fill(1), 10)
    expect(ones[9]).toBeCloseTo(10, 12)
    for (const value of ones.subarray(0, 9)) expect(Math.abs(value)).toBeLessThan(1e-13)
    expect([...symmetricEigenvalues(new Float64Array(9), 3)]).toEqual([0, 0, 0])
  })

  it('keeps the first four power sums of the spectrum and leaves the matrix alone', () => {
    fc.assert(
      fc.property(symmetric, ({ matrix, size }) => {
        const copy = matrix.slice()
        const values = symmetricEigenvalues(matrix, size)
        expect(matrix).toEqual(copy)
        expect([...values]).toEqual([...values].sort((a, b) => a - b))
        const square = multiply(matrix, matrix, size)
        expect(sumOf(values, 1)).toBeCloseTo(trace(matrix, size), 9)
        expect(sumOf(values, 2)).toBeCloseTo(trace(square, size), 8)
        expect(sumOf(values, 3)).toBeCloseTo(trace(multiply(square, matrix, size), size), 6)
        expect(sumOf(values, 4)).toBeCloseTo(trace(multiply(square, square, size), size), 4)
      }),
    )
  })

  it('refuses NaN and a wrong size', () => {
    expect(() => symmetricEigenvalues(Float64Array.of(Number.NaN), 1)).toThrow(NumericError)
    expect(() => symmetricEigenvalues(new Float64Array(3), 2)).toThrow(ShapeError)
  })
})

describe('log-determinant', () => {
  it('equals the sum of the logarithms of the eigenvalues', () => {
    fc.assert(
      fc.property(symmetric, ({ matrix, size }) => {
        const values = symmetricEigenvalues(matrix, size).map(Math.abs)
        fc.pre(Math.min(...values) > 1e-6)
        const expected = values.reduce((sum, value) => sum + Math.log(value), 0)
        expect(logAbsoluteDeterminant(matrix, size)).toBeCloseTo(expected, 6)
        expect(conditionedLogDeterminant(matrix, size)).toBe(logAbsoluteDeterminant(matrix, size))
      }),
    )
  })

  it('needs its pivoting and knows zero pivots and NaN', () => {
    expect(logAbsoluteDeterminant(Float64Array.of(0, 2, 3, 0), 2)).toBeCloseTo(Math.log(6), 14)
    expect(logAbsoluteDeterminant(Float64Array.of(1, 2, 2, 4), 2)).toBe(Number.NEGATIVE_INFINITY)
    expect(logAbsoluteDeterminant(Float64Array.of(1, Number.NaN, 0, 1), 2)).toBeNaN()
    expect(() => logAbsoluteDeterminant(new Float64Array(3), 2)).toThrow(ShapeError)
  })

  it('is -infinity above a condition number of 1e11, in spite of a finite LU', () => {
    const diagonal = (smallest: number) => Float64Array.of(5, 0, 0, 5 * smallest)
    expect(conditionedLogDeterminant(diagonal(1.01e-11), 2)).toBeCloseTo(Math.log(25 * 1.01e-11), 10)
    expect(conditionedLogDeterminant(diagonal(0.99e-11), 2)).toBe(Number.NEGATIVE_INFINITY)
    expect(conditionedLogDeterminant(Float64Array.of(0), 1)).toBe(Number.NEGATIVE_INFINITY)
    expect(conditionedLogDeterminant(Float64Array.of(Number.NaN, 0, 0, 1), 2)).toBeNaN()
  })
})

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, at) => {
    let sum = 0
    for (let k = 0; k < size; k++) {
      sum += (a[Math.floor(at / size) * size + k] as number) * (b[k * size + (at % size)] as number)
    }
    return sum
  })
}
