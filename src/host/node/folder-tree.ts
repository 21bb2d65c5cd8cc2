/** A folder on disk as the files of a data set. */
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { PlacedFile } from '../../datasets/samples/file-tree.js'
import { DatasetError } from '../../errors.js'
import { onDisk } from './disk.js'

/** Most files of a folder; the largest set known here has 100,800. */
export const mostFiles = 4_000_000

export interface DiskFile extends PlacedFile {
  readonly place: { readonly kind: 'disk'; readonly path: string }
  /** Milliseconds since 1970 when it was last changed. */
  readonly changed: number
}

/** The plain files below a folder, or the one file at a path. @throws DiskError when nothing is there */
export async function filesAt(path: string): Promise<DiskFile[]> {
  const facts = await onDisk(path, 'read', () => stat(path))
  if (facts.isDirectory()) return filesBelow(path)
  const { size, mtimeMs: changed } = facts
  return [{ path: basename(path), size, changed, place: { kind: 'disk', path } }]
}

/**
 * The plain files below a folder. Links to files are followed, since the folder is the user's own; links to folders are
 * not, so that no circle can arise.
 *
 * @throws DiskError when a folder cannot be read
 * @throws DatasetError when there are too many files
 */
async function filesBelow(folder: string): Promise<DiskFile[]> {
  const found: DiskFile[] = []
  const waiting = ['']
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    const inside = join(folder, below)
    const items = await onDisk(inside, 'read', () => readdir(inside, { withFileTypes: true }))
    for (const item of items) {
      const path = below === '' ? item.name : `${below}/${item.name}`
      if (item.isDirectory()) waiting.push(path)
      if (!item.isFile() && !item.isSymbolicLink()) continue
      const whole = join(folder, path)
      // a link may point to nothing, and then it is no file of the set
      const facts = await stat(whole).catch(() => null)
      if (!facts?.isFile()) continue
      found.push({ path, size: facts.size, changed: facts.mtimeMs, place: { kind: 'disk', path: whole } })
      if (found.length > mostFiles)
        throw new DatasetError(
          folder,
          `may hold at most ${mostFiles} files; it holds more.`,
          'Give the folder of the set.',
        )
    }
  }
  return found
}
