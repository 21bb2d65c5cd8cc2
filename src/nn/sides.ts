/** Numbers of a window that may differ between rows and columns. */
import type { Pair } from '../ops/synapse.js'

/** One number for both axes, or rows and columns. */
export type Sides = number | Pair

export const pairOf = (sides: Sides): Pair => (typeof sides === 'number' ? [sides, sides] : sides)
