import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import type { Draws } from '../draws.js'
import { mixFramesWhere, mixWhere, requireSameSize } from '../mixing.js'
import { defineTransform } from '../transform.js'

interface Patch {
  /** Area of the patch as a share of the whole, after it was cut at the edges. */
  readonly area: number
  contains(x: number, y: number): boolean
}

/** A rectangle in the image's proportions with the wished area, anywhere, cut at the edges. */
function drawPatch(width: number, height: number, alpha: number, draws: Draws): Patch {
  const side = Math.sqrt(1 - draws.beta(alpha))
  const [half, halfHeight] = [Math.floor(width * side) / 2, Math.floor(height * side) / 2]
  const [x, y] = [draws.integer(width), draws.integer(height)]
  const [left, right] = [Math.max(0, Math.ceil(x - half)), Math.min(width, Math.ceil(x + half))]
  const [top, bottom] = [Math.max(0, Math.ceil(y - halfHeight)), Math.min(height, Math.ceil(y + halfHeight))]
  return {
    area: ((right - left) * (bottom - top)) / (width * height),
    contains: (column, row) => column >= left && column < right && row >= top && row < bottom,
  }
}

/** CutMix (Yun et al. 2019): a rectangle of one sample in the other, at all steps; labels weigh by area. */
export const cutMix = defineTransform({
  name: 'cutmix',
  summary: 'a rectangle of another sample, labels by area',
  stream: RandomStream.cutMix,
  domains: ['events', 'frames'],
  parameters: z.strictObject({ alpha: z.number().positive().max(100).default(1) }),
  make: ({ alpha }) => ({
    mixFrames(sample, partner, draws) {
      requireSameSize(sample, partner, 'cutmix')
      const patch = drawPatch(sample.width, sample.height, alpha, draws)
      return { value: mixFramesWhere(sample, partner, (x, y) => !patch.contains(x, y)).value, share: 1 - patch.area }
    },
    mixEvents(recording, partner, draws) {
      requireSameSize(recording, partner, 'cutmix')
      const patch = drawPatch(recording.width, recording.height, alpha, draws)
      return { value: mixWhere(recording, partner, (x, y) => !patch.contains(x, y)).value, share: 1 - patch.area }
    },
  }),
})
