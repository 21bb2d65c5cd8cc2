/** Recordings of event cameras as property-test inputs: batches on one sensor. */
import * as fc from 'fast-check'
import { type EventRecording, eventCount } from '../datasets/events/recording.js'

export type DrawnEvent = readonly [x: number, y: number, t: number, polarity: number]

export const recordingFrom = (
  events: readonly DrawnEvent[],
  width: number,
  height: number,
  duration: number,
): EventRecording => ({
  width,
  height,
  duration,
  x: Uint16Array.from(events, ([x]) => x),
  y: Uint16Array.from(events, ([, y]) => y),
  t: Uint32Array.from(events, ([, , t]) => t),
  polarity: Uint8Array.from(events, ([, , , polarity]) => polarity),
})

export interface RecordingBatch {
  readonly recordings: readonly EventRecording[]
  /** T to bin them into. */
  readonly frames: number
}

/** Numbers of events around strips of 32, and none where `empty` allows it; durations up to the longest. */
export const recordingBatch = (empty: boolean): fc.Arbitrary<RecordingBatch> =>
  fc
    .record({
      batch: fc.integer({ min: 1, max: 4 }),
      width: fc.integer({ min: 1, max: 7 }),
      height: fc.integer({ min: 1, max: 6 }),
      frames: fc.integer({ min: 1, max: 7 }),
      duration: fc.constantFrom(1, 3, 1000, 300_000, 0xffffffff),
    })
    .chain(({ batch, width, height, frames, duration }) => {
      const event = fc.tuple(
        fc.nat(width - 1),
        fc.nat(height - 1),
        fc.oneof(fc.nat(duration - 1), fc.constantFrom(0, duration - 1)),
        fc.nat(1),
      )
      const size = fc.constantFrom(...(empty ? [0, 1, 31, 32, 33, 70] : [1, 31, 32, 33, 70]))
      const recording = size
        .chain((count) => fc.array(event, { minLength: count, maxLength: count }))
        .map((events) =>
          recordingFrom(
            [...events].sort((a, b) => a[2] - b[2]),
            width,
            height,
            duration,
          ),
        )
      return fc.array(recording, { minLength: batch, maxLength: batch }).map((recordings) => ({ recordings, frames }))
    })

export const capacityOf = (recordings: readonly EventRecording[]): number =>
  recordings.reduce((sum, recording) => sum + eventCount(recording), 0)
