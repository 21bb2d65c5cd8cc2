/** What encoders have in common: how many steps they make, and how their kernels are told the extent. */
import { OptionError } from '../errors.js'
import { type ActivationShape, neuronsOf, type Slab, wordsOf } from './op.js'

/** @throws OptionError unless T is a whole number from 1 */
export function checkTimeSteps(where: string, timeSteps: number): void {
  if (Number.isInteger(timeSteps) && timeSteps >= 1 && timeSteps <= 65535) return
  throw new OptionError(`${where}.timeSteps`, `must be a whole number from 1 to 65535; got ${timeSteps}.`)
}

/** Uniform fields of a kernel whose invocations own a word of spikes each. */
export const wordParameters = (shape: ActivationShape, slab: Slab) => ({
  invocations: shape.batch * wordsOf(shape),
  steps: slab.steps,
  batch: shape.batch,
  neurons: neuronsOf(shape),
  words: wordsOf(shape),
})
