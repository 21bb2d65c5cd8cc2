/** MATLAB files of version 5 made by hand, of either byte order. */
import { zlibSync } from 'fflate'
import { concat } from '../../archives/packed.js'

export interface MatlabLayout {
  readonly littleEndian: boolean
  readonly compress: boolean
}

type Column =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array

/** Number of the stored type and of the array's class, by column. */
const types = new Map<string, readonly [stored: number, kind: number]>([
  ['Int8Array', [1, 8]],
  ['Uint8Array', [2, 9]],
  ['Int16Array', [3, 10]],
  ['Uint16Array', [4, 11]],
  ['Int32Array', [5, 12]],
  ['Uint32Array', [6, 13]],
  ['Float32Array', [7, 7]],
  ['Float64Array', [9, 6]],
  ['BigInt64Array', [12, 14]],
  ['BigUint64Array', [13, 15]],
])

export class MatlabWriter {
  constructor(private readonly layout: MatlabLayout) {}

  file(...matrices: readonly Uint8Array[]): Uint8Array {
    const header = new Uint8Array(128).fill(0x20, 0, 116)
    header.set(new TextEncoder().encode('MATLAB 5.0 MAT-file, made by hand'))
    const view = new DataView(header.buffer)
    view.setUint16(124, 0x0100, this.layout.littleEndian)
    view.setUint16(126, 0x4d49, this.layout.littleEndian)
    const packed = (matrix: Uint8Array) => (this.layout.compress ? this.element(15, zlibSync(matrix), false) : matrix)
    return concat([header, ...matrices.map(packed)])
  }

  /** @param data column-major @param kind the class, where it differs from the stored type */
  numbers(name: string, shape: readonly number[], data: Column, kind?: number, flags = 0): Uint8Array {
    const [stored, own] = types.get(data.constructor.name) as readonly [number, number]
    return this.matrix(kind ?? own, flags, name, shape, this.element(stored, this.bytesOf(data)))
  }

  text(name: string, shape: readonly number[], text: string, stored = 4): Uint8Array {
    const units = Uint16Array.from(text, (sign) => sign.charCodeAt(0))
    const bytes = stored === 16 ? new TextEncoder().encode(text) : this.bytesOf(units)
    return this.matrix(4, 0, name, shape, this.element(stored, bytes))
  }

  cell(name: string, shape: readonly number[], values: readonly Uint8Array[]): Uint8Array {
    return this.matrix(1, 0, name, shape, concat(values))
  }

  /** @param values of one element after the other, in the order of the fields */
  struct(name: string, shape: readonly number[], fields: readonly string[], values: readonly Uint8Array[]): Uint8Array {
    const names = new Uint8Array(fields.length * 32)
    fields.forEach((field, i) => {
      names.set(new TextEncoder().encode(field), i * 32)
    })
    const length = this.element(5, this.bytesOf(Int32Array.of(32)))
    return this.matrix(2, 0, name, shape, concat([length, this.element(1, names), ...values]))
  }

  matrix(kind: number, flags: number, name: string, shape: readonly number[], content: Uint8Array): Uint8Array {
    const parts = [
      this.element(6, this.bytesOf(Uint32Array.of(kind | flags, 0))),
      this.element(5, this.bytesOf(Int32Array.from(shape))),
      this.element(1, new TextEncoder().encode(name)),
      content,
    ]
    return this.element(14, concat(parts), false)
  }

  element(type: number, data: Uint8Array, mayBeSmall = true): Uint8Array {
    const small = mayBeSmall && data.length > 0 && data.length <= 4
    const padding = type === 15 ? 0 : (8 - ((data.length + (small ? 4 : 0)) % 8)) % 8
    const tag = new Uint8Array(small ? 4 : 8)
    const view = new DataView(tag.buffer)
    view.setUint32(0, small ? (data.length << 16) | type : type, this.layout.littleEndian)
    if (!small) view.setUint32(4, data.length, this.layout.littleEndian)
    return concat([tag, data, new Uint8Array(padding)])
  }

  bytesOf(data: Column): Uint8Array {
    const bytes = new Uint8Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
    const size = data.BYTES_PER_ELEMENT
    if (!this.layout.littleEndian)
      for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse()
    return bytes
  }
}
