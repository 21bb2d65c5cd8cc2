/** The few pieces of dense float64 linear algebra that the log-determinant indicators need. */
import { NumericError, ShapeError } from '../errors.js'

/** Above this 2-norm condition number a matrix counts as singular (sheet 00, section 4.3). */
export const conditionLimit = 1e11

const stepsPerEigenvalue = 60

function checkSquare(matrix: Float64Array, size: number, where: string): void {
  if (Number.isInteger(size) && size >= 0 && matrix.length === size * size) return
  throw new ShapeError(where, `the matrix must have ${size} x ${size} entries; got ${matrix.length}.`)
}

/**
 * ln|det A| by LU decomposition with partial pivoting.
 *
 * @param matrix `[size, size]`, row by row; left unchanged
 * @returns -Infinity if a pivot is exactly zero, NaN if an entry is NaN, 0 for an empty matrix
 */
export function logAbsoluteDeterminant(matrix: Float64Array, size: number): number {
  checkSquare(matrix, size, 'logAbsoluteDeterminant')
  if (matrix.some(Number.isNaN)) return Number.NaN
  const rows: Float64Array[] = Array.from({ length: size }, (_, i) => matrix.slice(i * size, (i + 1) * size))
  let sum = 0
  for (let k = 0; k < size; k++) {
    let best = k
    for (let i = k + 1; i < size; i++) {
      if (Math.abs(rows[i]?.[k] as number) > Math.abs(rows[best]?.[k] as number)) best = i
    }
    const pivotRow = rows[best] as Float64Array
    rows[best] = rows[k] as Float64Array
    rows[k] = pivotRow
    const pivot = pivotRow[k] as number
    if (pivot === 0) return Number.NEGATIVE_INFINITY
    sum += Math.log(Math.abs(pivot))
    for (let i = k + 1; i < size; i++) {
      const row = rows[i] as Float64Array
      const factor = (row[k] as number) / pivot
      if (factor === 0) continue
      for (let j = k + 1; j < size; j++) row[j] = (row[j] as number) - factor * (pivotRow[j] as number)
    }
  }
  return sum
}

/**
 * Eigenvalues of a symmetric matrix in ascending order: Householder reduction to tridiagonal form, then implicit QR
 * steps with Wilkinson's shift (Golub and Van Loan, Matrix Computations, section 8.3).
 *
 * @param matrix `[size, size]`, symmetric and finite; left unchanged
 * @throws NumericError if an entry is not finite
 */
export function symmetricEigenvalues(matrix: Float64Array, size: number): Float64Array {
  checkSquare(matrix, size, 'symmetricEigenvalues')
  if (!matrix.every(Number.isFinite)) {
    throw new NumericError('symmetricEigenvalues', 'every entry must be finite; got NaN or an infinity.')
  }
  const { diagonal, offDiagonal } = tridiagonal(matrix, size)
  diagonalise(diagonal, offDiagonal)
  return diagonal.sort()
}

/** Orthogonally similar tridiagonal form; `offDiagonal[i]` couples i and i + 1. */
function tridiagonal(matrix: Float64Array, size: number) {
  const rows: Float64Array[] = Array.from({ length: size }, (_, i) => matrix.slice(i * size, (i + 1) * size))
  const diagonal = new Float64Array(size)
  const offDiagonal = new Float64Array(Math.max(0, size - 1))
  const v = new Float64Array(size)
  const w = new Float64Array(size)
  for (let k = 0; k < size; k++) {
    const row = rows[k] as Float64Array
    diagonal[k] = row[k] as number
    if (k + 1 === size) break
    const head = row[k + 1] as number
    let tail = 0
    for (let i = k + 2; i < size; i++) tail += (row[i] as number) ** 2
    if (tail === 0) {
      offDiagonal[k] = head
      continue
    }
    // the sign that avoids cancellation in v[k + 1]
    const target = head > 0 ? -Math.sqrt(head * head + tail) : Math.sqrt(head * head + tail)
    offDiagonal[k] = target
    v.set(row)
    v[k + 1] = head - target
    const length = Math.sqrt((v[k + 1] as number) ** 2 + tail)
    for (let i = k + 1; i < size; i++) v[i] = (v[i] as number) / length
    reflect(rows, v, w, k + 1, size)
  }
  return { diagonal, offDiagonal }
}

/** A <- (1 - 2vv')A(1 - 2vv') on the block from `start`, written as A - 2vw' - 2wv' with w = Av - (v'Av)v. */
function reflect(rows: readonly Float64Array[], v: Float64Array, w: Float64Array, start: number, size: number): void {
  let product = 0
  for (let i = start; i < size; i++) {
    const row = rows[i] as Float64Array
    let sum = 0
    for (let j = start; j < size; j++) sum += (row[j] as number) * (v[j] as number)
    w[i] = sum
    product += sum * (v[i] as number)
  }
  for (let i = start; i < size; i++) w[i] = (w[i] as number) - product * (v[i] as number)
  for (let i = start; i < size; i++) {
    const row = rows[i] as Float64Array
    const vi = 2 * (v[i] as number)
    const wi = 2 * (w[i] as number)
    for (let j = start; j < size; j++) row[j] = (row[j] as number) - vi * (w[j] as number) - wi * (v[j] as number)
  }
}

/** Leaves the eigenvalues of the tridiagonal matrix in `d`; `e` ends as zeros. */
function diagonalise(d: Float64Array, e: Float64Array): void {
  let steps = stepsPerEigenvalue * d.length
  let high = d.length - 1
  while (high > 0) {
    for (let i = 0; i < high; i++) {
      const scale = Math.abs(d[i] as number) + Math.abs(d[i + 1] as number)
      if (Math.abs(e[i] as number) <= Number.EPSILON * scale) e[i] = 0
    }
    if (e[high - 1] === 0) {
      high--
      continue
    }
    let low = high - 1
    while (low > 0 && e[low - 1] !== 0) low--
    if (steps-- === 0) {
      throw new NumericError('symmetricEigenvalues', 'the iteration must converge; it did not.', 'Check the matrix.')
    }
    shiftedStep(d, e, low, high)
  }
}

/** One implicit QR step on the unreduced block `low..high`: a bulge is made by the shift and chased to the end. */
function shiftedStep(d: Float64Array, e: Float64Array, low: number, high: number): void {
  const corner = e[high - 1] as number
  const half = ((d[high - 1] as number) - (d[high] as number)) / 2
  const root = Math.sqrt(half * half + corner * corner)
  const shift = (d[high] as number) - (corner * corner) / (half >= 0 ? half + root : half - root)
  let x = (d[low] as number) - shift
  let z = e[low] as number
  for (let k = low; k < high; k++) {
    const r = Math.sqrt(x * x + z * z)
    const c = r === 0 ? 1 : x / r
    const s = r === 0 ? 0 : z / r
    if (k > low) e[k - 1] = r
    const a = d[k] as number
    const b = e[k] as number
    const f = d[k + 1] as number
    d[k] = c * c * a + 2 * c * s * b + s * s * f
    d[k + 1] = s * s * a - 2 * c * s * b + c * c * f
    e[k] = c * s * (f - a) + (c * c - s * s) * b
    if (k + 1 === high) break
    x = e[k] as number
    z = s * (e[k + 1] as number)
    e[k + 1] = c * (e[k + 1] as number)
  }
}

/**
 * ln|det A| of a symmetric matrix, with -Infinity for every matrix that cannot be told from a singular one: a zero
 * pivot or a 2-norm condition number above `conditionLimit`. NaN entries give NaN.
 *
 * @param matrix `[size, size]`, symmetric; left unchanged
 */
export function conditionedLogDeterminant(matrix: Float64Array, size: number): number {
  checkSquare(matrix, size, 'conditionedLogDeterminant')
  if (matrix.some(Number.isNaN)) return Number.NaN
  let largest = 0
  let smallest = Number.POSITIVE_INFINITY
  for (const value of symmetricEigenvalues(matrix, size)) {
    largest = Math.max(largest, Math.abs(value))
    smallest = Math.min(smallest, Math.abs(value))
  }
  if (largest > conditionLimit * smallest || smallest === 0) return Number.NEGATIVE_INFINITY
  return logAbsoluteDeterminant(matrix, size)
}
