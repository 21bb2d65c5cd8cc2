import type { ScalarType } from '../scalar-type.js'
import type { Fields } from './bytes.js'

/** How the values of a data set lie in a file. */
export type Hdf5Type =
  | { readonly kind: 'number'; readonly bytes: number; readonly scalar: ScalarType }
  /** `padding` 0: up to the first zero; else zeros or spaces at the end do not count. */
  | { readonly kind: 'text'; readonly bytes: number; readonly padding: number }
  | { readonly kind: 'compound'; readonly bytes: number; readonly members: readonly Hdf5Member[] }
  | { readonly kind: 'array'; readonly bytes: number; readonly shape: readonly number[]; readonly of: Hdf5Type }
  /** Values of differing number, kept in a global heap; `text` where they are characters. */
  | { readonly kind: 'variable'; readonly bytes: number; readonly text: boolean; readonly of: Hdf5Type }
  /** What is not read: its name. */
  | { readonly kind: 'other'; readonly bytes: number; readonly what: string }

export interface Hdf5Member {
  readonly name: string
  /** Bytes from the start of an element. */
  readonly offset: number
  readonly type: Hdf5Type
}

const classNames = [
  'number',
  'float',
  'time',
  'text',
  'bit field',
  'opaque',
  'compound',
  'reference',
  'enumeration',
  'variable',
  'array',
]

/**
 * Reads a datatype message (HDF5 file format specification 3.0, IV.A.2.d).
 * @throws FileFormatError when it is damaged
 */
export function readDatatype(fields: Fields, depth = 0): Hdf5Type {
  if (depth > 8) throw fields.error('a type in it nests too deep.')
  const head = fields.u8()
  const flags = fields.uint(3)
  const bytes = fields.u32()
  const version = head >> 4
  if (version < 1 || version > 5 || bytes === 0 || bytes > 2 ** 24) throw fields.error('a type in it is damaged.')
  const littleEndian = (flags & 1) === 0
  switch (head & 15) {
    case 0:
    case 4: {
      fields.skip(4)
      const signed = (head & 15) === 0 && (flags & 8) !== 0
      return number(bytes, { kind: signed ? 'int' : 'uint', bytes, littleEndian })
    }
    case 1:
      return readFloat(fields, bytes, flags)
    case 3:
      return { kind: 'text', bytes, padding: flags & 15 }
    case 6:
      return { kind: 'compound', bytes, members: readMembers(fields, version, flags & 0xffff, bytes, depth) }
    case 8: {
      const base = readDatatype(fields, depth + 1)
      skipEnumeration(fields, version, flags & 0xffff, base.bytes)
      return base
    }
    case 9:
      return { kind: 'variable', bytes, text: (flags & 15) === 1, of: readDatatype(fields, depth + 1) }
    case 10: {
      const rank = fields.u8()
      if (version < 3) fields.skip(3)
      const shape = Array.from({ length: rank }, () => fields.u32())
      if (version < 3) fields.skip(4 * rank)
      const of = readDatatype(fields, depth + 1)
      const size = shape.reduce((product, length) => product * length, of.bytes)
      if (size !== bytes) throw fields.error('an array type in it is damaged.')
      return { kind: 'array', bytes, shape, of }
    }
  }
  return { kind: 'other', bytes, what: classNames[head & 15] ?? `class ${head & 15}` }
}

function number(bytes: number, scalar: ScalarType): Hdf5Type {
  return bytes === 1 || bytes === 2 || bytes === 4 || bytes === 8
    ? { kind: 'number', bytes, scalar }
    : { kind: 'other', bytes, what: `a number of ${bytes} bytes` }
}

/** IEEE 754 of 2, 4 and 8 bytes; the fields say where sign, exponent and mantissa lie. */
function readFloat(fields: Fields, bytes: number, flags: number): Hdf5Type {
  fields.skip(4)
  const [exponentAt, exponentBits, , mantissaBits] = [fields.u8(), fields.u8(), fields.u8(), fields.u8()]
  fields.skip(4)
  const standard = { 2: [10, 5], 4: [23, 8], 8: [52, 11] }[bytes]
  const known = standard && exponentAt === standard[0] && exponentBits === standard[1] && mantissaBits === standard[0]
  if (!known || (flags & 0x40) !== 0) return { kind: 'other', bytes, what: `a float of ${bytes} bytes of its own kind` }
  return { kind: 'number', bytes, scalar: { kind: 'float', bytes, littleEndian: (flags & 1) === 0 } }
}

function readMembers(fields: Fields, version: number, count: number, bytes: number, depth: number): Hdf5Member[] {
  const offsetBytes = Math.ceil(Math.log2(bytes + 1) / 8)
  return Array.from({ length: count }, () => {
    const start = fields.at
    const name = fields.text()
    if (version < 3) fields.at = Math.min(fields.bytes.length, start + Math.ceil((fields.at - start) / 8) * 8)
    const offset = version < 3 ? fields.u32() : fields.uint(offsetBytes)
    let shape: number[] = []
    if (version === 1) {
      const rank = fields.u8()
      fields.skip(11)
      shape = [fields.u32(), fields.u32(), fields.u32(), fields.u32()].slice(0, rank)
    }
    const of = readDatatype(fields, depth + 1)
    const size = shape.reduce((product, length) => product * length, of.bytes)
    if (offset + size > bytes) throw fields.error(`the field ${name} of a type in it lies outside.`)
    return { name, offset, type: shape.length > 0 ? { kind: 'array' as const, bytes: size, shape, of } : of }
  })
}

/** Names and values of an enumeration: its numbers are read, not their names. */
function skipEnumeration(fields: Fields, version: number, count: number, valueBytes: number): void {
  for (let i = 0; i < count; i++) {
    const start = fields.at
    fields.text()
    if (version < 3) fields.at = Math.min(fields.bytes.length, start + Math.ceil((fields.at - start) / 8) * 8)
  }
  fields.skip(count * valueBytes)
}
