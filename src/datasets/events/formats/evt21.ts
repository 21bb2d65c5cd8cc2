/**
 * Prophesee EVT 2.1 (https://docs.prophesee.ai/stable/data/encoding_formats/evt21.html): after the header, 64-bit words.
 * The upper half has the type in its top four bits: 0 and 1 are events (OFF, ON): 6 low bits of time, 11 bits of column,
 * 11 of row, and the lower half tells by its bits which of the 32 pixels from that column on have fired. 8 sets the 28
 * high bits of time, 10 is an external trigger.
 *
 * GenX320 sends the lower half first, as little-endian is; IMX636 and Gen 4.1 send the upper half first, which headers
 * call `endianness legacy`. Where the header says nothing, the first words tell: only in the right order are all their
 * types known ones.
 */
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions } from '../event-reader.js'
import type { EventBuilder } from '../events.js'
import { encodingOf, metadataOf, type PropheseeHeader, readRawHeader } from './prophesee-header.js'
import { ReaderReport } from './reader-report.js'
import { readerSettings, sensorEdge } from './reader-settings.js'
import { decodeStretch, eventReader, eventsAtOnce, type RecordDecoder } from './stream-reader.js'
import { TimeHigh } from './time-high.js'
import { words32 } from './words.js'

const wordBytes = 8
const pixelsPerWord = 32
/** No column can be told beyond this one by 11 bits and a vector. */
const widest = 2048

class Evt21Decoder implements RecordDecoder {
  readonly record = 'word of 8 bytes'
  readonly longestRecord = wordBytes
  readonly #clock = new TimeHigh(28, 6)
  #lastLow = 0

  /** @param upperFirst whether a word's upper half comes first */
  constructor(
    readonly upperFirst: boolean,
    readonly edge: { readonly columns: number; readonly rows: number },
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    const count = Math.min((bytes.length - from) >>> 3, eventsAtOnce / pixelsPerWord)
    out.reserve(count * pixelsPerWord)
    const words = words32(bytes, from, 2 * count)
    const { x, y, polarity, halves } = out
    const { rows } = this.edge
    const columns = Math.min(this.edge.columns, widest)
    const upper = this.upperFirst ? 0 : 1
    const clock = this.#clock
    let { low, high, known } = clock
    let lastLow = this.#lastLow
    let backwards = 0
    let outside = 0
    let early = 0
    let triggers = 0
    let others = 0
    let n = out.count
    for (let k = 0; k < 2 * count; k += 2) {
      const word = words[k + upper] as number
      const type = word >>> 28
      if (type <= 1) {
        if (!known) {
          early++
          continue
        }
        const base = (word >>> 11) & 0x7ff
        const row = word & 0x7ff
        const fine = (word >>> 22) & 63
        const time = low | fine
        let fired = words[k + 1 - upper] as number
        if (fired !== 0) {
          if (fine < lastLow) backwards++
          lastLow = fine
        }
        while (fired !== 0) {
          const first = fired & -fired
          fired ^= first
          const column = base + 31 - Math.clz32(first)
          if (column >= columns || row >= rows) {
            outside++
            continue
          }
          x[n] = column
          y[n] = row
          polarity[n] = type
          halves[2 * n] = time
          halves[2 * n + 1] = high
          n++
        }
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
    this.report.skip('words of events before the first time', early)
    this.report.skip('external triggers', triggers)
    this.report.skip('words of other kinds', others)
    return from + wordBytes * count
  }
}

const knownTypes: readonly number[] = [0, 1, 8, 10, 14, 15]

/** Whether the upper halves come first: by the header, else by which order gives fewer words of unknown types. */
async function upperHalvesFirst(source: ByteSource, header: PropheseeHeader): Promise<boolean> {
  const said = header.settings.get('endianness') ?? header.fields.get('endianness')
  if (said !== undefined) return said === 'legacy'
  const bytes = await source.read(header.bytes, 4096 * wordBytes)
  const words = words32(bytes, 0, 2 * Math.floor(bytes.length / wordBytes))
  const unknown = [0, 0]
  const times = [0, 0]
  words.forEach((word, k) => {
    const half = k % 2
    const type = word >>> 28
    if (!knownTypes.includes(type)) unknown[half] = (unknown[half] ?? 0) + 1
    if (type === 8) times[half] = (times[half] ?? 0) + 1
  })
  const [first = 0, second = 0] = unknown
  const [firstTimes = 0, secondTimes = 0] = times
  return first < second || (first === second && firstTimes > secondTimes)
}

async function openEvt21(source: ByteSource, options: EventReaderOptions): Promise<EventReader> {
  const settings = readerSettings(options)
  const header = await readRawHeader(source, 'evt21')
  const width = header.width ?? settings.width
  const height = header.height ?? settings.height
  const report = new ReaderReport(source.name, settings.truncated)
  if (header.cut) report.truncate('The file ends within its header.')
  const upperFirst = await upperHalvesFirst(source, header)
  const decoder = new Evt21Decoder(upperFirst, sensorEdge(width, height), report)
  const stretch = { source, start: header.bytes, end: source.size, chunkBytes: settings.chunkBytes, report }
  const facts = { format: 'evt21', width, height, metadata: metadataOf(header) }
  return eventReader(facts, report, () => decodeStretch(stretch, decoder))
}

export const evt21: EventFormat = {
  name: 'evt21',
  title: 'Prophesee EVT 2.1 (.raw)',
  endings: ['.raw'],
  recognises: (head) => encodingOf(head) === 'evt21',
  open: openEvt21,
}
