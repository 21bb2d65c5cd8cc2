import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { DownloadError, FileFormatError } from '../../errors.js'
import { fileMd5, requireChecksum, unpackedMd5 } from './checksum.js'
import type { DataFileOptions } from './data-files.js'
import type { DataArchive, DataFile, DataRequest, DataSources } from './data-request.js'
import { withDebianPackage } from './debian-package.js'
import { isPlainFile, onDisk, readCapped, writeWhole } from './disk.js'
import { download } from './download.js'
import { readTar } from './tar.js'

/** Largest archive, unpacked, in bytes; that of CIFAR-10 has 184 MB. */
const archiveLimit = 512 * 1024 * 1024

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

/** Takes the files out of a fetched archive and removes it. */
async function unpackArchive(request: DataRequest, { name, folder }: DataArchive, cache: string): Promise<void> {
  const path = join(cache, name)
  const packed = await onDisk(path, 'read', () => readFile(path))
  let bytes: Uint8Array
  try {
    bytes = await promisify(gunzip)(packed, { maxOutputLength: archiveLimit })
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    await rm(path, { force: true })
    throw new FileFormatError(path, `must be a whole tar.gz; unpacking says "${found}".`, 'Fetch it again.', { cause })
  }
  const members = new Map(request.files.map((file) => [`${folder}/${file.name}`, file.name]))
  const found = readTar(bytes, path, [...members.keys()])
  for (const [member, target] of members) {
    const content = found.get(member)
    if (!content) throw new FileFormatError(path, `must hold ${member}; it does not.`, 'Fetch it again.')
    await writeWhole(join(cache, target), content)
  }
  await rm(path, { force: true })
}
