import { FileFormatError } from '../errors.js'
import { gunzipCapped } from './gzip.js'
import type { NamedBytes } from './idx.js'
import type { ImageSplit } from './types.js'

const side = 8
const classes = 10
const fullScale = 16
const columns = side * side + 1
/** Largest unpacked file that is read, in bytes; the shipped one has 257 kB. */
const csvLimit = 16 * 1024 * 1024
/** Rows of the shipped file that make the test part: the last 500, whose writers came last. */
export const digitsTestRows = 500

/**
 * Reads the shipped 8x8 digits: comma-separated, plain or gzip, 64 pixels 0..16 and a label 0..9 a row.
 * Pixels are scaled to 0..255, `[N, 8, 8, 1]`.
 *
 * @throws FileFormatError on a row of another width and on a value out of range
 */
export function readDigits(file: NamedBytes): ImageSplit {
  const text = new TextDecoder().decode(gunzipCapped(file.bytes, file.name, csvLimit))
  const rows = text.split('\n')
  if (rows.at(-1) === '') rows.pop()
  const count = rows.length
  const pixels = new Uint8Array(count * side * side)
  const labels = new Uint8Array(count)
  rows.forEach((row, sample) => {
    const cells = row.trimEnd().split(',')
    if (cells.length !== columns) {
      throw new FileFormatError(
        file.name,
        `row ${sample + 1} must have ${columns} numbers; got ${cells.length}.`,
        'Use the digits.csv.gz that comes with the package.',
      )
    }
    for (let i = 0; i < columns - 1; i++) {
      pixels[sample * side * side + i] = Math.round((cell(cells[i], fullScale, file.name, sample, i) * 255) / fullScale)
    }
    labels[sample] = cell(cells[columns - 1], classes - 1, file.name, sample, columns - 1)
  })
  return { kind: 'image', count, height: side, width: side, channels: 1, pixels, labels }
}

function cell(text: string | undefined, largest: number, fileName: string, row: number, column: number): number {
  const value = text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (value <= largest) return value
  throw new FileFormatError(
    fileName,
    `row ${row + 1}, number ${column + 1} must be a whole number 0..${largest}; got "${text?.slice(0, 20) ?? ''}".`,
    'Use the digits.csv.gz that comes with the package.',
  )
}

/**
 * The fixed division of the digits: the last `digitsTestRows` rows are the test part.
 * @throws FileFormatError when there are too few rows to divide
 */
export function readDigitsParts(file: NamedBytes): { train: ImageSplit; test: ImageSplit } {
  const all = readDigits(file)
  if (all.count <= digitsTestRows) {
    throw new FileFormatError(
      file.name,
      `must have more than ${digitsTestRows} rows; got ${all.count}.`,
      'Use the digits.csv.gz that comes with the package.',
    )
  }
  const border = all.count - digitsTestRows
  const part = (from: number, to: number): ImageSplit => ({
    ...all,
    count: to - from,
    pixels: all.pixels.slice(from * side * side, to * side * side),
    labels: all.labels.slice(from, to),
  })
  return { train: part(0, border), test: part(border, all.count) }
}
