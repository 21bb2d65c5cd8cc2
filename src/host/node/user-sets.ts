/** The file that remembers the sets which a user has added. */
import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DiskError } from '../../errors.js'
import { defaultDataFolder } from './data-folders.js'
import { isPlainFile, onDisk, readCapped, writeWhole } from './disk.js'
import { takeLock } from './write-lock.js'

const largestFile = 16 * 1024 * 1024

/** `sets.json` in the cache folder. */
export const userSetsFile = (cacheFolder?: string): string =>
  join(resolve(cacheFolder ?? defaultDataFolder()), 'sets.json')

/** Its text; null when nothing was ever added. @throws DiskError */
export async function readUserSets(path: string): Promise<string | null> {
  return (await isPlainFile(path)) ? new TextDecoder().decode(await readCapped(path, largestFile)) : null
}

/**
 * Changes it, one process at a time.
 * @throws DiskError when another process holds it or it cannot be written
 */
export async function changeUserSets(path: string, change: (text: string | null) => string): Promise<void> {
  await onDisk(path, 'write', () => mkdir(dirname(path), { recursive: true }))
  const lock = await takeLock(`${path}.lock`)
  if (!lock) throw new DiskError(path, 'is being changed by another process.', 'Try again.')
  try {
    await writeWhole(path, new TextEncoder().encode(change(await readUserSets(path))))
  } finally {
    await lock.release()
  }
}
