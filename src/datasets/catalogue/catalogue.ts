/** The data sets that have a name. */
import { DatasetError, FileFormatError } from '../../errors.js'
import type { NamedBytes } from '../idx.js'
import { nearestName } from '../nearest-name.js'
import type { OfficialParts } from '../splits.js'
import type { MemorySplit } from '../types.js'
import { type CatalogueEntry, isGenerated, type ReadOptions } from './entry.js'
import { eventSets } from './event-sets.js'
import { fileSets } from './file-sets.js'
import { moreEventSets } from './more-event-sets.js'

/** The shipped one first. */
export const catalogue: readonly CatalogueEntry[] = [...fileSets, ...eventSets, ...moreEventSets]

/**
 * The entry of a name.
 * @param own  sets that the user has added
 * @throws DatasetError that lists the names and suggests the nearest
 */
export function catalogueEntry(name: string, own: readonly CatalogueEntry[] = []): CatalogueEntry {
  const all = [...catalogue, ...own]
  const entry = all.find((known) => known.name === name)
  if (entry) return entry
  const names = all.map((known) => known.name)
  const near = nearestName(name, names)
  throw new DatasetError(
    `"${name.slice(0, 60)}"`,
    `is no data set; there are ${names.join(', ')}.`,
    near === null ? 'Take one of these names.' : `Did you mean ${near}?`,
  )
}

/**
 * Reads an entry's files and checks that samples have the entry's shape.
 * @throws FileFormatError when they do not, and as the entry's reader
 */
export function readEntry(
  entry: CatalogueEntry,
  files: ReadonlyMap<string, NamedBytes>,
  options: ReadOptions = {},
): OfficialParts<MemorySplit> {
  if (entry.read === null) {
    throw new DatasetError(entry.name, 'is a set of many files and cannot be made from a few.', 'Use datasetFromTree.')
  }
  const parts = entry.read(files, options)
  // a generated set has the shape that was asked for
  if (isGenerated(entry)) return parts
  for (const [part, split] of Object.entries(parts)) {
    const { height, width, channels } = entry
    if (split.height === height && split.width === width && split.channels === channels) continue
    throw new FileFormatError(
      `${entry.name} (${part})`,
      `samples must be ${height} x ${width} x ${channels};` +
        ` got ${split.height} x ${split.width} x ${split.channels}.`,
      'Check that these are the files of this data set.',
    )
  }
  return parts
}
