/**
 * Prophesee EVT 3.0 (https://docs.prophesee.ai/stable/data/encoding_formats/evt3.html): after the header, 16-bit
 * little-endian words, most of which only change what the following ones mean. By their top four bits:
 *
 * - 0 sets the row; 2 is an event: column and polarity
 * - 3 sets base column and polarity of vectors; 4 and 5 are vectors of 12 and 8 pixels from the base on, which they move
 * - 6 and 8 set the low and the high 12 bits of time
 * - 10 is an external trigger; 7, 14 and 15 are for extensions
 *
 * The clock of 24 bits wraps every 16.8 s: a high part that is smaller by more than half of its range begins a new turn.
 * When the high part changes the low part starts from 0, or events before the next low part would lie in the future.
 * The low part may step back on its own, by some µs, and means it: sensors send corrections. Adding a carry there, as
 * some decoders do, moves everything after it by 4,096 µs.
 */
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions } from '../event-reader.js'
import type { EventBuilder } from '../events.js'
import { encodingOf, metadataOf, readRawHeader } from './prophesee-header.js'
import { ReaderReport } from './reader-report.js'
import { readerSettings, sensorEdge } from './reader-settings.js'
import { decodeStretch, eventReader, type RecordDecoder } from './stream-reader.js'
import { TimeHigh } from './time-high.js'
import { words16 } from './words.js'

/** Words decoded between two looks at the room left: each makes at most 12 events. */
const wordsAtOnce = 2 ** 16
const pixelsPerWord = 12
/** No column can be told beyond this one by 11 bits. */
const widest = 2048

class Evt3Decoder implements RecordDecoder {
  readonly record = 'word of 2 bytes'
  readonly longestRecord = 2
  readonly #clock = new TimeHigh(12, 12)
  #row = -1
  #base = 0
  #basePolarity = 0
  #fine = 0
  /** Time of the last event, to notice steps back: high part carried on, then 12 low bits. */
  #lastTime = Number.NEGATIVE_INFINITY

  constructor(
    readonly edge: { readonly columns: number; readonly rows: number },
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    const count = Math.min((bytes.length - from) >>> 1, wordsAtOnce)
    out.reserve(count * pixelsPerWord)
    const words = words16(bytes, from, count)
    const { x, y, polarity, halves } = out
    const { rows } = this.edge
    const columns = Math.min(this.edge.columns, widest)
    const clock = this.#clock
    let { low, high } = clock
    let fine = this.#fine
    let row = this.#row
    let base = this.#base
    let basePolarity = this.#basePolarity
    // a row beyond the sensor, or events before the first row and time, show as no room for columns
    let room = row >= 0 && row < rows && clock.known ? columns : 0
    let outside = 0
    let early = 0
    let triggers = 0
    let others = 0
    let n = out.count
    // where the events of the present time begin
    let mark = n
    for (let k = 0; k < count; k++) {
      const word = words[k] as number
      const type = word >>> 12
      if (type === 2) {
        const column = word & 0x7ff
        if (column < room) {
          x[n] = column
          y[n] = row
          polarity[n] = (word >>> 11) & 1
          halves[2 * n] = low | fine
          halves[2 * n + 1] = high
          n++
        } else if (row >= 0 && clock.known) outside++
        else early++
      } else if (type === 0) {
        row = word & 0x7ff
        room = row < rows && clock.known ? columns : 0
      } else if (type === 4 || type === 5) {
        const length = type === 4 ? 12 : 8
        let fired = word & (type === 4 ? 0xfff : 0xff)
        while (fired !== 0) {
          const first = fired & -fired
          fired ^= first
          const column = base + 31 - Math.clz32(first)
          if (column < room) {
            x[n] = column
            y[n] = row
            polarity[n] = basePolarity
            halves[2 * n] = low | fine
            halves[2 * n + 1] = high
            n++
          } else if (row >= 0 && clock.known) outside++
          else early++
        }
        base += length
      } else if (type === 3) {
        base = word & 0x7ff
        basePolarity = (word >>> 11) & 1
      } else if (type === 6) {
        if (n > mark) this.#used(high, low | fine)
        mark = n
        fine = word & 0xfff
      } else if (type === 8) {
        if (n > mark) this.#used(high, low | fine)
        mark = n
        if (clock.set(word & 0xfff) !== 0) fine = 0
        ;({ low, high } = clock)
        room = row >= 0 && row < rows ? columns : 0
      } else if (type === 10) triggers++
      else others++
    }
    if (n > mark) this.#used(high, low | fine)
    out.count = n
    this.#fine = fine
    this.#row = row
    this.#base = base
    this.#basePolarity = basePolarity
    this.#count({ outside, early, triggers, others })
    return from + 2 * count
  }

  /** Notes that events had this time; those of one time count as one step back. */
  #used(high: number, low: number): void {
    const time = high * 4294967296 + (low >>> 0)
    if (time < this.#lastTime) this.report.nonMonotonic++
    this.#lastTime = time
  }

  #count(found: { outside: number; early: number; triggers: number; others: number }): void {
    this.report.outside += found.outside
    this.report.wrapArounds = this.#clock.wrapArounds
    this.report.skip('events before the first row or time', found.early)
    this.report.skip('external triggers', found.triggers)
    this.report.skip('words of other kinds', found.others)
  }
}

async function openEvt3(source: ByteSource, options: EventReaderOptions): Promise<EventReader> {
  const settings = readerSettings(options)
  const header = await readRawHeader(source, 'evt3')
  const width = header.width ?? settings.width
  const height = header.height ?? settings.height
  const report = new ReaderReport(source.name, settings.truncated)
  if (header.cut) report.truncate('The file ends within its header.')
  const decoder = new Evt3Decoder(sensorEdge(width, height), report)
  const stretch = { source, start: header.bytes, end: source.size, chunkBytes: settings.chunkBytes, report }
  const facts = { format: 'evt3', width, height, metadata: metadataOf(header) }
  return eventReader(facts, report, () => decodeStretch(stretch, decoder))
}

export const evt3: EventFormat = {
  name: 'evt3',
  title: 'Prophesee EVT 3.0 (.raw)',
  endings: ['.raw'],
  recognises: (head) => encodingOf(head) === 'evt3',
  open: openEvt3,
}
