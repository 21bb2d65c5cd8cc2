import { DatasetError, DownloadError, OptionError } from '../errors.js'
import type { DataFileOptions } from '../host/node/data-files.js'
import { catalogueEntry, readEntry } from './catalogue/catalogue.js'
import { type CatalogueEntry, isGenerated, type ReadOptions } from './catalogue/entry.js'
import { folderEntry, folderSetName, parseUserSets, userEntry } from './catalogue/user-set.js'
import { assembleDataset, type DatasetOptions } from './dataset.js'
import type { NamedBytes } from './idx.js'
import type { TreeOptions } from './samples/load-tree.js'
import type { OfficialParts } from './splits.js'
import type { Dataset } from './types.js'

export interface LoadOptions extends DatasetOptions, DataFileOptions, TreeOptions {
  /** When a set cannot be fetched, take the shipped digits instead and say so through `notice`; default false. */
  readonly fallback?: boolean
  /** Threads that read and change samples: 0 to 64, default one less than there are cores. Results are the same. */
  readonly workers?: number
  /** Keep what was read for the next time, in the cache folder; default true. */
  readonly keep?: boolean
  notice?(message: string): void
  readonly signal?: AbortSignal
}

/**
 * A data set by name, in Node: found on the machine, fetched when it is not, divided and described. In a browser use
 * `datasetFromFiles` with the files' bytes, or `datasetFromTree` with the files themselves.
 *
 * @param name of the catalogue, of a set that was added, or `folder` with `from`
 * @throws DatasetError for an unknown name, with the nearest known one
 * @throws DownloadError, DiskError, InterruptedError when its files cannot be had
 * @throws FileFormatError when a file is damaged
 * @throws OptionError when an option is out of range
 */
export async function loadDataset(name: string, options: LoadOptions = {}): Promise<Dataset> {
  const entry = await entryByName(name, options)
  checkTreeOptions(entry, options)
  if (isGenerated(entry)) {
    const source = `generated, seed ${options.generatorSeed ?? 0}`
    return assembleDataset(entry, readEntry(entry, new Map(), generatorOptions(options)), source, options)
  }
  if (entry.read === null) {
    const { loadTreeDataset } = await import('./samples/load-node.js')
    return loadTreeDataset(entry, options)
  }
  if (options.from !== undefined) return loadFrom(entry, options.from, options)
  // the one place that needs Node, loaded on use so that a page can import this file
  const { obtainDataFiles } = await import('../host/node/data-files.js')
  const obtained = await obtainDataFiles(entry, options).catch((error: unknown) => {
    if (options.fallback && entry.sources && error instanceof DownloadError) return error
    throw error
  })
  if (obtained instanceof DownloadError) {
    options.notice?.(`${name} cannot be had, taking the shipped digits (8x8, 10 classes) instead: ${obtained.message}`)
    const { seed, limits } = options
    return loadDataset('digits', { ...(seed !== undefined && { seed }), ...(limits && { limits }) })
  }
  return fromFiles(entry, obtained.files, obtained.source, options)
}

async function fromFiles(
  entry: CatalogueEntry,
  files: ReadonlyMap<string, NamedBytes>,
  source: string,
  options: LoadOptions,
): Promise<Dataset> {
  const parts = readEntry(entry, files, options)
  noticeOtherCounts(entry, parts, source, options)
  return assembleDataset(entry, parts, source, options)
}

/** The set in each form that its files may have, its own first. */
const formsOf = (entry: CatalogueEntry): readonly CatalogueEntry[] => [
  entry,
  ...(entry.otherForms ?? []).map((form) => ({ ...entry, ...form })),
]

/**
 * A set of a few files from where the user says: the files in a folder, in an archive, or the same samples as pictures.
 * @throws DatasetError when the set is there in no form that is known
 */
async function loadFrom(entry: CatalogueEntry, from: string, options: LoadOptions): Promise<Dataset> {
  const { obtainDataFiles } = await import('../host/node/data-files.js')
  let missing: DatasetError | null = null
  for (const form of formsOf(entry)) {
    const obtained = await obtainDataFiles(form, options).catch((error: unknown) => {
      if (!(error instanceof DatasetError)) throw error
      missing ??= error
      return null
    })
    if (obtained) return fromFiles(form, obtained.files, obtained.source, options)
  }
  const { filesInTree, loadTreeDataset } = await import('./samples/load-node.js')
  for (const form of formsOf(entry)) {
    const files = await filesInTree(form, from, options)
    if (files) return fromFiles(form, files, from, options)
  }
  if (entry.tree === null) throw missing ?? new DatasetError(entry.name, `is not in ${from}.`)
  return loadTreeDataset(entry, options)
}

/** An entry of the catalogue, of the user's own sets, or for any folder. Node only. */
export async function entryByName(
  name: string,
  options: Pick<DataFileOptions, 'cacheFolder'> = {},
): Promise<CatalogueEntry> {
  if (name === folderSetName) return folderEntry
  return catalogueEntry(name, await userEntries(options))
}

/** The sets that the user has added. Node only. @throws ConfigError when the file that remembers them is damaged */
export async function userEntries({
  cacheFolder,
}: Pick<DataFileOptions, 'cacheFolder'> = {}): Promise<readonly CatalogueEntry[]> {
  const { readUserSets, userSetsFile } = await import('../host/node/user-sets.js')
  const path = userSetsFile(cacheFolder)
  const text = await readUserSets(path)
  return text === null ? [] : parseUserSets(text, path).map(userEntry)
}

/**
 * Where a data set's files are on this machine, without fetching anything; null when they are not. Node only.
 * @throws DatasetError for an unknown name
 */
export async function findDataset(name: string, options: DataFileOptions = {}): Promise<string | null> {
  const entry = await entryByName(name, options)
  if (isGenerated(entry)) return 'generated'
  if (entry.read === null) {
    const { findTree } = await import('../host/node/find-tree.js')
    return findTree(entry, options)
  }
  const { findDataFiles } = await import('../host/node/data-files.js')
  return (await findDataFiles(entry, options))?.source ?? null
}

/** Says so when there are other numbers of samples than the official set has. */
export function noticeOtherCounts(
  entry: CatalogueEntry,
  parts: OfficialParts,
  source: string,
  { notice }: Pick<LoadOptions, 'notice'>,
): void {
  const { trainCount, testCount, name } = entry
  if (trainCount === null || testCount === null) return
  if (parts.train.count === trainCount && parts.test.count === testCount) return
  notice?.(
    `${name} in ${source} has ${parts.train.count} training and ${parts.test.count} test samples,` +
      ` the official set ${trainCount} and ${testCount}.`,
  )
}

/** What a generated set makes of the options of recorded ones. */
const generatorOptions = ({ frames, side, window, ...options }: LoadOptions): ReadOptions => ({
  ...options,
  movingShapes: {
    ...options.movingShapes,
    ...(frames !== undefined && { timeSteps: frames }),
    ...(side !== undefined && { side }),
    ...(window !== undefined && { duration: window * 1000 }),
  },
})

/** Options that only sets of recordings understand. @throws OptionError */
function checkTreeOptions(entry: CatalogueEntry, options: LoadOptions): void {
  const understood = (name: string) =>
    entry.kind === 'event' && (entry.tree !== null || !['by', 'augment'].includes(name))
  for (const name of ['frames', 'window', 'side', 'by', 'augment'] as const) {
    if (options[name] === undefined || understood(name) || entry.name === folderSetName) continue
    throw new OptionError(
      name,
      name === 'augment'
        ? `changes recordings of events; ${entry.name} has none.`
        : `is for sets of recordings; ${entry.name} is none.`,
      'Leave it out.',
    )
  }
}
