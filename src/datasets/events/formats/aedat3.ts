/**
 * AEDAT 3.1 of cAER (https://docs.inivation.com/software/software-advanced-usage/file-formats/aedat-3.1.html), as DVS128
 * Gesture has it: header lines that begin with '#', up to `#!END-HEADER`, then packets, little-endian. A packet is 28
 * bytes of header (type 16 bits, source 16, then 32 each: size of an event, offset of its time, time overflow, capacity,
 * number, number of valid ones) and its events. Those of type 1 are 32 bits of data (bit 0 valid, bit 1 polarity, bits
 * 2-16 row, bits 17-31 column) and 32 bits of time in µs, to which the overflow adds 2^31 µs each.
 *
 * The valid bit is a trap: there are files whose packets say that all their events are valid and whose events all have
 * the bit 0. So by default the packet is believed: events without the bit are dropped only from packets that say they
 * hold fewer valid events than events.
 *
 * AEDAT 3.0 is the same but for rows, which count from the bottom, and its header, which need not say where it ends.
 */
import { FileFormatError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions } from '../event-reader.js'
import type { EventBuilder } from '../events.js'
import { aedatMetadata, aedatVersion, readAedatHeader } from './aedat-header.js'
import { sensorNamed } from './inivation-sensors.js'
import { ReaderReport } from './reader-report.js'
import { choiceOption, readerSettings, sensorEdge } from './reader-settings.js'
import { decodeStretch, eventReader, eventsAtOnce, type RecordDecoder } from './stream-reader.js'
import { words32 } from './words.js'

export interface ValidityOptions extends EventReaderOptions {
  /**
   * Which events of AEDAT 3 count: `packet` (default) drops those without the valid bit only from packets that count
   * fewer valid events than events; `bit` drops all without it; `all` keeps all.
   */
  readonly valid?: 'packet' | 'bit' | 'all'
}

const headerBytes = 28
const eventBytes = 8
const polarityType = 1
/** Names of the event types of cAER, in the plural, for what is skipped. */
const typeNames: readonly string[] = ['special events', 'events', 'frames', 'IMU events', 'IMU events']

interface Packet {
  /** Events still to come. */
  left: number
  /** µs to add to every time. */
  readonly base: number
  readonly dropInvalid: boolean
}

class Aedat3Decoder implements RecordDecoder {
  readonly record = 'packet header or event'
  readonly longestRecord = headerBytes
  #packet: Packet | null = null
  /** Bytes of a packet of another type that are still to be passed over. */
  #passOver = 0
  #position: number
  #last = Number.NEGATIVE_INFINITY

  constructor(
    start: number,
    readonly valid: 'packet' | 'bit' | 'all',
    readonly edge: { readonly columns: number; readonly rows: number },
    readonly report: ReaderReport,
  ) {
    this.#position = start
  }

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    let at = from
    while (out.count < eventsAtOnce) {
      const begin = at
      if (this.#passOver > 0) {
        const step = Math.min(this.#passOver, bytes.length - at)
        this.#passOver -= step
        at += step
      } else if (this.#packet) at = this.#events(this.#packet, bytes, at, out)
      else if (bytes.length - at >= headerBytes) at = this.#header(bytes, at)
      if (this.#packet?.left === 0) this.#packet = null
      this.#position += at - begin
      if (at === begin) break
    }
    return at
  }

  #header(bytes: Uint8Array, at: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, headerBytes)
    const type = view.getInt16(0, true)
    const [size, timeOffset, overflow, , number, valid] = [4, 8, 12, 16, 20, 24].map((k) => view.getInt32(k, true)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const sound = type === polarityType ? size === eventBytes && timeOffset === 4 : size > 0
    if (type < 0 || !sound || overflow < 0 || number < 0 || valid < 0 || valid > number) {
      throw new FileFormatError(
        this.report.fileName,
        `at byte ${this.#position} must be a packet of events; got type ${type}, event size ${size}, time offset ${timeOffset}, overflow ${overflow}, number ${number}, valid ${valid}.`,
        'The file is damaged there.',
      )
    }
    if (type === polarityType) {
      const dropInvalid = this.valid === 'bit' || (this.valid === 'packet' && valid < number)
      this.#packet = { left: number, base: overflow * 2147483648, dropInvalid }
    } else {
      this.#passOver = number * size
      this.report.skip(typeNames[type] ?? `events of type ${type}`, number)
    }
    return at + headerBytes
  }

  #events(packet: Packet, bytes: Uint8Array, from: number, out: EventBuilder): number {
    const count = Math.min((bytes.length - from) >>> 3, packet.left, eventsAtOnce - out.count)
    out.reserve(count)
    const words = words32(bytes, from, 2 * count)
    const { x, y, polarity, halves } = out
    const { columns, rows } = this.edge
    const { base } = packet
    const wanted = packet.dropInvalid ? 1 : 0
    let last = this.#last
    let backwards = 0
    let outside = 0
    let invalid = 0
    let n = out.count
    for (let k = 0; k < 2 * count; k += 2) {
      const word = words[k] as number
      const column = word >>> 17
      const row = (word >>> 2) & 0x7fff
      if ((word & wanted) !== wanted) {
        invalid++
        continue
      }
      if (column >= columns || row >= rows) {
        outside++
        continue
      }
      const time = base + (words[k + 1] as number)
      if (time < last) backwards++
      last = time
      x[n] = column
      y[n] = row
      polarity[n] = (word >>> 1) & 1
      halves[2 * n] = time
      halves[2 * n + 1] = Math.floor(time / 4294967296)
      n++
    }
    out.count = n
    packet.left -= count
    this.#last = last
    this.report.nonMonotonic += backwards
    this.report.outside += outside
    this.report.skip('events marked invalid', invalid)
    return from + eventBytes * count
  }

  missing(): string | null {
    if (this.#packet) return `The last packet announces ${this.#packet.left} more events than there are.`
    return this.#passOver > 0 ? `The last packet announces ${this.#passOver} more bytes than there are.` : null
  }
}

async function openAedat3(source: ByteSource, options: ValidityOptions): Promise<EventReader> {
  const settings = readerSettings(options)
  const valid = choiceOption('valid', options.valid, ['packet', 'bit', 'all'])
  const header = await readAedatHeader(source, ['3.1', '3.0'])
  const encoding = header.fields.get('!Format') ?? header.fields.get('Format') ?? 'RAW'
  if (encoding !== 'RAW') {
    const what = `its packets must be in the format RAW; its header says ${encoding}.`
    throw new FileFormatError(source.name, what, 'Write it again as RAW, or as AEDAT 4.')
  }
  const report = new ReaderReport(source.name, settings.truncated)
  if (header.cut) report.truncate('The file ends within its header.')
  if (header.version === '3.0') report.note('In AEDAT 3.0 rows count from the bottom; they are given so.')
  const sensor = sensorNamed([...header.fields].find(([key]) => /^Source \d+$/.test(key))?.[1])
  const width = sensor?.width ?? settings.width
  const height = sensor?.height ?? settings.height
  const decoder = new Aedat3Decoder(header.bytes, valid, sensorEdge(width, height), report)
  const stretch = { source, start: header.bytes, end: source.size, chunkBytes: settings.chunkBytes, report }
  const facts = { format: 'aedat3', width, height, metadata: aedatMetadata(header) }
  return eventReader(facts, report, () => decodeStretch(stretch, decoder))
}

export const aedat3: EventFormat = {
  name: 'aedat3',
  title: 'AEDAT 3.1 (.aedat)',
  endings: ['.aedat'],
  alwaysMarked: true,
  recognises: (head) => aedatVersion(head)?.startsWith('3.') ?? false,
  open: openAedat3,
}
