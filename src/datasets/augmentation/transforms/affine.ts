import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import type { Draws } from '../draws.js'
import { defineTransform } from '../transform.js'
import { multiply, type PlaneMap, rotation, warpFrames, warpRecording } from '../warp.js'

const shearing = (factor: number): PlaneMap => ({ a: 1, b: factor, c: 0, d: 1 })

/** Rotation about the middle by an angle in [-degrees, degrees]. */
export const rotate = defineTransform({
  name: 'rotate',
  summary: 'rotation about the middle by up to so many degrees both ways',
  stream: RandomStream.rotate,
  domains: ['events', 'frames'],
  parameters: z.strictObject({ degrees: z.number().min(0).max(180).default(15) }),
  make: ({ degrees }) => ({
    frames: (sample, draws) => warpFrames(sample, rotation(draws.between(-degrees, degrees))),
    events: (recording, draws) => warpRecording(recording, rotation(draws.between(-degrees, degrees))),
  }),
})

/** Shear along rows: a pixel one row below the middle moves by up to `factor` columns. */
export const shear = defineTransform({
  name: 'shear',
  summary: 'shear along rows by up to such a factor both ways',
  stream: RandomStream.shear,
  domains: ['events', 'frames'],
  parameters: z.strictObject({ factor: z.number().min(0).max(2).default(0.15) }),
  make: ({ factor }) => ({
    frames: (sample, draws) => warpFrames(sample, shearing(draws.between(-factor, factor))),
    events: (recording, draws) => warpRecording(recording, shearing(draws.between(-factor, factor))),
  }),
})

interface AffineRange {
  readonly degrees: number
  readonly shear: number
  readonly scale: number
  readonly pixels: number
}

/** Shear and scale, then rotation, then a shift; six uniform numbers. */
function drawAffine({ degrees, shear: most, scale, pixels }: AffineRange, draws: Draws) {
  const turn = rotation(draws.between(-degrees, degrees))
  const slant = shearing(draws.between(-most, most))
  const size = { a: draws.between(1 - scale, 1 + scale), b: 0, c: 0, d: draws.between(1 - scale, 1 + scale) }
  const right = draws.between(-pixels, pixels)
  return [multiply(turn, multiply(slant, size)), right, draws.between(-pixels, pixels)] as const
}

/**
 * Rotation, shear, scale and shift at once. The defaults are affNIST's ranges (Tieleman 2013): 20 degrees, shear 0.2,
 * scale 0.8 to 1.2 for each axis; `pad:40,affine` makes its canvas.
 */
export const affine = defineTransform({
  name: 'affine',
  summary: 'rotation, shear, scale and shift at once; the defaults are those of affNIST',
  stream: RandomStream.affine,
  domains: ['events', 'frames'],
  parameters: z.strictObject({
    degrees: z.number().min(0).max(180).default(20),
    shear: z.number().min(0).max(2).default(0.2),
    scale: z.number().min(0).max(0.9).default(0.2),
    pixels: z.number().min(0).max(65535).default(6),
  }),
  make: (range) => ({
    frames: (sample, draws) => warpFrames(sample, ...drawAffine(range, draws)),
    events: (recording, draws) => warpRecording(recording, ...drawAffine(range, draws)),
  }),
})
