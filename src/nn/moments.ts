/** Strip moments that a convolution wrote beside its current, so that a batch norm need not read the current again. */
import type { Value } from '../ops/op.js'

const momentsOf = new WeakMap<Value, Value>()

export const keepMoments = (current: Value, moments: Value): void => {
  momentsOf.set(current, moments)
}

export const momentsOfCurrent = (current: Value): Value | null => momentsOf.get(current) ?? null
