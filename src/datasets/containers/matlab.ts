import { FileFormatError } from '../../errors.js'
import { type ByteSource, readAll } from '../events/byte-source.js'
import { ElementReader, isCompressed, matlabError, matrixType, unpackElement } from './matlab-elements.js'
import { elementCount, type NumericArray, rowMajor } from './numeric-array.js'
import type { NumberColumn } from './scalar-type.js'

/** A MATLAB value. Everything is row-major here, though files are column-major. */
export type MatlabValue =
  | ({ readonly kind: 'numbers'; readonly logical: boolean } & NumericArray)
  /** Rows of characters; most texts have one. */
  | { readonly kind: 'text'; readonly shape: readonly number[]; readonly rows: readonly string[] }
  | { readonly kind: 'cell'; readonly shape: readonly number[]; readonly values: readonly MatlabValue[] }
  | {
      readonly kind: 'struct'
      readonly shape: readonly number[]
      /** For each field the values of all elements of the struct array, `[count]`. */
      readonly fields: ReadonlyMap<string, readonly MatlabValue[]>
    }

export interface MatlabOptions {
  /** Names to read; others are passed over unread. Default all. */
  readonly variables?: readonly string[]
  /** Largest file and largest sum of unpacked variables, in bytes; default 1 GiB. */
  readonly bytes?: number
  /** Most arrays, counting those in cells and structs; default 1,000,000. */
  readonly arrays?: number
}

const headerBytes = 128
const deepest = 32

/**
 * Reads a MATLAB file of version 5 (also called 6 and 7): arrays of numbers, logicals, characters, cells and structs,
 * compressed or not, of either byte order.
 *
 * @throws FileFormatError when it is no such file, cut or damaged, holds a variable that is sparse, complex, an object or a
 * function (leave it out with `variables`), or exceeds a cap
 */
export async function readMatlab(
  source: ByteSource,
  options: MatlabOptions = {},
): Promise<ReadonlyMap<string, MatlabValue>> {
  const { bytes: cap = 2 ** 30 } = options
  const bytes = await readAll(source, cap)
  const littleEndian = byteOrder(bytes, source.name)
  const elements = new ElementReader(bytes.subarray(headerBytes), littleEndian, source.name)
  const matrices = new MatrixReader(littleEndian, source.name, options)
  const variables = new Map<string, MatlabValue>()
  let left = cap
  while (!elements.done) {
    const element = elements.next('a variable')
    let { data, type } = element
    if (isCompressed(element)) {
      const unpacked = unpackElement(data, littleEndian, left, source.name)
      left -= unpacked.length
      const inner = new ElementReader(unpacked, littleEndian, source.name).next('a variable')
      data = inner.data
      type = inner.type
    }
    if (type !== matrixType) throw matlabError(source.name, `variables must be arrays; one is of type ${type}.`)
    const variable = matrices.variable(data)
    // what has no name is MATLAB's own book-keeping for objects
    if (variable !== null && variable.name !== '') variables.set(variable.name, variable.value)
  }
  return variables
}

/** Whether a file begins as one of version 5 does. */
export const isMatlab = (head: Uint8Array): boolean =>
  head.length >= headerBytes && (orderMark(head) === 'IM' || orderMark(head) === 'MI')

const orderMark = (head: Uint8Array): string => String.fromCharCode(head[126] ?? 0, head[127] ?? 0)

function byteOrder(bytes: Uint8Array, name: string): boolean {
  const text = String.fromCharCode(...bytes.subarray(0, 20))
  if (text.startsWith('MATLAB 7.3')) {
    throw new FileFormatError(name, 'is of version 7.3, which is HDF5.', 'Open it with openHdf5, or save it with -v7.')
  }
  if (!isMatlab(bytes)) {
    throw new FileFormatError(
      name,
      'must be a MATLAB file of version 5; it does not begin like one.',
      'Save it with -v7.',
    )
  }
  const littleEndian = orderMark(bytes) === 'IM'
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint16(124, littleEndian)
  if (version !== 0x0100) {
    throw new FileFormatError(name, `must have version 0x0100; it has 0x${version.toString(16)}.`, 'Save it with -v7.')
  }
  return littleEndian
}

type ColumnOf = new (length: number) => NumberColumn

const columnOf: Readonly<Record<number, ColumnOf>> = {
  6: Float64Array,
  7: Float32Array,
  8: Int8Array,
  9: Uint8Array,
  10: Int16Array,
  11: Uint16Array,
  12: Int32Array,
  13: Uint32Array,
  14: BigInt64Array,
  15: BigUint64Array,
}
const refused: Readonly<Record<number, string>> = {
  3: 'an object',
  5: 'sparse',
  16: 'a function',
  17: 'an object',
  18: 'an object',
}

const empty: MatlabValue = { kind: 'numbers', shape: [0, 0], data: new Float64Array(0), logical: false }

class MatrixReader {
  private arrays = 0

  constructor(
    private readonly littleEndian: boolean,
    private readonly fileName: string,
    private readonly options: MatlabOptions,
  ) {}

  /** A variable with its name; null when it was not asked for. */
  variable(data: Uint8Array): { readonly name: string; readonly value: MatlabValue } | null {
    const reader = this.elements(data)
    const header = this.header(reader)
    const { variables } = this.options
    if (header.name === '' || (variables && !variables.includes(header.name))) return null
    return { name: header.name, value: this.value(reader, header, 0) }
  }

  private elements(data: Uint8Array): ElementReader {
    return new ElementReader(data, this.littleEndian, this.fileName)
  }

  private header(reader: ElementReader) {
    this.arrays++
    const { arrays = 1_000_000 } = this.options
    if (this.arrays > arrays) throw this.error(`may hold ${arrays} arrays; it has more.`)
    const [flags = 0] = reader.numbers('the kind of an array') as Uint32Array
    const shape = Array.from(reader.numbers('the shape of an array'), Number)
    if (shape.length > 32 || shape.some((size) => !Number.isSafeInteger(size) || size < 0)) {
      throw this.error(`an array cannot have the shape ${shape.slice(0, 8).join(' x ')}.`)
    }
    const name = reader.text('the name of an array')
    return { kind: flags & 0xff, complex: (flags & 0x800) !== 0, logical: (flags & 0x200) !== 0, shape, name }
  }

  private value(reader: ElementReader, header: ReturnType<MatrixReader['header']>, depth: number): MatlabValue {
    const { kind, shape, name } = header
    if (depth > deepest) throw this.error(`cells and structs may nest ${deepest} deep.`)
    const count = elementCount(shape)
    if (kind === 1 || kind === 2) return this.container(reader, kind, shape, count, depth)
    if (kind === 4) return this.characters(reader, shape, count)
    const Column = columnOf[kind]
    const what = header.complex ? 'complex' : (refused[kind] ?? (Column ? null : `of the unknown kind ${kind}`))
    if (!Column || what !== null) {
      throw new FileFormatError(
        this.fileName,
        `the variable ${name || 'within another'} is ${what}, which is not read.`,
        'Leave it out with the option variables, or save it as numbers.',
      )
    }
    const values = reader.numbers('the values of an array')
    if (values.length !== count) throw this.error(`${shape.join(' x ')} demands ${count} values; got ${values.length}.`)
    return { kind: 'numbers', shape, data: rowMajor(converted(values, Column), shape), logical: header.logical }
  }

  private characters(reader: ElementReader, shape: readonly number[], count: number): MatlabValue {
    const text = reader.text('the characters of an array')
    // characters beyond 16 bits count once in some writers and twice in others
    if (text.length > 2 * count || shape.length > 2) throw this.error('its characters do not fit their shape.')
    const [rows = 0, columns = 0] = shape
    if (rows <= 1) return { kind: 'text', shape, rows: rows === 0 ? [] : [text] }
    if (text.length !== count) throw this.error(`${rows} x ${columns} characters are due; got ${text.length}.`)
    const row = (y: number) => Array.from({ length: columns }, (_, x) => text[x * rows + y]).join('')
    return { kind: 'text', shape, rows: Array.from({ length: columns === 0 ? 0 : rows }, (_, y) => row(y)) }
  }

  private container(
    reader: ElementReader,
    kind: number,
    shape: readonly number[],
    count: number,
    depth: number,
  ): MatlabValue {
    const names = kind === 2 ? this.fieldNames(reader) : null
    // each value has at least a tag
    const perElement = names?.length ?? 1
    if (count * perElement * 8 > reader.left) throw this.error(`${shape.join(' x ')} values are due and are not there.`)
    const values = Array.from({ length: count * perElement }, () => this.inner(reader, depth))
    if (names === null) return { kind: 'cell', shape, values: rowMajor(values, shape) }
    const field = (k: number) =>
      rowMajor(
        Array.from({ length: count }, (_, i) => values[i * perElement + k] as MatlabValue),
        shape,
      )
    return { kind: 'struct', shape, fields: new Map(names.map((name, k) => [name, field(k)])) }
  }

  private inner(reader: ElementReader, depth: number): MatlabValue {
    const { type, data } = reader.next('a value of a cell or struct')
    if (type !== matrixType) throw this.error(`values must be arrays; one is of type ${type}.`)
    if (data.length === 0) return empty
    const elements = this.elements(data)
    return this.value(elements, this.header(elements), depth + 1)
  }

  private fieldNames(reader: ElementReader): string[] {
    const length = Number(reader.numbers('the length of field names')[0])
    const text = reader.text('field names')
    if (!(length >= 1) || text.length % length !== 0) throw this.error('the names of its fields are damaged.')
    return Array.from({ length: text.length / length }, (_, i) => {
      const name = text.slice(i * length, (i + 1) * length)
      const end = name.indexOf('\0')
      return end < 0 ? name : name.slice(0, end)
    })
  }

  private error(what: string): FileFormatError {
    return matlabError(this.fileName, what)
  }
}

/** Numbers are stored in the smallest type that holds them, whatever the type of the array. */
function converted(values: NumberColumn, Column: ColumnOf): NumberColumn {
  if (values instanceof Column) return values
  const out = new Column(values.length)
  const big = out instanceof BigInt64Array || out instanceof BigUint64Array
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number | bigint
    out[i] = (big ? BigInt(typeof value === 'number' ? Math.trunc(value) || 0 : value) : Number(value)) as never
  }
  return out
}
