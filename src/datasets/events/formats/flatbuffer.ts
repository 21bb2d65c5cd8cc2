/** The little of FlatBuffers (https://flatbuffers.dev/internals/) that AEDAT 4 needs, every offset checked before use. */
import { UnpackError } from './unpack-error.js'

/** A table: fields by their index, absent ones with their default. */
export class FlatTable {
  readonly #view: DataView
  readonly #position: number
  readonly #vtable: number
  readonly #vtableBytes: number

  /** @throws UnpackError when no table can be there */
  constructor(view: DataView, position: number) {
    this.#view = view
    this.#position = position
    this.#vtable = position - at(view, position, 4).getInt32(position, true)
    this.#vtableBytes = at(view, this.#vtable, 4).getUint16(this.#vtable, true)
    at(view, this.#vtable, this.#vtableBytes)
  }

  /** Position of a field of so many bytes; null when the table does not have it. */
  #field(index: number, bytes: number): number | null {
    const entry = 4 + 2 * index
    if (entry + 2 > this.#vtableBytes) return null
    const offset = this.#view.getUint16(this.#vtable + entry, true)
    if (offset === 0) return null
    at(this.#view, this.#position + offset, bytes)
    return this.#position + offset
  }

  int32(index: number, absent: number): number {
    const position = this.#field(index, 4)
    return position === null ? absent : this.#view.getInt32(position, true)
  }

  /** Exact within ±2^53. */
  int64(index: number, absent: number): number {
    const position = this.#field(index, 8)
    if (position === null) return absent
    return this.#view.getInt32(position + 4, true) * 4294967296 + this.#view.getUint32(position, true)
  }

  /** First byte and number of elements of a vector; none when the table does not have it. */
  vector(index: number, elementBytes: number): { readonly start: number; readonly count: number } {
    const position = this.#field(index, 4)
    if (position === null) return { start: 0, count: 0 }
    const vector = position + this.#view.getUint32(position, true)
    const count = at(this.#view, vector, 4).getUint32(vector, true)
    at(this.#view, vector + 4, count * elementBytes)
    return { start: vector + 4, count }
  }

  text(index: number): string {
    const { start, count } = this.vector(index, 1)
    return new TextDecoder().decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, count))
  }
}

/** The view, after it has been checked that it has these bytes. */
function at(view: DataView, position: number, bytes: number): DataView {
  if (position < 0 || position + bytes > view.byteLength) {
    throw new UnpackError('a FlatBuffer is damaged: an offset leads out of it')
  }
  return view
}

/**
 * The root table of a size-prefixed buffer.
 * @param identifier four letters that must follow the root's offset
 * @throws UnpackError
 */
export function flatRoot(bytes: Uint8Array, identifier: string): FlatTable {
  const whole = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const size = at(whole, 0, 4).getUint32(0, true)
  at(whole, 4, Math.max(size, 8))
  const view = new DataView(bytes.buffer, bytes.byteOffset + 4, size)
  const found = String.fromCharCode(...bytes.subarray(8, 12))
  if (found !== identifier) throw new UnpackError(`a FlatBuffer must be ${identifier}; it is ${JSON.stringify(found)}`)
  return new FlatTable(view, at(view, 0, 8).getUint32(0, true))
}
