/** Recordings drawn by fast-check, for the tests of this folder. */
import fc from 'fast-check'
import type { EventRecording } from '../../../src/datasets/events/recording.js'
import { type DrawnEvent, recordingFrom } from '../../../src/properties/event-recordings.js'

export { type DrawnEvent, recordingFrom }

export interface DrawnOptions {
  readonly most?: number
  readonly least?: number
  /** Default true. */
  readonly sorted?: boolean
  readonly durations?: readonly number[]
}

/** Small recordings; durations around edges of arithmetic, 1 µs and the longest among them. */
export function recordings(options: DrawnOptions = {}): fc.Arbitrary<EventRecording> {
  const { most = 60, least = 0, sorted = true, durations = [1, 2, 7, 1000, 300_000, 0xffffffff] } = options
  return fc
    .record({
      width: fc.integer({ min: 1, max: 9 }),
      height: fc.integer({ min: 1, max: 7 }),
      duration: fc.constantFrom(...durations),
    })
    .chain(({ width, height, duration }) =>
      fc
        .array(
          fc.tuple(
            fc.nat({ max: width - 1 }),
            fc.nat({ max: height - 1 }),
            fc.nat({ max: duration - 1 }),
            fc.nat({ max: 1 }),
          ),
          { minLength: least, maxLength: most },
        )
        .map((drawn) =>
          recordingFrom(sorted ? [...drawn].sort((a, b) => a[2] - b[2]) : drawn, width, height, duration),
        ),
    )
}

/** The events as rows, for comparison. */
export const rows = ({ x, y, t, polarity }: EventRecording): number[][] =>
  Array.from(t, (time, i) => [x[i] as number, y[i] as number, time, polarity[i] as number])
