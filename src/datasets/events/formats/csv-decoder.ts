/** Decodes lines of numbers into events. */
import { FileFormatError } from '../../../errors.js'
import type { EventBuilder } from '../events.js'
import { microseconds, type TimeUnit } from './csv-columns.js'
import type { ReaderReport } from './reader-report.js'
import { eventsAtOnce, type RecordDecoder } from './stream-reader.js'

const longestLine = 64 * 1024
const [tab, lineFeed, carriageReturn, space, quote, hash, percent] = [9, 10, 13, 32, 34, 35, 37]
const [plus, minus, point, zero, nine] = [43, 45, 46, 48, 57]
/** Digits of a whole part: those of 2^53, above which no time may be. */
const wholeDigits = 16
/** Digits of a fraction that count, and that a number holds exactly. */
const fractionDigits = 15
const largestTime = 2 ** 53

export interface CsvTable {
  /** A letter of `txyp_` for each column. */
  readonly letters: string
  readonly unit: TimeUnit | null
  readonly separator: string
  /** Place of the first line of numbers in the file, from 1. */
  readonly firstLine: number
}

const words: Readonly<Record<string, number>> = { true: 1, on: 1, false: 0, off: 0 }

export class CsvDecoder implements RecordDecoder {
  readonly record = 'line'
  readonly longestRecord = longestLine
  readonly #separator: number
  #line: number
  #last = Number.NEGATIVE_INFINITY
  /** What the number just read is: whole part and fraction, both exact, and sign. */
  #whole = 0
  #fraction = 0
  #fractionDigits = 0
  #negative = false

  constructor(
    readonly table: CsvTable,
    readonly edge: { readonly columns: number; readonly rows: number },
    readonly report: ReaderReport,
  ) {
    this.#line = table.firstLine
    this.#separator = table.separator.charCodeAt(0)
  }

  decode(bytes: Uint8Array, from: number, out: EventBuilder, last: boolean): number {
    let at = from
    while (at < bytes.length && out.count < eventsAtOnce) {
      let end = bytes.indexOf(lineFeed, at)
      const whole = end >= 0
      if (!whole) {
        if (!last) break
        end = bytes.length
      }
      if (end - at > longestLine) this.#fail(`must have at most ${longestLine} bytes; it has more`)
      if (!this.#readLine(bytes, at, end, out, whole)) break
      this.#line++
      at = whole ? end + 1 : end
    }
    return at
  }

  /** Reads one line; false when it is the last, has no end, and is not whole. */
  #readLine(bytes: Uint8Array, from: number, to: number, out: EventBuilder, whole: boolean): boolean {
    let at = from
    while (at < to && isBlank(bytes[at] as number)) at++
    const first = bytes[at]
    if (at === to || first === hash || first === percent) return true
    const { letters } = this.table
    let [x, y, time, polarity] = [0, 0, 0, 1]
    for (let k = 0; k < letters.length; k++) {
      const end = this.#fieldEnd(bytes, at, to)
      if (end === at && at >= to) {
        if (!whole) return false
        this.#fail(`must have ${letters.length} columns (${letters}); it has ${k}`)
      }
      const letter = letters[k]
      if (letter === 'x') x = this.#coordinate(bytes, at, end)
      else if (letter === 'y') y = this.#coordinate(bytes, at, end)
      else if (letter === 't') time = this.#time(bytes, at, end)
      else if (letter === 'p') polarity = this.#polarity(bytes, at, end)
      at = this.#nextField(bytes, end, to)
    }
    if (!whole) this.report.note('The last line has no end: if the file was cut, its last number may be short.')
    if (x < 0 || y < 0 || x >= this.edge.columns || y >= this.edge.rows) {
      this.report.outside++
      return true
    }
    if (time < this.#last) this.report.nonMonotonic++
    this.#last = time
    out.push(x, y, time, polarity)
    return true
  }

  #fieldEnd(bytes: Uint8Array, from: number, to: number): number {
    let at = from
    if (this.#separator === space) while (at < to && !isBlank(bytes[at] as number)) at++
    else while (at < to && bytes[at] !== this.#separator) at++
    return at
  }

  /** Behind one separator, or behind all blanks where blanks separate. */
  #nextField(bytes: Uint8Array, from: number, to: number): number {
    if (this.#separator !== space) return Math.min(from + 1, to)
    let at = from
    while (at < to && isBlank(bytes[at] as number)) at++
    return at
  }

  #coordinate(bytes: Uint8Array, from: number, to: number): number {
    this.#number(bytes, from, to)
    if (this.#fraction !== 0) this.#fail('must have whole coordinates; it has a fraction')
    return this.#negative ? -this.#whole : this.#whole
  }

  #polarity(bytes: Uint8Array, from: number, to: number): number {
    const letter = (bytes[from] as number) | 32
    if (letter >= 97 && letter <= 122) {
      const word = textOf(bytes, from, to).trim().toLowerCase()
      return words[word] ?? this.#fail(`must have a polarity; it has ${JSON.stringify(word)}`)
    }
    this.#number(bytes, from, to)
    return !this.#negative && (this.#whole > 0 || this.#fraction > 0) ? 1 : 0
  }

  /** Time in whole µs, rounded. */
  #time(bytes: Uint8Array, from: number, to: number): number {
    const { unit } = this.table
    // ns since 1970 are more than a number holds
    if (unit === 'ns' && to - from >= wholeDigits) {
      const [, sign = '', digits] = /^\s*"?([-+]?)(\d{16,25})"?\s*$/.exec(textOf(bytes, from, to)) ?? []
      if (digits !== undefined) return Number((BigInt(digits) + 500n) / 1000n) * (sign === '-' ? -1 : 1)
    }
    this.#number(bytes, from, to)
    if (unit === null && this.#fraction !== 0) {
      const what = `must have a time in whole µs as long as nothing says its unit; it has ${textOf(bytes, from, to).trim()}`
      this.#fail(what, "Say what it is, as in timeUnit: 's'.")
    }
    const fraction = this.#fraction / 10 ** this.#fractionDigits
    const scale = microseconds[unit ?? 'us']
    const time =
      scale < 1 ? Math.round((this.#whole + fraction) / 1000) : this.#whole * scale + Math.round(fraction * scale)
    if (time > largestTime) this.#fail('must have a time within 2^53 µs; it has a larger one')
    return this.#negative ? -time : time
  }

  /** Reads the decimal number that fills the field. */
  #number(bytes: Uint8Array, from: number, to: number): void {
    let [at, end] = [from, to]
    while (at < end && isPadding(bytes[at] as number)) at++
    while (end > at && isPadding(bytes[end - 1] as number)) end--
    const start = at
    const sign = bytes[at]
    this.#negative = sign === minus
    if (at < end && (sign === minus || sign === plus)) at++
    let whole = 0
    const digits = at
    for (; at < end; at++) {
      const byte = bytes[at] as number
      if (byte < zero || byte > nine) break
      whole = whole * 10 + byte - zero
    }
    let count = at - digits
    this.#whole = whole
    this.#fraction = 0
    this.#fractionDigits = 0
    const long = count > wholeDigits
    if (at < end && bytes[at] === point) {
      at++
      for (; at < end; at++) {
        const byte = bytes[at] as number
        if (byte < zero || byte > nine) break
        count++
        if (this.#fractionDigits === fractionDigits) continue
        this.#fraction = this.#fraction * 10 + byte - zero
        this.#fractionDigits++
      }
    }
    if (at === end && count > 0 && !long) return
    this.#unusual(textOf(bytes, start, end))
  }

  /** Numbers with an exponent or of very many digits. */
  #unusual(text: string): void {
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i.test(text)) {
      this.#fail(`must have numbers; it has ${JSON.stringify(text.slice(0, 40))}`)
    }
    const value = Math.abs(Number(text))
    this.#whole = Math.floor(value)
    this.#fractionDigits = 9
    this.#fraction = Math.round((value - this.#whole) * 1e9)
  }

  #fail(what: string, advice = 'Check that it is a table of events.'): never {
    throw new FileFormatError(this.report.fileName, `line ${this.#line} ${what}.`, advice)
  }
}

const isBlank = (byte: number): boolean => byte === space || byte === tab || byte === carriageReturn
const isPadding = (byte: number): boolean => isBlank(byte) || byte === quote

const textOf = (bytes: Uint8Array, from: number, to: number): string =>
  new TextDecoder().decode(bytes.subarray(from, to))
