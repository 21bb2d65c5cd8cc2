/**
 * Prophesee EVT 2.0 (https://docs.prophesee.ai/stable/data/encoding_formats/evt2.html): after the header, 32-bit
 * little-endian words whose top four bits say what they are. 0 and 1 are events (OFF, ON): 6 low bits of time, 11 bits
 * of column, 11 of row. 8 sets the 28 high bits of time. 10 is an external trigger; 14 and 15 are for extensions.
 *
 * The clock of 34 bits wraps after 4 h 46 min; a step back of its high part by more than half of that is a wrap-around.
 * Events before the first high part have no time and are left out.
 */
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions } from '../event-reader.js'
import type { EventBuilder } from '../events.js'
import { encodingOf, metadataOf, readRawHeader } from './prophesee-header.js'
import { ReaderReport } from './reader-report.js'
import { readerSettings, sensorEdge } from './reader-settings.js'
import { decodeStretch, eventReader, eventsAtOnce, type RecordDecoder } from './stream-reader.js'
import { TimeHigh } from './time-high.js'
import { words32 } from './words.js'

class Evt2Decoder implements RecordDecoder {
  readonly record = 'word of 4 bytes'
  readonly longestRecord = 4
  readonly #clock = new TimeHigh(28, 6)
  /** Low part of the last event's time; 64 where the next event is earlier whatever it says. */
  #lastLow = 0

  constructor(
    readonly edge: { readonly columns: number; readonly rows: number },
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    const count = Math.min((bytes.length - from) >>> 2, eventsAtOnce)
    out.reserve(count)
    const words = words32(bytes, from, count)
    const { x, y, polarity, halves } = out
    const { columns, rows } = this.edge
    const clock = this.#clock
    let { low, high, known } = clock
    let lastLow = this.#lastLow
    let backwards = 0
    let outside = 0
    let early = 0
    let triggers = 0
    let others = 0
    let n = out.count
    for (let k = 0; k < count; k++) {
      const word = words[k] as number
      const type = word >>> 28
      if (type <= 1) {
        const column = (word >>> 11) & 0x7ff
        const row = word & 0x7ff
        if (column >= columns || row >= rows) {
          outside++
          continue
        }
        if (!known) {
          early++
          continue
        }
        const fine = (word >>> 22) & 63
        if (fine < lastLow) backwards++
        lastLow = fine
        x[n] = column
        y[n] = row
        polarity[n] = type
        halves[2 * n] = low | fine
        halves[2 * n + 1] = high
        n++
      } else if (type === 8) {
        const step = clock.set(word & 0xfffffff)
        if (step !== 0) lastLow = step < 0 ? 64 : 0
        ;({ low, high, known } = clock)
      } else if (type === 10) triggers++
      else others++
    }
    out.count = n
    this.#lastLow = lastLow
    this.report.nonMonotonic += backwards
    this.report.outside += outside
    this.report.wrapArounds = clock.wrapArounds
    this.report.skip('events before the first time', early)
    this.report.skip('external triggers', triggers)
    this.report.skip('words of other kinds', others)
    return from + 4 * count
  }
}

async function openEvt2(source: ByteSource, options: EventReaderOptions): Promise<EventReader> {
  const settings = readerSettings(options)
  const header = await readRawHeader(source, 'evt2')
  const width = header.width ?? settings.width
  const height = header.height ?? settings.height
  const report = new ReaderReport(source.name, settings.truncated)
  if (header.cut) report.truncate('The file ends within its header.')
  const decoder = new Evt2Decoder(sensorEdge(width, height), report)
  const stretch = { source, start: header.bytes, end: source.size, chunkBytes: settings.chunkBytes, report }
  const facts = { format: 'evt2', width, height, metadata: metadataOf(header) }
  return eventReader(facts, report, () => decodeStretch(stretch, decoder))
}

export const evt2: EventFormat = {
  name: 'evt2',
  title: 'Prophesee EVT 2.0 (.raw)',
  endings: ['.raw'],
  recognises: (head) => encodingOf(head) === 'evt2',
  open: openEvt2,
}
