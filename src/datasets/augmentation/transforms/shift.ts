import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import { wrapped } from '../arithmetic.js'
import type { Draws } from '../draws.js'
import { blankLike, type FrameSample, placed } from '../frame-sample.js'
import { pixels } from '../parameters.js'
import { movePixels } from '../recording-changes.js'
import { defineTransform } from '../transform.js'

/** A whole shift in [-most, most] down and right. */
const shiftOf = (most: number, draws: Draws): readonly [down: number, right: number] => [
  draws.integer(2 * most + 1) - most,
  draws.integer(2 * most + 1) - most,
]

/** Frames moved in a circle: what leaves at one edge comes in at the other. */
export function rolled(sample: FrameSample, down: number, right: number): FrameSample {
  const { steps, height, width, channels, values } = sample
  const out = blankLike(sample)
  for (let t = 0; t < steps; t++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = ((t * height + y) * width + x) * channels
        const to = ((t * height + wrapped(y + down, height)) * width + wrapped(x + right, width)) * channels
        out.values.set(values.subarray(from, from + channels), to)
      }
    }
  }
  return out
}

export const shift = defineTransform({
  name: 'shift',
  summary: 'shift by up to so many pixels; what leaves is lost',
  stream: RandomStream.shift,
  domains: ['events', 'frames'],
  parameters: z.strictObject({ pixels: pixels(4) }),
  make: ({ pixels: most }) => ({
    frames: (sample, draws) => placed(sample, ...shiftOf(most, draws)),
    events(recording, draws) {
      const [down, right] = shiftOf(most, draws)
      return movePixels(
        recording,
        (x) => x + right,
        (_, y) => y + down,
      )
    },
  }),
})

export const roll = defineTransform({
  name: 'roll',
  summary: 'shift in a circle: what leaves at one edge comes in at the other',
  stream: RandomStream.roll,
  domains: ['events', 'frames'],
  parameters: z.strictObject({ pixels: pixels(5) }),
  make: ({ pixels: most }) => ({
    frames: (sample, draws) => rolled(sample, ...shiftOf(most, draws)),
    events(recording, draws) {
      const [down, right] = shiftOf(most, draws)
      const { width, height } = recording
      return movePixels(
        recording,
        (x) => wrapped(x + right, width),
        (_, y) => wrapped(y + down, height),
      )
    },
  }),
})
