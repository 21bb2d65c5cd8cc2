import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import type { EventRecording } from '../../events/recording.js'
import type { Draws } from '../draws.js'
import { filterRecording } from '../recording-changes.js'
import { defineTransform, type TransformActions } from '../transform.js'

const share = (standard: number) => z.number().min(0).max(1).default(standard)
const range = (least: number, most: number) =>
  z.strictObject({ least: share(least), most: share(most) }).refine((r) => r.least <= r.most, {
    path: ['most'],
    message: 'must not be below least',
  })

type Range = { readonly least: number; readonly most: number }

/** Every event dropped on its own with one probability, drawn from the range. */
export function dropAnywhere(recording: EventRecording, { least, most }: Range, draws: Draws): EventRecording {
  const ratio = draws.between(least, most)
  return filterRecording(recording, () => !draws.chance(ratio))
}

/** All events of a stretch of time that is such a share of the recording. */
export function dropStretch(recording: EventRecording, { least, most }: Range, draws: Draws): EventRecording {
  const length = Math.floor(draws.between(least, most) * recording.duration)
  const from = draws.integer(recording.duration - length + 1)
  return filterRecording(recording, (i) => {
    const t = recording.t[i] as number
    return t < from || t >= from + length
  })
}

/** All events of a rectangle with such a share of each side of the sensor. */
export function dropRectangle(recording: EventRecording, { least, most }: Range, draws: Draws): EventRecording {
  const ratio = draws.between(least, most)
  const [width, height] = [Math.floor(ratio * recording.width), Math.floor(ratio * recording.height)]
  const left = draws.integer(recording.width - width + 1)
  const top = draws.integer(recording.height - height + 1)
  return filterRecording(recording, (i) => {
    const [x, y] = [recording.x[i] as number, recording.y[i] as number]
    return x < left || x >= left + width || y < top || y >= top + height
  })
}

const dropping = (drop: typeof dropAnywhere) => (parameters: Range) =>
  ({ events: (recording, draws) => drop(recording, parameters, draws) }) satisfies TransformActions

export const dropEvents = defineTransform({
  name: 'drop',
  summary: 'drops a random share of all events',
  stream: RandomStream.dropEvents,
  domains: ['events'],
  parameters: range(0, 0.5),
  make: dropping(dropAnywhere),
})

export const dropTime = defineTransform({
  name: 'droptime',
  summary: 'drops all events of a random stretch of time',
  stream: RandomStream.dropTime,
  domains: ['events'],
  parameters: range(0.1, 0.5),
  make: dropping(dropStretch),
})

export const dropArea = defineTransform({
  name: 'droparea',
  summary: 'drops all events of a random rectangle',
  stream: RandomStream.dropArea,
  domains: ['events'],
  parameters: range(0.05, 0.3),
  make: dropping(dropRectangle),
})

/** The shares that EventDrop draws: tenths from 0.1 to 0.9, and sides in twentieths from 0.05 to 0.3. */
const tenths: Range = { least: 0.1, most: 0.9 }
const sides: Range = { least: 0.05, most: 0.3 }

/** EventDrop (Gu et al., IJCAI 2021): nothing, or one of the three ways of dropping, all alike probable. */
export const eventDrop = defineTransform({
  name: 'eventdrop',
  summary: 'one of: nothing, drop by time, by area, at random (EventDrop)',
  stream: RandomStream.eventDrop,
  domains: ['events'],
  parameters: z.strictObject({}),
  make: () => ({
    events(recording, draws) {
      const way = draws.integer(4)
      if (way === 1) return dropStretch(recording, tenths, draws)
      if (way === 2) return dropRectangle(recording, sides, draws)
      return way === 3 ? dropAnywhere(recording, tenths, draws) : recording
    },
  }),
})
