/**
 * LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md), unpacked without ever
 * holding more than a given number of bytes. Headers, and contents where the frame has their checksum, are verified.
 */
import { UnpackError } from './unpack-error.js'
import { xxHash32 } from './xxhash32.js'

const magic = 0x184d2204
/** Bytes of a block unpacked, by the frame's code. */
const blockSizes: Readonly<Record<number, number>> = { 4: 65536, 5: 262144, 6: 1048576, 7: 4194304 }

interface FrameHeader {
  /** Where the first block begins. */
  readonly at: number
  readonly largestBlock: number
  readonly blockChecksums: boolean
  readonly contentChecksum: boolean
  /** Bytes unpacked, where the frame says so. */
  readonly contentSize: number | null
}

const word = (bytes: Uint8Array, at: number): number => {
  if (at + 4 > bytes.length) throw new UnpackError('the LZ4 frame is cut')
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 4)
  return view.getUint32(0, true)
}

function frameHeader(bytes: Uint8Array): FrameHeader {
  if (word(bytes, 0) !== magic) throw new UnpackError('no LZ4 frame begins there')
  const [flags = 0, descriptor = 0] = bytes.subarray(4)
  if (flags >>> 6 !== 1) throw new UnpackError(`LZ4 frames of version ${flags >>> 6} are not known`)
  if (flags & 1) throw new UnpackError('an LZ4 frame needs a dictionary that is not in the file')
  const largestBlock = blockSizes[descriptor >>> 4]
  if (largestBlock === undefined) throw new UnpackError(`LZ4 block size code ${descriptor >>> 4} is not known`)
  const sized = (flags & 8) !== 0
  const end = sized ? 14 : 6
  if (end >= bytes.length) throw new UnpackError('the LZ4 frame is cut')
  const checksum = (xxHash32(bytes, 4, end) >>> 8) & 255
  if (bytes[end] !== checksum) throw new UnpackError('the checksum of an LZ4 frame header is wrong')
  return {
    at: end + 1,
    largestBlock,
    blockChecksums: (flags & 16) !== 0,
    contentChecksum: (flags & 4) !== 0,
    contentSize: sized ? word(bytes, 6) + word(bytes, 10) * 4294967296 : null,
  }
}

/** Bytes unpacked so far, in memory that grows up to a limit. */
class Output {
  bytes: Uint8Array
  length = 0

  constructor(
    first: number,
    readonly limit: number,
  ) {
    this.bytes = new Uint8Array(Math.min(first, limit))
  }

  /** Makes room for `more` bytes, or for as many as there may be. */
  reserve(more: number): void {
    const needed = Math.min(this.length + more, this.limit)
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.min(Math.max(needed, 2 * this.bytes.length), this.limit))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }
}

/** Unpacks the block `[from, to)`: sequences of literals and of a match within what is unpacked already. */
function unpackBlock(bytes: Uint8Array, from: number, to: number, output: Output, largest: number): void {
  // no byte of a block stands for more than 255
  output.reserve(Math.min(largest, 255 * (to - from)))
  const out = output.bytes
  const end = Math.min(out.length, output.length + largest)
  let n = output.length
  let at = from
  while (at < to) {
    const token = bytes[at++] as number
    let literals = token >>> 4
    for (let more = literals === 15 ? 255 : 0; more === 255 && at < to; literals += more) more = bytes[at++] as number
    if (at + literals > to) throw new UnpackError('an LZ4 block is damaged: its literals run past its end')
    if (n + literals > end) throw new UnpackError('an LZ4 block unpacks to more than it may')
    if (literals > 32) {
      out.set(bytes.subarray(at, at + literals), n)
      n += literals
      at += literals
    } else for (let k = 0; k < literals; k++) out[n++] = bytes[at++] as number
    // the last sequence has no match
    if (at === to) break
    const offset = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
    at += 2
    let length = (token & 15) + 4
    for (let more = length === 19 ? 255 : 0; more === 255 && at < to; length += more) more = bytes[at++] as number
    if (at >= to || offset === 0 || offset > n) throw new UnpackError('an LZ4 block is damaged: a match leads nowhere')
    if (n + length > end) throw new UnpackError('an LZ4 block unpacks to more than it may')
    if (offset >= length && length > 32) {
      out.copyWithin(n, n - offset, n - offset + length)
      n += length
    } else for (const stop = n + length; n < stop; n++) out[n] = out[n - offset] as number
  }
  output.length = n
}

/**
 * Unpacks one frame that fills `bytes`.
 * @param limit largest number of bytes it may unpack to
 * @throws UnpackError when the frame is damaged, cut, or unpacks to more
 */
export function unpackLz4Frame(bytes: Uint8Array, limit: number): Uint8Array {
  const header = frameHeader(bytes)
  const { largestBlock, blockChecksums, contentChecksum, contentSize } = header
  if (contentSize !== null && contentSize > limit) {
    throw new UnpackError(`an LZ4 frame announces ${contentSize} bytes, more than the ${limit} that it may have`)
  }
  const output = new Output(contentSize ?? 4 * bytes.length, limit)
  let at = header.at
  for (;;) {
    const size = word(bytes, at)
    at += 4
    if (size === 0) break
    const stored = size >>> 31 === 1
    const end = at + (size & 0x7fffffff)
    if (end > bytes.length) throw new UnpackError('the LZ4 frame is cut')
    if (stored) {
      output.reserve(end - at)
      if (output.length + end - at > output.bytes.length)
        throw new UnpackError('an LZ4 frame unpacks to more than it may')
      output.bytes.set(bytes.subarray(at, end), output.length)
      output.length += end - at
    } else unpackBlock(bytes, at, end, output, largestBlock)
    if (blockChecksums && word(bytes, end) !== xxHash32(bytes, at, end)) {
      throw new UnpackError('the checksum of an LZ4 block is wrong')
    }
    at = end + (blockChecksums ? 4 : 0)
  }
  const unpacked = output.bytes.subarray(0, output.length)
  if (contentSize !== null && contentSize !== unpacked.length) {
    throw new UnpackError(`an LZ4 frame announces ${contentSize} bytes and unpacks to ${unpacked.length}`)
  }
  if (contentChecksum && word(bytes, at) !== xxHash32(unpacked)) {
    throw new UnpackError('the checksum of an LZ4 frame is wrong')
  }
  return unpacked
}
