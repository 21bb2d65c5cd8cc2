/** The data elements that MATLAB files of version 5 are made of: a type, a length, bytes. */
import { Unzlib, unzlibSync } from 'fflate'
import { FileFormatError } from '../../errors.js'
import { type NumberColumn, readNumbers, type ScalarType } from './scalar-type.js'

export const matrixType = 14
const compressedType = 15

/** Stored types by number; the last three are text. */
const stored: Readonly<Record<number, Omit<ScalarType, 'littleEndian'>>> = {
  1: { kind: 'int', bytes: 1 },
  2: { kind: 'uint', bytes: 1 },
  3: { kind: 'int', bytes: 2 },
  4: { kind: 'uint', bytes: 2 },
  5: { kind: 'int', bytes: 4 },
  6: { kind: 'uint', bytes: 4 },
  7: { kind: 'float', bytes: 4 },
  9: { kind: 'float', bytes: 8 },
  12: { kind: 'int', bytes: 8 },
  13: { kind: 'uint', bytes: 8 },
  16: { kind: 'uint', bytes: 1 },
  17: { kind: 'uint', bytes: 2 },
  18: { kind: 'uint', bytes: 4 },
}

/** One element; `data` is a view. */
export interface MatlabElement {
  readonly type: number
  readonly data: Uint8Array
}

/** Walks the elements of one stretch of bytes. */
export class ElementReader {
  private at = 0
  private readonly view: DataView

  constructor(
    private readonly bytes: Uint8Array,
    private readonly littleEndian: boolean,
    private readonly fileName: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get done(): boolean {
    return this.at >= this.bytes.length
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  /** @param what what should be here, for the message when the bytes end */
  next(what: string): MatlabElement {
    if (this.left < 8) throw matlabError(this.fileName, `it ends where ${what} should be.`)
    const word = this.view.getUint32(this.at, this.littleEndian)
    // up to four bytes may stand in the tag itself, with their number in its upper half
    const small = word >>> 16
    const length = small > 0 ? small : this.view.getUint32(this.at + 4, this.littleEndian)
    const start = this.at + (small > 0 ? 4 : 8)
    if (small > 4 || start + length > this.bytes.length) {
      throw matlabError(this.fileName, `${what} should have ${length} bytes; ${this.bytes.length - start} are there.`)
    }
    const type = word & 0xffff
    const padded = type === compressedType ? length : Math.ceil(length / 8) * 8
    this.at = small > 0 ? this.at + 8 : start + padded
    return { type, data: this.bytes.subarray(start, start + length) }
  }

  /** The numbers of the next element. */
  numbers(what: string): NumberColumn {
    const { type, data } = this.next(what)
    const scalar = stored[type]
    if (!scalar || data.length % scalar.bytes !== 0) {
      throw matlabError(this.fileName, `${what} must be numbers; it is of type ${type} with ${data.length} bytes.`)
    }
    return readNumbers(data, { ...scalar, littleEndian: this.littleEndian }, data.length / scalar.bytes)
  }

  /** The next element as text: names, and values of characters. */
  text(what: string): string {
    const { type, data } = this.next(what)
    if (type === 1 || type === 2 || type === 16) return new TextDecoder().decode(data)
    const scalar = stored[type]
    if (scalar?.kind !== 'uint' || scalar.bytes > 4 || data.length % scalar.bytes !== 0) {
      throw matlabError(this.fileName, `${what} must be text; it is of type ${type}.`)
    }
    const units = readNumbers(data, { ...scalar, littleEndian: this.littleEndian }, data.length / scalar.bytes)
    const parts: string[] = []
    for (const unit of units as Uint16Array | Uint32Array) {
      parts.push(
        scalar.bytes === 4 && unit > 0xffff && unit <= 0x10ffff
          ? String.fromCodePoint(unit)
          : String.fromCharCode(unit),
      )
    }
    return parts.join('')
  }
}

/** Packed bytes given to the unpacker at once. */
const pushBytes = 1024
/** Bytes that deflate can make of one. */
const largestRatio = 1032

/**
 * The element inside a compressed one. Its own tag says how long it is, so that much is allocated and no more; the
 * checksum at the end is compared.
 * @throws FileFormatError when it is damaged, or longer than `cap` bytes
 */
export function unpackElement(packed: Uint8Array, littleEndian: boolean, cap: number, fileName: string): Uint8Array {
  const damaged = (cause: unknown) => {
    const found = cause instanceof Error ? cause.message : String(cause)
    return matlabError(fileName, `a variable must be whole compressed data; unpacking says "${found}".`, cause)
  }
  const head = unpackedHead(packed, damaged)
  if (head === null) throw matlabError(fileName, 'a compressed variable is cut.')
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  const size = 8 + view.getUint32(4, littleEndian)
  if (view.getUint32(0, littleEndian) !== matrixType || size > cap || size > packed.length * largestRatio) {
    throw matlabError(fileName, `a compressed variable may unpack to ${cap} bytes; it claims ${size}.`)
  }
  let bytes: Uint8Array
  try {
    bytes = unzlibSync(packed, { out: new Uint8Array(size + 1) })
  } catch (cause) {
    throw damaged(cause)
  }
  if (bytes.length !== size) throw matlabError(fileName, `a variable must unpack to ${size} bytes; it does not.`)
  const checksum = new DataView(packed.buffer, packed.byteOffset + packed.length - 4, 4).getUint32(0)
  if (adler32(bytes) !== checksum) throw matlabError(fileName, 'a compressed variable does not have its checksum.')
  return bytes
}

function unpackedHead(packed: Uint8Array, damaged: (cause: unknown) => Error): Uint8Array | null {
  const parts: Uint8Array[] = []
  let have = 0
  const stream = new Unzlib((chunk) => {
    parts.push(chunk)
    have += chunk.length
  })
  for (let at = 0; at < packed.length && have < 8; at += pushBytes) {
    try {
      stream.push(packed.subarray(at, at + pushBytes), at + pushBytes >= packed.length)
    } catch (cause) {
      throw damaged(cause)
    }
  }
  if (have < 8) return null
  const head = new Uint8Array(have)
  let to = 0
  for (const part of parts) {
    head.set(part, to)
    to += part.length
  }
  return head.subarray(0, 8)
}

/** Adler-32 of RFC 1950. */
export function adler32(bytes: Uint8Array): number {
  let low = 1
  let high = 0
  for (let at = 0; at < bytes.length; ) {
    // as many as keep the sums below 2^32
    const end = Math.min(bytes.length, at + 3800)
    for (; at < end; at++) {
      low += bytes[at] as number
      high += low
    }
    low %= 65521
    high %= 65521
  }
  return ((high << 16) | low) >>> 0
}

export const isCompressed = ({ type }: MatlabElement): boolean => type === compressedType

export const matlabError = (fileName: string, what: string, cause?: unknown): FileFormatError =>
  new FileFormatError(
    fileName,
    what,
    'It is cut or damaged: fetch it again.',
    cause === undefined ? undefined : { cause },
  )
