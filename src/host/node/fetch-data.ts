import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { archiveEntries } from '../../archives/open-archive.js'
import { DownloadError, FileFormatError } from '../../errors.js'
import { fileMd5, requireChecksum, unpackedMd5 } from './checksum.js'
import type { DataFileOptions } from './data-files.js'
import type { DataArchive, DataFile, DataRequest, DataSources } from './data-request.js'
import { withDebianPackage } from './debian-package.js'
import { isPlainFile, onDisk, putInPlace, readCapped, writeWhole } from './disk.js'
import { download } from './download.js'
import { fileSource } from './file-source.js'

/** Sizes in bytes; the archive of CIFAR-10 has 184 MB unpacked. */
const archiveLimits = { entries: 1000, entryBytes: 2 ** 28, totalBytes: 2 ** 29 }

/**
 * Copies a data set's files from its Debian package into the cache.
 * @returns where they came from; null, after a notice, when the package cannot be had or holds other bytes
 */
export async function fetchFromDebian(
  request: DataRequest,
  sources: DataSources,
  cache: string,
  options: DataFileOptions,
): Promise<string | null> {
  const { debianPackage = '', systemFolders } = sources
  const copied = async (root: string) => {
    for (const file of request.files) {
      const path = await packagePath(root, systemFolders, file)
      if (path === null) return `it holds no ${file.name}.gz`
      if (file.md5 && (await unpackedMd5(path)) !== file.md5) return `its ${file.name}.gz holds other bytes`
      await writeWhole(join(cache, `${file.name}.gz`), await readCapped(path, sources.downloadLimit))
    }
    return null
  }
  const result = await withDebianPackage(debianPackage, copied, options.signal)
  const reason = 'reason' in result ? result.reason : result.value
  if (reason === null) return `Debian package ${debianPackage}`
  options.notice?.(`Debian package ${debianPackage} not used: ${reason}.`)
  return null
}

async function packagePath(root: string, folders: readonly string[], file: DataFile): Promise<string | null> {
  for (const folder of folders) {
    const path = join(root, folder, `${file.name}.gz`)
    if (await isPlainFile(path)) return path
  }
  return null
}

/**
 * Downloads a data set's files, or its archive, into the cache; files already there are kept.
 * @returns the addresses they came from
 * @throws DownloadError, DiskError, InterruptedError as `download`
 */
export async function fetchFromAddresses(
  request: DataRequest,
  sources: DataSources | null,
  cache: string,
  options: DataFileOptions,
): Promise<string> {
  const addresses = options.addresses ?? sources?.addresses ?? []
  if (!sources || addresses.length === 0) {
    throw new DownloadError(request.name, 'there is no address to fetch it from.', 'Give its folder with --from.')
  }
  const fetchFile = async (name: string, verify: (path: string) => Promise<void>) => {
    options.notice?.(`Fetching ${name} from ${addresses.join(' or ')}`)
    const { signal, attempts, retryPause } = options
    await download({
      addresses: addresses.map((address) => address + name),
      target: join(cache, name),
      limit: sources.downloadLimit,
      verify,
      onProgress: (receivedBytes, totalBytes) => options.onProgress?.({ file: name, receivedBytes, totalBytes }),
      ...(signal && { signal }),
      ...(attempts !== undefined && { attempts }),
      ...(retryPause !== undefined && { retryPause }),
    })
  }
  if (sources.archive) {
    const { name, md5 } = sources.archive
    const path = join(cache, name)
    await onDisk(cache, 'write', () => mkdir(cache, { recursive: true }))
    // an archive that is still there was verified, but the run that fetched it stopped before it was unpacked
    if (!(await isPlainFile(path))) {
      await fetchFile(name, async (part) => requireChecksum(name, md5, await fileMd5(part)))
    }
    await unpackArchive(request, sources.archive, cache)
  } else {
    for (const file of request.files) {
      const name = `${file.name}.gz`
      if (await isPlainFile(join(cache, name))) continue
      await fetchFile(name, async (part) => {
        if (file.md5) requireChecksum(name, file.md5, await unpackedMd5(part))
      })
    }
  }
  return addresses.join(' or ')
}

/**
 * Takes the files out of a fetched archive and removes it. They get their names only when the whole archive has proved
 * good; a bad one is removed as well, so that the next run fetches it again.
 */
async function unpackArchive(request: DataRequest, { name, folder }: DataArchive, cache: string): Promise<void> {
  const path = join(cache, name)
  const wanted = new Map(request.files.map((file) => [`${folder}/${file.name}`, join(cache, file.name)]))
  const unpacked: string[] = []
  const waiting = (target: string) => `${target}.unpacking`
  const source = await fileSource(path)
  try {
    for await (const entry of archiveEntries(source, archiveLimits)) {
      const target = wanted.get(entry.path)
      if (target === undefined) continue
      await writeWhole(waiting(target), await entry.bytes())
      wanted.delete(entry.path)
      unpacked.push(target)
    }
    for (const member of wanted.keys()) {
      throw new FileFormatError(path, `must hold ${member}; it does not.`, 'Fetch it again.')
    }
    for (const target of unpacked) await putInPlace(waiting(target), target)
    await rm(path, { force: true })
  } catch (error) {
    if (error instanceof FileFormatError) await rm(path, { force: true })
    throw error
  } finally {
    await source.close?.()
    for (const target of unpacked) await rm(waiting(target), { force: true })
  }
}
