import { FileFormatError } from '../../errors.js'
import { gunzipCapped } from '../gzip.js'
import type { NamedBytes } from '../idx.js'

/** A table of numbers, row-major. */
export interface NumberTable {
  readonly rows: number
  readonly columns: number
  /** `[rows, columns]` */
  readonly data: Float64Array
  /** Names in the first row, if it had no number; else null. */
  readonly names: readonly string[] | null
}

export interface TableOptions {
  /** Between numbers; default: a comma, semicolon or tab where the first line has one, else white space. */
  readonly separator?: ',' | ';' | '\t' | ' '
  /** Largest unpacked size, in bytes; default 256 MiB. */
  readonly bytes?: number
}

const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/
const words: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
}

/**
 * Reads a text table of numbers, plain or gzip: CSV, or columns apart by white space. Empty lines and lines that begin
 * with `#` are passed over; a first line without any number gives names.
 *
 * @throws FileFormatError on a row of another width or on text that is no number, with its place
 */
export function readNumberTable(file: NamedBytes, options: TableOptions = {}): NumberTable {
  const text = new TextDecoder().decode(gunzipCapped(file.bytes, file.name, options.bytes ?? 2 ** 28))
  const lines = text.split('\n')
  const first = lines.find(isRow) ?? ''
  const separator = options.separator ?? ([',', ';', '\t'] as const).find((sign) => first.includes(sign)) ?? ' '
  const cellsOf = (line: string) =>
    separator === ' ' ? line.trim().split(/\s+/) : line.split(separator).map((cell) => cell.trim())
  const heads = cellsOf(first)
  const names = first !== '' && heads.every((cell) => numberOf(cell) === undefined) ? heads.map(unquoted) : null
  const values: number[] = []
  let columns = names?.length ?? 0
  let rows = 0
  let seen = 0
  lines.forEach((line, at) => {
    if (!isRow(line)) return
    seen++
    if (names !== null && seen === 1) return
    const cells = cellsOf(line)
    // a separator at the end of every line makes an empty last cell
    if (cells.length > 1 && cells.at(-1) === '') cells.pop()
    if (columns === 0) columns = cells.length
    if (cells.length !== columns) {
      throw tableError(file.name, `line ${at + 1} must have ${columns} numbers; it has ${cells.length}.`)
    }
    for (const [i, cell] of cells.entries()) {
      const value = numberOf(cell)
      if (value === undefined)
        throw tableError(file.name, `line ${at + 1}, column ${i + 1} must be a number; it is "${cell.slice(0, 20)}".`)
      values.push(value)
    }
    rows++
  })
  return { rows, columns, data: Float64Array.from(values), names }
}

const isRow = (line: string): boolean => line.trim() !== '' && !line.trimStart().startsWith('#')

const numberOf = (cell: string): number | undefined => (number.test(cell) ? Number(cell) : words[cell.toLowerCase()])

const unquoted = (cell: string): string => cell.replace(/^"(.*)"$/, '$1')

const tableError = (fileName: string, what: string) => new FileFormatError(fileName, what, 'Check the separator.')
