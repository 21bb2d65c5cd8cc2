import { FileFormatError } from '../errors.js'
import { gunzipCapped } from './gzip.js'
import type { ImageSplit } from './types.js'

/** A file's bytes with the name to use in errors (a path, an address). */
export interface NamedBytes {
  readonly name: string
  readonly bytes: Uint8Array
}

/** An IDX array of unsigned bytes, row-major. */
export interface IdxArray {
  readonly dimensions: readonly number[]
  readonly data: Uint8Array
}

const unsignedByte = 8
/** Largest unpacked IDX file that is read, in bytes; MNIST's largest is 47 MB. */
export const idxLimit = 256 * 1024 * 1024

/**
 * Reads an IDX file of unsigned bytes, plain or gzip. The layout: two zero bytes, the element type, the number of
 * dimensions, one big-endian 32-bit size a dimension, the data row-major (http://yann.lecun.com/exdb/mnist/).
 * All of it is checked before anything is allocated; plain files come back as views into `bytes`.
 *
 * @param rank  number of dimensions that must be there: 3 for images, 1 for labels
 * @param limit largest unpacked size in bytes
 * @throws FileFormatError on another type, rank or length than the header announces
 */
export function readIdx(file: NamedBytes, rank: number, limit = idxLimit): IdxArray {
  const bytes = gunzipCapped(file.bytes, file.name, limit)
  const header = 4 + 4 * rank
  const [zero0, zero1, type, dimensionCount] = bytes
  if (bytes.length >= 4 && (zero0 !== 0 || zero1 !== 0 || type !== unsignedByte || dimensionCount !== rank)) {
    const found = [...bytes.subarray(0, 4)].join(' ')
    throw new FileFormatError(
      file.name,
      `must be IDX of unsigned bytes with ${rank} dimension(s), first bytes 0 0 8 ${rank}; got ${found}.`,
      'Check that images and labels are not exchanged and that the file is IDX.',
    )
  }
  if (bytes.length < header) {
    throw new FileFormatError(
      file.name,
      `an IDX file of ${rank} dimension(s) has a header of ${header} bytes; got ${bytes.length} bytes in all.`,
      'The file is cut: fetch it again.',
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, header)
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  if (dimensions.includes(0)) {
    throw new FileFormatError(file.name, `no dimension may be 0; got ${dimensions.join(' x ')}.`, 'Fetch it again.')
  }
  const expected = dimensions.reduce((product, size) => product * size, 1)
  if (bytes.length - header !== expected) {
    throw new FileFormatError(
      file.name,
      `its header announces ${dimensions.join(' x ')} = ${expected} bytes of data; got ${bytes.length - header}.`,
      'The file is cut or damaged: fetch it again.',
    )
  }
  return { dimensions, data: bytes.subarray(header) }
}

/**
 * Reads class indices `[N]`.
 * @throws FileFormatError as `readIdx`, and on a label that is not below `classes`
 */
export function readIdxLabels(file: NamedBytes, classes: number): Uint8Array {
  const { data } = readIdx(file, 1)
  const wrong = data.findIndex((label) => label >= classes)
  if (wrong >= 0) {
    throw new FileFormatError(
      file.name,
      `labels must be below ${classes}; label ${wrong} is ${data[wrong]}.`,
      'Check that these are the labels of this data set.',
    )
  }
  return data
}

/**
 * Reads an images file and its labels file into one split, grey, `[N, H, W, 1]`.
 * @throws FileFormatError as the two readers, and when the files hold different numbers of samples
 */
export function readIdxSplit(images: NamedBytes, labels: NamedBytes, classes: number): ImageSplit {
  const { dimensions, data } = readIdx(images, 3)
  const [count = 0, height = 0, width = 0] = dimensions
  const classIndices = readIdxLabels(labels, classes)
  if (classIndices.length !== count) {
    throw new FileFormatError(
      labels.name,
      `must hold one label for each of the ${count} images in ${images.name}; got ${classIndices.length}.`,
      'Take both files from the same part (train or t10k) of the same data set.',
    )
  }
  return { kind: 'image', count, height, width, channels: 1, pixels: data, labels: classIndices }
}
