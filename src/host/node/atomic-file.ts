import { randomBytes } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { onDisk, putInPlace } from './disk.js'

/** A file that is written anywhere in it and appears under its name when it is finished. */
export interface AtomicFile {
  write(offset: number, bytes: Uint8Array): Promise<void>
  /** Flushes it to the disk and gives it its name; whoever looks there sees the old file or this one. */
  commit(): Promise<void>
  /** Removes what was not committed; harmless after `commit`. */
  discard(): Promise<void>
}

/**
 * Begins a file beside its final place, making the folder if need be.
 * @throws DiskError, here and in its methods
 */
export async function atomicFile(target: string): Promise<AtomicFile> {
  const temporary = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  const handle = await onDisk(target, 'write', async () => {
    await mkdir(dirname(target), { recursive: true })
    return open(temporary, 'wx')
  })
  let isOpen = true
  const close = async () => {
    if (isOpen) await handle.close()
    isOpen = false
  }
  return {
    write: (offset, bytes) =>
      onDisk(target, 'write', async () => {
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done)
          done += bytesWritten
        }
      }),
    commit: async () => {
      await onDisk(target, 'write', close)
      await putInPlace(temporary, target)
    },
    discard: async () => {
      await close()
      await onDisk(target, 'write', () => rm(temporary, { force: true }))
    },
  }
}
