/** Fetching the archives of a set into the cache, where they stay packed. */
import { join } from 'node:path'
import { DownloadError } from '../../errors.js'
import { fileMd5, requireChecksum } from './checksum.js'
import type { DataFileOptions } from './data-files.js'
import { isPlainFile } from './disk.js'
import { download } from './download.js'
import { notHere, type TreeRequest, treeFolder } from './find-tree.js'

/**
 * Downloads what is not there yet; each file resumes, is checked, and appears whole or not at all.
 * @returns the folder they lie in
 * @throws DatasetError naming the page where a visitor gets what cannot be fetched
 * @throws DownloadError, DiskError, InterruptedError as `download`
 */
export async function fetchArchives(
  request: TreeRequest & { readonly homepage: string },
  options: DataFileOptions,
): Promise<string> {
  const { archives } = request
  const allowed = options.origins?.includes('download') ?? true
  if (!archives) throw notHere(request)
  const folder = treeFolder(request, options)
  const missing: (typeof archives.files)[number][] = []
  for (const file of archives.files) if (!(await isPlainFile(join(folder, file.name)))) missing.push(file)
  if (missing.some(({ addresses }) => addresses.length === 0) && !options.addresses) throw notHere(request)
  if (!allowed) {
    throw new DownloadError(
      request.name,
      'is not on this machine, and nothing may be fetched.',
      'Allow the download, or give the folder of its files with --from.',
    )
  }
  for (const { name, addresses, md5 } of missing) {
    const from = options.addresses?.map((address) => address + name) ?? addresses
    options.notice?.(`Fetching ${name} from ${from.join(' or ')}`)
    if (md5 === null)
      options.notice?.(`No checksum of ${name} is known here; its size and format are all that is checked.`)
    const { signal, attempts, retryPause } = options
    await download({
      addresses: from,
      target: join(folder, name),
      limit: archives.downloadLimit,
      verify: async (part) => {
        if (md5 !== null) requireChecksum(name, md5, await fileMd5(part))
      },
      onProgress: (receivedBytes, totalBytes) => options.onProgress?.({ file: name, receivedBytes, totalBytes }),
      ...(signal && { signal }),
      ...(attempts !== undefined && { attempts }),
      ...(retryPause !== undefined && { retryPause }),
    })
  }
  return folder
}
