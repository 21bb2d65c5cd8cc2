/** Recordings counted into frames: what a network trains on. */
import { ShapeError } from '../../errors.js'
import type { EventSplit } from '../types.js'
import { type FrameRule, frameCount } from './frame-rules.js'
import { addFrames } from './frames.js'
import { checkRecording, type EventRecording } from './recording.js'

export interface EventSplitShape {
  readonly timeSteps: number
  readonly height: number
  readonly width: number
  /** How time is cut; must give `timeSteps` frames. Default: equal parts of each recording's length. */
  readonly rule?: FrameRule
}

/**
 * Counts recordings of one size into a split, `[N, T, H, W, 2]`; counts stop at 255.
 *
 * @param labels `[N]`, one for each recording
 * @throws ShapeError when a recording has another size, or there is not one label each
 * @throws DatasetError when a recording is not what it says it is
 * @throws as `frameBounds`
 */
export function eventSplit(
  recordings: Iterable<EventRecording>,
  labels: Uint8Array,
  { timeSteps, height, width, rule = { by: 'duration', frames: timeSteps } }: EventSplitShape,
): EventSplit {
  const size = timeSteps * height * width * 2
  const counts = new Uint8Array(labels.length * size)
  let sample = 0
  for (const recording of recordings) {
    const where = `recording ${sample}`
    checkRecording(recording, where)
    if (recording.width !== width || recording.height !== height || frameCount(recording, rule) !== timeSteps) {
      throw new ShapeError(
        where,
        `must be ${width} x ${height} in ${timeSteps} frames;` +
          ` got ${recording.width} x ${recording.height} in ${frameCount(recording, rule)}.`,
        'Crop or down-sample recordings to one size first.',
      )
    }
    if (sample < labels.length) addFrames(recording, rule, counts.subarray(sample * size, (sample + 1) * size))
    sample++
  }
  if (sample !== labels.length)
    throw new ShapeError('eventSplit', `needs one label a recording; got ${labels.length} for ${sample} recordings.`)
  return { kind: 'event', count: labels.length, timeSteps, height, width, channels: 2, counts, labels }
}
