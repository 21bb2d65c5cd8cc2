/** Data sets that come as MATLAB files. */
import { FileFormatError } from '../../errors.js'
import type { ByteSource } from '../events/byte-source.js'
import type { Events } from '../events/events.js'
import type { ImageSplit } from '../types.js'
import { eventsOf, namedColumns } from './event-columns.js'
import { type MatlabOptions, type MatlabValue, readMatlab } from './matlab.js'
import { type NumericArray, numberAt } from './numeric-array.js'

/** Sequences with a class at every step. */
export interface LabelledSequences {
  readonly count: number
  readonly timeSteps: number
  readonly channels: number
  readonly classes: number
  /** `[N, T, C]`, spikes -1, 0 or 1. */
  readonly values: Int8Array
  /** `[N, T]`, class of each step; `noLabel` where it has none. */
  readonly labels: Uint8Array
}

export const noLabel = 255

/**
 * The QT database as level-crossing spikes (Yin, Corradi & Bohté, Nature Machine Intelligence 3, 2021): `x` `[N, T, 4]` in
 * -1, 0, 1 and `y` `[N, T, 6]`, one-hot or empty.
 * @throws FileFormatError when the file has another layout
 */
export async function readEcgQtdb(source: ByteSource): Promise<LabelledSequences> {
  const file = await readMatlab(source, { variables: ['x', 'y'] })
  const x = numbers(file, 'x', 3, source.name)
  const y = numbers(file, 'y', 3, source.name)
  const [count, timeSteps, channels] = x.shape as [number, number, number]
  const classes = y.shape[2] as number
  if (y.shape[0] !== count || y.shape[1] !== timeSteps || classes > noLabel) {
    throw layoutError(source.name, `y must be [${count}, ${timeSteps}, classes]; it is [${y.shape.join(', ')}].`)
  }
  const values = Int8Array.from(x.data as ArrayLike<number>, (value) => {
    if (value !== -1 && value !== 0 && value !== 1)
      throw layoutError(source.name, `x must be -1, 0 or 1; got ${value}.`)
    return value
  })
  const labels = new Uint8Array(count * timeSteps).fill(noLabel)
  for (let i = 0; i < y.data.length; i++) {
    const value = numberAt(y.data, i)
    if (value === 0) continue
    const step = Math.floor(i / classes)
    if (value !== 1 || labels[step] !== noLabel)
      throw layoutError(source.name, 'y must be one-hot or empty at each step.')
    labels[step] = i % classes
  }
  return { count, timeSteps, channels, classes, values, labels }
}

/**
 * A recording as columns, `x`, `y`, `ts` and `pol` in ASL-DVS (Bi et al., ICCV 2019), times in microseconds.
 * @param tick microseconds that a unit of time stands for
 * @throws FileFormatError when a column is missing or out of range
 */
export async function readMatlabEvents(
  source: ByteSource,
  options: MatlabOptions & { readonly tick?: number } = {},
): Promise<Events> {
  const file = await readMatlab(source, options)
  const columns = new Map<string, NumericArray>()
  for (const [name, value] of file) if (value.kind === 'numbers') columns.set(name, value)
  const { x, y, t, polarity } = namedColumns(columns, source.name)
  const data = { x: x.data, t: t.data, ...(y && { y: y.data }), ...(polarity && { polarity: polarity.data }) }
  return eventsOf(data, source.name, options.tick)
}

const taxels = 100

/**
 * ST-MNIST (See et al., 2020): `spiketrain` `[101, N]`: 100 taxels of a 10 x 10 skin in -1, 0, 1, and in the last row the
 * time of each column in seconds. A column may hold several events; they come in the order of the taxels.
 * @throws FileFormatError when the file has another layout
 */
export async function readStMnist(source: ByteSource): Promise<Events> {
  const file = await readMatlab(source, { variables: ['spiketrain'] })
  const { shape, data } = numbers(file, 'spiketrain', 2, source.name)
  const columns = shape[1] as number
  if (shape[0] !== taxels + 1) throw layoutError(source.name, `spiketrain must have 101 rows; it has ${shape[0]}.`)
  const [x, y, t, polarity]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let column = 0; column < columns; column++) {
    for (let taxel = 0; taxel < taxels; taxel++) {
      const value = numberAt(data, taxel * columns + column)
      if (value === 0) continue
      x.push(taxel % 10)
      y.push(Math.floor(taxel / 10))
      t.push(numberAt(data, taxels * columns + column))
      polarity.push(value)
    }
  }
  const events = {
    x: Uint16Array.from(x),
    y: Uint16Array.from(y),
    t: Float64Array.from(t),
    polarity: Float64Array.from(polarity),
  }
  return eventsOf(events, source.name, 1e6)
}

const affNistSide = 40

/**
 * affNIST (Tieleman, 2013): digits of MNIST under small affine changes, `affNISTdata` with `image` `[1600, N]` of bytes,
 * each a picture row by row, and `label_one_of_n` `[10, N]` or `label_int` `[1, N]`.
 * @throws FileFormatError when the file has another layout
 */
export async function readAffNist(source: ByteSource): Promise<ImageSplit> {
  const file = await readMatlab(source)
  const record = file.get('affNISTdata')
  const fields =
    record?.kind === 'struct'
      ? new Map([...record.fields].map(([name, [value]]) => [name, value as MatlabValue]))
      : file
  const image = numbers(fields, 'image', 2, source.name)
  const count = image.shape[1] as number
  const size = affNistSide * affNistSide
  if (image.shape[0] !== size || !(image.data instanceof Uint8Array)) {
    throw layoutError(source.name, `image must be bytes [${size}, N]; it is [${image.shape.join(', ')}].`)
  }
  const pixels = new Uint8Array(count * size)
  for (let pixel = 0; pixel < size; pixel++) {
    for (let i = 0; i < count; i++) pixels[i * size + pixel] = image.data[pixel * count + i] as number
  }
  const labels = affNistLabels(fields, count, source.name)
  return { kind: 'image', count, height: affNistSide, width: affNistSide, channels: 1, pixels, labels }
}

function affNistLabels(fields: ReadonlyMap<string, MatlabValue>, count: number, fileName: string): Uint8Array {
  const whole = fields.get('label_int')
  const oneHot = fields.get('label_one_of_n')
  const labels = new Uint8Array(count).fill(noLabel)
  if (oneHot?.kind === 'numbers' && oneHot.shape[1] === count) {
    for (let label = 0; label < Math.min(10, oneHot.shape[0] as number); label++) {
      for (let i = 0; i < count; i++) if (numberAt(oneHot.data, label * count + i) === 1) labels[i] = label
    }
  } else if (whole?.kind === 'numbers' && whole.data.length === count) {
    for (let i = 0; i < count; i++) labels[i] = numberAt(whole.data, i)
  }
  const missing = labels.findIndex((label) => label > 9)
  if (missing < 0) return labels
  throw layoutError(
    fileName,
    `label_one_of_n [10, ${count}] or label_int must give a digit; picture ${missing} has none.`,
  )
}

function numbers(file: ReadonlyMap<string, MatlabValue>, name: string, rank: number, fileName: string): NumericArray {
  const value = file.get(name)
  if (value?.kind === 'numbers' && value.shape.length === rank) return value
  const got =
    value === undefined ? `the file has ${[...file.keys()].slice(0, 12).join(', ') || 'none'}` : `it is a ${value.kind}`
  throw layoutError(fileName, `${name} must be numbers with ${rank} axes; ${got}.`)
}

const layoutError = (fileName: string, what: string) =>
  new FileFormatError(fileName, what, 'Check that it is the right file.')
