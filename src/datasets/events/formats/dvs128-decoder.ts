/**
 * Events of the DVS128 in AEDAT 1 (16-bit addresses) and 2 (32-bit): big-endian address, then time in µs, signed 32 bits.
 * Bit 0 of the address is the polarity, bits 1-7 the column, bits 8-14 the row; bit 15 marks special events.
 */
import type { EventBuilder } from '../events.js'
import { Clock32 } from './clock32.js'
import type { ReaderReport } from './reader-report.js'
import { eventsAtOnce, type RecordDecoder } from './stream-reader.js'

export class Dvs128Decoder implements RecordDecoder {
  readonly record: string
  readonly longestRecord: number
  readonly #clock = new Clock32()
  readonly #flip: number

  /**
   * @param addressBytes 2 in AEDAT 1, 4 in AEDAT 2
   * @param jaer         mirrored columns, and ON for a polarity bit of 0
   */
  constructor(
    readonly addressBytes: 2 | 4,
    jaer: boolean,
    readonly edge: { readonly columns: number; readonly rows: number },
    readonly report: ReaderReport,
  ) {
    this.longestRecord = addressBytes + 4
    this.record = `event of ${this.longestRecord} bytes`
    // 127 - column and 1 - polarity are the same fields with their bits inverted
    this.#flip = jaer ? 0xff : 0
  }

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    const size = this.longestRecord
    const count = Math.min(Math.floor((bytes.length - from) / size), eventsAtOnce)
    if (count === 0) return from
    out.reserve(count)
    const { x, y, polarity, halves } = out
    const { columns, rows } = this.edge
    const flip = this.#flip
    const clock = this.#clock
    const end = from + count * size
    const wide = this.addressBytes === 4
    const skipped = wide ? 2 : 0
    let last = clock.before(bigEndian32(bytes, from + this.addressBytes))
    let turns = clock.turns
    let special = 0
    let foreign = 0
    let outside = 0
    let n = out.count
    for (let i = from; i < end; i += size) {
      if (wide && ((bytes[i] as number) | (bytes[i + 1] as number)) !== 0) {
        foreign++
        continue
      }
      const at = i + skipped
      const row = bytes[at] as number
      if (row > 127) {
        special++
        continue
      }
      const lowByte = (bytes[at + 1] as number) ^ flip
      const column = lowByte >>> 1
      if (column >= columns || row >= rows) {
        outside++
        continue
      }
      const time =
        ((bytes[at + 2] as number) << 24) |
        ((bytes[at + 3] as number) << 16) |
        ((bytes[at + 4] as number) << 8) |
        (bytes[at + 5] as number)
      if (time < last || time - last > 2147483648) {
        clock.jump(last, time)
        turns = clock.turns
      }
      last = time
      x[n] = column
      y[n] = row
      polarity[n] = lowByte & 1
      halves[2 * n] = time
      halves[2 * n + 1] = turns + (time >> 31)
      n++
    }
    out.count = n
    clock.after(last)
    const { report } = this
    report.nonMonotonic = clock.backwards
    report.wrapArounds = clock.wrapArounds
    report.outside += outside
    report.skip('special events', special)
    report.skip('words with addresses that no DVS128 has', foreign)
    return end
  }
}

/** A signed big-endian 32-bit integer. */
export const bigEndian32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 24) |
  ((bytes[at + 1] as number) << 16) |
  ((bytes[at + 2] as number) << 8) |
  (bytes[at + 3] as number)
