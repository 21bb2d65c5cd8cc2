import { unzlibSync } from 'fflate'
import { unpackZstandardFrame } from '../../events/formats/zstandard-frame.js'

const headerBytes = 16
const lz4 = 1
const zlib = 3
const zstandard = 4

/**
 * Unpacks a Blosc chunk of version 1 or 2 (c-blosc's README_CHUNK_FORMAT): blocks that are each packed with LZ4, zlib or
 * Zstandard, often one stream a byte of the values, and shuffled by byte.
 *
 * @param size what the chunk must unpack to, in bytes; nothing larger is made
 * @throws Error that says what is wrong
 */
export function unpackBlosc(packed: Uint8Array, size: number): Uint8Array {
  if (packed.length < headerBytes) throw new Error('it is cut')
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  const flags = view.getUint8(2)
  const valueBytes = view.getUint8(3)
  const blockBytes = view.getUint32(8, true)
  if (view.getUint32(4, true) !== size) throw new Error(`it announces ${view.getUint32(4, true)} bytes`)
  if (flags & 4) throw new Error('it is shuffled by bit, which is not read')
  if (flags & 2) {
    if (packed.length < headerBytes + size) throw new Error('it is cut')
    return packed.slice(headerBytes, headerBytes + size)
  }
  if (size > 0 && (blockBytes === 0 || blockBytes > size)) throw new Error('its blocks do not fit')
  const out = new Uint8Array(size)
  const unpack = codec(flags >> 5)
  for (let block = 0; block * blockBytes < size; block++) {
    const start = block * blockBytes
    const length = Math.min(blockBytes, size - start)
    const at = headerBytes + 4 * block
    if (at + 4 > packed.length) throw new Error('it is cut')
    const isWhole = length === blockBytes
    const isSplit = (flags & 16) === 0 && isWhole && valueBytes <= 16 && blockBytes / valueBytes >= 128
    const streams = isSplit && length % valueBytes === 0 ? valueBytes : 1
    const bytes = unpackBlock(packed, view, view.getUint32(at, true), length, streams, unpack)
    out.set(flags & 1 && valueBytes > 1 ? unshuffledBlock(bytes, valueBytes) : bytes, start)
  }
  return out
}

type Unpack = (bytes: Uint8Array, size: number) => Uint8Array

function unpackBlock(
  packed: Uint8Array,
  view: DataView,
  from: number,
  length: number,
  streams: number,
  unpack: Unpack,
) {
  const part = length / streams
  const bytes = new Uint8Array(length)
  let at = from
  for (let stream = 0; stream < streams; stream++) {
    if (at + 4 > packed.length) throw new Error('it is cut')
    const packedBytes = view.getUint32(at, true)
    at += 4
    if (at + packedBytes > packed.length) throw new Error('it is cut')
    const data = packed.subarray(at, at + packedBytes)
    // what did not shrink lies as it is
    const unpacked = packedBytes === part ? data : unpack(data, part)
    if (unpacked.length !== part) throw new Error('a block does not have its size')
    bytes.set(unpacked, stream * part)
    at += packedBytes
  }
  return bytes
}

function codec(code: number): Unpack {
  if (code === lz4) return unpackLz4Block
  if (code === zlib) return (bytes, size) => unzlibSync(bytes, { out: new Uint8Array(size + 1) })
  if (code === zstandard) return (bytes, size) => unpackZstandardFrame(bytes, Math.max(size, 2 ** 20))
  throw new Error(`it is packed by ${['BloscLZ', '', 'Snappy'][code] || `codec ${code}`}, which is not read`)
}

/** Bytes sorted by their place in the value; a rest that makes no whole value lies at the end. */
function unshuffledBlock(bytes: Uint8Array, valueBytes: number): Uint8Array {
  const count = Math.floor(bytes.length / valueBytes)
  const out = new Uint8Array(bytes.length)
  for (let byte = 0; byte < valueBytes; byte++) {
    const from = byte * count
    for (let i = 0, to = byte; i < count; i++, to += valueBytes) out[to] = bytes[from + i] as number
  }
  out.set(bytes.subarray(count * valueBytes), count * valueBytes)
  return out
}

/** An LZ4 block: literals, then a copy of what is already there, again and again; the last has literals only. */
function unpackLz4Block(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size)
  let at = 0
  let to = 0
  const longer = (length: number): number => {
    if (length < 15) return length
    let total = length
    for (let byte = 255; byte === 255; total += byte) {
      if (at >= bytes.length) throw new Error('it is cut')
      byte = bytes[at++] as number
    }
    return total
  }
  while (at < bytes.length) {
    const token = bytes[at++] as number
    const literals = longer(token >> 4)
    if (at + literals > bytes.length || to + literals > size) throw new Error('a block runs out')
    out.set(bytes.subarray(at, at + literals), to)
    at += literals
    to += literals
    if (at >= bytes.length) break
    if (at + 2 > bytes.length) throw new Error('it is cut')
    const distance = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
    at += 2
    const length = longer(token & 15) + 4
    if (distance === 0 || distance > to || to + length > size) throw new Error('a block runs out')
    for (let i = 0; i < length; i++) out[to + i] = out[to + i - distance] as number
    to += length
  }
  return out.subarray(0, to)
}
