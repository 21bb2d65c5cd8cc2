/** Which part of a network went non-finite first: helps with a loss that became NaN. */
import { NumericError } from '../errors.js'
import type { Program } from '../graph/program.js'
import type { Model } from '../nn/model.js'

/** The first parameter of an arena with a number that is not finite, in the order of the network. */
async function nonFiniteParameter(model: Model, arena: 'weights' | 'gradient'): Promise<string | null> {
  const values = await model.memory.read(arena)
  for (const { path, offset, elements } of model.parameters)
    if (values.subarray(offset, offset + elements).some((value) => !Number.isFinite(value))) return path
  return null
}

/** Names the first parameter whose weights or gradient hold a number that is not finite. */
export async function findNonFinite(model: Model): Promise<string> {
  for (const [arena, what] of [
    ['gradient', 'the gradient of'],
    ['weights', 'the weights of'],
  ] as const) {
    const path = await nonFiniteParameter(model, arena)
    if (path) return `the first number that is not finite is in ${what} ${path}`
  }
  return 'all weights and gradients are still finite, so the input is not'
}

/**
 * Weights before neurons may be lost without a sign: neurons answer NaN with silence, and the loss stays finite.
 * @throws NumericError naming the first parameter that is not finite
 */
export async function requireFiniteWeights(model: Model, step: number): Promise<void> {
  const path = await nonFiniteParameter(model, 'weights')
  if (path === null) return
  throw new NumericError(
    'training',
    `weights must stay finite; ${path} has a number that is not, at or before step ${step}, and neurons are silent about it.`,
    'Lower the learning rate or set maxNorm to clip gradients.',
  )
}

/**
 * Inputs that an encoder could not use.
 * @throws NumericError naming the encoder and how many
 */
export async function checkInputs(program: Program): Promise<void> {
  const [first] = await program.faults()
  if (!first) return
  throw new NumericError(
    first[0],
    `inputs must lie where the code is defined; ${first[1]} did not.`,
    'Most codes take values in [0, 1]: give the data a mean of 0 and a deviation of 1.',
  )
}
