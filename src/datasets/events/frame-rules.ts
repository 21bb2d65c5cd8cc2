/** Which frame an event belongs to: rules of cutting a recording along time, as bounds that CPU and GPU share. */
import { DatasetError, OptionError } from '../../errors.js'
import { type EventRecording, eventCount } from './recording.js'

/**
 * How a recording is cut into frames.
 * - `duration`: T parts of the recording's whole length; event t is in frame floor(t·T / duration).
 * - `time`: T parts from the first event to the last, dT = max(1, floor((t_last - t_first) / T)), the last takes the rest.
 * - `count`: floor(N / T) events a frame, the last takes the rest (all of them if N < T).
 * - `window`: frames of `length` µs from the recording's start; as many as it fills, or `frames`, silent beyond its end.
 */
export type FrameRule =
  | { readonly by: 'duration'; readonly frames: number }
  | { readonly by: 'time'; readonly frames: number }
  | { readonly by: 'count'; readonly frames: number }
  | { readonly by: 'window'; readonly length: number; readonly frames?: number }

/** A rule worked out for one recording: key k is in the last frame f with bounds[f] ≤ k, if k < bounds[T]. */
export interface FrameBounds {
  /** What is compared with the bounds: an event's time in µs, or its place in the recording. */
  readonly key: 'time' | 'index'
  /** `[T + 1]`, whole numbers that never fall */
  readonly bounds: Float64Array
}

/** Most frames of a recording: times are below 2^32 and products with this number stay exact. */
export const mostFrames = 2 ** 20

/** @throws OptionError when a number of the rule is out of range */
export function checkFrameRule(rule: FrameRule): void {
  const frames = rule.frames ?? 1
  if (!Number.isInteger(frames) || frames < 1 || frames > mostFrames) {
    throw new OptionError(
      'frames.frames',
      `must be a whole number from 1 to ${mostFrames}; got ${frames}.`,
      'Choose the number of time steps.',
    )
  }
  if (rule.by === 'window' && (!Number.isInteger(rule.length) || rule.length < 1 || rule.length > 0xffffffff)) {
    throw new OptionError(
      'frames.length',
      `must be a whole number of microseconds from 1 to 2^32 - 1; got ${rule.length}.`,
      'Choose the length of a frame.',
    )
  }
}

/** Number of frames a rule makes of a recording. */
export function frameCount(recording: Pick<EventRecording, 'duration'>, rule: FrameRule): number {
  checkFrameRule(rule)
  if (rule.by !== 'window') return rule.frames
  return rule.frames ?? Math.ceil(recording.duration / rule.length)
}

/**
 * Bounds of a recording's frames.
 *
 * @throws OptionError when a number of the rule is out of range
 * @throws DatasetError for `time` and `count`, when there are no events or they are not in order of time
 */
export function frameBounds(recording: EventRecording, rule: FrameRule): FrameBounds {
  const frames = frameCount(recording, rule)
  if (frames > mostFrames) checkFrameRule({ by: 'duration', frames })
  const bounds = new Float64Array(frames + 1)
  const { duration } = recording
  if (rule.by === 'duration') {
    // floor(t·T / D) ≥ f exactly where t ≥ ceil(f·D / T)
    for (let f = 0; f <= frames; f++) bounds[f] = Math.floor((f * duration + frames - 1) / frames)
    return { key: 'time', bounds }
  }
  if (rule.by === 'window') {
    for (let f = 0; f <= frames; f++) bounds[f] = f * rule.length
    return { key: 'time', bounds }
  }
  requireOrder(recording, rule.by)
  const { t } = recording
  if (rule.by === 'count') {
    const each = Math.floor(t.length / frames)
    for (let f = 0; f < frames; f++) bounds[f] = f * each
    bounds[frames] = t.length
    return { key: 'index', bounds }
  }
  const [first, last] = [t[0] as number, t[t.length - 1] as number]
  const step = Math.max(1, Math.floor((last - first) / frames))
  for (let f = 0; f < frames; f++) bounds[f] = first + f * step
  bounds[frames] = Math.max(last + 1, first + frames * step)
  return { key: 'time', bounds }
}

function requireOrder(recording: EventRecording, by: string): void {
  const { t } = recording
  if (eventCount(recording) === 0) {
    throw new DatasetError(
      `frames by ${by}`,
      'need at least one event; the recording has none.',
      'Leave empty recordings out, or cut by duration, which allows them.',
    )
  }
  for (let i = 1; i < t.length; i++) {
    if ((t[i] as number) >= (t[i - 1] as number)) continue
    throw new DatasetError(
      `frames by ${by}`,
      `need events in order of time; event ${i} at ${t[i]} µs follows one at ${t[i - 1]} µs.`,
      'Sort them with sortRecording().',
    )
  }
}

/** The frame of every event, `[E]`; -1 outside all frames. */
export function framesOfEvents(recording: EventRecording, { key, bounds }: FrameBounds): Int32Array {
  const frames = new Int32Array(eventCount(recording))
  const cursor = new FrameCursor(bounds)
  for (let i = 0; i < frames.length; i++) frames[i] = cursor.at(key === 'time' ? (recording.t[i] as number) : i)
  return frames
}

/** Events gathered by frame: those of frame f are `events[starts[f]]` to `events[starts[f + 1] - 1]`, in their order. */
export function eventsByFrame(
  recording: EventRecording,
  frameBounds: FrameBounds,
): { readonly starts: Uint32Array; readonly events: Uint32Array } {
  const frames = framesOfEvents(recording, frameBounds)
  const starts = new Uint32Array(frameBounds.bounds.length)
  for (const frame of frames) if (frame >= 0) starts[frame + 1] = (starts[frame + 1] as number) + 1
  for (let f = 1; f < starts.length; f++) starts[f] = (starts[f] as number) + (starts[f - 1] as number)
  const next = starts.slice()
  const events = new Uint32Array(starts[starts.length - 1] as number)
  frames.forEach((frame, i) => {
    if (frame < 0) return
    events[next[frame] as number] = i
    next[frame] = (next[frame] as number) + 1
  })
  return { starts, events }
}

/** Walks through keys that mostly grow: remembers the frame of the last one, so that most need two comparisons. */
export class FrameCursor {
  private readonly bounds: Float64Array
  private low = 1
  private high = 0
  /** The frame of the last key, -1 outside all frames. */
  frame = -1

  constructor(bounds: Float64Array) {
    this.bounds = bounds
  }

  /** The frame of a key; -1 before the first and past the last. */
  at(key: number): number {
    if (key >= this.low && key < this.high) return this.frame
    return this.search(key)
  }

  private search(key: number): number {
    const { bounds } = this
    const frames = bounds.length - 1
    if (key < (bounds[0] as number) || key >= (bounds[frames] as number)) return -1
    let [low, high] = [0, frames]
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((bounds[middle] as number) <= key) low = middle
      else high = middle
    }
    this.frame = low
    this.low = bounds[low] as number
    this.high = bounds[low + 1] as number
    return low
  }
}
