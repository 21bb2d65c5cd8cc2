import { FileFormatError } from '../../errors.js'
import type { Events } from '../events/events.js'
import { numberAt } from './numeric-array.js'
import type { NumberColumn } from './scalar-type.js'

/** Columns of one recording as a container has them, of whatever type. */
export interface EventColumns {
  readonly x: NumberColumn
  /** Left out for sensors of one dimension. */
  readonly y?: NumberColumn
  readonly t: NumberColumn
  /** Above zero is ON; left out, all are ON. */
  readonly polarity?: NumberColumn
}

/** Names that the four columns go by, lower case. */
const names = {
  x: ['x', 'xs', 'x_pos', 'col', 'column', 'addr', 'unit', 'units'],
  y: ['y', 'ys', 'y_pos', 'row'],
  t: ['t', 'ts', 'time', 'times', 'timestamp', 'timestamps', 't_us'],
  polarity: ['p', 'ps', 'pol', 'polarity', 'polarities', 'on'],
} as const

/**
 * The columns of a recording by their usual names, in any order.
 * @throws FileFormatError when there is no x or no time
 */
export function namedColumns<T>(fields: ReadonlyMap<string, T>, fileName: string): { x: T; y?: T; t: T; polarity?: T } {
  const lower = new Map([...fields].map(([name, value]) => [name.toLowerCase(), value]))
  const find = (which: keyof typeof names) => {
    for (const name of names[which]) if (lower.has(name)) return lower.get(name)
    return undefined
  }
  const [x, y, t, polarity] = [find('x'), find('y'), find('t'), find('polarity')]
  if (x === undefined || t === undefined) {
    const got = [...fields.keys()].slice(0, 12).join(', ') || 'none'
    throw new FileFormatError(fileName, `must have columns such as x, y, t and p; it has ${got}.`, 'Rename them.')
  }
  return { x, t, ...(y !== undefined && { y }), ...(polarity !== undefined && { polarity }) }
}

/**
 * Columns of any type as events.
 * @param tick microseconds that one unit of `t` stands for; times are rounded to whole microseconds
 * @throws FileFormatError when lengths differ, or a coordinate or time is out of range
 */
export function eventsOf(columns: EventColumns, fileName: string, tick = 1): Events {
  const { x, y, t, polarity } = columns
  const count = t.length
  const wrong = Object.entries(columns).find(([, column]) => column && column.length !== count)
  if (wrong) {
    throw new FileFormatError(
      fileName,
      `columns must have ${count} values as t has; ${wrong[0]} has ${wrong[1].length}.`,
      '',
    )
  }
  return {
    count,
    x: coordinates(x, 'x', fileName),
    y: y ? coordinates(y, 'y', fileName) : new Uint16Array(count),
    t: times(t, tick, fileName),
    polarity: polarity
      ? Uint8Array.from(polarity as ArrayLike<number>, (value) => (value > 0 ? 1 : 0))
      : new Uint8Array(count).fill(1),
  }
}

function coordinates(column: NumberColumn, axis: string, fileName: string): Uint16Array {
  if (column instanceof Uint16Array) return column
  const out = new Uint16Array(column.length)
  for (let i = 0; i < out.length; i++) {
    const value = numberAt(column, i)
    if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
      throw new FileFormatError(fileName, `${axis} must be a whole number 0..65535; event ${i} has ${value}.`, '')
    }
    out[i] = value
  }
  return out
}

const farthest = 2 ** 53

function times(column: NumberColumn, tick: number, fileName: string): BigInt64Array {
  if (column instanceof BigInt64Array && tick === 1) return column
  const out = new BigInt64Array(column.length)
  for (let i = 0; i < out.length; i++) {
    const value = Math.round(numberAt(column, i) * tick)
    if (!(Math.abs(value) < farthest)) {
      throw new FileFormatError(fileName, `times must lie within 285 years; event ${i} has ${numberAt(column, i)}.`, '')
    }
    out[i] = BigInt(value)
  }
  return out
}
