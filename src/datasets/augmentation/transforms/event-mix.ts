import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import type { Draws } from '../draws.js'
import { mixedBy, mixFramesWhere, mixWhere, requireSameSize } from '../mixing.js'
import { defineTransform } from '../transform.js'

/** Whether a place, each axis in [0, 1), belongs to the first sample. */
type Mask = (x: number, y: number, t: number) => boolean

/** Places at which a density is looked at to find the level that cuts off a wished share of the volume. */
const grid = 12

/**
 * A random region of space and time: where a mixture of Gaussian densities is high. Its share of the volume is drawn
 * from Beta(alpha, alpha).
 */
function drawMask(components: number, alpha: number, draws: Draws): { readonly mask: Mask; readonly share: number } {
  const share = draws.beta(alpha)
  const blobs = Array.from({ length: components }, () => ({
    centre: [draws.next(), draws.next(), draws.next()] as const,
    width: [draws.between(0.1, 0.4), draws.between(0.1, 0.4), draws.between(0.1, 0.4)] as const,
  }))
  const density = (x: number, y: number, t: number): number => {
    let sum = 0
    for (const { centre, width } of blobs) {
      const [a, b, c] = [(x - centre[0]) / width[0], (y - centre[1]) / width[1], (t - centre[2]) / width[2]]
      sum += Math.exp(-0.5 * (a * a + b * b + c * c))
    }
    return sum
  }
  const at = (k: number) => (k + 0.5) / grid
  const looked = Float64Array.from({ length: grid ** 3 }, (_, i) =>
    density(at(i % grid), at(Math.floor(i / grid) % grid), at(Math.floor(i / grid ** 2))),
  ).sort()
  const level = looked[Math.min(Math.floor((1 - share) * looked.length), looked.length - 1)] as number
  return { mask: (x, y, t) => density(x, y, t) >= level, share }
}

/**
 * EventMix (Shen et al., Information Sciences 2023): two recordings put together along a random region of space and time,
 * labels by the number of events that come from each.
 */
export const eventMix = defineTransform({
  name: 'eventmix',
  summary: 'two recordings along a random region of space and time, labels by events',
  stream: RandomStream.eventMix,
  domains: ['events', 'frames'],
  parameters: z.strictObject({
    components: z.int().min(1).max(64).default(3),
    alpha: z.number().positive().max(100).default(1),
  }),
  make: ({ components, alpha }) => ({
    mixEvents(recording, partner, draws) {
      requireSameSize(recording, partner, 'eventmix')
      const { mask, share } = drawMask(components, alpha, draws)
      const { width, height } = recording
      return mixedBy(
        mixWhere(recording, partner, (x, y, t) => mask((x + 0.5) / width, (y + 0.5) / height, t)),
        share,
      )
    },
    mixFrames(sample, partner, draws) {
      requireSameSize(sample, partner, 'eventmix')
      const { mask, share } = drawMask(components, alpha, draws)
      const { width, height, steps } = sample
      return mixedBy(
        mixFramesWhere(sample, partner, (x, y, step) =>
          mask((x + 0.5) / width, (y + 0.5) / height, (step + 0.5) / steps),
        ),
        share,
      )
    },
  }),
})
