/** Two checks of a gradient: central finite differences, and the dot test of a linear map against its adjoint. */
import { NumericError, ShapeError } from '../errors.js'
import { expectClose, type Tolerance } from './tolerance.js'

/**
 * Central differences (f(x + step·e_i) − f(x − step·e_i)) / (2·step), error of order step².
 * @param f a smooth scalar function; it gets a copy that it may keep
 * @returns df/dx, of x's length
 */
export function finiteDifferences(f: (x: Float64Array) => number, x: ArrayLike<number>, step = 1e-5): Float64Array {
  const shifted = (i: number, by: number): number => {
    const copy = Float64Array.from(x)
    copy[i] = (x[i] ?? Number.NaN) + by
    return f(copy)
  }
  return Float64Array.from(x, (_, i) => (shifted(i, step) - shifted(i, -step)) / (2 * step))
}

/**
 * Checks a gradient of f at x.
 * @throws NumericError naming the worst component
 */
export function checkGradient(
  f: (x: Float64Array) => number,
  x: ArrayLike<number>,
  gradient: ArrayLike<number>,
  tolerance: Tolerance & { readonly step?: number } = {},
): void {
  const { step = 1e-5, absolute = 1e-7, relative = 1e-6 } = tolerance
  expectClose(gradient, finiteDifferences(f, x, step), { absolute, relative })
}

/** Sum of products. @throws ShapeError when the lengths differ */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new ShapeError('dot', `both must have one length; got ${a.length} and ${b.length}.`)
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? Number.NaN) * (b[i] ?? Number.NaN)
  return sum
}

export interface AdjointCheck {
  /** J: from x to the outputs; it must be linear. */
  readonly forward: (x: Float64Array) => ArrayLike<number>
  /** J transposed: from the outputs' gradient to x's. */
  readonly adjoint: (y: Float64Array) => ArrayLike<number>
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  /** Of |J x|·|y|, the size up to which the products may cancel; default 1e-12, for float64. */
  readonly relative?: number
}

/**
 * The dot test <J x, y> = <x, J^T y>, which holds for any x and y exactly when the two maps are adjoint.
 * @throws NumericError naming both products, ShapeError when sizes disagree
 */
export function checkAdjoint({ forward, adjoint, x, y, relative = 1e-12 }: AdjointCheck): void {
  const image = forward(Float64Array.from(x))
  const pulled = adjoint(Float64Array.from(y))
  const left = dot(image, y)
  const right = dot(x, pulled)
  const scale = Math.sqrt(dot(image, image) * dot(y, y)) + Math.sqrt(dot(x, x) * dot(pulled, pulled))
  // written so that NaN fails
  if (!(Math.abs(left - right) <= relative * scale)) {
    throw new NumericError('checkAdjoint', `<J x, y> must equal <x, J^T y>; got ${left} and ${right}.`)
  }
}
