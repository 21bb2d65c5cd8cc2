/** What properties of encoders are drawn from. */
import * as fc from 'fast-check'
import { randomSeed } from './op-run.js'

export interface EncoderCase {
  readonly batch: number
  readonly channels: number
  readonly timeSteps: number
  readonly minimumSlabs: number
  /** Values are multiples of 1/64, with both ends. */
  readonly grid: boolean
  readonly seed: number
}

export const encoderCase = {
  batch: fc.integer({ min: 1, max: 3 }),
  channels: fc.constantFrom(1, 3, 31, 32, 33, 65),
  timeSteps: fc.constantFrom(1, 2, 3, 5, 8, 13),
  minimumSlabs: fc.integer({ min: 1, max: 3 }),
  grid: fc.boolean(),
  seed: randomSeed,
}
