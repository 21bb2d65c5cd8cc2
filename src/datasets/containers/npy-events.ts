/** Recordings of event cameras as NumPy arrays: records with fields such as x, y, t and p, or an archive of columns. */
import { FileFormatError } from '../../errors.js'
import type { ByteSource } from '../events/byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions } from '../events/event-reader.js'
import type { Events } from '../events/events.js'
import { ReaderReport } from '../events/formats/reader-report.js'
import { readerSettings } from '../events/formats/reader-settings.js'
import { eventReader } from '../events/formats/stream-reader.js'
import { type EventColumns, eventsOf, namedColumns } from './event-columns.js'
import { type NpyFile, openNpy } from './npy.js'
import { isNpy, type NpyField } from './npy-header.js'
import { openNpz } from './npz.js'
import { isNumber, type NumberColumn, readNumbers } from './scalar-type.js'
import { withinSensor } from './within-sensor.js'

/** A structured array, its fields in any order and of any type, read by chunks. */
export const npyEvents: EventFormat = {
  name: 'npy',
  title: 'NumPy structured array (.npy)',
  endings: ['.npy'],
  alwaysMarked: true,
  recognises: isNpy,
  open: openNpyEvents,
}

/** An archive with one structured array, or with an array a column. */
export const npzEvents: EventFormat = {
  name: 'npz',
  title: 'NumPy archive of a structured array or of columns (.npz)',
  endings: ['.npz'],
  recognises: () => false,
  open: openNpzEvents,
}

/**
 * Opens a structured array as a recording. Times are microseconds.
 * @throws FileFormatError when it is no such array, has no x or no time, or, with `truncated: 'error'`, is cut
 */
export async function openNpyEvents(source: ByteSource, options: EventReaderOptions): Promise<EventReader> {
  const settings = readerSettings(options)
  const report = new ReaderReport(source.name, settings.truncated)
  const file = await openNpy(source, { cut: true })
  const { fields, shape, itemBytes } = file.header
  if (fields.length === 0 || shape.length !== 1) {
    throw new FileFormatError(
      source.name,
      'must be a one-dimensional structured array with fields such as x, y, t and p; it is a plain array.',
      'Say which column is which: save it with numpy.lib.recfunctions.unstructured_to_structured.',
    )
  }
  const single = fields.filter((field) => field.shape.length === 0 && isNumber(field.type))
  const named = namedColumns(new Map(single.map((field) => [field.name, field])), source.name)
  const step = Math.max(1, Math.floor(settings.chunkBytes / itemBytes))
  async function* walk(): AsyncGenerator<Events, void, undefined> {
    const due = shape[0] as number
    let last = Number.NEGATIVE_INFINITY
    for (let from = 0; from < file.count; from += step) {
      const events = eventsOf(await columns(file, named, from, step), source.name)
      last = countSteps(events, last, report)
      yield withinSensor(events, settings.width, settings.height, report)
    }
    if (file.count < due) report.truncate(`${due} events are due; ${file.count} whole ones are there.`)
  }
  const { width, height } = settings
  return eventReader({ format: 'npy', width, height }, report, walk)
}

/**
 * Opens an archive as a recording, as a whole: with one structured array, or with one-dimensional arrays x, y, t and p.
 * @throws FileFormatError when it has neither
 */
export async function openNpzEvents(source: ByteSource, options: EventReaderOptions): Promise<EventReader> {
  const settings = readerSettings(options)
  const file = await openNpz(source)
  const [only] = file.names
  if (only !== undefined && file.names.length === 1) {
    return { ...(await openNpyEvents(await file.source(only), options)), format: 'npz' }
  }
  const report = new ReaderReport(source.name, settings.truncated)
  const names = namedColumns(new Map(file.names.map((name) => [name, name])), source.name)
  const column = async (name: string): Promise<NumberColumn> => {
    const array = await file.array(name)
    if (array.kind === 'numbers' && array.shape.length === 1) return array.data
    throw new FileFormatError(source.name, `its array ${name} must be one-dimensional numbers.`, 'Save it again.')
  }
  const whole: EventColumns = {
    x: await column(names.x),
    t: await column(names.t),
    ...(names.y !== undefined && { y: await column(names.y) }),
    ...(names.polarity !== undefined && { polarity: await column(names.polarity) }),
  }
  async function* walk(): AsyncGenerator<Events, void, undefined> {
    const events = eventsOf(whole, source.name)
    countSteps(events, Number.NEGATIVE_INFINITY, report)
    yield withinSensor(events, settings.width, settings.height, report)
  }
  const { width, height } = settings
  return eventReader({ format: 'npz', width, height }, report, walk)
}

async function columns(
  file: NpyFile,
  { x, y, t, polarity }: { x: NpyField; y?: NpyField; t: NpyField; polarity?: NpyField },
  from: number,
  count: number,
): Promise<EventColumns> {
  const { itemBytes } = file.header
  const bytes = await file.bytes(from, count)
  const rows = bytes.length / itemBytes
  const read = (field: NpyField) => readNumbers(bytes, field.type, rows, field.offset, itemBytes)
  return { x: read(x), t: read(t), ...(y && { y: read(y) }), ...(polarity && { polarity: read(polarity) }) }
}

/** Counts how often time goes backwards. @returns the last time */
function countSteps(events: Events, before: number, report: ReaderReport): number {
  let last = before
  for (const time of events.t) {
    const now = Number(time)
    if (now < last) report.nonMonotonic++
    last = now
  }
  return last
}
