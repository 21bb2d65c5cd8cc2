import { FileFormatError } from '../errors.js'
import type { NamedBytes } from './idx.js'
import type { ImageSplit } from './types.js'

const side = 32
const plane = side * side
const channels = 3
const pictureBytes = channels * plane
/** Bytes of one record: a label, then the red, green and blue planes, each 32x32 row-major. */
export const cifarRecordBytes = 1 + pictureBytes
/** Most records read from one file; the official batches hold 10,000, CIFAR-100's training file 50,000. */
export const cifarRecordLimit = 100_000

/**
 * Reads CIFAR-10 batches of the binary version (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html) in the
 * order given, `[N, 32, 32, 3]`. The number of records is taken from the file's size, so a cut set still reads as long
 * as it is cut between records.
 *
 * @throws FileFormatError when a size is no multiple of a record or a label is not below `classes`
 */
export function readCifarBatches(files: readonly NamedBytes[], classes = 10): ImageSplit {
  const { pixels, labels } = readRecords(files, [classes])
  return cifarSplit(pixels, labels[0] as Uint8Array)
}

/** CIFAR-100: `labels` are the 100 classes, `coarseLabels` the 20 groups that they belong to, both `[N]`. */
export interface Cifar100Split extends ImageSplit {
  readonly coarseLabels: Uint8Array
}

/**
 * Reads CIFAR-100 of the binary version: records of a coarse label, a fine label and the three planes.
 * @throws FileFormatError as `readCifarBatches`
 */
export function readCifar100Batches(files: readonly NamedBytes[]): Cifar100Split {
  const { pixels, labels } = readRecords(files, [20, 100])
  const [coarseLabels, fine] = labels as [Uint8Array, Uint8Array]
  return { ...cifarSplit(pixels, fine), coarseLabels }
}

/** Pictures of 32 x 32 colour pixels, channel-last, as a split. */
export const cifarSplit = (pixels: Uint8Array, labels: Uint8Array): ImageSplit => ({
  kind: 'image',
  count: labels.length,
  height: side,
  width: side,
  channels,
  pixels,
  labels,
})

/**
 * One picture from planes to channel-last.
 * @param planes  red, green and blue, from byte `from` on
 * @param pixels  receives the picture from `sample` on
 */
export function putCifarPicture(planes: Uint8Array, from: number, pixels: Uint8Array, sample: number): void {
  for (let channel = 0; channel < channels; channel++) {
    const start = from + channel * plane
    let to = sample * pictureBytes + channel
    for (let i = 0; i < plane; i++, to += channels) pixels[to] = planes[start + i] as number
  }
}

/** @param classes how many there are of each label that a record begins with */
function readRecords(files: readonly NamedBytes[], classes: readonly number[]) {
  const recordBytes = classes.length + pictureBytes
  const count = files.reduce((sum, file) => sum + recordCount(file, recordBytes), 0)
  const pixels = new Uint8Array(count * pictureBytes)
  const labels = classes.map(() => new Uint8Array(count))
  let sample = 0
  for (const file of files) {
    for (let start = 0; start < file.bytes.length; start += recordBytes, sample++) {
      classes.forEach((limit, i) => {
        const label = file.bytes[start + i] as number
        if (label >= limit) throw wrongLabel(file, start / recordBytes, label, limit)
        ;(labels[i] as Uint8Array)[sample] = label
      })
      putCifarPicture(file.bytes, start + classes.length, pixels, sample)
    }
  }
  return { pixels, labels }
}

const wrongLabel = (file: NamedBytes, record: number, label: number, classes: number) =>
  new FileFormatError(
    file.name,
    `labels must be below ${classes}; record ${record} has ${label}.`,
    'Check that this is a batch of the binary version of CIFAR-10 or CIFAR-100.',
  )

function recordCount(file: NamedBytes, recordBytes: number): number {
  const count = file.bytes.length / recordBytes
  if (!Number.isInteger(count) || count === 0 || count > cifarRecordLimit) {
    throw new FileFormatError(
      file.name,
      `must hold 1 to ${cifarRecordLimit} whole records of ${recordBytes} bytes; got ${file.bytes.length} bytes.`,
      'The file is cut or not a batch of the binary version: fetch it again.',
    )
  }
  return count
}
