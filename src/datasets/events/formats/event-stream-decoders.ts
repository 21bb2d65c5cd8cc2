/**
 * Decoders of Event Stream 2. Time is told in steps from event to event. A first byte carries the step and, for pixels,
 * some bits more; certain values of it are no event: an overflow adds the largest step, a reset adds nothing.
 */
import { FileFormatError } from '../../../errors.js'
import type { EventBuilder } from '../events.js'
import type { ReaderReport } from './reader-report.js'
import { eventsAtOnce, type RecordDecoder } from './stream-reader.js'

export interface SensorEdge {
  readonly columns: number
  readonly rows: number
}

/** DVS: step in bits 1-7 of the first byte (0..126), polarity in bit 0, then column and row, 16 bits each. */
export class DvsStreamDecoder implements RecordDecoder {
  readonly record = 'event of 5 bytes'
  readonly longestRecord = 5
  #time = 0

  constructor(
    readonly edge: SensorEdge,
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    out.reserve(Math.min(Math.ceil((bytes.length - from) / 5), eventsAtOnce))
    const { x, y, polarity, halves } = out
    const { columns, rows } = this.edge
    const end = bytes.length
    let time = this.#time
    let outside = 0
    let n = out.count
    let at = from
    const most = Math.min(x.length, eventsAtOnce)
    while (at < end && n < most) {
      const first = bytes[at] as number
      if (first >= 254) {
        if (first === 255) time += 127
        at++
        continue
      }
      if (at + 5 > end) break
      time += first >>> 1
      const column = (bytes[at + 1] as number) | ((bytes[at + 2] as number) << 8)
      const row = (bytes[at + 3] as number) | ((bytes[at + 4] as number) << 8)
      at += 5
      if (column >= columns || row >= rows) {
        outside++
        continue
      }
      x[n] = column
      y[n] = row
      polarity[n] = first & 1
      halves[2 * n] = time
      halves[2 * n + 1] = time < 4294967296 ? 0 : Math.floor(time / 4294967296)
      n++
    }
    out.count = n
    this.#time = time
    this.report.outside += outside
    return at
  }
}

/**
 * ATIS: step in bits 2-7 of the first byte (0..62), polarity in bit 1, and in bit 0 whether it is a threshold crossing:
 * half of an exposure measurement, of which the polarity bit says whether it is the second half.
 */
export class AtisStreamDecoder implements RecordDecoder {
  readonly record = 'event of 5 bytes'
  readonly longestRecord = 5
  /** A byte an event of `out`: 1 for a threshold crossing. */
  crossings: number[] = []
  #time = 0

  /** @param keepCrossings whether they are given, or left out and counted */
  constructor(
    readonly keepCrossings: boolean,
    readonly edge: SensorEdge,
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    const { columns, rows } = this.edge
    const { crossings, keepCrossings } = this
    const end = bytes.length
    let left = 0
    let at = from
    while (at < end && out.count < eventsAtOnce) {
      const first = bytes[at] as number
      if (first >= 252) {
        this.#time += 63 * (first & 3)
        at++
        continue
      }
      if (at + 5 > end) break
      this.#time += first >>> 2
      const column = (bytes[at + 1] as number) | ((bytes[at + 2] as number) << 8)
      const row = (bytes[at + 3] as number) | ((bytes[at + 4] as number) << 8)
      at += 5
      const crossing = first & 1
      if (column >= columns || row >= rows) this.report.outside++
      else if (crossing === 1 && !keepCrossings) left++
      else {
        out.push(column, row, this.#time, (first >>> 1) & 1)
        if (keepCrossings) crossings.push(crossing)
      }
    }
    this.report.skip('threshold crossings', left)
    return at
  }
}

/** Colour: a byte of step (0..253; an overflow adds 254), column and row of 16 bits each, red, green and blue. */
export class ColourStreamDecoder implements RecordDecoder {
  readonly record = 'event of 8 bytes'
  readonly longestRecord = 8
  /** Three bytes an event of `out`. */
  colours: number[] = []
  #time = 0

  constructor(
    readonly edge: SensorEdge,
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    const { columns, rows } = this.edge
    const end = bytes.length
    let at = from
    while (at < end && out.count < eventsAtOnce) {
      const first = bytes[at] as number
      if (first >= 254) {
        if (first === 255) this.#time += 254
        at++
        continue
      }
      if (at + 8 > end) break
      this.#time += first
      const column = (bytes[at + 1] as number) | ((bytes[at + 2] as number) << 8)
      const row = (bytes[at + 3] as number) | ((bytes[at + 4] as number) << 8)
      if (column >= columns || row >= rows) this.report.outside++
      else {
        out.push(column, row, this.#time, 1)
        for (let k = 5; k < 8; k++) this.colours.push(bytes[at + k] as number)
      }
      at += 8
    }
    return at
  }
}

/** Bytes that a generic event may carry. */
export const largestPayload = 16 * 1024 * 1024
/** Seven bits of length a byte. */
const lengthBytes = 4

/**
 * Generic: a byte of step as for colour, a length, and so many bytes. The length comes in groups of seven bits, low ones
 * first, in bits 1-7 of its bytes; bit 0 says that another follows. That is not LEB128, whose flag is bit 7.
 */
export class GenericStreamDecoder implements RecordDecoder {
  readonly record = 'event'
  readonly longestRecord = 1 + lengthBytes + largestPayload
  payloads: Uint8Array[] = []
  #time = 0

  constructor(readonly report: ReaderReport) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    let at = from
    while (at < bytes.length && out.count < eventsAtOnce) {
      const first = bytes[at] as number
      if (first >= 254) {
        if (first === 255) this.#time += 254
        at++
        continue
      }
      const payload = this.#payload(bytes, at + 1)
      if (payload === null || payload.start + payload.length > bytes.length) break
      this.#time += first
      at = payload.start + payload.length
      out.push(0, 0, this.#time, 1)
      const copy = new Uint8Array(payload.length)
      copy.set(bytes.subarray(payload.start, at))
      this.payloads.push(copy)
    }
    return at
  }

  /** Where the bytes of an event lie, by the length at `at`; null when the length is not whole. */
  #payload(bytes: Uint8Array, at: number): { start: number; length: number } | null {
    let length = 0
    for (let i = 0; at + i < bytes.length; i++) {
      const byte = bytes[at + i] as number
      length += (byte >>> 1) * 128 ** i
      if (i >= lengthBytes || length > largestPayload) {
        const what = `an event must carry at most ${largestPayload} bytes; one says more.`
        throw new FileFormatError(this.report.fileName, what, 'The file is damaged.')
      }
      if ((byte & 1) === 0) return { start: at + i + 1, length }
    }
    return null
  }
}
