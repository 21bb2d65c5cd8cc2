import { Gunzip } from 'fflate'
import { crc32 } from './crc32.js'
import type { ArchiveGuard } from './guard.js'

/** Packed bytes given to the unpacker at once: they can become at most 16 MiB. */
const pushBytes = 2 ** 14
const trailerBytes = 8

/**
 * Unpacks a gzip file of one member (RFC 1952) chunk by chunk. Its CRC and length are checked at the end, so whoever
 * uses the chunks before must be able to take back what it did.
 *
 * @throws FileFormatError when the file is cut or damaged, or blown up beyond what the guard allows
 */
export async function* gunzipChunks(
  packed: AsyncIterable<Uint8Array>,
  guard: ArchiveGuard,
): AsyncGenerator<Uint8Array, void, undefined> {
  let ready: Uint8Array[] = []
  const gunzip = new Gunzip((chunk) => {
    if (chunk.length > 0) ready.push(chunk)
  })
  const trailer = new Uint8Array(trailerBytes)
  let packedBytes = 0
  let unpackedBytes = 0
  let crc = 0
  const push = (bytes: Uint8Array, final: boolean) => {
    try {
      gunzip.push(bytes, final)
    } catch (cause) {
      const found = cause instanceof Error ? cause.message : String(cause)
      throw guard.error(`must be a whole gzip file; unpacking says "${found}".`, undefined, cause)
    }
    for (const chunk of ready) {
      unpackedBytes += chunk.length
      crc = crc32(chunk, crc)
    }
    guard.ratio(packedBytes, unpackedBytes)
    const chunks = ready
    ready = []
    return chunks
  }
  for await (const chunk of packed) {
    keepTail(trailer, chunk)
    for (let at = 0; at < chunk.length; at += pushBytes) {
      const part = chunk.subarray(at, at + pushBytes)
      packedBytes += part.length
      yield* push(part, false)
    }
  }
  yield* push(new Uint8Array(0), true)
  const view = new DataView(trailer.buffer)
  if (packedBytes < 18 || view.getUint32(0, true) !== crc || view.getUint32(4, true) !== unpackedBytes % 2 ** 32) {
    throw guard.error('the checksum or the length at its end does not fit its data.')
  }
}

/** Moves the last bytes of `chunk` into `tail`, after what is there. */
function keepTail(tail: Uint8Array, chunk: Uint8Array): void {
  const fresh = chunk.subarray(Math.max(0, chunk.length - tail.length))
  tail.copyWithin(0, fresh.length)
  tail.set(fresh, tail.length - fresh.length)
}
