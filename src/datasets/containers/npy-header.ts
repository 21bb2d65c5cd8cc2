import { FileFormatError } from '../../errors.js'
import { latin1Text } from './latin1.js'
import { type PythonLiteral, parseLiteral } from './python-literal.js'
import type { ScalarType } from './scalar-type.js'

/** A field of a structured array: where it lies in a record and its own shape. */
export interface NpyField {
  readonly name: string
  readonly type: ScalarType
  /** Bytes from the start of a record. */
  readonly offset: number
  /** Empty for a single value. */
  readonly shape: readonly number[]
}

export interface NpyHeader {
  readonly shape: readonly number[]
  /** Column-major. */
  readonly fortranOrder: boolean
  /** Bytes of one element. */
  readonly itemBytes: number
  /** A plain array's type; null for a structured array. */
  readonly type: ScalarType | null
  /** A structured array's fields, nested names joined by a dot. */
  readonly fields: readonly NpyField[]
  /** Where the elements begin. */
  readonly dataOffset: number
}

/** Bytes that tell where a header ends: magic, version and the length field of any version. */
export const npyPrefixBytes = 12
/** Largest header that is read; NumPy's own largest by default is 10,000. */
const longestHeader = 2 ** 16
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

export const isNpy = (head: Uint8Array): boolean => magic.every((byte, i) => head[i] === byte)

/**
 * Where an NPY header ends, by the first 12 bytes of the file.
 * @throws FileFormatError when it is no NPY file of version 1, 2 or 3
 */
export function npyHeaderEnd(head: Uint8Array, fileName: string): number {
  const version = head[6]
  const long = version === 2 || version === 3
  if (head.length < npyPrefixBytes || !isNpy(head) || (version !== 1 && !long) || head[7] !== 0) {
    throw npyError(fileName, 'must be an NPY file of version 1.0, 2.0 or 3.0; its first bytes are not of one.')
  }
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true)
  if (length > longestHeader) throw npyError(fileName, `its header may have ${longestHeader} bytes; it has ${length}.`)
  return (long ? 12 : 10) + length
}

/**
 * Reads an NPY header (NEP 1): a Python dict literal of `descr`, `fortran_order` and `shape`.
 * @param bytes the file up to where `npyHeaderEnd` says
 * @throws FileFormatError when it is cut, is no such literal, or describes what cannot be read (objects, complex, dates)
 */
export function readNpyHeader(bytes: Uint8Array, fileName: string): NpyHeader {
  const end = npyHeaderEnd(bytes, fileName)
  if (bytes.length < end)
    throw npyError(fileName, `its header should end at byte ${end}; it has ${bytes.length} bytes.`)
  const encoded = bytes.subarray(bytes[6] === 1 ? 10 : 12, end)
  const text = bytes[6] === 3 ? new TextDecoder().decode(encoded) : latin1Text(encoded)
  const literal = parseLiteral(text)
  if (!(literal instanceof Map)) throw npyError(fileName, `its header must be a dict; it is ${text.slice(0, 60)}`)
  const shape = literal.get('shape')
  const fortranOrder = literal.get('fortran_order')
  const descr = literal.get('descr')
  if (!isShape(shape) || typeof fortranOrder !== 'boolean' || descr === undefined) {
    throw npyError(fileName, `its header must give descr, fortran_order and shape; it is ${text.slice(0, 120).trim()}.`)
  }
  if (typeof descr === 'string') {
    const type = parseScalarType(descr, fileName)
    return { shape, fortranOrder, itemBytes: type.bytes, type, fields: [], dataOffset: end }
  }
  const { fields, bytes: itemBytes } = readFields(descr, fileName, '', 0)
  if (itemBytes === 0) throw npyError(fileName, 'its records must have fields of at least one byte; they have none.')
  return { shape, fortranOrder, itemBytes, type: null, fields, dataOffset: end }
}

const kinds: Readonly<Record<string, ScalarType['kind']>> = {
  i: 'int',
  u: 'uint',
  f: 'float',
  b: 'bool',
  S: 'bytes',
  a: 'bytes',
  U: 'unicode',
}
const sizes: Readonly<Record<ScalarType['kind'], readonly number[] | null>> = {
  int: [1, 2, 4, 8],
  uint: [1, 2, 4, 8],
  float: [2, 4, 8],
  bool: [1],
  bytes: null,
  unicode: null,
}
const longestText = 2 ** 16

/**
 * A NumPy type code such as `<f4`, `|u1`, `>i8`, `<U5`; without an order mark little-endian.
 * @throws FileFormatError when it is none that can be read
 */
export function parseScalarType(code: string, fileName: string): ScalarType {
  const [, order = '', letter = '', digits = ''] = /^([<>|=]?)([a-zA-Z?])(\d{0,6})$/.exec(code) ?? []
  const kind = kinds[letter === '?' ? 'b' : letter]
  const size = letter === '?' ? 1 : Number(digits)
  const fits = kind !== undefined && (sizes[kind]?.includes(size) ?? (size >= 1 && size <= longestText))
  if (!fits) {
    const said = letter === 'O' ? 'holds Python objects' : `has the type "${code.slice(0, 30)}"`
    throw npyError(fileName, `must hold numbers, booleans or text; it ${said}.`, 'Save it with another dtype in NumPy.')
  }
  return { kind, bytes: kind === 'unicode' ? 4 * size : size, littleEndian: order !== '>' }
}

function readFields(descr: PythonLiteral, fileName: string, prefix: string, depth: number) {
  const wrong = () => npyError(fileName, 'its fields must be a list of (name, type) or (name, type, shape).')
  if (!Array.isArray(descr) || depth > 8) throw wrong()
  const fields: NpyField[] = []
  let offset = 0
  for (const item of descr) {
    if (!Array.isArray(item)) throw wrong()
    // a title may stand before the name: ('title', 'name')
    const [label, type, shape = []] = item
    const name = prefix + String(Array.isArray(label) ? label[1] : label)
    const repeats = typeof shape === 'number' ? [shape] : shape
    if (type === undefined || !isShape(repeats)) throw wrong()
    const count = repeats.reduce((product, size) => product * size, 1)
    if (typeof type === 'string') {
      // padding has no name and may have any type
      const padding = /^\|V(\d{1,6})$/.exec(type)
      if (padding) {
        offset += Number(padding[1]) * count
        continue
      }
      const scalar = parseScalarType(type, fileName)
      fields.push({ name, type: scalar, offset, shape: repeats })
      offset += scalar.bytes * count
    } else {
      if (count !== 1) throw npyError(fileName, `its field ${name} repeats a structure, which cannot be read.`)
      const inner = readFields(type, fileName, `${name}.`, depth + 1)
      const base = offset
      fields.push(...inner.fields.map((field) => ({ ...field, offset: base + field.offset })))
      offset += inner.bytes
    }
  }
  return { fields, bytes: offset }
}

const isShape = (value: PythonLiteral | undefined): value is number[] =>
  Array.isArray(value) &&
  value.length <= 32 &&
  value.every((size) => typeof size === 'number' && Number.isSafeInteger(size) && size >= 0)

export const npyError = (fileName: string, what: string, advice = 'It is cut or damaged: fetch it again.') =>
  new FileFormatError(fileName, what, advice)
