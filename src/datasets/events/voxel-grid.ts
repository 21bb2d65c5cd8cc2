/** Voxel grid: every event shared between the two nearest bins of time, in proportion to how near (Zhu et al. 2019). */
import { OptionError } from '../../errors.js'
import { FrameCursor } from './frame-rules.js'
import { type EventRecording, eventCount } from './recording.js'

export interface VoxelGridOptions {
  /** B, bins of time, 1..4096. */
  readonly bins: number
  /** 2 keeps polarities apart, as counts do; 1 adds ON and subtracts OFF (the published form). Default 2. */
  readonly channels?: 1 | 2
  /** What the first and last bin stand for: the first and last event (default, the published form), or the recording's ends. */
  readonly span?: 'events' | 'duration'
}

/** Sums in fixed point: whole numbers, so they are the same in any order and on any processor. */
export interface VoxelGrid {
  /** `[B, H, W, C]` in units of 2^-fractionBits events */
  readonly values: Int32Array
  readonly fractionBits: number
}

/** Bits behind the point for a recording of so many events: 12, or as many as cannot overflow a sum of all of them. */
export const voxelFractionBits = (events: number): number => Math.max(0, Math.min(12, Math.clz32(events) - 1))

/**
 * The times at which each bin has its whole weight, ascending, and the end of the last; between two of them an event's
 * weight moves over in proportion.
 *
 * @returns `[B + 1]` µs, whole numbers that grow
 */
export function voxelAnchors(recording: EventRecording, bins: number, span: 'events' | 'duration'): Float64Array {
  const { t } = recording
  let [first, last] = [0, recording.duration - 1]
  if (span === 'events' && t.length > 0) {
    ;[first, last] = [Number.POSITIVE_INFINITY, 0]
    for (let i = 0; i < t.length; i++) {
      first = Math.min(first, t[i] as number)
      last = Math.max(last, t[i] as number)
    }
  }
  // anchors lie at least a microsecond apart, so events that all have one time are in the first bin
  const length = Math.max(last - first, bins - 1)
  return Float64Array.from({ length: bins + 1 }, (_, b) =>
    b === bins ? first + length + 1 : first + Math.round((b * length) / Math.max(1, bins - 1)),
  )
}

/** @throws OptionError when an option is out of range */
export function checkVoxelGrid({ bins, channels = 2, span = 'events' }: VoxelGridOptions): void {
  if (!Number.isInteger(bins) || bins < 1 || bins > 4096)
    throw new OptionError('voxelGrid.bins', `must be a whole number from 1 to 4096; got ${bins}.`)
  if (channels !== 1 && channels !== 2)
    throw new OptionError('voxelGrid.channels', `must be 1 (signed) or 2 (a polarity each); got ${channels}.`)
  if (span !== 'events' && span !== 'duration')
    throw new OptionError('voxelGrid.span', `must be events or duration; got ${String(span)}.`)
}

/**
 * Voxel grid of a recording, exact in fixed point. An event at time t between the anchors a ≤ t < a' of bins b and b + 1
 * gives floor((t - a) · 2^F / (a' - a)) to b + 1 and the rest of 2^F to b.
 *
 * @throws OptionError when an option is out of range
 */
export function voxelGrid(recording: EventRecording, options: VoxelGridOptions): VoxelGrid {
  checkVoxelGrid(options)
  const { bins, channels = 2, span = 'events' } = options
  const { width, height, x, y, t, polarity } = recording
  const anchors = voxelAnchors(recording, bins, span)
  const fractionBits = voxelFractionBits(eventCount(recording))
  const whole = 2 ** fractionBits
  const plane = height * width * channels
  const values = new Int32Array(bins * plane)
  const cursor = new FrameCursor(anchors)
  for (let i = 0; i < t.length; i++) {
    const time = t[i] as number
    const bin = cursor.at(time)
    const from = anchors[bin] as number
    const late = Math.floor(((time - from) * whole) / ((anchors[bin + 1] as number) - from))
    const pixel = (y[i] as number) * width + (x[i] as number)
    const sign = channels === 1 && polarity[i] === 0 ? -1 : 1
    const at = bin * plane + pixel * channels + (channels === 2 ? (polarity[i] as number) : 0)
    values[at] = (values[at] as number) + sign * (bin + 1 < bins ? whole - late : whole)
    if (bin + 1 < bins) values[at + plane] = (values[at + plane] as number) + sign * late
  }
  return { values, fractionBits }
}

/** A grid in events, `[B, H, W, C]`; exact while a cell holds less than 2^(24 - fractionBits) events. */
export const voxelValues = ({ values, fractionBits }: VoxelGrid): Float32Array =>
  Float32Array.from(values, (value) => value * 2 ** -fractionBits)
