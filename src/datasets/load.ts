import { DownloadError } from '../errors.js'
import type { DataFileOptions } from '../host/node/data-files.js'
import { type CatalogueEntry, catalogueEntry, readEntry } from './catalogue.js'
import { assembleDataset, type DatasetOptions } from './dataset.js'
import type { Dataset } from './types.js'

export interface LoadOptions extends DatasetOptions, DataFileOptions {
  /** When a set cannot be fetched, take the shipped digits instead and say so through `notice`; default false. */
  readonly fallback?: boolean
}

/**
 * A data set by name, in Node: found on the machine, fetched when it is not, divided and described. In a browser use
 * `datasetFromFiles` with the files' bytes.
 *
 * @throws DatasetError for an unknown name, with the nearest known one
 * @throws DownloadError, DiskError, InterruptedError when its files cannot be had
 * @throws FileFormatError when a file is damaged
 * @throws OptionError when a split or limit is out of range
 */
export async function loadDataset(name: string, options: LoadOptions = {}): Promise<Dataset> {
  const entry = catalogueEntry(name)
  if (entry.files.length === 0) {
    const source = `generated, seed ${options.generatorSeed ?? 0}`
    return assembleDataset(entry, readEntry(entry, new Map(), options), source, options)
  }
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
  const parts = readEntry(entry, obtained.files, options)
  noticeOtherCounts(entry, parts, obtained.source, options)
  return assembleDataset(entry, parts, obtained.source, options)
}

/**
 * Where a data set's files are on this machine, without fetching anything; null when they are not. Node only.
 * @throws DatasetError for an unknown name
 */
export async function findDataset(name: string, options: DataFileOptions = {}): Promise<string | null> {
  const entry = catalogueEntry(name)
  if (entry.files.length === 0) return 'generated'
  const { findDataFiles } = await import('../host/node/data-files.js')
  return (await findDataFiles(entry, options))?.source ?? null
}

function noticeOtherCounts(
  entry: CatalogueEntry,
  parts: { readonly train: { readonly count: number }; readonly test: { readonly count: number } },
  source: string,
  options: LoadOptions,
): void {
  if (parts.train.count === entry.trainCount && parts.test.count === entry.testCount) return
  options.notice?.(
    `${entry.name} in ${source} has ${parts.train.count} training and ${parts.test.count} test samples,` +
      ` the official set ${entry.trainCount} and ${entry.testCount}.`,
  )
}
