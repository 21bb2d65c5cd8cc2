import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import type { Draws } from '../draws.js'
import { blankBox, type FrameSample } from '../frame-sample.js'
import { probability } from '../parameters.js'
import { defineTransform } from '../transform.js'

interface Box {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** A rectangle of the wished area and shape that fits the image, in at most ten attempts; null if none did. */
function drawBox(sample: FrameSample, least: number, most: number, aspect: number, draws: Draws): Box | null {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = draws.between(least, most) * sample.height * sample.width
    const ratio = Math.exp(draws.between(Math.log(aspect), -Math.log(aspect)))
    const height = Math.round(Math.sqrt(area * ratio))
    const width = Math.round(Math.sqrt(area / ratio))
    if (height < 1 || width < 1 || height >= sample.height || width >= sample.width) continue
    const top = draws.integer(sample.height - height + 1)
    return { top, left: draws.integer(sample.width - width + 1), height, width }
  }
  return null
}

/** Normal noise of the data's own mean and deviation, so that it is standard normal after normalisation. */
function fillWithNoise(sample: FrameSample, { top, left, height, width }: Box, draws: Draws): void {
  const { channels, values, fill, deviation } = sample
  for (let t = 0; t < sample.steps; t++) {
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) {
        for (let c = 0; c < channels; c++) {
          values[((t * sample.height + y) * sample.width + x) * channels + c] =
            (fill[c] as number) + (deviation[c] as number) * draws.normal()
        }
      }
    }
  }
}

/** Random erasing (Zhong et al., AAAI 2020), with noise a pixel unless `mode` is constant. */
export const erasing = defineTransform({
  name: 'erasing',
  summary: 'a random rectangle replaced by noise or by the mean colour',
  stream: RandomStream.erasing,
  domains: ['frames'],
  parameters: z
    .strictObject({
      probability: probability(0.25),
      mode: z.enum(['pixel', 'constant']).default('pixel'),
      least: z.number().positive().max(1).default(0.02),
      most: z
        .number()
        .positive()
        .max(1)
        .default(1 / 3),
      aspect: z.number().positive().max(1).default(0.3),
    })
    .refine(({ least, most }) => least <= most, { path: ['most'], message: 'must not be below least' }),
  make: ({ probability: p, mode, least, most, aspect }) => ({
    frames(sample, draws) {
      if (!draws.chance(p)) return sample
      const box = drawBox(sample, least, most, aspect, draws)
      if (!box) return sample
      if (mode === 'pixel') fillWithNoise(sample, box, draws)
      else blankBox(sample, box.top, box.left, box.top + box.height, box.left + box.width)
      return sample
    },
  }),
})
