import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import type { Draws } from '../draws.js'
import { blankBox } from '../frame-sample.js'
import { filterRecording } from '../recording-changes.js'
import { defineTransform } from '../transform.js'

interface Hole {
  readonly top: number
  readonly left: number
}

/** A square whose middle is any pixel, so it may lie half outside (DeVries & Taylor 2017). */
const drawHole = (side: number, height: number, width: number, draws: Draws): Hole => {
  const top = draws.integer(height) - Math.floor(side / 2)
  return { top, left: draws.integer(width) - Math.floor(side / 2) }
}

export const cutOut = defineTransform({
  name: 'cutout',
  summary: 'square holes at random places, without events or of the mean colour',
  stream: RandomStream.cutOut,
  domains: ['events', 'frames'],
  parameters: z.strictObject({
    side: z.int().min(1).max(65535).default(8),
    count: z.int().min(1).max(1000).default(1),
  }),
  make: ({ side, count }) => ({
    frames(sample, draws) {
      for (let k = 0; k < count; k++) {
        const { top, left } = drawHole(side, sample.height, sample.width, draws)
        blankBox(sample, top, left, top + side, left + side)
      }
      return sample
    },
    events(recording, draws) {
      const holes = Array.from({ length: count }, () => drawHole(side, recording.height, recording.width, draws))
      const { x, y } = recording
      return filterRecording(
        recording,
        (i) =>
          !holes.some(({ top, left }) => {
            const [column, row] = [(x[i] as number) - left, (y[i] as number) - top]
            return column >= 0 && column < side && row >= 0 && row < side
          }),
      )
    },
  }),
})
