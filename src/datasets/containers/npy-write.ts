import { zipSync } from 'fflate'
import { FileFormatError, ShapeError } from '../../errors.js'
import { elementCount, type NumericArray } from './numeric-array.js'
import type { NumberColumn } from './scalar-type.js'

/** NumPy's code of each column; single floats that came from halves stay single. */
const codes = new Map<string, string>([
  ['Int8Array', '|i1'],
  ['Uint8Array', '|u1'],
  ['Int16Array', '<i2'],
  ['Uint16Array', '<u2'],
  ['Int32Array', '<i4'],
  ['Uint32Array', '<u4'],
  ['BigInt64Array', '<i8'],
  ['BigUint64Array', '<u8'],
  ['Float32Array', '<f4'],
  ['Float64Array', '<f8'],
])
/** Elements begin at a multiple of this, so that they can be mapped into memory. */
const alignment = 64

/**
 * An NPY file of one row-major array, version 1.0 (2.0 where the header is longer than 65,535 bytes), little-endian.
 * @throws ShapeError when shape and number of values differ
 */
export function writeNpy(array: NumericArray): Uint8Array {
  const { shape, data } = array
  if (elementCount(shape) !== data.length) {
    throw new ShapeError(
      'npy',
      `shape [${shape.join(', ')}] must have ${elementCount(shape)} values; got ${data.length}.`,
    )
  }
  return npyFile(`'${codeOf(data)}'`, shape, bytesOf(data))
}

/**
 * An NPY file of a one-dimensional structured array, a field a column, records without padding.
 * @param columns by field name, all of one length
 * @throws ShapeError when lengths differ or there is no column
 */
export function writeStructuredNpy(columns: Readonly<Record<string, NumberColumn>>): Uint8Array {
  const fields = Object.entries(columns)
  const count = fields[0]?.[1].length
  if (count === undefined) throw new ShapeError('npy', 'a structured array must have a field; got none.')
  const other = fields.find(([, data]) => data.length !== count)
  if (other) throw new ShapeError('npy', `all fields must have ${count} values; ${other[0]} has ${other[1].length}.`)
  const itemBytes = fields.reduce((sum, [, data]) => sum + data.BYTES_PER_ELEMENT, 0)
  const records = new Uint8Array(count * itemBytes)
  let offset = 0
  for (const [, data] of fields) {
    const size = data.BYTES_PER_ELEMENT
    const bytes = bytesOf(data)
    for (let i = 0; i < count; i++) {
      for (let byte = 0; byte < size; byte++) records[i * itemBytes + offset + byte] = bytes[i * size + byte] as number
    }
    offset += size
  }
  const descr = fields.map(([name, data]) => `(${quoted(name)}, '${codeOf(data)}')`).join(', ')
  return npyFile(`[${descr}]`, [count], records)
}

/**
 * An NPZ archive of arrays or finished NPY files. The same input gives the same bytes.
 * @param compress deflate (as `numpy.savez_compressed`) or store (as `numpy.savez`); default deflate
 * @throws FileFormatError on a name that cannot be a file's
 */
export function writeNpz(arrays: Readonly<Record<string, NumericArray | Uint8Array>>, compress = true): Uint8Array {
  const files: Record<string, Uint8Array> = {}
  for (const [name, array] of Object.entries(arrays)) {
    if (!/^[\p{L}\p{N} ._()+,=@-]{1,200}$/u.test(name) || name === '..' || name === '__proto__') {
      throw new FileFormatError('npz', `names must be those of files; got ${JSON.stringify(name.slice(0, 40))}.`)
    }
    files[`${name}.npy`] = array instanceof Uint8Array ? array : writeNpy(array)
  }
  return zipSync(files, { level: compress ? 6 : 0, mtime: new Date(1980, 0, 1) })
}

function npyFile(descr: string, shape: readonly number[], data: Uint8Array): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const text = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${tuple}, }`
  const encoded = new TextEncoder().encode(text)
  // names beyond Latin-1 need version 3, whose header is UTF-8
  const ascii = encoded.every((byte) => byte < 0x80)
  const version = ascii ? (encoded.length + alignment < 0xffff ? 1 : 2) : 3
  const prefix = version === 1 ? 10 : 12
  const length = Math.ceil((prefix + encoded.length + 1) / alignment) * alignment - prefix
  const file = new Uint8Array(prefix + length + data.length).fill(0x20, prefix, prefix + length)
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0])
  const view = new DataView(file.buffer)
  if (version === 1) view.setUint16(8, length, true)
  else view.setUint32(8, length, true)
  file.set(encoded, prefix)
  file[prefix + length - 1] = 0x0a
  file.set(data, prefix + length)
  return file
}

const codeOf = (data: NumberColumn): string => codes.get(data.constructor.name) as string
const bytesOf = (data: NumberColumn): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
const quoted = (name: string): string =>
  `'${name.replace(/[\\']/g, '\\$&').replace(/\p{Cc}/gu, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)}'`
