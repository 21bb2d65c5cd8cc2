import { unzlibSync } from 'fflate'
import { unpackBlosc } from './blosc.js'
import { type Fields, hdf5Error } from './bytes.js'
import { unpackLzf } from './lzf.js'

/** One step that chunks went through when they were written. */
export interface Hdf5Filter {
  readonly id: number
  readonly name: string
  readonly values: readonly number[]
}

const filterNames: Readonly<Record<number, string>> = {
  4: 'szip',
  5: 'n-bit',
  6: 'scale-offset',
  307: 'bzip2',
  32004: 'LZ4',
  32008: 'bitshuffle',
  32013: 'ZFP',
  32015: 'Zstandard',
  36559: 'ECF of Prophesee',
}

/** Reads a filter pipeline message, versions 1 and 2. */
export function readFilters(fields: Fields): Hdf5Filter[] {
  const version = fields.u8()
  const count = fields.u8()
  if (version !== 1 && version !== 2) throw fields.error('the filters of a data set have an unknown version.')
  if (version === 1) fields.skip(6)
  return Array.from({ length: count }, () => {
    const id = fields.u16()
    const nameBytes = version === 1 || id >= 256 ? fields.u16() : 0
    fields.skip(2)
    const valueCount = fields.u16()
    const name = new TextDecoder().decode(fields.take(version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes))
    const values = Array.from({ length: valueCount }, () => fields.u32())
    if (version === 1 && valueCount % 2 === 1) fields.skip(4)
    return { id, name: name.replaceAll('\0', ''), values }
  })
}

/**
 * Takes a chunk back through its filters: deflate, shuffle, LZF, Blosc and the checksum Fletcher-32.
 *
 * @param mask bit i set: filter i was left out for this chunk
 * @param size of the unpacked chunk, in bytes; nothing larger is made
 * @throws FileFormatError when it is damaged, or a filter is not known
 */
export function unfilter(
  packed: Uint8Array,
  filters: readonly Hdf5Filter[],
  mask: number,
  size: number,
  fileName: string,
): Uint8Array {
  let bytes = packed
  for (let i = filters.length - 1; i >= 0; i--) {
    const filter = filters[i] as Hdf5Filter
    if (mask & (1 << i)) continue
    bytes = unfilterOnce(bytes, filter, size, fileName)
  }
  if (bytes.length !== size) throw hdf5Error(fileName, `a chunk must unpack to ${size} bytes; got ${bytes.length}.`)
  return bytes
}

function unfilterOnce(bytes: Uint8Array, { id, name, values }: Hdf5Filter, size: number, fileName: string): Uint8Array {
  switch (id) {
    case 1:
      try {
        // a checksum behind the data, and one byte that shows whether they run on
        return unzlibSync(bytes, { out: new Uint8Array(size + 5) })
      } catch (cause) {
        const found = cause instanceof Error ? cause.message : String(cause)
        throw hdf5Error(fileName, `a chunk must be whole compressed data; unpacking says "${found}".`)
      }
    case 2:
      return unshuffled(bytes, values[0] ?? 1)
    case 3: {
      const data = bytes.subarray(0, Math.max(0, bytes.length - 4))
      const stated =
        bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset + data.length).getUint32(0, true)
      if (fletcher32(data) !== stated) throw hdf5Error(fileName, 'a chunk does not have its checksum.')
      return data
    }
    case 32000: {
      const unpacked = unpackLzf(bytes, size)
      if (unpacked === null) throw hdf5Error(fileName, 'a chunk must be whole LZF data; it is damaged.')
      return unpacked
    }
    case 32001:
      try {
        return unpackBlosc(bytes, size)
      } catch (cause) {
        const found = cause instanceof Error ? cause.message : String(cause)
        throw hdf5Error(fileName, `a chunk must be whole Blosc data; ${found}.`)
      }
  }
  throw hdf5Error(
    fileName,
    `is packed with ${filterNames[id] ?? (name || `filter ${id}`)}, which is not read.`,
    'Repack it: h5repack -f GZIP=4 in.h5 out.h5, with the plug-in of that filter installed.',
  )
}

/** Bytes that were sorted by their place in the value. */
function unshuffled(bytes: Uint8Array, valueBytes: number): Uint8Array {
  if (valueBytes <= 1) return bytes
  const count = Math.floor(bytes.length / valueBytes)
  const out = new Uint8Array(bytes.length)
  for (let byte = 0; byte < valueBytes; byte++) {
    const from = byte * count
    for (let i = 0, to = byte; i < count; i++, to += valueBytes) out[to] = bytes[from + i] as number
  }
  // a rest that makes no whole value was left at the end
  out.set(bytes.subarray(count * valueBytes), count * valueBytes)
  return out
}

/** Fletcher's checksum over big-endian words of 16 bits, as HDF5 computes it. */
export function fletcher32(bytes: Uint8Array): number {
  let low = 0
  let high = 0
  const words = Math.floor(bytes.length / 2)
  for (let at = 0; at < words; ) {
    const end = Math.min(words, at + 360)
    for (; at < end; at++) {
      low += ((bytes[2 * at] as number) << 8) | (bytes[2 * at + 1] as number)
      high += low
    }
    low = (low & 0xffff) + (low >>> 16)
    high = (high & 0xffff) + (high >>> 16)
  }
  if (bytes.length % 2 === 1) {
    low += (bytes[bytes.length - 1] as number) << 8
    high += low
    low = (low & 0xffff) + (low >>> 16)
    high = (high & 0xffff) + (high >>> 16)
  }
  low = (low & 0xffff) + (low >>> 16)
  high = (high & 0xffff) + (high >>> 16)
  return ((high << 16) | low) >>> 0
}
