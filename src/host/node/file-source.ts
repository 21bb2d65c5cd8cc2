/** A file on disk as a source of bytes. */
import { type FileHandle, open } from 'node:fs/promises'
import type { ByteSource } from '../../datasets/events/byte-source.js'
import { DiskError } from '../../errors.js'
import { onDisk } from './disk.js'

/** Exactly the bytes asked for, cut where the file ends. */
async function readFully(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

/**
 * Opens a file for reading by pieces; whoever opens it closes it.
 * @throws DiskError when it cannot be opened or is no plain file
 */
export async function fileSource(path: string): Promise<Required<ByteSource>> {
  return onDisk(path, 'open', async () => {
    const file = await open(path, 'r')
    try {
      const facts = await file.stat()
      if (!facts.isFile()) throw new DiskError(path, 'must be a plain file; it is not.', 'Check the path.')
      const { size } = facts
      return {
        name: path,
        size,
        read: (offset, length) =>
          onDisk(path, 'read', () => readFully(file, offset, Math.max(0, Math.min(length, size - offset)))),
        close: () => file.close(),
      }
    } catch (error) {
      await file.close()
      throw error
    }
  })
}
