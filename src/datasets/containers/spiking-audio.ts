import { FileFormatError } from '../../errors.js'
import type { ByteSource } from '../events/byte-source.js'
import type { Events } from '../events/events.js'
import { eventsOf } from './event-columns.js'
import { type Hdf5Dataset, type Hdf5File, openHdf5 } from './hdf5.js'
import { numberAt } from './numeric-array.js'

/** Channels of the artificial cochlea of both sets. */
export const cochleaChannels = 700

/**
 * Spiking Heidelberg Digits or Spiking Speech Commands (Cramer, Stradmann, Schemmel & Zenke, IEEE TNNLS 33(7), 2022): an
 * HDF5 file with lists of differing length, `spikes/times` in seconds as half floats and `spikes/units`, and `labels`.
 */
export class SpikingAudio {
  constructor(
    readonly count: number,
    /** `[count]` */
    readonly labels: Uint16Array,
    /** Names of the classes, from `extra/keys`; null where the file has none. */
    readonly classes: readonly string[] | null,
    private readonly fileName: string,
    private readonly times: Hdf5Dataset,
    private readonly units: Hdf5Dataset,
  ) {}

  /**
   * The spikes of one sample: the unit 0..699 as `x`, times in microseconds, all ON. Half floats near one second are half
   * a millisecond apart, which is all the resolution that the file has.
   * @throws FileFormatError when the sample is damaged or not there
   */
  async read(i: number): Promise<Events> {
    const [[times], [units]] = [await this.times.readLists(i, 1), await this.units.readLists(i, 1)]
    if (!times || !units) throw audioError(this.fileName, `has samples 0 to ${this.count - 1}; asked for ${i}.`)
    const events = eventsOf({ x: units, t: times }, `${this.fileName}: sample ${i}`, 1e6)
    const beyond = events.x.findIndex((unit) => unit >= cochleaChannels)
    if (beyond < 0) return events
    throw audioError(this.fileName, `units must be below ${cochleaChannels}; sample ${i} has ${events.x[beyond]}.`)
  }
}

/**
 * Opens SHD or SSC; samples are read when they are asked for.
 * @throws FileFormatError when the file has another layout
 */
export async function openSpikingAudio(source: ByteSource): Promise<SpikingAudio> {
  const file = await openHdf5(source)
  const times = await file.dataset('spikes/times')
  const units = await file.dataset('spikes/units')
  const found = await (await file.dataset('labels')).read()
  if (found.kind !== 'numbers') throw audioError(source.name, 'labels must be numbers.')
  const count = times.rows
  if (units.rows !== count || found.data.length !== count) {
    throw audioError(source.name, `must have a list of units and a label for each of ${count} lists of times.`)
  }
  const labels = Uint16Array.from({ length: count }, (_, i) => numberAt(found.data, i))
  return new SpikingAudio(count, labels, await classNames(file), source.name, times, units)
}

async function classNames(file: Hdf5File): Promise<readonly string[] | null> {
  const extra = await file.find('extra/keys')
  if (extra === null || !('read' in extra)) return null
  const keys = await extra.read()
  return keys.kind === 'texts' ? keys.data : null
}

const audioError = (fileName: string, what: string) =>
  new FileFormatError(fileName, what, 'Check that it is a file of SHD or SSC.')
