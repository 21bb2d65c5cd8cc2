import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DatasetError } from '../../errors.js'
import { assetFolder, defaultDataFolder } from './data-folders.js'
import type { DataFile, DataProgress, DataRequest } from './data-request.js'
import { isPlainFile, onDisk, readCapped } from './disk.js'
import { fetchFromAddresses, fetchFromDebian } from './fetch-data.js'

/** `system`: folders of system packages; `package`: apt; `download`: the official addresses. */
export type DataOrigin = 'system' | 'cache' | 'package' | 'download'

export interface DataFileOptions {
  /** A folder that holds the files; nothing else is looked at then. */
  readonly from?: string
  /** Where fetched files are kept; default `defaultDataFolder()`. */
  readonly cacheFolder?: string
  /** Which origins may be used, always in the order system, cache, package, download; default all. */
  readonly origins?: readonly DataOrigin[]
  /** Addresses, ending in a slash, in place of the official ones: a mirror. Checksums hold all the same. */
  readonly addresses?: readonly string[]
  onProgress?(progress: DataProgress): void
  /** Told in one line what a user should know: which origin was taken, which one failed and why. */
  notice?(message: string): void
  readonly signal?: AbortSignal
  /** Passed to the download: tries of an address, and milliseconds before the second. */
  readonly attempts?: number
  readonly retryPause?: number
}

export interface ObtainedFiles {
  /** Every file of the request under its name, as it lies on the disk, maybe gzip. */
  readonly files: ReadonlyMap<string, { readonly name: string; readonly bytes: Uint8Array }>
  /** Where they were found or fetched from. */
  readonly source: string
}

/** Largest data file that is read into memory, in bytes. */
const fileLimit = 512 * 1024 * 1024

/**
 * Finds a data set's files, fetching them if they are nowhere: the user's folder, else the package's own assets, else
 * system packages' folders, the cache, the Debian package, the official addresses.
 *
 * @throws DatasetError when a folder named by the user lacks files
 * @throws DownloadError when the files are nowhere and cannot be fetched
 * @throws DiskError when reading or writing fails
 * @throws InterruptedError when `signal` stops a fetch
 */
export async function obtainDataFiles(request: DataRequest, options: DataFileOptions = {}): Promise<ObtainedFiles> {
  const found = await findDataFiles(request, options)
  if (found) return readAll(found)
  const cache = cacheOf(request, options)
  const allowed = options.origins ?? allOrigins
  let source: string | null = null
  if (allowed.includes('package') && request.sources?.debianPackage) {
    source = await fetchFromDebian(request, request.sources, cache, options)
  }
  if (source === null && allowed.includes('download')) {
    source = await fetchFromAddresses(request, request.sources, cache, options)
  }
  const fetched = await locate(cache, request)
  if (source === null || !fetched) {
    throw new DatasetError(
      request.name,
      `is not on this machine, and ${allowed.join(', ')} are the only origins allowed.`,
      'Allow the download, or give the folder of its files with --from.',
    )
  }
  return { ...(await readAll({ paths: fetched, source })), source }
}

export interface FoundFiles {
  /** Path of each file of the request, by its name. */
  readonly paths: ReadonlyMap<string, string>
  readonly source: string
}

const allOrigins: readonly DataOrigin[] = ['system', 'cache', 'package', 'download']

/**
 * Looks where `obtainDataFiles` looks, without fetching anything.
 * @returns null when the files are not on this machine
 * @throws DatasetError when a folder named by the user lacks files
 */
export async function findDataFiles(request: DataRequest, options: DataFileOptions = {}): Promise<FoundFiles | null> {
  if (options.from !== undefined) return findIn(options.from, request)
  const folders: string[] = []
  const allowed = options.origins ?? allOrigins
  if (request.packagedFolder !== null) folders.push(assetFolder(request.packagedFolder))
  if (allowed.includes('system')) folders.push(...(request.sources?.systemFolders ?? []))
  if (allowed.includes('cache')) folders.push(cacheOf(request, options))
  for (const folder of folders) {
    const paths = await locate(folder, request)
    if (paths) return { paths, source: folder }
  }
  return null
}

const cacheOf = (request: DataRequest, options: DataFileOptions): string =>
  join(resolve(options.cacheFolder ?? defaultDataFolder()), request.name)

async function findIn(from: string, request: DataRequest): Promise<FoundFiles> {
  const top = resolve(from)
  const isFolder = await onDisk(top, 'read', async () => (await stat(top)).isDirectory())
  const folders = isFolder ? [top, ...(request.sources?.subfolders ?? []).map((name) => join(top, name))] : []
  for (const folder of folders) {
    const paths = await locate(folder, request)
    if (paths) return { paths, source: folder }
  }
  const needed = request.files.map((file) => `${file.name}[.gz]`).join(', ')
  const got = isFolder ? (await onDisk(top, 'read', () => readdir(top))).slice(0, 8).join(', ') || 'nothing' : 'a file'
  throw new DatasetError(request.name, `${top} must hold ${needed}; it holds ${got}.`, 'Give the folder of the files.')
}

/** Paths of all files of the request in one folder; null when one of them is not there. */
async function locate(folder: string, request: DataRequest): Promise<ReadonlyMap<string, string> | null> {
  const paths = new Map<string, string>()
  for (const file of request.files) {
    const path = await firstFile(candidates(folder, file))
    if (path === null) return null
    paths.set(file.name, path)
  }
  return paths
}

const candidates = (folder: string, file: DataFile): string[] =>
  [file.name, ...(file.otherNames ?? [])].flatMap((name) => [join(folder, `${name}.gz`), join(folder, name)])

async function firstFile(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) if (await isPlainFile(path)) return path
  return null
}

async function readAll({ paths, source }: FoundFiles): Promise<ObtainedFiles> {
  const files = new Map<string, { name: string; bytes: Uint8Array }>()
  for (const [name, path] of paths) files.set(name, { name: path, bytes: await readCapped(path, fileLimit) })
  return { files, source }
}
