/**
 * Zstandard frames (RFC 8878), unpacked by `fzstd` behind checks that it does not make: the frame's window and content
 * are within a limit before any memory is taken for them, and it is one whole frame and nothing more.
 */
import { Decompress } from 'fzstd'
import { UnpackError } from './unpack-error.js'

const magic = [0x28, 0xb5, 0x2f, 0xfd]
/** Largest block by RFC 8878, section 3.1.1.2.4. */
const largestBlock = 128 * 1024
const cut = 'the Zstandard frame is cut'

/** Little-endian integer of up to 8 bytes. */
function integer(bytes: Uint8Array, at: number, length: number): number {
  if (at + length > bytes.length) throw new UnpackError(cut)
  let value = 0
  for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number)
  return value
}

/** Where the first block begins, after the frame's demands on memory have been checked. */
function checkedHeader(bytes: Uint8Array, limit: number): { readonly at: number; readonly checksum: boolean } {
  if (magic.some((byte, i) => bytes[i] !== byte)) throw new UnpackError('no Zstandard frame begins there')
  const flags = integer(bytes, 4, 1)
  const singleSegment = (flags & 32) !== 0
  if ((flags & 3) !== 0) throw new UnpackError('a Zstandard frame needs a dictionary that is not in the file')
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][flags >>> 6] ?? 0
  let at = 5
  if (!singleSegment) {
    const descriptor = integer(bytes, at++, 1)
    const base = 2 ** (10 + (descriptor >>> 3))
    const window = base + (base / 8) * (descriptor & 7)
    if (window > limit) throw new UnpackError(`a Zstandard frame asks for a window of ${window} bytes, above ${limit}`)
  }
  const size = integer(bytes, at, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
  if (size > limit)
    throw new UnpackError(`a Zstandard frame announces ${size} bytes, more than the ${limit} it may have`)
  return { at: at + sizeBytes, checksum: (flags & 4) !== 0 }
}

/** Walks the blocks to the end of the frame. */
function frameEnd(bytes: Uint8Array, limit: number): number {
  const { at: first, checksum } = checkedHeader(bytes, limit)
  let at = first
  for (let last = false; !last; ) {
    const header = integer(bytes, at, 3)
    last = (header & 1) === 1
    const type = (header >>> 1) & 3
    const size = header >>> 3
    if (type === 3 || size > largestBlock) throw new UnpackError('a Zstandard block is damaged')
    // a block of one repeated byte holds that byte
    at += 3 + (type === 1 ? 1 : size)
  }
  const end = at + (checksum ? 4 : 0)
  if (end > bytes.length) throw new UnpackError(cut)
  return end
}

/**
 * Unpacks one frame that fills `bytes`. Its checksum is not looked at.
 * @param limit largest number of bytes it may unpack to
 * @throws UnpackError when the frame is damaged, cut, or unpacks to more
 */
export function unpackZstandardFrame(bytes: Uint8Array, limit: number): Uint8Array {
  const end = frameEnd(bytes, limit)
  if (end !== bytes.length) throw new UnpackError(`${bytes.length - end} bytes follow the Zstandard frame`)
  const parts: Uint8Array[] = []
  let length = 0
  try {
    new Decompress((part) => {
      length += part.length
      if (length > limit) throw new UnpackError(`a Zstandard frame unpacks to more than the ${limit} bytes it may have`)
      // the decompressor may hand out a view of memory that it writes again
      parts.push(part.slice())
    }).push(bytes, true)
  } catch (cause) {
    if (cause instanceof UnpackError) throw cause
    throw new UnpackError(`the Zstandard frame is damaged: ${cause instanceof Error ? cause.message : cause}`)
  }
  const unpacked = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    unpacked.set(part, at)
    at += part.length
  }
  return unpacked
}
