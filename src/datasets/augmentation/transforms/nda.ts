import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import type { Draws } from '../draws.js'
import { defineTransform, type Transform, type TransformActions } from '../transform.js'
import { rotate, shear } from './affine.js'
import { cutOut } from './cut-out.js'
import { flip } from './flip.js'
import { roll } from './shift.js'

/** Strengths of the operations at levels 1, 2 and 3. */
const strengths = [
  { roll: 3, rotate: 15, cutout: 8, shear: 0.15 },
  { roll: 5, rotate: 30, cutout: 16, shear: 0.3 },
  { roll: 7, rotate: 45, cutout: 24, shear: 0.45 },
] as const

const bound = (
  transform: Transform,
  parameters: Readonly<Record<string, unknown>> = {},
): Required<Pick<TransformActions, 'events' | 'frames'>> =>
  transform.bind(parameters) as Required<Pick<TransformActions, 'events' | 'frames'>>

/**
 * NDA (Li et al., ECCV 2022): a flip half of the time, then `count` different ones of rolling, rotation, cut-out and
 * shear at one of three levels. Its CutMix is a transform of its own.
 */
export const neuromorphicAugmentation = defineTransform({
  name: 'nda',
  summary: 'flip, then some of roll, rotation, cut-out and shear (NDA)',
  stream: RandomStream.neuromorphicAugmentation,
  domains: ['events', 'frames'],
  parameters: z.strictObject({
    level: z.int().min(1).max(3).default(1),
    count: z.int().min(0).max(4).default(2),
  }),
  make({ level, count }) {
    const strength = strengths[level - 1] as (typeof strengths)[number]
    const mirror = bound(flip)
    const choices = [
      bound(roll, { pixels: strength.roll }),
      bound(rotate, { degrees: strength.rotate }),
      bound(cutOut, { side: strength.cutout }),
      bound(shear, { factor: strength.shear }),
    ]
    const run = <V>(value: V, draws: Draws, change: (action: (typeof choices)[number], value: V) => V): V =>
      [...draws.indices(choices.length, count)].reduce(
        (changed, chosen) => change(choices[chosen] as (typeof choices)[number], changed),
        change(mirror, value),
      )
    return {
      events: (recording, draws) => run(recording, draws, (action, value) => action.events(value, draws)),
      frames: (sample, draws) => run(sample, draws, (action, value) => action.frames(value, draws)),
    }
  },
})
