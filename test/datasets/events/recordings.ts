/** Reading recordings in tests: real files, made ones, whole and in pieces. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect } from 'vitest'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { type ReaderWarning, readEvents } from '../../../src/datasets/events/event-reader.js'
import type { Events } from '../../../src/datasets/events/events.js'
import { type OpenEventsOptions, openEvents } from '../../../src/datasets/events/formats/index.js'
import { testData } from '../samples.js'

export interface Row {
  readonly x: number
  readonly y: number
  /** µs */
  readonly t: number
  readonly p: number
}

/** Chunk sizes at which records lie across the ends of chunks in every possible way, and one that holds all. */
export const chunkSizes: readonly number[] = [1, 7, 64, 1021, 4 * 1024 * 1024]

export const real = (path: string): string => join(testData, path)
/** Copied, because `slice` of what `readFileSync` gives shares memory. */
export const realBytes = (path: string): Uint8Array => new Uint8Array(readFileSync(real(path)))
/** A title that says why a test was left out. */
export const missing = (...paths: readonly string[]) => {
  const absent = paths.map(real).filter((path) => !existsSync(path))
  return { absent: absent.length > 0, because: absent.length > 0 ? ` (left out: ${absent[0]} is not here)` : '' }
}

export interface Recording {
  readonly format: string
  readonly width: number | null
  readonly height: number | null
  readonly metadata: Readonly<Record<string, string>>
  readonly events: Events
  readonly warnings: readonly ReaderWarning[]
  /** Count of each kind of warning; skipped ones together. */
  readonly counts: Readonly<Partial<Record<ReaderWarning['kind'], number>>>
}

export async function readBytes(name: string, bytes: Uint8Array, options: OpenEventsOptions = {}): Promise<Recording> {
  const reader = await openEvents(bytesSource(name, bytes), options)
  const events = await readEvents(reader)
  const { format, width, height, metadata, warnings } = reader
  const counts: Partial<Record<ReaderWarning['kind'], number>> = {}
  for (const { kind, count } of warnings) counts[kind] = (counts[kind] ?? 0) + count
  return { format, width, height, metadata, events, warnings, counts }
}

export const readReal = (path: string, options: OpenEventsOptions = {}) => readBytes(path, realBytes(path), options)

export const rowsOf = ({ count, x, y, t, polarity }: Events): Row[] =>
  Array.from({ length: count }, (_, i) => ({ x: x[i] ?? -1, y: y[i] ?? -1, t: Number(t[i]), p: polarity[i] ?? -1 }))

export const rowAt = (events: Events, i: number): Row | undefined =>
  rowsOf({
    count: 1,
    x: events.x.subarray(i),
    y: events.y.subarray(i),
    t: events.t.subarray(i),
    polarity: events.polarity.subarray(i),
  })[0]

export const total = (column: Uint8Array | Uint16Array): number => {
  let sum = 0
  for (const value of column) sum += value
  return sum
}
export const largest = (column: Uint16Array): number => column.reduce((most, value) => Math.max(most, value), 0)
export const smallest = (column: Uint16Array): number => column.reduce((least, value) => Math.min(least, value), 65535)

/** Every chunk size must give these rows. */
export async function expectRows(
  name: string,
  bytes: Uint8Array,
  rows: readonly Row[],
  options: OpenEventsOptions = {},
): Promise<Recording> {
  let recording: Recording | undefined
  for (const chunkBytes of chunkSizes) {
    recording = await readBytes(name, bytes, { ...options, chunkBytes })
    expect(rowsOf(recording.events), `${chunkBytes} bytes a chunk`).toEqual(rows)
  }
  if (!recording) throw new Error('no chunk size was tried')
  return recording
}

export interface RowRanges {
  readonly width: number
  readonly height: number
  /** First time, in µs. */
  readonly start: readonly [number, number]
  /** Steps between events, in µs: mostly small, sometimes up to the second number. */
  readonly steps: readonly [number, number]
  readonly most?: number
  /** Polarities below this; default 2. */
  readonly polarities?: number
}

/** Events in order of time; fast-check prefers few and small ones. */
export function rows({ width, height, start, steps, most = 60, polarities = 2 }: RowRanges): fc.Arbitrary<Row[]> {
  const step = fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: steps[0] }), weight: 4 },
    // fast-check prefers small numbers, and these are here to be large
    { arbitrary: fc.noBias(fc.integer({ min: 0, max: steps[1] })), weight: 1 },
  )
  const event = fc.record({
    x: fc.integer({ min: 0, max: width - 1 }),
    y: fc.integer({ min: 0, max: height - 1 }),
    p: fc.integer({ min: 0, max: polarities - 1 }),
    step,
  })
  return fc
    .tuple(fc.integer({ min: start[0], max: start[1] }), fc.array(event, { maxLength: most, size: 'max' }))
    .map(([first, events]) => {
      let t = first
      return events.map(({ x, y, p, step: after }, i) => {
        if (i > 0) t += after
        return { x, y, t, p }
      })
    })
}
