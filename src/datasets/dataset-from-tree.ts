/** Sets of many files in a page: files that were chosen or dropped. */

import { DatasetError } from '../errors.js'
import { catalogueEntry } from './catalogue/catalogue.js'
import { folderEntry, folderSetName } from './catalogue/user-set.js'
import { assembleDataset, type DatasetOptions } from './dataset.js'
import { type FileTree, memorySource, type OpenPlace } from './samples/file-tree.js'
import { inlineRunner } from './samples/jobs.js'
import { loadTree, type TreeOptions } from './samples/load-tree.js'
import { recordedFacts } from './samples/recorded-facts.js'
import type { Dataset } from './types.js'

/** Files in a page: in memory, chosen or dropped. */
const openInPage: OpenPlace = async (place) => {
  if (place.kind === 'disk') throw new DatasetError(place.path, 'lies on a disk, which a page cannot read.')
  return memorySource(place)
}

/**
 * A data set from files, as a page has them: `blobTree(name, fileList)` makes a tree of those that were dropped. They are
 * read by slices, on the page's own thread; samples must fit into `memory`.
 *
 * @param name of the catalogue, or `folder` for files of any set
 * @throws DatasetError for an unknown name, or files that are not laid out as the set is
 * @throws FileFormatError when a file is damaged
 * @throws LimitError when the samples do not fit
 */
export async function datasetFromTree(
  name: string,
  tree: FileTree,
  options: DatasetOptions & TreeOptions = {},
): Promise<Dataset> {
  const entry = name === folderSetName ? folderEntry : catalogueEntry(name)
  if (entry.tree === null)
    throw new DatasetError(name, 'is read from a few files.', 'Use datasetFromFiles with their bytes.')
  const loaded = await loadTree(
    {
      reading: entry.tree,
      tree: { name: tree.name, identity: tree.identity, open: async () => tree },
      open: openInPage,
      runner: inlineRunner(openInPage),
      cache: null,
    },
    options,
  )
  const dataset = await assembleDataset(entry, loaded.parts, tree.name, options, loaded.set.classes)
  return { ...dataset, ...(loaded.set.content === 'event' && { recorded: recordedFacts(loaded) }) }
}
