/** Events counted into frames. */
import { ShapeError } from '../../errors.js'
import { FrameCursor, type FrameRule, frameBounds } from './frame-rules.js'
import { type EventRecording, eventCount } from './recording.js'

/** Where counts may go: exact, or stopping at 255. */
export type FrameCounts = Uint32Array | Float32Array | Uint8Array

/**
 * Counts events a pixel and frame, `[T, H, W, 2]`: channel 0 OFF, 1 ON.
 * @throws as `frameBounds`
 */
export function countFrames(recording: EventRecording, rule: FrameRule): Uint32Array {
  const { bounds } = frameBounds(recording, rule)
  const counts = new Uint32Array((bounds.length - 1) * recording.height * recording.width * 2)
  addFrames(recording, rule, counts)
  return counts
}

/**
 * Adds a recording's counts to frames that are there.
 *
 * @param into `[T, H, W, 2]`, T as the rule makes it; 8-bit counts stop at 255
 * @throws ShapeError when `into` has another length
 * @throws as `frameBounds`
 */
export function addFrames(recording: EventRecording, rule: FrameRule, into: FrameCounts): void {
  const { key, bounds } = frameBounds(recording, rule)
  const { width, height } = recording
  const plane = height * width * 2
  const frames = bounds.length - 1
  if (into.length !== frames * plane) {
    throw new ShapeError(
      'frames',
      `must be [T, H, W, 2] = [${frames}, ${height}, ${width}, 2], ${frames * plane} counts; got ${into.length}.`,
      'Allocate what frameCount() says.',
    )
  }
  // a clamped array stops at 255 of itself
  const counts = into instanceof Uint8Array ? new Uint8ClampedArray(into.buffer, into.byteOffset, into.length) : into
  if (key === 'index') countByIndex(recording, bounds, plane, counts)
  else countByTime(recording, bounds, plane, counts)
}

type Counts = Uint32Array | Float32Array | Uint8ClampedArray

function countByTime(recording: EventRecording, bounds: Float64Array, plane: number, counts: Counts): void {
  const { width, x, y, t, polarity } = recording
  const cursor = new FrameCursor(bounds)
  for (let i = 0; i < t.length; i++) {
    const frame = cursor.at(t[i] as number)
    if (frame < 0) continue
    const at = frame * plane + ((y[i] as number) * width + (x[i] as number)) * 2 + (polarity[i] as number)
    counts[at] = (counts[at] as number) + 1
  }
}

function countByIndex(recording: EventRecording, bounds: Float64Array, plane: number, counts: Counts): void {
  const { width, x, y, polarity } = recording
  const cursor = new FrameCursor(bounds)
  for (let i = 0; i < eventCount(recording); i++) {
    const at = cursor.at(i) * plane + ((y[i] as number) * width + (x[i] as number)) * 2 + (polarity[i] as number)
    counts[at] = (counts[at] as number) + 1
  }
}
