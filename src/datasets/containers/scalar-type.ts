import { halfFloatTable } from './half-float.js'

/** How one number or text lies in a file; text is `bytes` (8 bits a character) or `unicode` (32 bits a character). */
export interface ScalarType {
  readonly kind: 'int' | 'uint' | 'float' | 'bool' | 'bytes' | 'unicode'
  /** Size of one value. */
  readonly bytes: number
  readonly littleEndian: boolean
}

/** A column of numbers: half floats come as single floats, booleans as 0 and 1. */
export type NumberColumn =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array

type ColumnConstructor = new (length: number) => NumberColumn

const columns: Readonly<Record<string, ColumnConstructor>> = {
  int1: Int8Array,
  int2: Int16Array,
  int4: Int32Array,
  int8: BigInt64Array,
  uint1: Uint8Array,
  uint2: Uint16Array,
  uint4: Uint32Array,
  uint8: BigUint64Array,
  bool1: Uint8Array,
  float2: Float32Array,
  float4: Float32Array,
  float8: Float64Array,
}

/** Whether values of this type can be read as numbers. */
export const isNumber = ({ kind, bytes }: ScalarType): boolean => `${kind}${bytes}` in columns

/**
 * Reads `count` numbers that lie `stride` bytes apart.
 *
 * @param source must hold them all: the caller has compared lengths
 * @param offset of the first, in bytes
 */
export function readNumbers(
  source: Uint8Array,
  type: ScalarType,
  count: number,
  offset = 0,
  stride = type.bytes,
): NumberColumn {
  const size = type.bytes
  const dense = denseBytes(source, size, count, offset, stride)
  // every host that runs this is little-endian
  if (!type.littleEndian && size > 1) reverseEach(dense, size)
  if (type.kind === 'float' && size === 2) {
    const table = halfFloatTable()
    return Float32Array.from(new Uint16Array(dense.buffer), (bits) => table[bits] as number)
  }
  if (type.kind === 'bool') return dense.map((byte) => (byte === 0 ? 0 : 1))
  const Column = columns[`${type.kind}${size}`] as unknown as new (buffer: ArrayBuffer) => NumberColumn
  return new Column(dense.buffer)
}

/** A copy of values of `size` bytes without the bytes between them. */
function denseBytes(
  source: Uint8Array,
  size: number,
  count: number,
  offset: number,
  stride: number,
): Uint8Array<ArrayBuffer> {
  const dense = new Uint8Array(count * size)
  if (count === 0) return dense
  if (stride === size) {
    dense.set(source.subarray(offset, offset + count * size))
    return dense
  }
  // words where the values are aligned, which they are in most files; eight bytes go as two words
  const unit = size % 4 === 0 ? 4 : size % 2 === 0 ? 2 : 1
  const start = source.byteOffset + offset
  if (unit > 1 && start % unit === 0 && stride % unit === 0) {
    const Words = unit === 4 ? Uint32Array : Uint16Array
    const available = Math.floor((source.byteLength - offset) / unit)
    copyStrided(
      new Words(source.buffer as ArrayBuffer, start, available),
      new Words(dense.buffer),
      size / unit,
      stride / unit,
    )
  } else copyStrided(source.subarray(offset), dense, size, stride)
  return dense
}

function copyStrided<T extends Uint8Array | Uint16Array | Uint32Array>(
  from: T,
  to: T,
  size: number,
  stride: number,
): void {
  for (let at = 0, start = 0; at < to.length; at += size, start += stride) {
    for (let k = 0; k < size; k++) to[at + k] = from[start + k] as number
  }
}

/** Reverses the bytes of every value in place. */
export function reverseEach(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) {
    for (let low = start, high = start + size - 1; low < high; low++, high--) {
      const kept = bytes[low] as number
      bytes[low] = bytes[high] as number
      bytes[high] = kept
    }
  }
}

/** Reads `count` texts that lie `stride` bytes apart; they end at the padding of zeros. */
export function readTexts(
  source: Uint8Array,
  type: ScalarType,
  count: number,
  offset = 0,
  stride = type.bytes,
): string[] {
  const utf8 = new TextDecoder()
  return Array.from({ length: count }, (_, i) => {
    const bytes = source.subarray(offset + i * stride, offset + i * stride + type.bytes)
    if (type.kind === 'bytes') {
      return utf8.decode(bytes.subarray(0, usedLength(bytes)))
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const points = Array.from({ length: type.bytes / 4 }, (_, k) => view.getUint32(4 * k, type.littleEndian))
    // a number beyond Unicode becomes the replacement character, as undecodable bytes do
    return String.fromCodePoint(
      ...points.slice(0, usedLength(points)).map((point) => (point > 0x10ffff ? 0xfffd : point)),
    )
  })
}

/** Length without the zeros at the end. */
function usedLength(values: ArrayLike<number>): number {
  let length = values.length
  while (length > 0 && values[length - 1] === 0) length--
  return length
}
