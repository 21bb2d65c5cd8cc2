/**
 * Words of a DAVIS in AEDAT 2: big-endian 32-bit address, then time in µs, signed 32 bits. Bit 31 of the address is 0 for
 * events: bits 22-30 are the row, 12-21 the column, 11 the polarity (1 ON); bit 10 marks external inputs. With bit 31
 * set, a word with bits 10 and 11 set is of the inertial sensor and any other of a frame (APS).
 */
import type { EventBuilder } from '../events.js'
import { Clock32 } from './clock32.js'
import { bigEndian32 } from './dvs128-decoder.js'
import type { ReaderReport } from './reader-report.js'
import { eventsAtOnce, type RecordDecoder } from './stream-reader.js'

const wordBytes = 8

export class DavisDecoder implements RecordDecoder {
  readonly record = 'word of 8 bytes'
  readonly longestRecord = wordBytes
  readonly #clock = new Clock32()

  /** @param mirror columns become this minus what the address says; null leaves them */
  constructor(
    readonly mirror: number | null,
    readonly edge: { readonly columns: number; readonly rows: number },
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    const count = Math.min((bytes.length - from) >>> 3, eventsAtOnce)
    if (count === 0) return from
    out.reserve(count)
    const { x, y, polarity, halves } = out
    const { columns, rows } = this.edge
    const sign = this.mirror === null ? 1 : -1
    const origin = this.mirror ?? 0
    const clock = this.#clock
    const end = from + wordBytes * count
    let last = clock.before(bigEndian32(bytes, from + 4))
    let turns = clock.turns
    let inertial = 0
    let frames = 0
    let external = 0
    let outside = 0
    let n = out.count
    for (let i = from; i < end; i += wordBytes) {
      const address =
        ((bytes[i] as number) << 24) |
        ((bytes[i + 1] as number) << 16) |
        ((bytes[i + 2] as number) << 8) |
        (bytes[i + 3] as number)
      if (address < 0) {
        if ((address & 0xc00) === 0xc00) inertial++
        else frames++
        continue
      }
      if ((address & 0x400) !== 0) {
        external++
        continue
      }
      const column = (address >>> 12) & 0x3ff
      const row = address >>> 22
      if (column >= columns || row >= rows) {
        outside++
        continue
      }
      const time =
        ((bytes[i + 4] as number) << 24) |
        ((bytes[i + 5] as number) << 16) |
        ((bytes[i + 6] as number) << 8) |
        (bytes[i + 7] as number)
      if (time < last || time - last > 2147483648) {
        clock.jump(last, time)
        turns = clock.turns
      }
      last = time
      x[n] = origin + sign * column
      y[n] = row
      polarity[n] = (address >>> 11) & 1
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
    report.skip('IMU words', inertial)
    report.skip('APS words', frames)
    report.skip('external input events', external)
    return end
  }
}
