/** Sets of many files in Node: found or fetched, read on worker threads, kept in the cache folder. */

import { OptionError } from '../../errors.js'
import { fetchArchives } from '../../host/node/fetch-archives.js'
import { dataFolder, findTree } from '../../host/node/find-tree.js'
import type { CatalogueEntry } from '../catalogue/entry.js'
import { folderSetName } from '../catalogue/user-set.js'
import { assembleDataset } from '../dataset.js'
import { readAll } from '../events/byte-source.js'
import type { NamedBytes } from '../idx.js'
import { type LoadOptions, noticeOtherCounts } from '../load.js'
import type { Dataset } from '../types.js'
import { baseName } from './file-tree.js'
import { loadTree } from './load-tree.js'
import { folderCache } from './node-cache.js'
import { nodeRunner, openOnDisk } from './node-runner.js'
import { treeAt } from './node-tree.js'
import { recordedFacts } from './recorded-facts.js'

/** Loads a set that is read from many files. @throws as `loadDataset` */
export async function loadTreeDataset(entry: CatalogueEntry, options: LoadOptions): Promise<Dataset> {
  const { tree: reading } = entry
  if (reading === null) throw new TypeError(`${entry.name} is not read from many files`)
  if (entry.name === folderSetName && options.from === undefined)
    throw new OptionError(
      'from',
      'must name the folder to read.',
      'Give --from, or add the folder as a set of its own.',
    )
  const path = (await findTree(entry, options)) ?? (await fetchArchives(entry, options))
  const tree = await treeAt(path, unpackFolder(options))
  const runner = nodeRunner(options.workers)
  const cache = options.keep === false ? null : folderCache(`${dataFolder(options)}/samples`)
  try {
    const loaded = await loadTree({ reading, tree, open: openOnDisk, runner, cache }, options)
    noticeOtherCounts(entry, loaded.parts, path, options)
    const dataset = await assembleDataset(entry, loaded.parts, path, options, loaded.set.classes)
    return {
      ...dataset,
      ...(loaded.set.content === 'event' && { recorded: recordedFacts(loaded) }),
      close: () => runner.close(),
    }
  } catch (error) {
    await runner.close()
    throw error
  }
}

const unpackFolder = (options: LoadOptions): string => `${dataFolder(options)}/unpacked`

/** Largest file that is read whole, in bytes. */
const fileLimit = 512 * 1024 * 1024

/**
 * The files of a set by their names, wherever they lie below a path or in archives there; null when one is missing.
 * @throws DiskError, FileFormatError as `treeAt`
 */
export async function filesInTree(
  { files }: CatalogueEntry,
  path: string,
  options: LoadOptions,
): Promise<ReadonlyMap<string, NamedBytes> | null> {
  const tree = await (await treeAt(path, unpackFolder(options))).open()
  const found = new Map<string, NamedBytes>()
  for (const { name, otherNames = [] } of files) {
    const names = [name, ...otherNames].flatMap((known) => [known, `${known}.gz`])
    const file = tree.files.find(({ path: below }) => names.includes(baseName(below)))
    if (!file) return null
    const source = await openOnDisk(tree.place(file.path))
    try {
      found.set(name, { name: source.name, bytes: await readAll(source, fileLimit) })
    } finally {
      await source.close?.()
    }
  }
  return found
}
