/**
 * Binary spikes of SLAYER (Shrestha & Orchard, NeurIPS 2018), without headers and big-endian. Times are absolute, and
 * nothing asks for them to be sorted: SLAYER's own Oxford task lists some spikes neuron by neuron, so a step back is
 * reported and never taken for a wrap-around.
 *
 * - `.bs1`: neuron 16 bits, sign 1, time 23 in µs: the neuron becomes `x`
 * - `.bs2`: column 8 bits, row 8, sign 1, time 23 in µs
 * - `.bs3`: column 12 bits, row 12, channel 8, time 24 in µs: the channel becomes `polarity`
 *
 * `.bsn` holds wanted spike counts rather than events: see `readSpikeTargets`.
 */
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions } from '../event-reader.js'
import type { EventBuilder } from '../events.js'
import { openFiveByte } from './five-byte-events.js'
import { ReaderReport } from './reader-report.js'
import { readerSettings, sensorEdge, wholeNumberOption } from './reader-settings.js'
import { decodeStretch, eventReader, eventsAtOnce, type RecordDecoder } from './stream-reader.js'

export const slayerBs1: EventFormat = {
  name: 'bs1',
  title: 'SLAYER spikes of one dimension (.bs1)',
  endings: ['.bs1'],
  recognises: () => false,
  open: (source, options) =>
    openFiveByte(source, options, { format: 'bs1', address: 'neuron', overflowMarkers: false }),
}

export const slayerBs2: EventFormat = {
  name: 'bs2',
  title: 'SLAYER spikes of two dimensions (.bs2)',
  endings: ['.bs2'],
  recognises: () => false,
  open: (source, options) => openFiveByte(source, options, { format: 'bs2', address: 'xy', overflowMarkers: false }),
}

export interface ChannelOptions extends EventReaderOptions {
  /** Channels of a `.bs3`, 1..256, default 2: spikes of higher channels are left out and counted as outside. */
  readonly channels?: number
}

const recordBytes = 7

class SevenByteDecoder implements RecordDecoder {
  readonly record = 'spike of 7 bytes'
  readonly longestRecord = recordBytes
  #last = -1

  constructor(
    readonly edge: { readonly columns: number; readonly rows: number },
    readonly channels: number,
    readonly report: ReaderReport,
  ) {}

  decode(bytes: Uint8Array, from: number, out: EventBuilder): number {
    const count = Math.min(Math.floor((bytes.length - from) / recordBytes), eventsAtOnce)
    out.reserve(count)
    const { x, y, polarity, halves } = out
    const { columns, rows } = this.edge
    const { channels } = this
    const end = from + count * recordBytes
    let last = this.#last
    let backwards = 0
    let outside = 0
    let n = out.count
    for (let i = from; i < end; i += recordBytes) {
      const middle = bytes[i + 1] as number
      const column = ((bytes[i] as number) << 4) | (middle >>> 4)
      const row = ((middle & 15) << 8) | (bytes[i + 2] as number)
      const channel = bytes[i + 3] as number
      if (column >= columns || row >= rows || channel >= channels) {
        outside++
        continue
      }
      const time = ((bytes[i + 4] as number) << 16) | ((bytes[i + 5] as number) << 8) | (bytes[i + 6] as number)
      if (time < last) backwards++
      last = time
      x[n] = column
      y[n] = row
      polarity[n] = channel
      halves[2 * n] = time
      halves[2 * n + 1] = 0
      n++
    }
    out.count = n
    this.#last = last
    this.report.nonMonotonic += backwards
    this.report.outside += outside
    return end
  }
}

async function openBs3(source: ByteSource, options: ChannelOptions): Promise<EventReader> {
  const { width, height, truncated, chunkBytes } = readerSettings(options)
  const channels = wholeNumberOption('channels', options.channels, 1, 256) ?? 2
  const report = new ReaderReport(source.name, truncated)
  const decoder = new SevenByteDecoder(sensorEdge(width, height), channels, report)
  const stretch = { source, start: 0, end: source.size, chunkBytes, report }
  return eventReader({ format: 'bs3', width, height }, report, () => decodeStretch(stretch, decoder))
}

export const slayerBs3: EventFormat = {
  name: 'bs3',
  title: 'SLAYER spikes with channels (.bs3)',
  endings: ['.bs3'],
  recognises: () => false,
  open: openBs3,
}
