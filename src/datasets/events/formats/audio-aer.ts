/**
 * Spiking audio of the Neuromorphic Auditory Sensor (Jiménez-Fernández et al., IEEE TNNLS 28, 2017), as NAVIS and pyNAVIS
 * write it: no header, records of 6 bytes, big-endian: 16-bit address, 32-bit time in ticks. Bit 0 of the address is the
 * polarity, then come the channel and, in stereo, the ear. The channel becomes `x`, the ear `y`.
 *
 * The file does not say how long a tick is, and recordings differ: the sensor itself counts 0.2 µs, jAER's convention is
 * 1 µs. Times are rounded to µs. The clock wraps after 2^32 ticks.
 */
import { FileFormatError, OptionError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions } from '../event-reader.js'
import type { EventBuilder } from '../events.js'
import { aedatVersion } from './aedat-header.js'
import { Clock32 } from './clock32.js'
import { bigEndian32 } from './dvs128-decoder.js'
import { ReaderReport } from './reader-report.js'
import { readerSettings, wholeNumberOption } from './reader-settings.js'
import { decodeStretch, eventReader, eventsAtOnce, type RecordDecoder } from './stream-reader.js'

export interface AudioOptions extends EventReaderOptions {
  /** Length of a tick in µs, above 0 and up to 10^6; default 1. A sensor's own recordings often have 0.2. */
  readonly tick?: number
  /** Channels an ear, 1..32768; default 64. Addresses of a sensor with fewer are the same. */
  readonly channelsPerEar?: number
}

const recordBytes = 6

class AudioDecoder implements RecordDecoder {
  readonly record = 'spike of 6 bytes'
  readonly longestRecord = recordBytes
  readonly #clock = new Clock32()

  constructor(
    readonly tick: number,
    readonly channels: number,
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    const count = Math.min(Math.floor((bytes.length - from) / recordBytes), eventsAtOnce)
    if (count === 0) return from
    out.reserve(count)
    const { x, y, polarity, halves } = out
    const { tick, channels } = this
    const clock = this.#clock
    const end = from + recordBytes * count
    let last = clock.before(bigEndian32(bytes, from + 2) >>> 0)
    let outside = 0
    let n = out.count
    for (let i = from; i < end; i += recordBytes) {
      const address = ((bytes[i] as number) << 8) | (bytes[i + 1] as number)
      const place = address >>> 1
      const ear = Math.floor(place / channels)
      if (ear > 1) {
        outside++
        continue
      }
      const ticks = bigEndian32(bytes, i + 2) >>> 0
      if (ticks < last || ticks - last > 2147483648) clock.jump(last, ticks)
      last = ticks
      const time = Math.round((clock.turns * 4294967296 + ticks) * tick)
      x[n] = place - ear * channels
      y[n] = ear
      polarity[n] = address & 1
      halves[2 * n] = time
      halves[2 * n + 1] = Math.floor(time / 4294967296)
      n++
    }
    out.count = n
    clock.after(last)
    this.report.nonMonotonic = clock.backwards
    this.report.wrapArounds = clock.wrapArounds
    this.report.outside += outside
    return end
  }
}

async function openAudio(source: ByteSource, options: AudioOptions): Promise<EventReader> {
  const { truncated, chunkBytes } = readerSettings(options)
  const version = aedatVersion(await source.read(0, 64))
  if (version !== null) {
    const what = `begins as AEDAT ${version}, which spiking audio does not.`
    throw new FileFormatError(source.name, what, 'AEDAT 1.0, 2.0, 3.0, 3.1 and 4.0 are read here.')
  }
  const tick = options.tick ?? 1
  if (!(tick > 0 && tick <= 1e6)) throw new OptionError('tick', `must be above 0 and up to 10^6 µs; got ${tick}.`)
  const channels = wholeNumberOption('channelsPerEar', options.channelsPerEar, 1, 32768) ?? 64
  const report = new ReaderReport(source.name, truncated)
  const decoder = new AudioDecoder(tick, channels, report)
  const stretch = { source, start: 0, end: source.size, chunkBytes, report }
  const facts = { format: 'audio-aer', width: channels, height: 2, metadata: { tick: `${tick} µs` } }
  return eventReader(facts, report, () => decodeStretch(stretch, decoder))
}

export const audioAer: EventFormat = {
  name: 'audio-aer',
  title: 'Spiking audio of NAS without a header (.aedat)',
  endings: ['.aedat'],
  recognises: () => false,
  open: openAudio,
}
