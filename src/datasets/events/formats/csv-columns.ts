/** Which column of a table of events is which: from an option, or from a line of names. */
import { OptionError } from '../../../errors.js'
import type { EventReaderOptions } from '../event-reader.js'
import { choiceOption } from './reader-settings.js'

export type TimeUnit = 's' | 'ms' | 'us' | 'ns'
const units = ['us', 's', 'ms', 'ns'] as const
/** µs in one of each. */
export const microseconds: Readonly<Record<TimeUnit, number>> = { s: 1e6, ms: 1e3, us: 1, ns: 1e-3 }

export interface CsvOptions extends EventReaderOptions {
  /**
   * Columns from the left, a letter each: `t` time, `x` column, `y` row, `p` polarity, `_` anything else; such as 'txyp'.
   * Left out, the file's first line must name them.
   */
  readonly columns?: string
  /** Unit of the time; left out, what the line of names says, else µs. */
  readonly timeUnit?: TimeUnit
}

export interface CsvColumns {
  /** A letter of `txyp_` for each column. */
  readonly letters: string
  /** Null where nothing says it: µs, as long as times are whole numbers. */
  readonly unit: TimeUnit | null
}

const names: Readonly<Record<string, 't' | 'x' | 'y' | 'p'>> = {
  t: 't',
  ts: 't',
  time: 't',
  times: 't',
  timestamp: 't',
  timestamps: 't',
  x: 'x',
  xs: 'x',
  col: 'x',
  column: 'x',
  y: 'y',
  ys: 'y',
  row: 'y',
  p: 'p',
  ps: 'p',
  pol: 'p',
  polarity: 'p',
  polarities: 'p',
  on: 'p',
}
const unitNames: Readonly<Record<string, TimeUnit>> = {
  s: 's',
  sec: 's',
  seconds: 's',
  ms: 'ms',
  us: 'us',
  µs: 'us',
  μs: 'us',
  microseconds: 'us',
  ns: 'ns',
  nanoseconds: 'ns',
}

/** A name such as `t`, `timestamp_us` or `time [ms]`. */
function column(name: string): { readonly letter: string; readonly unit: TimeUnit | null } {
  const [, base = '', unit = ''] =
    /^"?\s*([a-z]+)(?:[\s_([]+([a-zµμ]+)[\s)\]]*)?\s*"?$/.exec(name.trim().toLowerCase()) ?? []
  const letter = names[base]
  const known = unitNames[unit]
  if (letter === undefined || (unit !== '' && (letter !== 't' || known === undefined)))
    return { letter: '_', unit: null }
  return { letter, unit: known ?? null }
}

/** True where every column that events need is there, and none twice. */
const isUsable = (letters: string): boolean =>
  ['t', 'x'].every((letter) => letters.includes(letter)) && !/([txyp]).*\1/.test(letters)

/** Columns from a line of names; null when it names no events. */
export function columnsNamed(fields: readonly string[]): CsvColumns | null {
  const found = fields.map(column)
  const letters = found.map(({ letter }) => letter).join('')
  return isUsable(letters) ? { letters, unit: found.find(({ letter }) => letter === 't')?.unit ?? null } : null
}

/** @throws OptionError on options that make no table of events */
export function columnsOfOptions({ columns, timeUnit }: CsvOptions): Partial<CsvColumns> {
  if (columns !== undefined && (!/^[txyp_]{2,32}$/.test(columns) || !isUsable(columns))) {
    const must = 'must have a letter of t, x, y, p or _ for each column, t and x among them and none but _ twice'
    throw new OptionError('columns', `${must}; got '${columns}'.`, "'txyp' is time, column, row, polarity.")
  }
  const unit = timeUnit === undefined ? undefined : choiceOption('timeUnit', timeUnit, units)
  return { ...(columns !== undefined && { letters: columns }), ...(unit !== undefined && { unit }) }
}
