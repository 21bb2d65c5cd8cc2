/**
 * Events as a table of text, one a line: numbers between commas, semicolons, tabs or spaces. Lines that begin with '#' or
 * '%' are comments. The first line, or the last comment before the numbers, may name the columns; else the option
 * `columns` must. A table needs a time and a column; rows default to 0, polarities to 1. Polarities above 0 are ON.
 */
import { FileFormatError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'
import type { EventFormat, EventReader } from '../event-reader.js'
import { type CsvColumns, type CsvOptions, columnsNamed, columnsOfOptions } from './csv-columns.js'
import { CsvDecoder } from './csv-decoder.js'
import { ReaderReport } from './reader-report.js'
import { readerSettings, sensorEdge } from './reader-settings.js'
import { decodeStretch, eventReader } from './stream-reader.js'

/** Where neither of these separates, blanks do. */
const separators = [',', ';'] as const
/** Bytes that comments and the line of names may take together. */
const headBytes = 64 * 1024

interface Head {
  readonly separator: string
  /** Columns that a line of names or a comment names; null where none does. */
  readonly named: CsvColumns | null
  /** Where the first line of numbers begins, and its place in the file, from 1. */
  readonly start: number
  readonly firstLine: number
}

const isComment = (line: string): boolean => /^\s*[#%]/.test(line)
const isNumbers = (line: string): boolean => /^\s*[-+.\d]/.test(line)
const separatorOf = (line: string): string => separators.find((text) => line.includes(text)) ?? ' '
const fieldsOf = (line: string): string[] => line.trim().split(/\s*[,;\t]\s*|\s+(?![\s[(])/)

async function readHead(source: ByteSource): Promise<Head> {
  const bytes = await source.read(0, headBytes)
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  let named: CsvColumns | null = null
  let names = false
  for (let firstLine = 1; ; firstLine++) {
    const end = bytes.indexOf(10, start)
    const line = new TextDecoder().decode(bytes.subarray(start, end < 0 ? bytes.length : end))
    if (isNumbers(line)) return { separator: separatorOf(line), named, start, firstLine }
    if (isComment(line)) named = columnsNamed(fieldsOf(line.replace(/^\s*[#%]+/, ''))) ?? named
    else if (line.trim() !== '') {
      // only one line may hold names
      if (names) return { separator: separatorOf(line), named, start, firstLine }
      names = true
      named = columnsNamed(fieldsOf(line)) ?? named
    }
    // where the head is longer than may be, the decoder finds out what is wrong with the line
    if (end < 0) return { separator: ',', named, start: bytes.length < source.size ? start : bytes.length, firstLine }
    start = end + 1
  }
}

async function openCsv(source: ByteSource, options: CsvOptions): Promise<EventReader> {
  const settings = readerSettings(options)
  const given = columnsOfOptions(options)
  const { separator, named, start, firstLine } = await readHead(source)
  const letters = given.letters ?? named?.letters
  if (letters === undefined) {
    throw new FileFormatError(
      source.name,
      'must name its columns in its first line (t, x, y, p and the like), and does not.',
      "Say what they are, as in columns: 'txyp' for time, column, row, polarity.",
    )
  }
  const unit = given.unit ?? named?.unit ?? null
  const { width, height } = settings
  const report = new ReaderReport(source.name, settings.truncated)
  const decoder = new CsvDecoder({ letters, unit, separator, firstLine }, sensorEdge(width, height), report)
  const stretch = { source, start, end: source.size, chunkBytes: settings.chunkBytes, report }
  const metadata = { columns: letters, timeUnit: unit ?? 'us' }
  return eventReader({ format: 'csv', width, height, metadata }, report, () => decodeStretch(stretch, decoder))
}

export const csvEvents: EventFormat = {
  name: 'csv',
  title: 'Tables of events as text (.csv, .txt)',
  endings: ['.csv', '.tsv', '.txt'],
  recognises: () => false,
  open: openCsv,
}
