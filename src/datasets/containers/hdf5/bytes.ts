import { FileFormatError } from '../../../errors.js'
import type { ByteSource } from '../../events/byte-source.js'

/** Bytes of a page, and how many pages are kept: metadata lie scattered, data are read past the pages. */
const pageBytes = 2 ** 16
const pagesKept = 64
/** Largest piece of metadata that is read at once. */
const largestPiece = 2 ** 24

export const hdf5Error = (fileName: string, what: string, advice = 'It is cut or damaged: fetch it again.') =>
  new FileFormatError(fileName, what, advice)

/** Reads an HDF5 file at addresses, which count from the superblock's base, and through a few pages in memory. */
export class Hdf5Bytes {
  private readonly pages = new Map<number, Promise<Uint8Array>>()
  private pieces = 0
  /** Where address 0 lies in the file. */
  base = 0
  /** Bytes of an address and of a length. */
  offsetSize = 8
  lengthSize = 8

  /** @param pieceLimit most pieces of metadata that are read: a damaged file can lead in circles */
  constructor(
    readonly source: ByteSource,
    private readonly pieceLimit: number,
  ) {}

  get name(): string {
    return this.source.name
  }

  /** An address that means that nothing was stored. */
  get undefinedAddress(): number {
    return this.offsetSize === 8 ? Number.POSITIVE_INFINITY : 2 ** (8 * this.offsetSize) - 1
  }

  /** A piece of metadata. @throws FileFormatError when it does not lie in the file */
  async piece(address: number, length: number): Promise<Fields> {
    this.pieces++
    if (this.pieces > this.pieceLimit) throw hdf5Error(this.name, 'its structure has no end: it leads in circles.')
    if (length > largestPiece) throw hdf5Error(this.name, `a piece of its structure has ${length} bytes.`)
    return new Fields(await this.data(address, length), this)
  }

  /** Bytes of data at an address. @throws FileFormatError when they do not lie in the file */
  async data(address: number, length: number): Promise<Uint8Array> {
    const start = this.base + address
    if (!Number.isSafeInteger(start) || !(length >= 0) || start < 0 || start + length > this.source.size) {
      throw hdf5Error(this.name, `it should have ${length} bytes at ${start}; it has ${this.source.size} in all.`)
    }
    const page = Math.floor(start / pageBytes)
    if (length > pageBytes || Math.floor((start + length - 1) / pageBytes) !== page) {
      const bytes = await this.source.read(start, length)
      if (bytes.length < length) throw hdf5Error(this.name, 'it became shorter while it was read.')
      return bytes
    }
    const bytes = await this.page(page)
    const from = start - page * pageBytes
    if (from + length > bytes.length) throw hdf5Error(this.name, 'it became shorter while it was read.')
    return bytes.subarray(from, from + length)
  }

  private page(index: number): Promise<Uint8Array> {
    const kept = this.pages.get(index) ?? this.source.read(index * pageBytes, pageBytes)
    // the one used last stands last
    this.pages.delete(index)
    this.pages.set(index, kept)
    const [oldest] = this.pages.keys()
    if (this.pages.size > pagesKept && oldest !== undefined) this.pages.delete(oldest)
    return kept
  }
}

/** Little-endian fields one after another. */
export class Fields {
  at = 0
  private readonly view: DataView

  constructor(
    readonly bytes: Uint8Array,
    readonly file: Hdf5Bytes,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  u8(): number {
    return this.view.getUint8(this.step(1))
  }

  u16(): number {
    return this.view.getUint16(this.step(2), true)
  }

  u32(): number {
    return this.view.getUint32(this.step(4), true)
  }

  /** A whole number of 1 to 8 bytes; beyond 2^53 it is not exact, which no size in a real file reaches. */
  uint(size: number): number {
    let value = 0
    const start = this.step(size)
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (this.bytes[start + i] as number)
    return value
  }

  /** An address; all ones is infinite. */
  address(): number {
    const { offsetSize } = this.file
    const value = this.uint(offsetSize)
    return value >= 2 ** (8 * offsetSize) - 1 ? Number.POSITIVE_INFINITY : value
  }

  length(): number {
    return this.uint(this.file.lengthSize)
  }

  take(length: number): Uint8Array {
    const start = this.step(length)
    return this.bytes.subarray(start, start + length)
  }

  fields(length: number): Fields {
    return new Fields(this.take(length), this.file)
  }

  skip(length: number): void {
    this.step(length)
  }

  /** To the next multiple of `size` from the start of these bytes. */
  align(size: number): void {
    this.at = Math.min(this.bytes.length, Math.ceil(this.at / size) * size)
  }

  /** Text up to a zero byte, which is read as well. */
  text(): string {
    const end = this.bytes.indexOf(0, this.at)
    if (end < 0) throw this.error('a name in it has no end.')
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, end))
    this.at = end + 1
    return text
  }

  signature(expected: string): void {
    const found = String.fromCharCode(...this.take(expected.length))
    if (found !== expected) throw this.error(`a part of its structure must begin with ${expected}; it does not.`)
  }

  error(what: string, advice?: string): FileFormatError {
    return hdf5Error(this.file.name, what, advice)
  }

  private step(length: number): number {
    if (!(length >= 0) || length > this.left) {
      throw this.error(`a part of its structure has ${this.left} bytes where ${length} are due.`)
    }
    this.at += length
    return this.at - length
  }
}
