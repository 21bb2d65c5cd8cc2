/** A folder or archive on disk as the files of a set, in Node; archives are opened, also those in a folder. */
import { archiveKind } from '../../archives/open-archive.js'
import { fileSource } from '../../host/node/file-source.js'
import { type DiskFile, filesAt } from '../../host/node/folder-tree.js'
import { unpackedFiles } from '../../host/node/unpack-archive.js'
import { endingOf, type FileTree, isClutter, type PlacedFile, treeOf } from './file-tree.js'
import type { LazyTree } from './load-tree.js'

const archiveEndings = new Set(['.zip', '.tar', '.gz', '.tgz'])
/** Archives in archives are opened this deep: ASL-DVS comes as a zip of zips. */
const deepest = 2

/**
 * The files at a path. Files in archives have the paths that they have there; archives that hold much are unpacked into
 * `unpackFolder`, once, the others into memory.
 *
 * @throws DiskError when nothing is there
 * @throws FileFormatError when an archive is damaged, exceeds a cap or leads out of its folder, as it is opened
 */
export async function treeAt(path: string, unpackFolder: string): Promise<LazyTree> {
  const files = await filesAt(path)
  const lines = files.map(({ path: below, size, changed }) => `${below} ${size} ${changed}`).sort()
  const identity = lines.join('\n')
  return {
    name: path,
    identity,
    open: async (): Promise<FileTree> => {
      const placed: PlacedFile[] = []
      for (const file of files) placed.push(...(await opened(file, unpackFolder)))
      return treeOf(path, identity, placed)
    },
  }
}

/** A file, or what is in it if it is an archive of files. */
async function opened(file: DiskFile, unpackFolder: string): Promise<readonly PlacedFile[]> {
  if (isClutter(file.path) || !(await isArchive(file))) return [file]
  return unpackedFiles(file.place.path, `${file.place.path} ${file.size} ${file.changed}`, unpackFolder, deepest)
}

async function isArchive({ path, place }: DiskFile): Promise<boolean> {
  if (!archiveEndings.has(endingOf(path))) return false
  // a compressed file, such as one of IDX, is no archive
  if (endingOf(path) === '.gz' && !/\.tar\.gz$/i.test(path)) return false
  const source = await fileSource(place.path)
  try {
    return archiveKind(await source.read(0, 512)) !== null
  } finally {
    await source.close()
  }
}
