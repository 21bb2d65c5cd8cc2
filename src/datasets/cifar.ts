import { FileFormatError } from '../errors.js'
import type { NamedBytes } from './idx.js'
import type { ImageSplit } from './types.js'

const side = 32
const plane = side * side
const channels = 3
/** Bytes of one record: a label, then the red, green and blue planes, each 32x32 row-major. */
export const cifarRecordBytes = 1 + channels * plane
/** Most records read from one file; the official batches hold 10,000. */
export const cifarRecordLimit = 100_000

/**
 * Reads CIFAR-10 batches of the binary version (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html) in the
 * order given, `[N, 32, 32, 3]`. The number of records is taken from the file's size, so a cut set still reads as long
 * as it is cut between records.
 *
 * @throws FileFormatError when a size is no multiple of a record or a label is not below `classes`
 */
export function readCifarBatches(files: readonly NamedBytes[], classes = 10): ImageSplit {
  const count = files.reduce((sum, file) => sum + recordCount(file), 0)
  const pixels = new Uint8Array(count * plane * channels)
  const labels = new Uint8Array(count)
  let sample = 0
  for (const file of files) {
    for (let start = 0; start < file.bytes.length; start += cifarRecordBytes, sample++) {
      const label = file.bytes[start] as number
      if (label >= classes) {
        throw new FileFormatError(
          file.name,
          `labels must be below ${classes}; record ${start / cifarRecordBytes} has ${label}.`,
          'Check that this is a batch of the binary version of CIFAR-10.',
        )
      }
      labels[sample] = label
      for (let channel = 0; channel < channels; channel++) {
        const from = start + 1 + channel * plane
        let to = sample * plane * channels + channel
        for (let i = 0; i < plane; i++, to += channels) pixels[to] = file.bytes[from + i] as number
      }
    }
  }
  return { kind: 'image', count, height: side, width: side, channels, pixels, labels }
}

function recordCount(file: NamedBytes): number {
  const count = file.bytes.length / cifarRecordBytes
  if (!Number.isInteger(count) || count === 0 || count > cifarRecordLimit) {
    throw new FileFormatError(
      file.name,
      `must hold 1 to ${cifarRecordLimit} whole records of ${cifarRecordBytes} bytes; got ${file.bytes.length} bytes.`,
      'The file is cut or not a batch of the binary version: fetch it again.',
    )
  }
  return count
}
