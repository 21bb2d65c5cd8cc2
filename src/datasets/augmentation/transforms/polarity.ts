import { z } from 'zod'
import { ShapeError } from '../../../errors.js'
import { RandomStream } from '../../../runtime/philox.js'
import type { FrameSample } from '../frame-sample.js'
import { probability } from '../parameters.js'
import { defineTransform } from '../transform.js'

/** The two channels of event frames exchanged, in place. @throws ShapeError unless there are two channels of counts */
export function invertPolarity(sample: FrameSample): FrameSample {
  const { kind, channels, values } = sample
  if (kind !== 'event' || channels !== 2) {
    throw new ShapeError(
      'augment polarityflip',
      `needs event frames with a channel for each polarity; got ${channels} channels of ${kind}s.`,
    )
  }
  for (let i = 0; i < values.length; i += 2) {
    const off = values[i] as number
    values[i] = values[i + 1] as number
    values[i + 1] = off
  }
  return sample
}

/** With some probability all polarities of a sample are exchanged; or, `each`, those of every event on its own. */
export const polarityFlip = defineTransform({
  name: 'polarityflip',
  summary: 'ON and OFF exchanged in the whole sample, or for each event on its own',
  stream: RandomStream.polarityFlip,
  domains: ['events', 'frames'],
  parameters: z.strictObject({ probability: probability(0.5), each: z.boolean().default(false) }),
  make: ({ probability: p, each }) => ({
    events(recording, draws) {
      if (each) return { ...recording, polarity: recording.polarity.map((s) => (draws.chance(p) ? 1 - s : s)) }
      return draws.chance(p) ? { ...recording, polarity: recording.polarity.map((s) => 1 - s) } : recording
    },
    // single events are gone, so frames have only the whole sample's exchange
    ...(each ? {} : { frames: (sample, draws) => (draws.chance(p) ? invertPolarity(sample) : sample) }),
  }),
})
