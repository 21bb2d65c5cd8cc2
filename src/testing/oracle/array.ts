/** Checked access to flat arrays: an oracle that reads beyond an end must fail, not go on with NaN. */
import { OptionError, ShapeError } from '../../errors.js'

/** What an oracle reads: plain, Float32 or Float64 arrays. */
export type Numbers = ArrayLike<number>

/** Element i. @throws ShapeError when i lies outside the array */
export function at(values: Numbers, i: number): number {
  const value = values[i]
  if (value === undefined) throw new ShapeError('oracle', `index must be below ${values.length}; got ${i}.`)
  return value
}

/** `values[i] += amount`. @throws ShapeError when i lies outside the array */
export function accumulate(values: Float64Array, i: number, amount: number): void {
  values[i] = at(values, i) + amount
}

/** @throws ShapeError when an array does not hold exactly `expected` numbers */
export function requireLength(where: string, name: string, values: Numbers, expected: number): void {
  if (values.length !== expected) {
    throw new ShapeError(where, `${name} must hold ${expected} numbers; got ${values.length}.`, 'Check the extents.')
  }
}

/** @throws OptionError unless every extent is an integer of at least `least` */
export function requireIntegers(where: string, extents: Readonly<Record<string, number>>, least = 1): void {
  for (const [name, value] of Object.entries(extents)) {
    if (!Number.isInteger(value) || value < least) {
      throw new OptionError(where, `${name} must be an integer of at least ${least}; got ${value}.`)
    }
  }
}
