import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import type { Draws } from '../draws.js'
import { type FrameSample, fullScale } from '../frame-sample.js'
import * as levels from '../image-levels.js'
import { probability } from '../parameters.js'
import { defineTransform } from '../transform.js'
import { rotation, sampleFrames, warpFrames } from '../warp.js'
import { requireImage } from './noise.js'

/** What an operation does at a strength in [0, 1]; `sign` is 1 or -1, drawn for those that go both ways. */
type Operation = (image: FrameSample, strength: number, sign: number) => FrameSample

const still = { a: 1, b: 0, c: 0, d: 1, x: 0, y: 0 }
const enhanced = (strength: number, sign: number): number => Math.max(0.1, 1 + sign * 0.9 * strength)

/**
 * The fifteen operations whose effect grows with the magnitude ("inc1"), at their strengths: rotation to 30 degrees,
 * shears to 0.3, shifts to 0.45 of the side, enhancements to 1 ± 0.9.
 */
export const randAugmentOperations: Readonly<Record<string, Operation>> = {
  autoContrast: (image) => levels.autoContrast(image),
  equalize: (image) => levels.equalize(image),
  invert: (image) => levels.invert(image),
  rotate: (image, strength, sign) => warpFrames(image, rotation(-30 * strength * sign)),
  posterize: (image, strength) => levels.posterize(image, 4 - Math.trunc(4 * strength)),
  solarize: (image, strength) => levels.solarize(image, 256 - Math.min(256, Math.trunc(256 * strength))),
  solarizeAdd: (image, strength) => levels.solarizeAdd(image, Math.min(128, Math.trunc(110 * strength))),
  colour: (image, strength, sign) => levels.colour(image, enhanced(strength, sign)),
  contrast: (image, strength, sign) => levels.contrast(image, enhanced(strength, sign)),
  brightness: (image, strength, sign) => levels.brightness(image, enhanced(strength, sign)),
  sharpness: (image, strength, sign) => levels.sharpness(image, enhanced(strength, sign)),
  shearX: (image, strength, sign) => sampleFrames(image, { ...still, b: 0.3 * strength * sign }),
  shearY: (image, strength, sign) => sampleFrames(image, { ...still, c: 0.3 * strength * sign }),
  translateX: (image, strength, sign) => sampleFrames(image, { ...still, x: 0.45 * strength * sign * image.width }),
  translateY: (image, strength, sign) => sampleFrames(image, { ...still, y: 0.45 * strength * sign * image.height }),
}

const operations = Object.values(randAugmentOperations)

/** One operation, or none: its choice, whether it runs, its strength and its sign are drawn in that order. */
function step(
  image: FrameSample,
  magnitude: number,
  deviation: number,
  probabilityOfEach: number,
  draws: Draws,
): FrameSample {
  const operation = operations[draws.integer(operations.length)] as Operation
  const runs = draws.chance(probabilityOfEach)
  const drawn = deviation > 0 ? magnitude + deviation * draws.normal() : magnitude
  const strength = Math.min(Math.max(drawn, 0), 10) / 10
  const sign = draws.chance(0.5) ? -1 : 1
  return runs ? wholeLevels(operation(image, strength, sign)) : image
}

/** Levels are bytes between operations. */
function wholeLevels(image: FrameSample): FrameSample {
  const { values } = image
  for (let i = 0; i < values.length; i++) values[i] = Math.trunc(Math.min(Math.max(values[i] as number, 0), fullScale))
  return image
}

/**
 * RandAugment (Cubuk et al. 2020) in the form "rand-m9-mstd0.5-inc1": `count` of fifteen operations drawn with
 * replacement, each run with probability 1/2 at magnitude N(9, 0.5) of 10. Geometry is bilinear and fills with the mean
 * colour.
 */
export const randAugment = defineTransform({
  name: 'randaugment',
  summary: 'random changes of colour and geometry (rand-m9-mstd0.5-inc1)',
  stream: RandomStream.randAugment,
  domains: ['frames'],
  parameters: z.strictObject({
    magnitude: z.number().min(0).max(10).default(9),
    deviation: z.number().min(0).max(10).default(0.5),
    count: z.int().min(1).max(15).default(2),
    probability: probability(0.5),
  }),
  make: ({ magnitude, deviation, count, probability: p }) => ({
    frames(sample, draws) {
      requireImage(sample, 'randaugment')
      let image: FrameSample = { ...sample, fill: sample.fill.map(Math.round) }
      for (let k = 0; k < count; k++) image = step(image, magnitude, deviation, p, draws)
      return { ...image, fill: sample.fill }
    },
  }),
})
