/** Packers for tests: LZ4 frames with matches of every kind, Zstandard frames of stored and repeated blocks. */
import { xxHash32 } from '../../../src/datasets/events/formats/xxhash32.js'
import { Bytes } from './encoders.js'

export interface Lz4Options {
  /** Bytes of each block before packing. */
  readonly block?: number
  readonly contentSize?: boolean
  readonly contentChecksum?: boolean
  readonly blockChecksums?: boolean
  /** Blocks are stored as they are. */
  readonly stored?: boolean
}

function lengthBytes(out: Bytes, length: number): void {
  let rest = length - 15
  for (; rest >= 255; rest -= 255) out.byte(255)
  out.byte(rest)
}

function sequence(out: Bytes, literals: Uint8Array, match: { length: number; offset: number } | null): void {
  const length = match ? match.length - 4 : 0
  out.byte(Math.min(literals.length, 15) * 16 + Math.min(length, 15))
  if (literals.length >= 15) lengthBytes(out, literals.length)
  out.byte(...literals)
  if (!match) return
  out.little(match.offset, 2)
  if (length >= 15) lengthBytes(out, length)
}

/** Greedy: the nearest earlier place with the same four bytes, even in earlier blocks and overlapping itself. */
function lz4Block(bytes: Uint8Array, from: number, to: number, places: Map<number, number>): Uint8Array {
  const out = new Bytes()
  const key = (at: number) => new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0)
  let literals = from
  let at = from
  // the last five bytes of a block are literals
  while (at + 12 < to) {
    const place = places.get(key(at))
    places.set(key(at), at)
    if (place === undefined || at - place > 65535) {
      at++
      continue
    }
    let length = 4
    while (at + length < to - 5 && bytes[place + length] === bytes[at + length]) length++
    sequence(out, bytes.subarray(literals, at), { length, offset: at - place })
    at += length
    literals = at
  }
  sequence(out, bytes.subarray(literals, to), null)
  return out.bytes
}

export function packLz4(bytes: Uint8Array, options: Lz4Options = {}): Uint8Array {
  const { block = 65536, contentSize, contentChecksum, blockChecksums, stored } = options
  const descriptor = new Bytes()
  descriptor.byte(0x40 + (blockChecksums ? 16 : 0) + (contentSize ? 8 : 0) + (contentChecksum ? 4 : 0), 0x40)
  if (contentSize) descriptor.little(bytes.length, 8)
  const out = new Bytes().little(0x184d2204, 4).byte(...descriptor.bytes, xxHash32(descriptor.bytes) >>> 8)
  const places = new Map<number, number>()
  for (let from = 0; from < bytes.length; from += block) {
    const to = Math.min(bytes.length, from + block)
    const packed = stored ? bytes.subarray(from, to) : lz4Block(bytes, from, to, places)
    out.little(packed.length + (stored ? 2 ** 31 : 0), 4).byte(...packed)
    if (blockChecksums) out.little(xxHash32(packed), 4)
  }
  out.little(0, 4)
  if (contentChecksum) out.little(xxHash32(bytes), 4)
  return out.bytes
}

/** Zstandard without any modelling: runs of one byte become blocks of that byte, all else is stored. */
export function packZstandard(bytes: Uint8Array, block = 100): Uint8Array {
  const out = new Bytes().byte(0x28, 0xb5, 0x2f, 0xfd)
  // a window of 128 KiB, no content size, no checksum
  out.byte(0, (17 - 10) << 3)
  if (bytes.length === 0) return out.little(1, 3).bytes
  for (let from = 0; from < bytes.length; from += block) {
    const part = bytes.subarray(from, from + block)
    const last = from + block >= bytes.length ? 1 : 0
    const same = part.every((byte) => byte === part[0])
    out.little(last + (same ? 2 : 0) + part.length * 8, 3).byte(...(same ? part.subarray(0, 1) : part))
  }
  return out.bytes
}
