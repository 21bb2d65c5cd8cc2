/** A sample of an event camera: a stretch of time on a sensor of known size. What tensors and augmentations work on. */
import { DatasetError, OptionError } from '../../errors.js'
import { type Events, timeAt, timeHalves } from './events.js'
import { timeOrder } from './time-order.js'

/** Events of one stretch of time, normally in its order. All arrays `[E]`. */
export interface EventRecording {
  /** Pixels of the sensor. */
  readonly width: number
  readonly height: number
  /** Length of the stretch in microseconds, 1..2^32 - 1; every time is below it. */
  readonly duration: number
  /** Column, from 0 at the left. */
  readonly x: Uint16Array
  /** Row, from 0 at the top. */
  readonly y: Uint16Array
  /** Microseconds from the start. */
  readonly t: Uint32Array
  /** 0 OFF (darker), 1 ON (brighter). */
  readonly polarity: Uint8Array
}

export interface SensorSize {
  /** Pixels. */
  readonly width: number
  readonly height: number
}

/** Longest recording in microseconds: 71.6 minutes. Longer ones are cut into windows, which have times of their own. */
export const longestRecording = 0xffffffff

export const eventCount = (recording: EventRecording): number => recording.t.length

/**
 * A recording is what it says it is: columns of one length, coordinates on the sensor, times within the duration.
 * @throws DatasetError naming the first event and field that is not
 */
export function checkRecording(recording: EventRecording, where = 'recording'): void {
  const { width, height, duration, x, y, t, polarity } = recording
  checkSensorSize({ width, height })
  if (!Number.isInteger(duration) || duration < 1 || duration > longestRecording) {
    throw new DatasetError(
      where,
      `duration must be a whole number of microseconds from 1 to 2^32 - 1; got ${duration}.`,
      'Cut a longer recording into windows.',
    )
  }
  const lengths = [x.length, y.length, t.length, polarity.length]
  if (lengths.some((length) => length !== t.length)) {
    throw new DatasetError(where, `x, y, t and polarity must have one length; got ${lengths.join(', ')}.`)
  }
  for (let i = 0; i < t.length; i++) {
    const [column, row, time, sign] = [x[i] as number, y[i] as number, t[i] as number, polarity[i] as number]
    if (column < width && row < height && time < duration && sign <= 1) continue
    const [field, value, least] =
      column >= width
        ? ['x', column, width]
        : row >= height
          ? ['y', row, height]
          : time >= duration
            ? ['t', time, duration]
            : ['polarity', sign, 2]
    throw new DatasetError(
      where,
      `${field} must be below ${least}; event ${i} has ${value}.`,
      'Crop it, or correct it.',
    )
  }
}

/** @throws OptionError unless both sides are whole numbers from 1 to 65536 */
export function checkSensorSize({ width, height }: SensorSize, where = 'sensor'): void {
  for (const [name, value] of Object.entries({ width, height })) {
    if (Number.isInteger(value) && value >= 1 && value <= 65536) continue
    throw new OptionError(
      `${where}.${name}`,
      `must be a whole number of pixels from 1 to 65536; got ${value}.`,
      'Give the size of the sensor.',
    )
  }
}

/** Index of the first event at or after a time, in events in order of time. @param time µs on the file's own clock */
export function firstEventFrom(events: Events, time: number): number {
  const halves = timeHalves(events.t)
  let [low, high] = [0, events.count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (timeAt(halves, middle) < time) low = middle + 1
    else high = middle
  }
  return low
}

/** The events in order of time; equal times keep the file's order. Events that are in order come back as they are. */
export function sortEvents(events: Events): Events {
  const halves = timeHalves(events.t)
  const times = new Float64Array(events.count)
  for (let i = 0; i < times.length; i++) times[i] = timeAt(halves, i)
  const order = timeOrder(times)
  return order === null ? events : takeEvents(events, order)
}

/** The events at the indices given, in that order, in memory of their own. */
export function takeEvents(events: Events, indices: Uint32Array): Events {
  const count = indices.length
  const taken = {
    count,
    x: new Uint16Array(count),
    y: new Uint16Array(count),
    t: new BigInt64Array(count),
    polarity: new Uint8Array(count),
  }
  const [from, to] = [timeHalves(events.t), timeHalves(taken.t)]
  for (let i = 0; i < count; i++) {
    const k = indices[i] as number
    taken.x[i] = events.x[k] as number
    taken.y[i] = events.y[k] as number
    to[2 * i] = from[2 * k] as number
    to[2 * i + 1] = from[2 * k + 1] as number
    taken.polarity[i] = events.polarity[k] as number
  }
  return taken
}

/** The recording's events at the indices given, in that order. */
export function takeRecording(recording: EventRecording, indices: Uint32Array): EventRecording {
  const count = indices.length
  const [x, y, t, polarity] = [
    new Uint16Array(count),
    new Uint16Array(count),
    new Uint32Array(count),
    new Uint8Array(count),
  ]
  for (let i = 0; i < count; i++) {
    const k = indices[i] as number
    x[i] = recording.x[k] as number
    y[i] = recording.y[k] as number
    t[i] = recording.t[k] as number
    polarity[i] = recording.polarity[k] as number
  }
  return { ...recording, x, y, t, polarity }
}

/** The recording in order of time; ties keep their order. One that is in order comes back as it is. */
export function sortRecording(recording: EventRecording): EventRecording {
  const order = timeOrder(recording.t)
  return order === null ? recording : takeRecording(recording, order)
}

/**
 * The stretch `[from, to)` of events in order of time, with times from its start.
 *
 * @param size the sensor's
 * @param from µs on the file's own clock, whole
 * @param to   µs on the same clock, past the stretch
 * @throws DatasetError when an event lies outside the sensor
 * @throws OptionError when the stretch is empty of time or longer than `longestRecording`
 */
export function cutRecording(events: Events, size: SensorSize, from: number, to: number): EventRecording {
  checkSensorSize(size)
  const duration = to - from
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || duration < 1 || duration > longestRecording) {
    throw new OptionError(
      'window',
      `must last from 1 to 2^32 - 1 whole microseconds; got ${from} to ${to}.`,
      'Cut a longer recording into windows.',
    )
  }
  const [first, end] = [firstEventFrom(events, from), firstEventFrom(events, to)]
  const halves = timeHalves(events.t)
  const t = new Uint32Array(end - first)
  for (let i = 0; i < t.length; i++) t[i] = timeAt(halves, first + i) - from
  const x = events.x.slice(first, end)
  const y = events.y.slice(first, end)
  const { width, height } = size
  for (let i = 0; i < t.length; i++) {
    if ((x[i] as number) < width && (y[i] as number) < height) continue
    throw new DatasetError(
      'events',
      `must lie on the sensor of ${width} x ${height}; event ${first + i} is at (${x[i]}, ${y[i]}).`,
      'Give the size of the sensor.',
    )
  }
  return { width, height, duration, x, y, t, polarity: events.polarity.slice(first, end) }
}

/**
 * All events as one recording that begins with the first and ends with the last; none gives one empty microsecond.
 * @throws as `cutRecording`
 */
export function recordingOf(events: Events, size: SensorSize): EventRecording {
  const sorted = sortEvents(events)
  if (sorted.count === 0) return cutRecording(sorted, size, 0, 1)
  const halves = timeHalves(sorted.t)
  return cutRecording(sorted, size, timeAt(halves, 0), timeAt(halves, sorted.count - 1) + 1)
}

/** A recording's events as a file would have them. @param origin time of its start, µs */
export function eventsOf(recording: EventRecording, origin = 0): Events {
  const { x, y, t, polarity } = recording
  const times = new BigInt64Array(t.length)
  const halves = timeHalves(times)
  for (let i = 0; i < t.length; i++) {
    const time = (t[i] as number) + origin
    halves[2 * i] = time
    halves[2 * i + 1] = Math.floor(time / 4294967296)
  }
  return { count: t.length, x: x.slice(), y: y.slice(), t: times, polarity: polarity.slice() }
}
