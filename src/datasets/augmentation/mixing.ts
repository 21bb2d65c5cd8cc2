/** What the transforms that mix two samples have in common. */
import { ShapeError } from '../../errors.js'
import { type EventRecording, eventCount } from '../events/recording.js'
import type { FrameSample } from './frame-sample.js'
import { filterRecording, mergeRecordings } from './recording-changes.js'
import type { Mixed } from './transform.js'

/** @throws ShapeError when two samples cannot be laid on one another */
export function requireSameSize(
  a: Pick<FrameSample, 'width' | 'height'> & { readonly steps?: number; readonly channels?: number },
  b: typeof a,
  name: string,
): void {
  const size = ({ steps = 1, height, width, channels = 1 }: typeof a) => `${steps} x ${height} x ${width} x ${channels}`
  if (size(a) === size(b)) return
  throw new ShapeError(
    `augment ${name}`,
    `mixes samples of one size; got ${size(a)} and ${size(b)} (steps, height, width, channels).`,
    'Bring samples to one size first.',
  )
}

/**
 * The first recording's events where `belongs` says so, and the second's where it does not.
 * @param belongs whether an event at column x, row y and share t of the duration is taken from the first
 */
export function mixWhere(
  first: EventRecording,
  second: EventRecording,
  belongs: (x: number, y: number, t: number) => boolean,
): { readonly value: EventRecording; readonly kept: number; readonly taken: number } {
  const take = (from: EventRecording, wanted: boolean) =>
    filterRecording(
      from,
      (i) => belongs(from.x[i] as number, from.y[i] as number, (from.t[i] as number) / from.duration) === wanted,
    )
  const [own, other] = [take(first, true), take(second, false)]
  return { value: mergeRecordings(own, other), kept: eventCount(own), taken: eventCount(other) }
}

/** The first sample's values where `belongs` says so, and the second's where it does not; writes into the first. */
export function mixFramesWhere(
  first: FrameSample,
  second: FrameSample,
  belongs: (x: number, y: number, step: number) => boolean,
): { readonly value: FrameSample; readonly kept: number; readonly taken: number } {
  const { steps, height, width, channels } = first
  let [kept, taken] = [0, 0]
  for (let t = 0; t < steps; t++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const own = belongs(x, y, t)
        const at = ((t * height + y) * width + x) * channels
        for (let c = at; c < at + channels; c++) {
          if (own) kept += first.values[c] as number
          else {
            first.values[c] = second.values[c] as number
            taken += second.values[c] as number
          }
        }
      }
    }
  }
  return { value: first, kept, taken }
}

/** A share by what is left of each, or a stated one where nothing is. */
export const mixedBy = <V>(
  { value, kept, taken }: { readonly value: V; readonly kept: number; readonly taken: number },
  otherwise: number,
): Mixed<V> => ({ value, share: kept + taken > 0 ? kept / (kept + taken) : otherwise })
