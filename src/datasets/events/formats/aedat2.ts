/**
 * AEDAT 2.0 of jAER (https://docs.inivation.com/software/software-advanced-usage/file-formats/aedat-2.0.html): a header
 * of lines that begin with '#', then records of 8 bytes, big-endian: address and signed time in µs. What an address
 * means depends on the sensor: see `Dvs128Decoder` and `DavisDecoder`. The time does not start at 0, may be negative,
 * and wraps from 2^31 - 1 to -2^31, after which it is carried on.
 */
import { OptionError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader } from '../event-reader.js'
import type { AedatOptions } from './aedat-conventions.js'
import { type AedatHeader, aedatMetadata, aedatVersion, readAedatHeader } from './aedat-header.js'
import { DavisDecoder } from './davis-decoder.js'
import { bigEndian32, Dvs128Decoder } from './dvs128-decoder.js'
import { type Sensor, sensorNamed } from './inivation-sensors.js'
import { ReaderReport } from './reader-report.js'
import { choiceOption, type ReaderSettings, readerSettings, sensorEdge } from './reader-settings.js'
import { decodeStretch, eventReader, type RecordDecoder } from './stream-reader.js'

const recordBytes = 8
/** Records looked at where no header tells the sensor. */
const lookedAt = 4096

/** A DVS128 never uses the upper half of an address, a DAVIS all but always does. */
async function sensorByAddresses(source: ByteSource, start: number): Promise<Sensor> {
  const bytes = await source.read(start, lookedAt * recordBytes)
  for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
    if (bigEndian32(bytes, at) >>> 16 !== 0) return { layout: 'davis', width: null, height: null }
  }
  return { layout: 'dvs128', width: 128, height: 128 }
}

async function sensorOf(source: ByteSource, header: AedatHeader, options: AedatOptions): Promise<Sensor> {
  const named = sensorNamed(header.fields.get('AEChip')) ?? sensorNamed(header.fields.get('HardwareInterface'))
  if (options.sensor === undefined) return named ?? sensorByAddresses(source, header.bytes)
  const layout = choiceOption('sensor', options.sensor, ['dvs128', 'davis'])
  if (named?.layout === layout) return named
  return layout === 'dvs128' ? { layout, width: 128, height: 128 } : { layout, width: null, height: null }
}

function decoderOf(sensor: Sensor, jaer: boolean, settings: ReaderSettings, report: ReaderReport): RecordDecoder {
  const width = sensor.width ?? settings.width
  const edge = sensorEdge(width, sensor.height ?? settings.height)
  if (sensor.layout === 'dvs128') return new Dvs128Decoder(4, jaer, edge, report)
  if (jaer && width === null) {
    throw new OptionError(
      'width',
      "must be given to mirror columns as jAER does; the file does not say the sensor's.",
      "Give width, or read with fields: 'raw'.",
    )
  }
  return new DavisDecoder(jaer && width !== null ? width - 1 : null, edge, report)
}

async function openAedat2(source: ByteSource, options: AedatOptions): Promise<EventReader> {
  const settings = readerSettings(options)
  const jaer = choiceOption('fields', options.fields, ['raw', 'jaer']) === 'jaer'
  const header = await readAedatHeader(source, ['2.0'])
  const report = new ReaderReport(source.name, settings.truncated)
  if (header.cut) report.truncate('The file ends within its header.')
  const sensor = await sensorOf(source, header, options)
  const chip = header.fields.get('AEChip')
  if (chip !== undefined && sensorNamed(chip) === null && options.sensor === undefined) {
    report.note(`The header's AEChip ${chip} is not known here; addresses are read as those of ${sensor.layout}.`)
  }
  const decoder = decoderOf(sensor, jaer, settings, report)
  const stretch = { source, start: header.bytes, end: source.size, chunkBytes: settings.chunkBytes, report }
  const width = sensor.width ?? settings.width
  const height = sensor.height ?? settings.height
  const metadata = { ...aedatMetadata(header), layout: sensor.layout }
  return eventReader({ format: 'aedat2', width, height, metadata }, report, () => decodeStretch(stretch, decoder))
}

export const aedat2: EventFormat = {
  name: 'aedat2',
  title: 'AEDAT 2.0 of DVS128 and DAVIS (.aedat)',
  endings: ['.aedat', '.aedat2'],
  alwaysMarked: true,
  recognises: (head) => aedatVersion(head) === '2.0',
  open: openAedat2,
}
