/** Labels in text files beside recordings: DVS128-Gesture's, and tables with one stretch or one moment a row. */
import { DatasetError, OptionError } from '../../errors.js'
import type { LabelledSpan } from './windows.js'

/** Longest annotation file, in characters: it is text beside a recording, not data. */
const longestText = 16 * 2 ** 20

export interface AnnotationOptions {
  /** Names of the classes in order: labels that are one of them become its index. Without, labels are class indices. */
  readonly classes?: readonly string[]
  /** Number of the first class where labels are numbers; default 0. */
  readonly firstClass?: number
  /** Microseconds in the file's unit of time: 1 (default), 1000 for ms, 1e6 for s. */
  readonly unit?: number
  /** Where rows give one moment each, a label holds until the next; the last holds until here, in µs. */
  readonly until?: number
  /** Added to all times, µs. */
  readonly origin?: number
}

/** Column names that are understood, in lower case. */
const columnNames = {
  label: ['label', 'class', 'class_id', 'category', 'event'],
  start: ['start', 'starttime_usec', 'start_us', 'start_time', 'begin', 'onset', 'time', 't', 'timestamp'],
  end: ['end', 'endtime_usec', 'end_us', 'end_time', 'stop', 'offset'],
} as const

/**
 * Labels of a DVS128-Gesture recording (Amir et al., CVPR 2017): `class,startTime_usec,endTime_usec`, classes from 1.
 *
 * @param text  the `_labels.csv` beside the recording
 * @param name  what errors call it
 * @returns spans with class indices from 0
 * @throws DatasetError naming the line that is wrong
 */
export const parseGestureLabels = (text: string, name: string, classes = 11): readonly LabelledSpan[] =>
  parseRows(text, name, ['class', 'startTime_usec', 'endTime_usec']).map(({ line, fields: [label, start, end] }) => ({
    label: checkedLabel(label ?? '', name, line, { firstClass: 1 }, classes),
    ...checkedStretch(start ?? '', end ?? '', name, line, 1, 0),
  }))

/**
 * Labels of a table with a header: columns `label` and `start`, and `end` if each row is a stretch; without it a row is a
 * moment, and its label holds until the next. Fields are separated by commas, semicolons or tabs.
 *
 * @throws DatasetError naming the line that is wrong
 * @throws OptionError when rows are moments and `until` is not given
 */
export function parseAnnotations(text: string, name: string, options: AnnotationOptions = {}): readonly LabelledSpan[] {
  const { unit = 1, origin = 0, until } = options
  const [header] = parseRows(text.split(/\r?\n/, 1)[0] ?? '', name)
  const names = (header?.fields ?? []).map((field) => field.toLowerCase())
  const column = (which: keyof typeof columnNames) =>
    names.findIndex((field) => (columnNames[which] as readonly string[]).includes(field))
  const [label, start, end] = [column('label'), column('start'), column('end')]
  if (label < 0 || start < 0) {
    throw new DatasetError(
      name,
      `must begin with a header that names a label and a start; got "${names.join(', ').slice(0, 80)}".`,
      `A label may be called ${columnNames.label.join(', ')}; a start ${columnNames.start.join(', ')}.`,
    )
  }
  const rows = parseRows(text, name, names)
  const labels = rows.map(({ line, fields }) => checkedLabel(fields[label] ?? '', name, line, options))
  if (end >= 0) {
    return rows.map(({ line, fields }, i) => ({
      label: labels[i] as number,
      ...checkedStretch(fields[start] ?? '', fields[end] ?? '', name, line, unit, origin),
    }))
  }
  if (until === undefined)
    throw new OptionError('annotations.until', `must say when the last label of ${name} ends.`, 'Pass it in µs.')
  const starts = rows.map(({ line, fields }) => checkedTime(fields[start] ?? '', name, line, unit, origin))
  return rows.map(({ line }, i) => {
    const [from, to] = [starts[i] as number, starts[i + 1] ?? until]
    if (to <= from) throw wrongLine(name, line, `the next label must start later than ${from} µs; got ${to}.`)
    return { label: labels[i] as number, start: from, end: to }
  })
}

interface Row {
  /** From 1. */
  readonly line: number
  readonly fields: readonly string[]
}

const wrongLine = (name: string, line: number, what: string): DatasetError =>
  new DatasetError(`${name}, line ${line}`, what, 'Correct the file or leave the line out.')

/** Rows of a table; a first line that holds the column names is left out, every other must have as many fields. */
function parseRows(text: string, name: string, columns?: readonly string[]): Row[] {
  if (text.length > longestText)
    throw new DatasetError(name, `must be at most ${longestText} characters; it has ${text.length}.`)
  const rows: Row[] = []
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (raw.trim() === '') continue
    const fields = raw.split(/[,;\t]/).map((field) => field.trim().replace(/^"(.*)"$/, '$1'))
    if (columns) {
      if (rows.length === 0 && fields[0]?.toLowerCase() === columns[0]?.toLowerCase()) continue
      if (fields.length !== columns.length)
        throw wrongLine(name, index + 1, `must have ${columns.length} fields; it has ${fields.length}.`)
    }
    rows.push({ line: index + 1, fields })
  }
  return rows
}

function checkedLabel(
  field: string,
  name: string,
  line: number,
  { classes, firstClass = 0 }: AnnotationOptions,
  count = classes?.length,
): number {
  const known = classes?.indexOf(field) ?? -1
  if (known >= 0) return known
  const index = /^\d+$/.test(field) ? Number(field) - firstClass : -1
  if (index >= 0 && Number.isSafeInteger(index) && index < (count ?? 65536)) return index
  const range = `a class from ${firstClass}${count === undefined ? '' : ` to ${firstClass + count - 1}`}`
  throw wrongLine(name, line, `the label must be ${classes ? `one of ${classes.join(', ')}` : range}; got "${field}".`)
}

function checkedTime(field: string, name: string, line: number, unit: number, origin: number): number {
  const value = field === '' ? Number.NaN : Number(field)
  const time = Math.round(value * unit) + origin
  if (Number.isSafeInteger(time)) return time
  throw wrongLine(name, line, `a time must be a number; got "${field.slice(0, 40)}".`)
}

function checkedStretch(from: string, to: string, name: string, line: number, unit: number, origin: number) {
  const start = checkedTime(from, name, line, unit, origin)
  const end = checkedTime(to, name, line, unit, origin)
  if (end <= start) throw wrongLine(name, line, `must end after its start at ${start} µs; it ends at ${end}.`)
  return { start, end }
}
