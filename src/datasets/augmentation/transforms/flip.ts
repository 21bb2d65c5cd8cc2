import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import type { EventRecording } from '../../events/recording.js'
import type { FrameSample } from '../frame-sample.js'
import { probability } from '../parameters.js'
import { defineTransform } from '../transform.js'

/** Columns in reverse order, in place. */
export function flipColumns(sample: FrameSample): FrameSample {
  const { steps, height, width, channels, values } = sample
  for (let row = 0; row < steps * height; row++) {
    for (let x = 0; x < width >>> 1; x++) {
      const [a, b] = [(row * width + x) * channels, (row * width + width - 1 - x) * channels]
      for (let c = 0; c < channels; c++) {
        const held = values[a + c] as number
        values[a + c] = values[b + c] as number
        values[b + c] = held
      }
    }
  }
  return sample
}

/** Rows in reverse order, in place. */
export function flipRows(sample: FrameSample): FrameSample {
  const { steps, height, width, channels, values } = sample
  const length = width * channels
  const row = (t: number, y: number) => values.subarray((t * height + y) * length, (t * height + y + 1) * length)
  for (let t = 0; t < steps; t++) {
    for (let y = 0; y < height >>> 1; y++) {
      const held = row(t, y).slice()
      row(t, y).set(row(t, height - 1 - y))
      row(t, height - 1 - y).set(held)
    }
  }
  return sample
}

const mirrorX = (recording: EventRecording): EventRecording => ({
  ...recording,
  x: recording.x.map((x) => recording.width - 1 - x),
})

const mirrorY = (recording: EventRecording): EventRecording => ({
  ...recording,
  y: recording.y.map((y) => recording.height - 1 - y),
})

/** Not for classes that have a handedness, digits or directions of motion for one. */
export const flip = defineTransform({
  name: 'flip',
  summary: 'left and right exchanged',
  stream: RandomStream.flip,
  domains: ['events', 'frames'],
  parameters: z.strictObject({ probability: probability(0.5) }),
  make: ({ probability: p }) => ({
    frames: (sample, draws) => (draws.chance(p) ? flipColumns(sample) : sample),
    events: (recording, draws) => (draws.chance(p) ? mirrorX(recording) : recording),
  }),
})

export const flipVertical = defineTransform({
  name: 'flipvertical',
  summary: 'top and bottom exchanged',
  stream: RandomStream.flipVertical,
  domains: ['events', 'frames'],
  parameters: z.strictObject({ probability: probability(0.5) }),
  make: ({ probability: p }) => ({
    frames: (sample, draws) => (draws.chance(p) ? flipRows(sample) : sample),
    events: (recording, draws) => (draws.chance(p) ? mirrorY(recording) : recording),
  }),
})
