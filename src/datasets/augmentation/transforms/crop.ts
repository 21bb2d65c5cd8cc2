import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import { placed } from '../frame-sample.js'
import { pixels } from '../parameters.js'
import { movePixels } from '../recording-changes.js'
import { defineTransform } from '../transform.js'

/** Pads by `padding` on every side and crops back to the size: shifts of up to `padding` both ways. */
export const crop = defineTransform({
  name: 'crop',
  summary: 'random crop after padding: shifts of up to so many pixels both ways',
  stream: RandomStream.crop,
  domains: ['events', 'frames'],
  parameters: z.strictObject({ padding: pixels(4) }),
  make: ({ padding }) => ({
    frames(sample, draws) {
      const down = draws.integer(2 * padding + 1) - padding
      return placed(sample, down, draws.integer(2 * padding + 1) - padding)
    },
    events(recording, draws) {
      const down = draws.integer(2 * padding + 1) - padding
      const right = draws.integer(2 * padding + 1) - padding
      return movePixels(
        recording,
        (x) => x + right,
        (_, y) => y + down,
      )
    },
  }),
})
