import { elementCount } from '../numeric-array.js'
import { type NumberColumn, readNumbers } from '../scalar-type.js'
import { Fields, type Hdf5Bytes, hdf5Error } from './bytes.js'
import { copyOverlap } from './chunk-copy.js'
import type { Hdf5Type } from './datatype.js'
import { type Hdf5Filter, unfilter } from './filters.js'
import type { GlobalHeap } from './global-heap.js'
import { type Hdf5Layout, readChunkIndex, type StoredChunk } from './layout.js'
import { fixedText, fixedValues, type Hdf5Values } from './values.js'

export interface DatasetParts {
  readonly path: string
  /** Empty for a single value. */
  readonly shape: readonly number[]
  readonly type: Hdf5Type
  readonly layout: Hdf5Layout
  readonly filters: readonly Hdf5Filter[]
  /** Bytes of an element that was never written; null for zeros. */
  readonly fill: Uint8Array | null
}

/** Largest piece of a data set that is read at once, in bytes. */
const largestRead = 2 ** 30
const largestChunk = 2 ** 28
/** Most texts and lists that are read at once. */
const mostLists = 2 ** 22

/** A data set: its elements by rows, a row being everything at one index of the first axis. */
export class Hdf5Dataset {
  readonly shape: readonly number[]
  readonly type: Hdf5Type
  private chunks: Promise<ReadonlyMap<number, StoredChunk[]>> | null = null

  constructor(
    private readonly file: Hdf5Bytes,
    private readonly heap: GlobalHeap,
    private readonly parts: DatasetParts,
  ) {
    this.shape = parts.shape
    this.type = parts.type
  }

  /** Length of the first axis; 1 for a single value. */
  get rows(): number {
    return this.shape[0] ?? 1
  }

  /**
   * Rows `[from, from + count)`, cut at the end; all by default. Numbers, texts or records; members of records that are
   * not read (references, lists) are left out.
   * @throws FileFormatError when they are damaged, of a type or filter that is not read, or more than 1 GiB
   */
  async read(from = 0, count = this.rows): Promise<Hdf5Values> {
    const { type } = this
    const rows = this.rowCount(from, count)
    const shape = this.shape.length === 0 ? [] : [rows, ...this.shape.slice(1)]
    const bytes = await this.bytes(from, rows)
    if (type.kind === 'variable' && type.text) return { kind: 'texts', shape, data: await this.texts(bytes) }
    if (type.kind === 'text' && elementCount(shape) > mostLists)
      throw this.error(`may give ${mostLists} texts at once.`)
    return fixedValues(bytes, type, shape, (what) => this.error(`holds ${what}, which is not read here.`))
  }

  /**
   * Lists of numbers of differing length, one an element of the rows `[from, from + count)`.
   * @throws FileFormatError when the data set holds something else, or they are damaged
   */
  async readLists(from = 0, count = this.rows): Promise<NumberColumn[]> {
    const { type } = this
    const of = type.kind === 'variable' ? type.of : null
    if (of?.kind !== 'number') throw this.error('must hold lists of numbers of differing length; it does not.')
    const pointers = await this.pointers(await this.bytes(from, this.rowCount(from, count)))
    const lists: NumberColumn[] = []
    for (const { length, address, index } of pointers) {
      const bytes = length === 0 ? new Uint8Array(0) : await this.heap.value(address, index)
      if (bytes.length < length * of.bytes)
        throw this.error(`has a list of ${length} numbers in ${bytes.length} bytes.`)
      lists.push(readNumbers(bytes, of.scalar, length))
    }
    return lists
  }

  private rowCount(from: number, count: number): number {
    const rows = Math.max(0, Math.min(count, this.rows - from))
    if (!Number.isInteger(from) || from < 0 || !Number.isInteger(rows)) throw this.error(`has no rows from ${from} on.`)
    return rows
  }

  private async texts(bytes: Uint8Array): Promise<string[]> {
    const texts: string[] = []
    for (const { length, address, index } of await this.pointers(bytes)) {
      const value = length === 0 ? new Uint8Array(0) : await this.heap.value(address, index)
      texts.push(fixedText(value.subarray(0, length), 0))
    }
    return texts
  }

  private async pointers(bytes: Uint8Array) {
    const fields = new Fields(bytes, this.file)
    const count = Math.floor(bytes.length / this.type.bytes)
    if (count > mostLists) throw this.error(`may give ${mostLists} lists at once.`)
    return Array.from({ length: count }, () => {
      const element = fields.fields(this.type.bytes)
      return { length: element.u32(), address: element.address(), index: element.u32() }
    })
  }

  /** The elements of some rows as they lie in the file, without gaps. */
  private async bytes(from: number, rows: number): Promise<Uint8Array> {
    const { layout, type, fill } = this.parts
    const rowBytes = elementCount(this.shape.slice(1)) * type.bytes
    const size = rows * rowBytes
    if (!(size <= largestRead)) throw this.error(`may be read by ${largestRead} bytes at once; asked for ${size}.`)
    if (layout.kind === 'compact') {
      const bytes = layout.bytes.subarray(from * rowBytes, from * rowBytes + size)
      if (bytes.length < size) throw this.error(`should have ${size} bytes; ${bytes.length} are there.`)
      return bytes
    }
    if (layout.kind === 'contiguous') {
      if (!Number.isFinite(layout.address)) return this.filled(size, fill)
      if (from * rowBytes + size > layout.size) throw this.error(`has ${layout.size} bytes where more are due.`)
      return this.file.data(layout.address + from * rowBytes, size)
    }
    const out = this.filled(size, fill)
    await this.readChunks(layout, from, rows, out)
    return out
  }

  private filled(size: number, fill: Uint8Array | null): Uint8Array {
    const out = new Uint8Array(size)
    if (fill && fill.length === this.type.bytes && fill.some((byte) => byte !== 0)) {
      for (let at = 0; at < size; at += fill.length) out.set(fill, at)
    }
    return out
  }

  private async readChunks(
    layout: Extract<Hdf5Layout, { kind: 'chunked' }>,
    from: number,
    rows: number,
    out: Uint8Array,
  ): Promise<void> {
    const { chunkShape } = layout
    const chunkSize = elementCount(chunkShape) * this.type.bytes
    if (!(chunkSize <= largestChunk)) throw this.error(`may have chunks of ${largestChunk} bytes; it has ${chunkSize}.`)
    this.chunks ??= this.chunkIndex(layout, chunkSize)
    const index = await this.chunks
    const high = chunkShape[0] as number
    for (let row = Math.floor(from / high); row * high < from + rows; row++) {
      for (const chunk of index.get(row) ?? []) {
        const packed = await this.file.data(chunk.address, chunk.size)
        const bytes = unfilter(packed, this.parts.filters, chunk.mask, chunkSize, this.name)
        copyOverlap(
          bytes,
          chunk.start,
          chunkShape,
          out,
          [from, ...this.shape.slice(1).map(() => 0)],
          [rows, ...this.shape.slice(1)],
          this.type.bytes,
        )
      }
    }
  }

  private async chunkIndex(layout: Extract<Hdf5Layout, { kind: 'chunked' }>, chunkSize: number) {
    const high = layout.chunkShape[0] as number
    const byRow = new Map<number, StoredChunk[]>()
    for (const chunk of await readChunkIndex(this.file, layout, this.shape, chunkSize)) {
      const row = Math.floor((chunk.start[0] as number) / high)
      const members = byRow.get(row)
      if (members) members.push(chunk)
      else byRow.set(row, [chunk])
    }
    return byRow
  }

  private get name(): string {
    return `${this.file.name}: ${this.parts.path}`
  }

  private error(what: string) {
    return hdf5Error(this.name, what)
  }
}
