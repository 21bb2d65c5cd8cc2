/** SLAYER's wanted spike counts (`.bsn`), which it trains a classifier's output towards. */
import { type ByteSource, readAll } from '../byte-source.js'
import type { EventReaderOptions, ReaderWarning } from '../event-reader.js'
import { ReaderReport } from './reader-report.js'
import { readerSettings } from './reader-settings.js'

/** How often each neuron should fire within a window. All columns have length `count`. */
export interface SpikeTargets {
  readonly count: number
  readonly neuron: Uint16Array
  /** Window `[start, end)` in µs, 24 bits. */
  readonly start: Uint32Array
  readonly end: Uint32Array
  readonly spikes: Uint16Array
  readonly warnings: readonly ReaderWarning[]
}

const recordBytes = 10
const largestFile = 64 * 1024 * 1024

/**
 * Reads a `.bsn`: records of ten bytes, big-endian: neuron (2), start in µs (3), end in µs (3), spikes (2).
 * @throws FileFormatError above 64 MiB, and on a cut file with `truncated: 'error'`
 */
export async function readSpikeTargets(
  source: ByteSource,
  options: Pick<EventReaderOptions, 'truncated'> = {},
): Promise<SpikeTargets> {
  const { truncated } = readerSettings(options)
  const report = new ReaderReport(source.name, truncated)
  const bytes = await readAll(source, largestFile)
  const count = Math.floor(bytes.length / recordBytes)
  const rest = bytes.length - count * recordBytes
  if (rest > 0) report.truncate(`${rest} bytes at the end are no whole record of 10 bytes.`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const three = (at: number) => view.getUint8(at) * 65536 + view.getUint16(at + 1)
  const column = { length: count }
  return {
    count,
    neuron: Uint16Array.from(column, (_, i) => view.getUint16(i * recordBytes)),
    start: Uint32Array.from(column, (_, i) => three(i * recordBytes + 2)),
    end: Uint32Array.from(column, (_, i) => three(i * recordBytes + 5)),
    spikes: Uint16Array.from(column, (_, i) => view.getUint16(i * recordBytes + 8)),
    warnings: report.warnings(),
  }
}
