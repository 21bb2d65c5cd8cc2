/** The event formats that are read here, and opening a recording without saying which one it is. */
import { FileFormatError, OptionError } from '../../../errors.js'
import { hdf5Events } from '../../containers/hdf5-events.js'
import { npyEvents, npzEvents } from '../../containers/npy-events.js'
import { nearestName } from '../../nearest-name.js'
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions } from '../event-reader.js'
import type { AedatOptions } from './aedat-conventions.js'
import { aedat1 } from './aedat1.js'
import { aedat2 } from './aedat2.js'
import { aedat3, type ValidityOptions } from './aedat3.js'
import { type Aedat4Options, aedat4 } from './aedat4.js'
import { type AudioOptions, audioAer } from './audio-aer.js'
import type { CsvOptions } from './csv-columns.js'
import { csvEvents } from './csv-events.js'
import { eventStream } from './event-stream.js'
import { evt2 } from './evt2.js'
import { evt3 } from './evt3.js'
import { evt21 } from './evt21.js'
import { nmnistBin } from './nmnist-bin.js'
import { propheseeDat } from './prophesee-dat.js'
import { type ChannelOptions, slayerBs1, slayerBs2, slayerBs3 } from './slayer.js'

export const eventFormats: readonly EventFormat[] = [
  nmnistBin,
  slayerBs1,
  slayerBs2,
  slayerBs3,
  propheseeDat,
  evt2,
  evt21,
  evt3,
  aedat1,
  aedat2,
  aedat3,
  aedat4,
  audioAer,
  eventStream,
  csvEvents,
  hdf5Events,
  npyEvents,
  npzEvents,
]

/** What all formats and single ones can be told; a format does not look at what belongs to another. */
export interface OpenEventsOptions
  extends EventReaderOptions,
    ChannelOptions,
    AedatOptions,
    ValidityOptions,
    Aedat4Options,
    AudioOptions,
    CsvOptions {
  /** Name of the format, from `eventFormats`; left out, the file's mark tells, then its ending. */
  readonly format?: string
}

/** Bytes that a format may look at to recognise a file. */
const headBytes = 4096

const listed = (formats: readonly EventFormat[]): string => formats.map(({ name }) => name).join(', ')

function formatNamed(name: string): EventFormat {
  const found = eventFormats.find((format) => format.name === name)
  if (found) return found
  const names = eventFormats.map((format) => format.name)
  const near = nearestName(name, names)
  throw new OptionError(
    'format',
    `must be one of ${names.join(', ')}; got ${name}.`,
    near === null ? 'Leave it out to let the file tell.' : `Did you mean ${near}?`,
  )
}

/**
 * The format of a recording: by the mark in its first bytes, else by the ending of its name.
 * @throws FileFormatError when neither tells, with the formats that there are
 */
export async function eventFormatOf(source: ByteSource): Promise<EventFormat> {
  const head = await source.read(0, headBytes)
  const marked = eventFormats.find((format) => format.recognises(head))
  if (marked) return marked
  const name = source.name.toLowerCase()
  if (name.endsWith('.bsn')) {
    throw new FileFormatError(source.name, 'holds wanted spike counts rather than events.', 'Use readSpikeTargets.')
  }
  const ending = eventFormats.filter(({ endings }) => endings.some((text) => name.endsWith(text)))
  const possible = ending.filter(({ alwaysMarked }) => !alwaysMarked)
  const [only] = possible
  if (only && possible.length === 1) return only
  const what =
    possible.length > 1
      ? `could be any of ${listed(possible)}, and its header does not say which.`
      : ending.length > 0
        ? `ends like a file of ${listed(ending)} and does not begin like one.`
        : 'is of no event format that its first bytes or its ending tell.'
  throw new FileFormatError(source.name, what, `Name one with the option format: ${listed(eventFormats)}.`)
}

/**
 * Opens a recording of any format in `eventFormats`.
 *
 * @throws OptionError on options out of range or an unknown format
 * @throws FileFormatError when the format cannot be told, or the bytes are not of it
 */
export async function openEvents(source: ByteSource, options: OpenEventsOptions = {}): Promise<EventReader> {
  const format = options.format === undefined ? await eventFormatOf(source) : formatNamed(options.format)
  return format.open(source, options)
}
