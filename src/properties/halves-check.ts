/** What must hold of numbers that were stored as f16. */
import { NumericError } from '../errors.js'
import { halfError, toHalf } from '../testing/oracle/half.js'

/** A tolerance of f32 arithmetic, with what rounding its result to f16 adds. */
export const halfRounding = ({ relative = 0, absolute = 0 }: { relative?: number; absolute?: number }) => ({
  relative: relative + halfError.relative * (1 + relative),
  absolute: absolute + halfError.absolute,
})

/** @throws NumericError when a number is none that f16 can hold: it was not stored as one */
export function expectHalves(numbers: ArrayLike<number>): void {
  const wrong = Array.from(numbers).findIndex((number) => toHalf(number) !== number)
  if (wrong >= 0) throw new NumericError('halves', `number ${wrong} is ${numbers[wrong]}, which no half is.`)
}
