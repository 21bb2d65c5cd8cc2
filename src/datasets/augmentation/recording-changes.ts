/** Changes of recordings that several transforms are made of. */
import { type EventRecording, eventCount, takeRecording } from '../events/recording.js'
import { multiplyDivide } from './arithmetic.js'

/** The events for which `keeps` holds, in their order. */
export function filterRecording(recording: EventRecording, keeps: (i: number) => boolean): EventRecording {
  const kept = new Uint32Array(eventCount(recording))
  let count = 0
  for (let i = 0; i < kept.length; i++) if (keeps(i)) kept[count++] = i
  return count === kept.length ? recording : takeRecording(recording, kept.subarray(0, count))
}

/**
 * Every event moved to another pixel; those that leave the sensor are dropped.
 * @param columnOf,rowOf whole numbers, from the old column and row
 */
export function movePixels(
  recording: EventRecording,
  columnOf: (x: number, y: number) => number,
  rowOf: (x: number, y: number) => number,
): EventRecording {
  const { width, height } = recording
  const count = eventCount(recording)
  const x = new Uint16Array(count)
  const y = new Uint16Array(count)
  const t = new Uint32Array(count)
  const polarity = new Uint8Array(count)
  let kept = 0
  for (let i = 0; i < count; i++) {
    const [column, row] = [recording.x[i] as number, recording.y[i] as number]
    const movedColumn = columnOf(column, row)
    const movedRow = rowOf(column, row)
    if (movedColumn < 0 || movedColumn >= width || movedRow < 0 || movedRow >= height) continue
    x[kept] = movedColumn
    y[kept] = movedRow
    t[kept] = recording.t[i] as number
    polarity[kept++] = recording.polarity[i] as number
  }
  // events may be few where there were many: what is not used is given back
  return kept === count
    ? { ...recording, x, y, t, polarity }
    : { ...recording, x: x.slice(0, kept), y: y.slice(0, kept), t: t.slice(0, kept), polarity: polarity.slice(0, kept) }
}

/** The events of two recordings of one sensor in order of time; the second's times are stretched to the first's length. */
export function mergeRecordings(first: EventRecording, second: EventRecording): EventRecording {
  const count = eventCount(first) + eventCount(second)
  const merged = {
    ...first,
    x: new Uint16Array(count),
    y: new Uint16Array(count),
    t: new Uint32Array(count),
    polarity: new Uint8Array(count),
  }
  const times = stretchTimes(second.t, second.duration, first.duration)
  let [a, b] = [0, 0]
  for (let at = 0; at < count; at++) {
    const own = b >= times.length || (a < first.t.length && (first.t[a] as number) <= (times[b] as number))
    const [from, i] = own ? [first, a++] : [second, b++]
    merged.x[at] = from.x[i] as number
    merged.y[at] = from.y[i] as number
    merged.t[at] = own ? (first.t[i] as number) : (times[i] as number)
    merged.polarity[at] = from.polarity[i] as number
  }
  return merged
}

/** floor(t · to / from) of every time. */
export const stretchTimes = (t: Uint32Array, from: number, to: number): Uint32Array =>
  from === to ? t : t.map((time) => multiplyDivide(time, to, from))
