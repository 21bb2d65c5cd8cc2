/** Which part of a network went non-finite first: helps with a loss that became NaN. */
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
