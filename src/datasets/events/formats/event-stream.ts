/** Reading Event Stream files (`.es`): as events like any other format, or with all that their type carries. */
import { FileFormatError, OptionError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions, ReaderWarning } from '../event-reader.js'
import type { Events } from '../events.js'
import {
  AtisStreamDecoder,
  ColourStreamDecoder,
  DvsStreamDecoder,
  GenericStreamDecoder,
} from './event-stream-decoders.js'
import { type EventStreamHeader, isEventStream, readEventStreamHeader } from './event-stream-header.js'
import { ReaderReport } from './reader-report.js'
import { type ReaderSettings, readerSettings, sensorEdge } from './reader-settings.js'
import { decodeStretch, eventReader } from './stream-reader.js'

/** A stretch of an Event Stream with what its type carries beside events; the rest is null. */
export interface EventStreamRecords {
  /** `x` and `y` are 0 for generic events, `polarity` is 1 for generic and colour ones. */
  readonly events: Events
  /** ATIS: 1 for a threshold crossing, whose polarity is 1 for the second of an exposure measurement; `[count]`. */
  readonly thresholdCrossings: Uint8Array | null
  /** Colour: red, green and blue, `[count, 3]`. */
  readonly colours: Uint8Array | null
  /** Generic: the bytes of each event. */
  readonly payloads: readonly Uint8Array[] | null
}

/** An opened Event Stream. Records may be walked once; warnings are complete after the last. */
export interface EventStreamFile extends EventStreamHeader {
  readonly warnings: readonly ReaderWarning[]
  records(): AsyncGenerator<EventStreamRecords, void, undefined>
}

const nothing = { thresholdCrossings: null, colours: null, payloads: null }

async function* walkRecords(
  source: ByteSource,
  header: EventStreamHeader,
  { chunkBytes }: ReaderSettings,
  report: ReaderReport,
): AsyncGenerator<EventStreamRecords, void, undefined> {
  const stretch = { source, start: header.bytes, end: source.size, chunkBytes, report }
  const edge = sensorEdge(header.width, header.height)
  if (header.type === 'dvs') {
    for await (const events of decodeStretch(stretch, new DvsStreamDecoder(edge, report))) yield { ...nothing, events }
  } else if (header.type === 'atis') {
    const decoder = new AtisStreamDecoder(true, edge, report)
    for await (const events of decodeStretch(stretch, decoder)) {
      const thresholdCrossings = Uint8Array.from(decoder.crossings.splice(0))
      yield { ...nothing, events, thresholdCrossings }
    }
  } else if (header.type === 'colour') {
    const decoder = new ColourStreamDecoder(edge, report)
    for await (const events of decodeStretch(stretch, decoder)) {
      yield { ...nothing, events, colours: Uint8Array.from(decoder.colours.splice(0)) }
    }
  } else {
    const decoder = new GenericStreamDecoder(report)
    for await (const events of decodeStretch(stretch, decoder)) {
      yield { ...nothing, events, payloads: decoder.payloads.splice(0) }
    }
  }
}

/**
 * Opens an Event Stream with all that its type carries: exposure measurements, colours, generic bytes.
 * @throws FileFormatError when it is none, OptionError on options out of range
 */
export async function openEventStream(
  source: ByteSource,
  options: Pick<EventReaderOptions, 'truncated' | 'chunkBytes'> = {},
): Promise<EventStreamFile> {
  const settings = readerSettings(options)
  const header = await readEventStreamHeader(source)
  const report = new ReaderReport(source.name, settings.truncated)
  let walked = false
  return {
    ...header,
    get warnings() {
      return report.warnings()
    },
    records() {
      if (walked) throw new OptionError(source.name, 'its records may be walked once.', 'Open the file again.')
      walked = true
      return walkRecords(source, header, settings, report)
    },
  }
}

function decoderOf(source: ByteSource, header: EventStreamHeader, report: ReaderReport) {
  const edge = sensorEdge(header.width, header.height)
  if (header.type === 'dvs') return new DvsStreamDecoder(edge, report)
  if (header.type === 'atis') return new AtisStreamDecoder(false, edge, report)
  if (header.type === 'colour') {
    report.note('Colours are left out and every event is given as ON; openEventStream reads them.')
    return new ColourStreamDecoder(edge, report)
  }
  const what = 'holds generic bytes with times rather than events of pixels.'
  throw new FileFormatError(source.name, what, 'Read it with openEventStream.')
}

async function openAsEvents(source: ByteSource, options: EventReaderOptions): Promise<EventReader> {
  const { truncated, chunkBytes } = readerSettings(options)
  const header = await readEventStreamHeader(source)
  const report = new ReaderReport(source.name, truncated)
  const decoder = decoderOf(source, header, report)
  const stretch = { source, start: header.bytes, end: source.size, chunkBytes, report }
  const { width, height, type, version } = header
  return eventReader({ format: 'es', width, height, metadata: { type, version } }, report, async function* () {
    for await (const events of decodeStretch(stretch, decoder)) {
      if (decoder instanceof ColourStreamDecoder) decoder.colours = []
      yield events
    }
  })
}

export const eventStream: EventFormat = {
  name: 'es',
  title: 'Event Stream (.es)',
  endings: ['.es'],
  alwaysMarked: true,
  recognises: isEventStream,
  open: openAsEvents,
}
