import type { NumberColumn } from './scalar-type.js'

/** Numbers with a shape, row-major: the last axis runs fastest. */
export interface NumericArray {
  readonly shape: readonly number[]
  readonly data: NumberColumn
}

/** Product of the sizes; 1 for a single value. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

/** Values that lie column-major (the first axis runs fastest) as row-major. */
export function rowMajor<T extends NumberColumn | unknown[]>(values: T, shape: readonly number[]): T {
  // with at most one axis longer than 1 both orders are the same
  if (shape.filter((size) => size > 1).length <= 1) return values
  const rank = shape.length
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)))
  const sorted = values.slice() as T
  const index = new Array<number>(rank).fill(0)
  let from = 0
  for (let to = 0; to < values.length; to++) {
    sorted[to] = values[from] as T[number]
    for (let axis = rank - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1
      from += strides[axis] as number
      if (next < (shape[axis] as number)) {
        index[axis] = next
        break
      }
      index[axis] = 0
      from -= next * (strides[axis] as number)
    }
  }
  return sorted
}

/** Value `i` as a number; 64-bit integers beyond 2^53 lose their lowest bits. */
export const numberAt = (column: NumberColumn, i: number): number => Number(column[i] as number | bigint)
