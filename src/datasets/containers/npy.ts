import { type ByteSource, bytesSource } from '../events/byte-source.js'
import { type NpyField, type NpyHeader, npyError, npyHeaderEnd, npyPrefixBytes, readNpyHeader } from './npy-header.js'
import { elementCount, type NumericArray, rowMajor } from './numeric-array.js'
import { isNumber, type NumberColumn, readNumbers, readTexts, type ScalarType } from './scalar-type.js'

/** Texts with a shape, row-major. */
export interface TextArray {
  readonly shape: readonly number[]
  readonly data: readonly string[]
}

/** One array of NumPy's. */
export type NpyArray =
  | ({ readonly kind: 'numbers' } & NumericArray)
  | ({ readonly kind: 'texts' } & TextArray)
  | {
      readonly kind: 'structured'
      /** Of the records; a field's own axes come behind these in the field's shape. */
      readonly shape: readonly number[]
      readonly fields: ReadonlyMap<string, NumericArray | TextArray>
    }

/** Largest array that is read whole, in bytes. */
const defaultCap = 2 ** 31
/** Most texts that are read: each takes more memory than in the file. */
const mostTexts = 2 ** 24

export interface OpenNpyOptions {
  /** Take the whole elements of a one-dimensional array that is cut; default false. */
  readonly cut?: boolean
}

/**
 * Opens an NPY file: its header, and its elements by range, so that a file larger than memory can be walked.
 * @throws FileFormatError when it is no NPY file, is cut, or holds objects, complex numbers or dates
 */
export async function openNpy(source: ByteSource, options: OpenNpyOptions = {}): Promise<NpyFile> {
  const end = npyHeaderEnd(await source.read(0, npyPrefixBytes), source.name)
  const header = readNpyHeader(await source.read(0, end), source.name)
  const count = elementCount(header.shape)
  const needed = header.dataOffset + count * header.itemBytes
  if (options.cut && Number.isSafeInteger(count) && source.size < needed && header.shape.length === 1) {
    return new NpyFile(source, header, Math.floor((source.size - header.dataOffset) / header.itemBytes))
  }
  if (!Number.isSafeInteger(count) || source.size < needed) {
    throw npyError(
      source.name,
      `its shape (${header.shape.join(', ')}) of ${header.itemBytes}-byte elements demands ${needed} bytes; it has ${source.size}.`,
    )
  }
  return new NpyFile(source, header, count)
}

/**
 * Reads a whole NPY file, versions 1 to 3: numbers of either byte order, half floats, booleans, text, structured arrays;
 * column-major arrays come back row-major. Bytes behind the array are left alone.
 *
 * @param cap largest size of the elements, in bytes; default 2 GiB
 * @throws FileFormatError as `openNpy`, and above `cap`
 */
export async function readNpy(source: ByteSource, cap = defaultCap): Promise<NpyArray> {
  const file = await openNpy(source)
  const { shape, fortranOrder, type, fields, itemBytes } = file.header
  if (file.count * itemBytes > cap) {
    throw npyError(
      source.name,
      `may have ${cap} bytes here; it has ${file.count * itemBytes}.`,
      'Walk it with openNpy.',
    )
  }
  const texts = [type, ...fields.map((field) => field.type)].filter((each) => each !== null && !isNumber(each)).length
  if (texts * file.count > mostTexts) throw npyError(source.name, `may have ${mostTexts} texts here; it has more.`)
  const bytes = await file.bytes(0, file.count)
  const ordered = <T extends NumberColumn | string[]>(values: T) => (fortranOrder ? rowMajor(values, shape) : values)
  if (type !== null) return plainArray(type, shape, bytes, file.count, ordered)
  const read = (field: NpyField) => fieldArray(field, file, bytes)
  return { kind: 'structured', shape, fields: new Map(fields.map((field) => [field.name, read(field)])) }
}

/** As `readNpy`, of bytes in memory. */
export const readNpyBytes = (bytes: Uint8Array, name = 'npy', cap = defaultCap): Promise<NpyArray> =>
  readNpy(bytesSource(name, bytes), cap)

/** An opened NPY file. */
export class NpyFile {
  constructor(
    private readonly source: ByteSource,
    readonly header: NpyHeader,
    /** Elements, in the order of the file. */
    readonly count: number,
  ) {}

  /** The bytes of elements `[from, from + count)` in the order of the file. @throws FileFormatError when it became shorter */
  async bytes(from: number, count: number): Promise<Uint8Array> {
    const { dataOffset, itemBytes } = this.header
    const wanted = Math.max(0, Math.min(count, this.count - from)) * itemBytes
    const bytes = await this.source.read(dataOffset + from * itemBytes, wanted)
    if (bytes.length < wanted) throw npyError(this.source.name, `it became shorter while it was read.`)
    return bytes
  }
}

function plainArray(
  type: ScalarType,
  shape: readonly number[],
  bytes: Uint8Array,
  count: number,
  ordered: <T extends NumberColumn | string[]>(values: T) => T,
): NpyArray {
  return isNumber(type)
    ? { kind: 'numbers', shape, data: ordered(readNumbers(bytes, type, count)) }
    : { kind: 'texts', shape, data: ordered(readTexts(bytes, type, count)) }
}

function fieldArray(field: NpyField, file: NpyFile, bytes: Uint8Array): NumericArray | TextArray {
  const { shape: recordShape, fortranOrder, itemBytes } = file.header
  const inner = elementCount(field.shape)
  const shape = [...recordShape, ...field.shape]
  const read = (column: number) => {
    const offset = field.offset + column * field.type.bytes
    const values = isNumber(field.type)
      ? readNumbers(bytes, field.type, file.count, offset, itemBytes)
      : readTexts(bytes, field.type, file.count, offset, itemBytes)
    return fortranOrder ? rowMajor(values, recordShape) : values
  }
  if (inner === 1) return { shape, data: read(0) } as NumericArray | TextArray
  const columns = Array.from({ length: inner }, (_, column) => read(column))
  const first = columns[0] ?? readNumbers(new Uint8Array(0), field.type, 0)
  const data = Array.isArray(first)
    ? new Array<string>(file.count * inner)
    : new (first.constructor as new (length: number) => NumberColumn)(file.count * inner)
  columns.forEach((values, column) => {
    for (let i = 0; i < file.count; i++) data[i * inner + column] = values[i] as never
  })
  return { shape, data } as NumericArray | TextArray
}
