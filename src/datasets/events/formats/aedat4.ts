/**
 * AEDAT 4.0 of DV (https://docs.inivation.com/software/software-advanced-usage/file-formats/aedat-4.0.html): the line
 * `#!AER-DAT4.0`, a FlatBuffer IOHeader (compression, position of the data table or -1, XML that names the streams), then
 * packets: stream and size, 32 bits each, and so many bytes, compressed as one frame of LZ4 or Zstandard, or not. A
 * packet of events is a FlatBuffer EVTS whose field 0 is a vector of 16-byte events: time in µs (64 bits), column, row
 * (16 bits each), polarity (a byte, 1 ON), padding. The data table behind the last packet is not needed to read them.
 */
import { FileFormatError, OptionError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions } from '../event-reader.js'
import { EventBuilder, type Events } from '../events.js'
import { type Aedat4Stream, aedat4Streams } from './aedat4-streams.js'
import { flatRoot } from './flatbuffer.js'
import { unpackLz4Frame } from './lz4-frame.js'
import { ReaderReport } from './reader-report.js'
import { readerSettings, sensorEdge, wholeNumberOption } from './reader-settings.js'
import { SourceWindow } from './source-window.js'
import { eventReader } from './stream-reader.js'
import { UnpackError } from './unpack-error.js'
import { words32 } from './words.js'
import { unpackZstandardFrame } from './zstandard-frame.js'

export interface Aedat4Options extends EventReaderOptions {
  /** Number of the stream of events, where a file has several; default the first. */
  readonly stream?: number
}

const magic = '#!AER-DAT4.0\r\n'
const largestHeader = 16 * 1024 * 1024
/** Bytes of a packet, packed and unpacked: four million events. */
export const largestPacket = 64 * 1024 * 1024
const eventBytes = 16
const compressions: readonly string[] = ['none', 'lz4', 'lz4 high', 'zstd', 'zstd high']

interface Aedat4Header {
  /** Index into `compressions`. */
  readonly compression: number
  readonly streams: readonly Aedat4Stream[]
  /** Packets lie in bytes `[start, end)`. */
  readonly start: number
  readonly end: number
  /** The header says that the file goes on behind its end. */
  readonly cut: boolean
}

/** Runs work on bytes of the file; what cannot be unpacked becomes an error that names the file and the place. */
function unpacking<T>(fileName: string, place: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof UnpackError)) throw cause
    throw new FileFormatError(fileName, `${place}: ${cause.message}.`, 'The file is damaged there.', { cause })
  }
}

const isMarked = (head: Uint8Array): boolean => [...magic].every((character, i) => head[i] === character.charCodeAt(0))

async function readHeader(source: ByteSource): Promise<Aedat4Header> {
  const { name } = source
  const head = await source.read(0, magic.length + 4)
  if (!isMarked(head)) throw new FileFormatError(name, `must begin with ${JSON.stringify(magic)}; it does not.`)
  if (head.length < magic.length + 4) throw new FileFormatError(name, 'is cut within its header.', 'Fetch it again.')
  const size = new DataView(head.buffer, head.byteOffset).getUint32(magic.length, true)
  const start = magic.length + 4 + size
  if (size > largestHeader || start > source.size) {
    const what = `announces a header of ${size} bytes; at most ${largestHeader} may be, and ${source.size - magic.length - 4} follow.`
    throw new FileFormatError(name, what, 'The file is cut or damaged: fetch it again.')
  }
  const bytes = await source.read(magic.length, 4 + size)
  return unpacking(name, 'in its header', () => {
    const table = flatRoot(bytes, 'IOHE')
    const compression = table.int32(0, 0)
    if (compressions[compression] === undefined) throw new UnpackError(`compression ${compression} is not known`)
    const dataTable = table.int64(1, -1)
    if (dataTable >= 0 && dataTable < start) throw new UnpackError(`its data table cannot be at byte ${dataTable}`)
    const end = dataTable < 0 ? source.size : Math.min(dataTable, source.size)
    return { compression, streams: aedat4Streams(table.text(2)), start, end, cut: dataTable > source.size }
  })
}

function chosenStream(source: ByteSource, streams: readonly Aedat4Stream[], wanted: number | null): Aedat4Stream {
  const events = streams.filter(({ type }) => type === 'EVTS')
  const [first] = events
  const list = streams.map(({ id, type }) => `${id}:${type}`).join(', ') || 'none'
  if (!first) throw new FileFormatError(source.name, `must have a stream of events (EVTS); its streams are ${list}.`)
  if (wanted === null) return first
  const chosen = events.find(({ id }) => id === wanted)
  if (!chosen) throw new OptionError('stream', `must be the number of a stream of events; got ${wanted} of ${list}.`)
  return chosen
}

function unpack(bytes: Uint8Array, compression: number): Uint8Array {
  if (compression === 0) return bytes
  return compression <= 2 ? unpackLz4Frame(bytes, largestPacket) : unpackZstandardFrame(bytes, largestPacket)
}

/** Decodes packets of one stream; keeps the last time to notice steps back. */
class PacketDecoder {
  #last = Number.NEGATIVE_INFINITY

  constructor(
    readonly edge: { readonly columns: number; readonly rows: number },
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array): Events {
    const { start, count } = flatRoot(bytes, 'EVTS').vector(0, eventBytes)
    // offsets in a FlatBuffer do not count its size prefix
    const words = words32(bytes, 4 + start, 4 * count)
    const out = new EventBuilder(count)
    const { x, y, polarity, halves } = out
    // coordinates are signed: the upper half of 16 bits is outside any sensor
    const columns = Math.min(this.edge.columns, 32768)
    const rows = Math.min(this.edge.rows, 32768)
    let last = this.#last
    let n = 0
    for (let k = 0; k < 4 * count; k += 4) {
      const place = words[k + 2] as number
      const column = place & 0xffff
      const row = place >>> 16
      if (column >= columns || row >= rows) continue
      const low = words[k] as number
      const high = words[k + 1] as number
      const time = high * 4294967296 + (low >>> 0)
      if (time < last) this.report.nonMonotonic++
      last = time
      x[n] = column
      y[n] = row
      polarity[n] = (words[k + 3] as number) & 1
      halves[2 * n] = low
      halves[2 * n + 1] = high
      n++
    }
    out.count = n
    this.report.outside += count - n
    this.#last = last
    return out.take()
  }
}

async function* walk(
  source: ByteSource,
  header: Aedat4Header,
  stream: Aedat4Stream,
  decoder: PacketDecoder,
  chunkBytes: number,
): AsyncGenerator<Events, void, undefined> {
  const { report } = decoder
  const { compression, end } = header
  const window = new SourceWindow(source, end, chunkBytes)
  const types = new Map(header.streams.map(({ id, type }) => [id, type]))
  let cut = header.cut
  for (let at = header.start; at < end; ) {
    const head = await window.bytes(at, 8)
    if (head.length < 8) {
      cut = true
      break
    }
    const view = new DataView(head.buffer, head.byteOffset, 8)
    const id = view.getInt32(0, true)
    const size = view.getInt32(4, true)
    if (size < 0 || size > largestPacket) {
      const what = `the packet at byte ${at} must have 0 to ${largestPacket} bytes; its header says ${size}.`
      throw new FileFormatError(source.name, what, 'The file is damaged there.')
    }
    if (at + 8 + size > end) {
      cut = true
      break
    }
    if (id === stream.id) {
      const bytes = await window.bytes(at + 8, size)
      if (bytes.length < size) {
        cut = true
        break
      }
      const place = `in the packet at byte ${at}`
      const events = unpacking(source.name, place, () => decoder.decode(unpack(bytes, compression)))
      if (events.count > 0) yield events
    } else report.skip(`${types.get(id) ?? `unknown (stream ${id})`} packets`, 1)
    at += 8 + size
  }
  if (cut) report.truncate('The file ends before its last packet does.')
}

async function openAedat4(source: ByteSource, options: Aedat4Options): Promise<EventReader> {
  const settings = readerSettings(options)
  const wanted = wholeNumberOption('stream', options.stream, 0, 2 ** 31 - 1)
  const header = await readHeader(source)
  const stream = chosenStream(source, header.streams, wanted)
  const width = stream.width ?? settings.width
  const height = stream.height ?? settings.height
  const report = new ReaderReport(source.name, settings.truncated)
  const events = header.streams.filter(({ type }) => type === 'EVTS').map(({ id }) => id)
  if (events.length > 1 && wanted === null) {
    report.note(`Streams ${events.join(', ')} are all of events; this is ${stream.id}. The option stream chooses.`)
  }
  const decoder = new PacketDecoder(sensorEdge(width, height), report)
  const metadata = {
    compression: compressions[header.compression] ?? '',
    streams: header.streams.map(({ id, type }) => `${id}:${type}`).join(', '),
    stream: String(stream.id),
    source: stream.source,
  }
  return eventReader({ format: 'aedat4', width, height, metadata }, report, () =>
    walk(source, header, stream, decoder, settings.chunkBytes),
  )
}

export const aedat4: EventFormat = {
  name: 'aedat4',
  title: 'AEDAT 4.0 of DV (.aedat4)',
  endings: ['.aedat4'],
  alwaysMarked: true,
  recognises: isMarked,
  open: openAedat4,
}
