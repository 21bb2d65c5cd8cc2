/**
 * AEDAT 1.0 (https://docs.inivation.com/software/software-advanced-usage/file-formats/aedat-1.0.html): an optional header
 * of lines that begin with '#', then records of 6 bytes, big-endian: 16-bit address of a DVS128, signed 32-bit time in
 * µs. A file without a header has no mark at all, and the same ending as spiking audio: name the format then.
 */
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader } from '../event-reader.js'
import type { AedatOptions } from './aedat-conventions.js'
import { aedatMetadata, aedatVersion, hasPlainHeader, readAedatHeader } from './aedat-header.js'
import { Dvs128Decoder } from './dvs128-decoder.js'
import { ReaderReport } from './reader-report.js'
import { choiceOption, readerSettings, sensorEdge } from './reader-settings.js'
import { decodeStretch, eventReader } from './stream-reader.js'

async function openAedat1(source: ByteSource, options: AedatOptions): Promise<EventReader> {
  const settings = readerSettings(options)
  const jaer = choiceOption('fields', options.fields, ['raw', 'jaer']) === 'jaer'
  const header = await readAedatHeader(source, ['1.0', null])
  const report = new ReaderReport(source.name, settings.truncated)
  if (header.cut) report.truncate('The file ends within its header.')
  const decoder = new Dvs128Decoder(2, jaer, sensorEdge(128, 128), report)
  const stretch = { source, start: header.bytes, end: source.size, chunkBytes: settings.chunkBytes, report }
  const facts = { format: 'aedat1', width: 128, height: 128, metadata: aedatMetadata(header) }
  return eventReader(facts, report, () => decodeStretch(stretch, decoder))
}

export const aedat1: EventFormat = {
  name: 'aedat1',
  title: 'AEDAT 1.0 of the DVS128 (.aedat)',
  endings: ['.aedat'],
  // without a mark the ending is left to spiking audio
  alwaysMarked: true,
  recognises: (head) => aedatVersion(head) === '1.0' || hasPlainHeader(head),
  open: openAedat1,
}
