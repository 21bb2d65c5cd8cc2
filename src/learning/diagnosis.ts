/** Which part of a network went non-finite first: helps with a loss that became NaN. */
import { NumericError } from '../errors.js'
import type { Program } from '../graph/program.js'
import type { Model } from '../nn/model.js'

/** Names the first parameter whose weights or gradient hold a number that is not finite, in the order of the network. */
export async function findNonFinite(model: Model): Promise<string> {
  for (const [arena, what] of [
    ['gradient', 'the gradient of'],
    ['weights', 'the weights of'],
  ] as const) {
    const values = await model.memory.read(arena)
    for (const entry of model.parameters) {
      const part = values.subarray(entry.offset, entry.offset + entry.elements)
      const bad = part.findIndex((value) => !Number.isFinite(value))
      if (bad >= 0) return `the first number that is not finite is in ${what} ${entry.path}`
    }
  }
  return 'all weights and gradients are still finite, so the input is not'
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
