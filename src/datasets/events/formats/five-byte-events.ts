/**
 * Events of five bytes, big-endian: 16 bits of address, one bit of polarity, 23 bits of time in µs. N-MNIST, N-Caltech101
 * and SLAYER's .bs1 and .bs2 are of this kind; they differ in the address and in one marker.
 */
import type { ByteSource } from '../byte-source.js'
import type { EventReader, EventReaderOptions } from '../event-reader.js'
import type { EventBuilder } from '../events.js'
import { ReaderReport } from './reader-report.js'
import { readerSettings, sensorEdge } from './reader-settings.js'
import { decodeStretch, eventReader, eventsAtOnce, type RecordDecoder } from './stream-reader.js'

const recordBytes = 5
/** Row of the records that carry no event but move the clock of all that follow, and by how many µs. */
const overflowRow = 240
const overflowStep = 2 ** 13

export interface FiveByteLayout {
  readonly format: string
  /** `xy`: a byte of column, a byte of row. `neuron`: 16 bits of index, which become the column. */
  readonly address: 'xy' | 'neuron'
  /** Whether row 240 marks an overflow of the clock, as in N-MNIST's and N-Caltech101's own files. */
  readonly overflowMarkers: boolean
}

class FiveByteDecoder implements RecordDecoder {
  readonly record = 'event of 5 bytes'
  readonly longestRecord = recordBytes
  /** µs that overflow markers have added so far. */
  #shift = 0
  #last = Number.NEGATIVE_INFINITY

  constructor(
    readonly layout: FiveByteLayout,
    readonly edge: { readonly columns: number; readonly rows: number },
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    const count = Math.min(Math.floor((bytes.length - from) / recordBytes), eventsAtOnce)
    out.reserve(count)
    const { x, y, polarity, halves } = out
    const { columns, rows } = this.edge
    const wide = this.layout.address === 'neuron'
    const marker = this.layout.overflowMarkers ? overflowRow : -1
    const end = from + count * recordBytes
    let shift = this.#shift
    let last = this.#last
    let backwards = 0
    let outside = 0
    let n = out.count
    for (let i = from; i < end; i += recordBytes) {
      const first = bytes[i] as number
      const second = bytes[i + 1] as number
      if (second === marker) {
        shift += overflowStep
        continue
      }
      const word = ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 8) | (bytes[i + 4] as number)
      const column = wide ? (first << 8) | second : first
      const row = wide ? 0 : second
      if (column >= columns || row >= rows) {
        outside++
        continue
      }
      const time = (word & 0x7fffff) + shift
      if (time < last) backwards++
      last = time
      x[n] = column
      y[n] = row
      polarity[n] = word >>> 23
      halves[2 * n] = time
      halves[2 * n + 1] = time < 4294967296 ? 0 : Math.floor(time / 4294967296)
      n++
    }
    out.count = n
    this.report.wrapArounds += (shift - this.#shift) / overflowStep
    this.#shift = shift
    this.#last = last
    this.report.nonMonotonic += backwards
    this.report.outside += outside
    return end
  }
}

/** @throws OptionError */
export async function openFiveByte(
  source: ByteSource,
  options: EventReaderOptions,
  layout: FiveByteLayout,
): Promise<EventReader> {
  const { width, height: rows, truncated, chunkBytes } = readerSettings(options)
  const height = layout.address === 'neuron' ? 1 : rows
  const report = new ReaderReport(source.name, truncated)
  const decoder = new FiveByteDecoder(layout, sensorEdge(width, height), report)
  const stretch = { source, start: 0, end: source.size, chunkBytes, report }
  return eventReader({ format: layout.format, width, height }, report, () => decodeStretch(stretch, decoder))
}
