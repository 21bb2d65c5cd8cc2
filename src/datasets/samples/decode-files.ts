/** Files become samples: the work of one job, the same on every thread. */
import { FileFormatError } from '../../errors.js'
import type { TreeReading } from '../catalogue/entry.js'
import { type ImageDecoder, imageDecoder } from '../containers/decode-image.js'
import { squareImage } from '../containers/square-image.js'
import { readAll } from '../events/byte-source.js'
import { type EventReader, type ReaderWarning, readEvents } from '../events/event-reader.js'
import { type Events, sliceEvents, timeAt, timeHalves } from '../events/events.js'
import { openEvents } from '../events/formats/index.js'
import { cutRecording, type EventRecording, recordingOf, type SensorSize, sortEvents } from '../events/recording.js'
import { annotatedWindows, fixedWindows } from '../events/windows.js'
import { decodeRecords } from './decode-records.js'
import { encodeRecording } from './event-record.js'
import type { FilePlace, OpenPlace } from './file-tree.js'
import type { SampleFile } from './sample-file.js'

/** How files are read; plain data. */
export interface DecodeSettings {
  readonly kind: 'image' | 'event'
  /** Pictures: side of the square that each is cut and scaled to; null takes them as they are. */
  readonly pictureSide: number | null
  readonly sensor: SensorSize | null
  /** Microseconds of the windows that recordings and labelled stretches are cut into; null leaves them whole. */
  readonly window: number | null
  /** Format of the files where neither mark nor ending tells. */
  readonly format?: string
  /** What files that are no recordings hold. */
  readonly records?: TreeReading['records']
}

export interface FileJob {
  readonly file: SampleFile
  readonly place: FilePlace
}

/** A sample as it is stored. */
export interface DecodedSample {
  readonly label: number
  readonly bytes: Uint8Array
  readonly events: number
  readonly on: number
  /** Microseconds. */
  readonly duration: number
  /** SHA-256 of the bytes. */
  readonly digest: Uint8Array
  /** Where the file itself tells which samples belong together. */
  readonly recording?: number
}

export interface DecodedFile {
  readonly samples: readonly DecodedSample[]
  /** Sensor of the recording, as the settings, the file or its events say; size of a picture. */
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly warnings: readonly ReaderWarning[]
  /** The file holds samples behind these: they are asked for by `from`, so that no file has to fit into memory. */
  readonly more?: boolean
  /** Names of the classes where the file tells them. */
  readonly classes?: readonly string[]
}

/** Reads files one after the other; pictures and recordings by their endings. */
export async function decodeFiles(
  jobs: readonly FileJob[],
  settings: DecodeSettings,
  open: OpenPlace,
): Promise<DecodedFile[]> {
  const decoded: DecodedFile[] = []
  const picture = settings.kind === 'image' ? await imageDecoder() : null
  for (const job of jobs) {
    if (settings.records !== undefined) {
      decoded.push(await decodeRecords(job, settings.records, open))
      continue
    }
    decoded.push(await (picture ? decodePicture(job, settings, picture, open) : decodeEventFile(job, settings, open)))
  }
  return decoded
}

/** Largest picture file, in bytes. */
const pictureLimit = 64 * 1024 * 1024

/** @throws FileFormatError when the file is no PNG or JPEG picture, or damaged */
async function decodePicture(
  { file, place }: FileJob,
  { pictureSide }: DecodeSettings,
  decode: ImageDecoder,
  open: OpenPlace,
): Promise<DecodedFile> {
  if (file.cut.kind !== 'whole') throw new FileFormatError(file.path, 'is a picture and cannot be cut into samples.')
  const source = await open(place)
  try {
    const whole = decode(await readAll(source, pictureLimit), source.name)
    const { width, height, channels, pixels } = pictureSide === null ? whole : squareImage(whole, pictureSide)
    // a decoder may give a part of something larger
    const bytes = pixels.slice()
    const sample = { label: file.cut.label, bytes, events: 0, on: 0, duration: 0, digest: await digestOf(bytes) }
    return { samples: [sample], width, height, channels, warnings: [] }
  } finally {
    await source.close?.()
  }
}

/**
 * Reads one recording and cuts it into its samples.
 * @throws FileFormatError when the bytes are not what their format demands, naming the file
 * @throws DatasetError when a labelled stretch lies outside the recording
 */
export async function decodeEventFile(
  { file, place }: FileJob,
  settings: DecodeSettings,
  open: OpenPlace,
): Promise<DecodedFile> {
  const source = await open(place)
  try {
    const reader = await openEvents(source, {
      ...settings.sensor,
      ...(settings.format !== undefined && { format: settings.format }),
    })
    const events = sortEvents(await readEvents(reader))
    const sensor = settings.sensor ?? sensorOf(reader, events)
    const samples: DecodedSample[] = []
    for (const { recording, label } of cutFile(events, sensor, file, settings.window)) {
      samples.push(await stored(recording, label))
    }
    return { samples, ...sensor, channels: 2, warnings: reader.warnings }
  } finally {
    await source.close?.()
  }
}

/** The sensor that the file tells; else the smallest that holds its events. */
function sensorOf({ width, height }: EventReader, events: Events): SensorSize {
  if (width !== null && height !== null) return { width, height }
  const beyond = (values: Uint16Array) => values.reduce((most, value) => Math.max(most, value + 1), 1)
  return { width: width ?? beyond(events.x), height: height ?? beyond(events.y) }
}

function* cutFile(
  events: Events,
  sensor: SensorSize,
  { path, cut }: SampleFile,
  window: number | null,
): Generator<{ readonly recording: EventRecording; readonly label: number }, void, undefined> {
  if (cut.kind === 'records') throw new FileFormatError(path, 'holds many samples and is of no event format.')
  if (cut.kind === 'whole') {
    for (const recording of wholeOrWindows(events, sensor, window)) yield { recording, label: cut.label }
    return
  }
  if (cut.unit === 'events') {
    for (const { from, to, label } of cut.spans) {
      if (to > events.count) {
        throw new FileFormatError(path, `has ${events.count} events; a sample is to end before event ${to}.`)
      }
      const stretch = sliceEvents(events, from, to)
      for (const recording of wholeOrWindows(stretch, sensor, window)) yield { recording, label }
    }
    return
  }
  const spans = cut.spans.map(({ from, to, label }) => ({ start: from, end: to, label }))
  const options = { overlap: true, ...(window !== null && { length: window }) }
  for (const { recording, label } of annotatedWindows(events, sensor, spans, options)) {
    yield { recording, label: label as number }
  }
}

/** Windows of a recording; one that is shorter than a window, and any without a window, is one sample. */
function* wholeOrWindows(events: Events, sensor: SensorSize, window: number | null): Generator<EventRecording> {
  if (window !== null) {
    let found = false
    for (const { recording } of fixedWindows(events, sensor, { length: window })) {
      found = true
      yield recording
    }
    if (found) return
    const halves = timeHalves(events.t)
    const start = events.count > 0 ? timeAt(halves, 0) : 0
    yield cutRecording(events, sensor, start, start + window)
    return
  }
  yield recordingOf(events, sensor)
}

export async function stored(recording: EventRecording, label: number): Promise<DecodedSample> {
  let on = 0
  for (const polarity of recording.polarity) on += polarity
  const bytes = encodeRecording(recording)
  return { label, bytes, events: recording.t.length, on, duration: recording.duration, digest: await digestOf(bytes) }
}

export const digestOf = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
