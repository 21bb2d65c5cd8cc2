/**
 * Prophesee `.dat` (ATIS and later; GEN1, N-CARS): header lines `% ...`, then, if there was a header, a byte of event
 * type and a byte of event size, then events of 8 bytes, little-endian: time in µs, unsigned 32 bits, and an address.
 * Version 2 addresses have column in bits 0-13, row in 14-27 and polarity in bit 28; before that column in bits 0-8, row
 * in 9-16, polarity in bit 17. The clock wraps after 71.6 min.
 */
import { FileFormatError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions } from '../event-reader.js'
import type { EventBuilder } from '../events.js'
import { Clock32 } from './clock32.js'
import { encodingOf, metadataOf, type PropheseeHeader, readPropheseeHeader } from './prophesee-header.js'
import { ReaderReport } from './reader-report.js'
import { readerSettings, sensorEdge } from './reader-settings.js'
import { decodeStretch, eventReader, eventsAtOnce, type RecordDecoder } from './stream-reader.js'
import { words32 } from './words.js'

const recordBytes = 8
/** Event types whose address is one of a pixel: 0 of ATIS ("TD"), 12 of later sensors ("CD"). */
const pixelTypes: readonly number[] = [0, 12]

interface AddressLayout {
  readonly columnMask: number
  readonly rowShift: number
  readonly rowMask: number
  readonly polarityShift: number
}
const layoutOf = (version: number): AddressLayout =>
  version >= 2
    ? { columnMask: 0x3fff, rowShift: 14, rowMask: 0x3fff, polarityShift: 28 }
    : { columnMask: 0x1ff, rowShift: 9, rowMask: 0xff, polarityShift: 17 }

class DatDecoder implements RecordDecoder {
  readonly record = 'event of 8 bytes'
  readonly longestRecord = recordBytes
  readonly #clock = new Clock32()

  constructor(
    readonly layout: AddressLayout,
    readonly edge: { readonly columns: number; readonly rows: number },
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    const count = Math.min((bytes.length - from) >>> 3, eventsAtOnce)
    if (count === 0) return from
    out.reserve(count)
    const words = words32(bytes, from, 2 * count)
    const { x, y, polarity, halves } = out
    const { columns, rows } = this.edge
    const { columnMask, rowShift, rowMask, polarityShift } = this.layout
    const clock = this.#clock
    let last = clock.before((words[0] as number) >>> 0)
    let turns = clock.turns
    let outside = 0
    let n = out.count
    for (let k = 0; k < 2 * count; k += 2) {
      const address = words[k + 1] as number
      const column = address & columnMask
      const row = (address >>> rowShift) & rowMask
      if (column >= columns || row >= rows) {
        outside++
        continue
      }
      const time = (words[k] as number) >>> 0
      if (time < last || time - last > 2147483648) {
        clock.jump(last, time)
        turns = clock.turns
      }
      last = time
      x[n] = column
      y[n] = row
      polarity[n] = (address >>> polarityShift) & 1
      halves[2 * n] = time
      halves[2 * n + 1] = turns
      n++
    }
    out.count = n
    clock.after(last)
    this.report.nonMonotonic = clock.backwards
    this.report.wrapArounds = clock.wrapArounds
    this.report.outside += outside
    return from + recordBytes * count
  }
}

/** Where the events begin, after the bytes of type and size have been checked. */
async function eventsStart(source: ByteSource, header: PropheseeHeader): Promise<number> {
  if (header.bytes === 0) return 0
  const [type, size] = await source.read(header.bytes, 2)
  if (type === undefined || size === undefined) {
    const found = `its header must be followed by a byte of event type and one of event size; the file ends at byte ${source.size}.`
    throw new FileFormatError(source.name, found, 'The file is cut: fetch it again.')
  }
  if (size !== recordBytes || !pixelTypes.includes(type)) {
    throw new FileFormatError(
      source.name,
      `must hold events of type ${pixelTypes.join(' or ')} and ${recordBytes} bytes; its are of type ${type} and ${size} bytes.`,
      'Type 14 is external triggers, which are no pixel events.',
    )
  }
  return header.bytes + 2
}

async function openDat(source: ByteSource, options: EventReaderOptions): Promise<EventReader> {
  const settings = readerSettings(options)
  const header = await readPropheseeHeader(source)
  const start = await eventsStart(source, header)
  const version = Number.parseInt(header.fields.get('version') ?? '0', 10) || 0
  const width = header.width ?? settings.width
  const height = header.height ?? settings.height
  const report = new ReaderReport(source.name, settings.truncated)
  const decoder = new DatDecoder(layoutOf(version), sensorEdge(width, height), report)
  const stretch = { source, start, end: source.size, chunkBytes: settings.chunkBytes, report }
  const facts = { format: 'dat', width, height, metadata: metadataOf(header) }
  return eventReader(facts, report, () => decodeStretch(stretch, decoder))
}

export const propheseeDat: EventFormat = {
  name: 'dat',
  title: 'Prophesee DAT (.dat)',
  endings: ['.dat'],
  recognises: (head) => encodingOf(head) === 'dat',
  open: openDat,
}
