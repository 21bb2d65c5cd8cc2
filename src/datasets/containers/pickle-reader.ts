import { FileFormatError } from '../../errors.js'
import type { NamedBytes } from '../idx.js'
import { latin1Text } from './latin1.js'

/** Digits of a written number and bytes of a packed one, at most. */
const longestNumber = 1024
/** Bytes of a line: a name, a number. Texts of protocol 0 are lines as well. */
const longestLine = 2 ** 26
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the arguments of a pickle's instructions, each by the instruction's code. */
export class PickleReader {
  private at = 0
  private readonly view: DataView

  constructor(private readonly file: NamedBytes) {
    const { bytes } = file
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  error(what: string, advice = 'It is cut or damaged: fetch it again.'): FileFormatError {
    return new FileFormatError(this.file.name, `this pickle ${what} (near byte ${this.at})`, advice)
  }

  byte(): number {
    return this.view.getUint8(this.taken(1))
  }

  /** Text up to a line feed, which is read as well. */
  line(): string {
    const end = this.file.bytes.indexOf(0x0a, this.at)
    if (end < 0 || end - this.at > longestLine) throw this.error('has a line without an end.')
    const text = utf8Text(this.bytes(end - this.at))
    this.at++
    if (text === null) throw this.error('has a line that is no UTF-8.')
    return text
  }

  /** The length of a frame, which must lie within the file. */
  frame(): void {
    const length = this.long()
    if (length > this.file.bytes.length - this.at)
      throw this.error(`has a frame of ${length} bytes, which is too long.`)
  }

  /** The text or bytes that an instruction pushes; undefined when it is none of those. */
  text(code: number): string | Uint8Array | undefined {
    switch (code) {
      case 0x58: // BINUNICODE
        return this.unicode(this.word())
      case 0x8c: // SHORT_BINUNICODE
        return this.unicode(this.byte())
      case 0x8d: // BINUNICODE8
        return this.unicode(this.long())
      case 0x54: // BINSTRING
      case 0x42: // BINBYTES
        return this.bytes(this.word())
      case 0x55: // SHORT_BINSTRING
      case 0x43: // SHORT_BINBYTES
        return this.bytes(this.byte())
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.bytes(this.long())
      case 0x53: // STRING
        return this.quoted()
      case 0x56: // UNICODE
        return this.escaped()
    }
    return undefined
  }

  /** The number that an instruction pushes, or the boolean of protocol 0; undefined when it is none of those. */
  number(code: number): number | bigint | boolean | undefined {
    switch (code) {
      case 0x4b: // BININT1
        return this.byte()
      case 0x4d: // BININT2
        return this.view.getUint16(this.taken(2), true)
      case 0x4a: // BININT
        return this.view.getInt32(this.taken(4), true)
      case 0x47: // BINFLOAT
        return this.view.getFloat64(this.taken(8))
      case 0x8a: // LONG1
        return this.packed(this.byte())
      case 0x8b: // LONG4
        return this.packed(this.word())
      case 0x49: {
        // INT
        const line = this.line()
        return line === '00' ? false : line === '01' ? true : this.written(line)
      }
      case 0x4c: // LONG
        return this.written(this.line().replace(/L$/, ''))
      case 0x46: {
        // FLOAT
        const line = this.line().trim()
        const value = { inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY, nan: Number.NaN }[line]
        if (value === undefined && !/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(line)) {
          throw this.error('has a number that is none.')
        }
        return value ?? Number(line)
      }
    }
    return undefined
  }

  /** The memo's index that an instruction names; undefined when it is none of those. */
  memoIndex(code: number, what: 'put' | 'get'): number | undefined {
    const [text, short, long] = what === 'put' ? [0x70, 0x71, 0x72] : [0x67, 0x68, 0x6a]
    if (code === short) return this.byte()
    if (code === long) return this.word()
    if (code !== text) return undefined
    const line = this.line()
    if (!/^\d{1,9}$/.test(line)) throw this.error('has an index of its memo that is no number.')
    return Number(line)
  }

  private taken(length: number): number {
    if (length > this.file.bytes.length - this.at) throw this.error(`needs ${length} more bytes, which are not there.`)
    this.at += length
    return this.at - length
  }

  private bytes(length: number): Uint8Array {
    const start = this.taken(length)
    return this.file.bytes.subarray(start, start + length)
  }

  private word(): number {
    return this.view.getUint32(this.taken(4), true)
  }

  private long(): number {
    return Number(this.view.getBigUint64(this.taken(8), true))
  }

  private unicode(length: number): string {
    const text = utf8Text(this.bytes(length))
    if (text === null) throw this.error('has a text that is no UTF-8.')
    return text
  }

  /** A number of any length, little-endian two's complement. */
  private packed(length: number): number | bigint {
    if (length > longestNumber) throw this.error(`has a number of ${length} bytes; ${longestNumber} are read.`)
    const bytes = this.bytes(length)
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
    return plain(length > 0 ? BigInt.asIntN(8 * length, value) : 0n)
  }

  private written(digits: string): number | bigint {
    if (!/^[-+]?\d+$/.test(digits) || digits.length > longestNumber) throw this.error('has a number that is none.')
    return plain(BigInt(digits.replace('+', '')))
  }

  /** A byte string as Python's `repr` writes it. */
  private quoted(): Uint8Array {
    const line = this.line()
    const quote = line[0]
    if ((quote !== "'" && quote !== '"') || line.length < 2 || line.at(-1) !== quote) {
      throw this.error('has a string without quotes.')
    }
    const text = line
      .slice(1, -1)
      .replace(/\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))/g, (_, hex?: string, octal?: string, letter = '') => {
        if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
        if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255)
        return { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }[letter as string] ?? letter
      })
    return Uint8Array.from(text, (sign) => sign.charCodeAt(0))
  }

  /** A text in which only some characters are escaped, as `\u` and `\U`. */
  private escaped(): string {
    const end = this.file.bytes.indexOf(0x0a, this.at)
    if (end < 0 || end - this.at > longestLine) throw this.error('has a line without an end.')
    const latin1 = latin1Text(this.bytes(end - this.at))
    this.at++
    return latin1.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (_, short?: string, long?: string) => {
      const point = Number.parseInt(short ?? long ?? '0', 16)
      if (point > 0x10ffff) throw this.error('has a character beyond Unicode.')
      return short === undefined ? String.fromCodePoint(point) : String.fromCharCode(point)
    })
  }
}

function utf8Text(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

const plain = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
