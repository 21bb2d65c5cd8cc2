import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DiskError, NeuromotifError } from '../../errors.js'

const advice: Record<string, string> = {
  ENOSPC: 'The disk is full: make room or choose another folder.',
  EDQUOT: 'The quota is used up: make room or choose another folder.',
  EACCES: 'Permission is missing: choose a folder that you may use.',
  EPERM: 'Permission is missing: choose a folder that you may use.',
  EFBIG: 'The system allows no file of this size: raise the limit (ulimit -f) or choose another disk.',
  EROFS: 'The disk is read-only: choose another folder.',
  ENOENT: 'Check the path.',
  ENOTDIR: 'A part of the path is a file: choose another folder.',
  EISDIR: 'A folder lies where a file belongs: move it away.',
}

/**
 * Runs disk work and turns the system's errors into ones that name the path and say what to do.
 * @throws DiskError
 */
export async function onDisk<T>(path: string, verb: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof NeuromotifError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    throw new DiskError(path, `could not ${verb} it: ${code ?? message}.`, advice[code ?? ''] ?? '', { cause })
  }
}

/**
 * A whole file's bytes; anything that is no plain file or larger than `limit` bytes is refused before it is read.
 * @throws DiskError
 */
export async function readCapped(path: string, limit: number): Promise<Uint8Array> {
  return onDisk(path, 'read', async () => {
    const facts = await stat(path)
    if (!facts.isFile()) throw new DiskError(path, 'must be a plain file; it is not.', 'Check the path.')
    if (facts.size > limit) {
      throw new DiskError(path, `must have at most ${limit} bytes; it has ${facts.size}.`, 'Check that it is the file.')
    }
    return readFile(path)
  })
}

/** True when there is a plain file at the path; anything unreachable counts as absent. */
export const isPlainFile = async (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  )

/** Moves a finished file to its place; who looks there sees the old state or the whole file, never a part. */
export async function putInPlace(finished: string, target: string): Promise<void> {
  await onDisk(target, 'write', async () => {
    const handle = await open(finished, 'r+')
    try {
      // without this a crash of the machine could leave the name with empty contents
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(finished, target)
  })
}

/**
 * Writes a file so that it is there whole or not at all, making its folder if need be.
 * @throws DiskError
 */
export async function writeWhole(target: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  await onDisk(target, 'write', async () => {
    await mkdir(dirname(target), { recursive: true })
    try {
      const handle = await open(temporary, 'wx')
      try {
        await handle.writeFile(bytes)
      } finally {
        await handle.close()
      }
      await putInPlace(temporary, target)
    } finally {
      await rm(temporary, { force: true })
    }
  })
}
