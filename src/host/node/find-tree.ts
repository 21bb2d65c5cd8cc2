/** Where the files of a set of many files are: a folder that the user names, or the cache. */
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DatasetError } from '../../errors.js'
import type { DataFileOptions } from './data-files.js'
import { defaultDataFolder } from './data-folders.js'
import type { DataRequest } from './data-request.js'
import { isPlainFile, onDisk } from './disk.js'

export interface TreeRequest extends DataRequest {
  /** Where a set that a user has added lies. */
  readonly ownFolder?: string
}

/** The folder of a set in the cache, in which its archives lie as they were fetched. */
export const treeFolder = ({ name }: DataRequest, options: DataFileOptions): string => join(dataFolder(options), name)

/** The cache folder. */
export const dataFolder = ({ cacheFolder }: DataFileOptions): string => resolve(cacheFolder ?? defaultDataFolder())

/**
 * The folder or archive to read a set from, without fetching anything; null when it is not on this machine.
 * @throws DiskError when one that the user names is not there
 */
export async function findTree(request: TreeRequest, options: DataFileOptions): Promise<string | null> {
  if (options.from !== undefined) {
    const path = resolve(options.from)
    await onDisk(path, 'read', () => stat(path))
    return path
  }
  if (request.ownFolder !== undefined) {
    const there = await stat(request.ownFolder).catch(() => null)
    return there ? request.ownFolder : null
  }
  const folder = treeFolder(request, options)
  const files = request.archives?.files ?? []
  if (files.length === 0) return null
  for (const { name } of files) if (!(await isPlainFile(join(folder, name)))) return null
  return folder
}

/** The error for a set that is nowhere and cannot be fetched without a visitor. */
export function notHere(request: TreeRequest & { readonly homepage: string }): DatasetError {
  const { name, homepage, ownFolder, archives } = request
  if (ownFolder !== undefined)
    return new DatasetError(name, `is not at ${ownFolder} any more.`, 'Add it again from where it is now.')
  const files = archives?.files.map((file) => file.name).join(', ')
  return new DatasetError(
    name,
    'is not on this machine, and its site hands it out to visitors only.',
    homepage === ''
      ? 'Give its folder with --from.'
      : `Get ${files ?? 'it'} at ${homepage} and give the folder with --from; archives may stay packed.`,
  )
}
