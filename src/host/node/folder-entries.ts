import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchiveEntry } from '../../archives/entries.js'
import { ArchiveGuard, type ArchiveLimits } from '../../archives/guard.js'
import { onDisk } from './disk.js'

/**
 * The plain files below a folder as an archive of it would hold them: a folder's own, sorted, before its folders'. Links to files are followed, since
 * the folder is the user's own; links to folders are not, so that no circle can arise.
 *
 * @throws DiskError when the folder cannot be read
 * @throws FileFormatError above a limit
 */
export async function* folderEntries(
  folder: string,
  limits: ArchiveLimits = {},
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const guard = new ArchiveGuard(folder, limits)
  const waiting = ['']
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    const inside = join(folder, below)
    const found = await onDisk(inside, 'read', () => readdir(inside, { withFileTypes: true }))
    found.sort((a, b) => (a.name < b.name ? -1 : 1))
    const folders: string[] = []
    for (const item of found) {
      guard.count()
      const path = below === '' ? item.name : `${below}/${item.name}`
      if (item.isDirectory()) folders.push(path)
      if (!item.isFile() && !item.isSymbolicLink()) continue
      const whole = join(folder, path)
      const facts = await onDisk(whole, 'read', () => stat(whole))
      if (!facts.isFile()) continue
      guard.admit(path, facts.size)
      yield { path, size: facts.size, bytes: () => onDisk(whole, 'read', () => readFile(whole)) }
    }
    // the last is taken first
    waiting.push(...folders.reverse())
  }
}

/** Whether there is a folder at the path. @throws DiskError when there is nothing, or it cannot be looked at */
export const isFolder = (path: string): Promise<boolean> =>
  onDisk(path, 'read', async () => (await stat(path)).isDirectory())
