import { gunzipSync } from 'fflate'
import { crc32 } from '../archives/crc32.js'
import { FileFormatError } from '../errors.js'

/** True when the bytes begin as a gzip file does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b

/**
 * Unpacks a gzip file of one member (RFC 1952) without ever allocating more than its own trailer announces, and
 * without trusting that trailer: the size is checked against the cap first and against the data afterwards.
 *
 * @param bytes    the whole file; bytes that are not gzip come back as they are
 * @param fileName named in errors
 * @param limit    largest unpacked size in bytes
 * @throws FileFormatError when the file is cut, damaged, or unpacks to more than `limit`
 */
export function gunzipCapped(bytes: Uint8Array, fileName: string, limit: number): Uint8Array {
  if (!isGzip(bytes)) return bytes
  if (bytes.length < 18) {
    throw new FileFormatError(fileName, `a gzip file has at least 18 bytes; got ${bytes.length}.`, 'Fetch it again.')
  }
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8)
  const expectedCrc = trailer.getUint32(0, true)
  const size = trailer.getUint32(4, true)
  if (size > limit) {
    throw new FileFormatError(
      fileName,
      `must unpack to at most ${limit} bytes; its trailer announces ${size}.`,
      'It is damaged or not the file it claims to be: fetch it again.',
    )
  }
  let unpacked: Uint8Array
  try {
    // one byte of room beyond the announced size shows whether the data run past it
    unpacked = gunzipSync(bytes, { out: new Uint8Array(size + 1) })
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    throw new FileFormatError(fileName, `must be a whole gzip file; unpacking says "${found}".`, 'Fetch it again.', {
      cause,
    })
  }
  if (unpacked.length !== size) {
    throw new FileFormatError(
      fileName,
      `must unpack to the ${size} bytes its trailer announces; got ${unpacked.length > size ? 'more' : unpacked.length}.`,
      'It is damaged, cut or made of several gzip members: fetch it again.',
    )
  }
  const crc = crc32(unpacked)
  if (crc !== expectedCrc) {
    throw new FileFormatError(
      fileName,
      `its data must have CRC-32 ${expectedCrc.toString(16)}; got ${crc.toString(16)}.`,
      'It is damaged: fetch it again.',
    )
  }
  return unpacked
}
