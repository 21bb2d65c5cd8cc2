import type { TextArray } from '../npy.js'
import { elementCount, type NumericArray } from '../numeric-array.js'
import { type NumberColumn, readNumbers } from '../scalar-type.js'
import type { Hdf5Type } from './datatype.js'

/** What a data set's elements are as values; a member of a compound is one again. */
export type Hdf5Values =
  | ({ readonly kind: 'numbers' } & NumericArray)
  | ({ readonly kind: 'texts' } & TextArray)
  | { readonly kind: 'compound'; readonly shape: readonly number[]; readonly fields: ReadonlyMap<string, Hdf5Values> }

/**
 * Elements of a fixed size as values.
 * @param bytes  the elements, `stride` bytes apart, the first at `offset`
 * @param refuse makes the error for a type that is not read
 */
export function fixedValues(
  bytes: Uint8Array,
  type: Hdf5Type,
  shape: readonly number[],
  refuse: (what: string) => Error,
  offset = 0,
  stride = type.bytes,
): Hdf5Values {
  const count = elementCount(shape)
  switch (type.kind) {
    case 'number':
      return { kind: 'numbers', shape, data: readNumbers(bytes, type.scalar, count, offset, stride) }
    case 'text': {
      const data = Array.from({ length: count }, (_, i) => {
        const start = offset + i * stride
        return fixedText(bytes.subarray(start, start + type.bytes), type.padding)
      })
      return { kind: 'texts', shape, data }
    }
    case 'array':
      return arrayValues(bytes, type, shape, refuse, offset, stride)
    case 'compound': {
      const fields = type.members.map((member) => {
        const inner = member.type
        if (inner.kind === 'variable' || inner.kind === 'other') return null
        return [member.name, fixedValues(bytes, inner, shape, refuse, offset + member.offset, stride)] as const
      })
      return { kind: 'compound', shape, fields: new Map(fields.filter((field) => field !== null)) }
    }
    case 'variable':
      throw refuse('values of differing number')
  }
  throw refuse(type.what)
}

/** Each element is a small array: its axes come behind those of the data set. */
function arrayValues(
  bytes: Uint8Array,
  type: Extract<Hdf5Type, { kind: 'array' }>,
  shape: readonly number[],
  refuse: (what: string) => Error,
  offset: number,
  stride: number,
): Hdf5Values {
  const { of } = type
  const whole = [...shape, ...type.shape]
  if (of.kind !== 'number') throw refuse('arrays of other things than numbers')
  const count = elementCount(shape)
  const inner = elementCount(type.shape)
  const dense = new Uint8Array(count * type.bytes)
  for (let i = 0; i < count; i++) {
    const start = offset + i * stride
    dense.set(bytes.subarray(start, start + type.bytes), i * type.bytes)
  }
  const data: NumberColumn = readNumbers(dense, of.scalar, count * inner)
  return { kind: 'numbers', shape: whole, data }
}

const utf8 = new TextDecoder()

/** @param padding 0 ends at the first zero, 1 is filled with zeros, 2 with spaces */
export function fixedText(bytes: Uint8Array, padding: number): string {
  if (padding === 0) {
    const end = bytes.indexOf(0)
    return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end))
  }
  let length = bytes.length
  // some writers fill with zeros where the type says spaces
  while (length > 0 && (bytes[length - 1] === 0 || (padding === 2 && bytes[length - 1] === 0x20))) length--
  return utf8.decode(bytes.subarray(0, length))
}
