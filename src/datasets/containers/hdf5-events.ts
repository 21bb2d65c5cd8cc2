/** Recordings of event cameras as HDF5: the layouts of Prophesee and of DSEC, and what is near to them. */
import { FileFormatError } from '../../errors.js'
import type { ByteSource } from '../events/byte-source.js'
import type { EventFormat, EventReader, EventReaderOptions } from '../events/event-reader.js'
import type { Events } from '../events/events.js'
import { ReaderReport } from '../events/formats/reader-report.js'
import { readerSettings } from '../events/formats/reader-settings.js'
import { eventReader } from '../events/formats/stream-reader.js'
import { type EventColumns, eventsOf, namedColumns } from './event-columns.js'
import { Hdf5Dataset, type Hdf5File, Hdf5Group, isHdf5, openHdf5 } from './hdf5.js'
import { type NumericArray, numberAt } from './numeric-array.js'
import { withinSensor } from './within-sensor.js'

/** Where the columns may lie: a data set of records, or a group of columns. */
const places = ['CD/events', 'events', 'prophesee/left', 'davis/left/events', '/']
/** Bytes of an event in memory, about, which says how many are read at once. */
const eventBytes = 16

/** `CD/events` as records of x, y, p and t (Prophesee), or `events/x`, `/y`, `/p`, `/t` with `t_offset` (DSEC). */
export const hdf5Events: EventFormat = {
  name: 'hdf5',
  title: 'HDF5 of Prophesee and DSEC (.h5, .hdf5)',
  endings: ['.h5', '.hdf5'],
  alwaysMarked: true,
  recognises: isHdf5,
  open: openHdf5Events,
}

/**
 * Opens a recording in HDF5. Times are microseconds; DSEC's `t_offset` is added.
 * @throws FileFormatError when it is no HDF5 file, has no such columns, or is packed with a filter that is not read
 */
export async function openHdf5Events(source: ByteSource, options: EventReaderOptions): Promise<EventReader> {
  const settings = readerSettings(options)
  const report = new ReaderReport(source.name, settings.truncated)
  const file = await openHdf5(source)
  const columns = await findColumns(file)
  const offset = await timeOffset(file)
  const { width, height } = settings
  const step = Math.max(1, Math.floor(settings.chunkBytes / eventBytes))
  async function* walk(): AsyncGenerator<Events, void, undefined> {
    let last = Number.NEGATIVE_INFINITY
    for (let from = 0; from < columns.rows; from += step) {
      const events = eventsOf(await columns.read(from, step), source.name)
      for (let i = 0; i < events.count; i++) {
        const time = Number(events.t[i])
        if (time < last) report.nonMonotonic++
        last = time
        if (offset !== 0n) events.t[i] = (events.t[i] as bigint) + offset
      }
      yield withinSensor(events, width, height, report)
    }
  }
  return eventReader({ format: 'hdf5', width, height, metadata: { columns: columns.path } }, report, walk)
}

interface Columns {
  readonly path: string
  readonly rows: number
  read(from: number, count: number): Promise<EventColumns>
}

async function findColumns(file: Hdf5File): Promise<Columns> {
  for (const path of places) {
    const found = await file.find(path)
    if (found instanceof Hdf5Dataset && found.type.kind === 'compound') return records(file, path, found)
    const names = found instanceof Hdf5Group ? found.names.map((name) => name.toLowerCase()) : []
    if (names.includes('x') && names.includes('t')) return columnGroup(file, path, found as Hdf5Group)
  }
  throw new FileFormatError(
    file.name,
    `must have events as records or columns at one of ${places.join(', ')}; it has none.`,
    'Read its data sets with openHdf5.',
  )
}

function records(file: Hdf5File, path: string, dataset: Hdf5Dataset): Columns {
  return {
    path,
    rows: dataset.rows,
    read: async (from, count) => {
      const values = await dataset.read(from, count)
      const numeric = new Map<string, NumericArray>()
      if (values.kind === 'compound') {
        for (const [name, field] of values.fields) if (field.kind === 'numbers') numeric.set(name, field)
      }
      return dataOf(namedColumns(numeric, file.name))
    },
  }
}

async function columnGroup(file: Hdf5File, path: string, group: Hdf5Group): Promise<Columns> {
  const datasets = new Map<string, Hdf5Dataset>()
  for (const name of group.names) {
    const found = await file.find(`${path}/${name}`)
    if (found instanceof Hdf5Dataset && found.shape.length === 1 && found.type.kind === 'number')
      datasets.set(name, found)
  }
  const named = namedColumns(datasets, file.name)
  const rows = named.t.rows
  const other = Object.entries(named).find(([, dataset]) => dataset.rows !== rows)
  if (other)
    throw new FileFormatError(file.name, `${other[0]} must have ${rows} values as t has; it has ${other[1].rows}.`, '')
  return {
    path,
    rows,
    read: async (from, count) => {
      const read = async (dataset: Hdf5Dataset): Promise<NumericArray> => {
        const values = await dataset.read(from, count)
        if (values.kind !== 'numbers') throw new FileFormatError(file.name, 'its columns must be numbers.', '')
        return values
      }
      const { x, y, t, polarity } = named
      return dataOf({
        x: await read(x),
        t: await read(t),
        ...(y && { y: await read(y) }),
        ...(polarity && { polarity: await read(polarity) }),
      })
    },
  }
}

const dataOf = ({
  x,
  y,
  t,
  polarity,
}: {
  x: NumericArray
  y?: NumericArray
  t: NumericArray
  polarity?: NumericArray
}) => ({
  x: x.data,
  t: t.data,
  ...(y && { y: y.data }),
  ...(polarity && { polarity: polarity.data }),
})

/** DSEC's times count from `t_offset`. */
async function timeOffset(file: Hdf5File): Promise<bigint> {
  const found = await file.find('t_offset')
  if (!(found instanceof Hdf5Dataset)) return 0n
  const values = await found.read(0, 1)
  return values.kind === 'numbers' && values.data.length > 0 ? BigInt(Math.trunc(numberAt(values.data, 0))) : 0n
}
