import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { DownloadError } from '../../errors.js'
import { onDisk } from './disk.js'

/** Most bytes a file may unpack to while its checksum is taken. */
const unpackedLimit = 512 * 1024 * 1024

/** MD5 of a file as it lies on the disk, in hexadecimal. MD5 is what the data sets' sites publish. */
export async function fileMd5(path: string): Promise<string> {
  const hash = createHash('md5')
  await onDisk(path, 'read', () => pipeline(createReadStream(path), hash))
  return hash.digest('hex')
}

/**
 * MD5 of a file's unpacked bytes (of its bytes when it is not gzip): the same for every way of compressing it.
 * @throws DownloadError when the file does not unpack
 */
export async function unpackedMd5(path: string): Promise<string> {
  const start = await onDisk(path, 'read', async () => {
    const handle = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  })
  if (start[0] !== 0x1f || start[1] !== 0x8b) return fileMd5(path)
  const hash = createHash('md5')
  let size = 0
  try {
    await pipeline(
      createReadStream(path),
      createGunzip(),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          size += chunk.length
          if (size > unpackedLimit) throw new Error(`more than ${unpackedLimit} bytes unpacked`)
          yield chunk
        }
      },
      hash,
    )
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    throw new DownloadError(path, `must be a whole gzip file; unpacking says "${found}".`, 'Fetch it again.', { cause })
  }
  return hash.digest('hex')
}

/** @throws DownloadError when `found` is not `expected` */
export function requireChecksum(where: string, expected: string, found: string): void {
  if (found === expected) return
  throw new DownloadError(
    where,
    `its MD5 must be ${expected}; got ${found}.`,
    'The server or something on the way sends other bytes: try again later or give the files with --from.',
  )
}

/** The first half of the SHA-256 of a text, in hexadecimal: a name for files. */
export const digestName = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
