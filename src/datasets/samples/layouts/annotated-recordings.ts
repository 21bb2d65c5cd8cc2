/** Recordings with a table beside each that says which class is shown from when to when. */
import { DatasetError } from '../../../errors.js'
import { parseAnnotations } from '../../events/annotations.js'
import { readAll } from '../../events/byte-source.js'
import { baseName, endingOf, type FileTree, isClutter, type OpenPlace } from '../file-tree.js'
import { shareOfRecordings } from '../parts.js'
import type { Layout, Part, SampleFile, SampleListing, Span } from '../sample-file.js'
import { eventEndings } from './class-folders.js'
import { requireParts } from './placed-files.js'

const tableLimit = 16 * 1024 * 1024
/** Lists of the recordings of each part, as DVS128 Gesture has them. */
const partLists: readonly (readonly [RegExp, Part])[] = [
  [/(^|\/)(trials_to_)?train(ing)?(_files|_list)?\.txt$/i, 'train'],
  [/(^|\/)(trials_to_)?test(ing)?(_files|_list)?\.txt$/i, 'test'],
]

export interface AnnotatedOptions {
  /** Names in the order of the tables' numbers; default: what the tables say. */
  readonly classes?: readonly string[]
  /** The number of the first class in the tables; default 1. */
  readonly firstClass?: number
  /** Share of the recordings in the test part where no list says; default 0.2. */
  readonly testShare?: number
}

/**
 * A table is named like its recording, with `_labels` behind the name or without, and has rows of class, begin and end
 * under a first line with titles. The unit is events where a title says so (`startTime_ev`), else microseconds.
 * Recordings of one person (`user07_…`) go to the same part.
 */
export function annotatedRecordings(options: AnnotatedOptions = {}): Layout {
  return {
    name: 'annotated recordings',
    expects: 'recordings with a table of class, begin and end beside each (<recording>_labels.csv or <recording>.csv)',
    list: async (tree, open) => {
      const tables = new Map<string, string>()
      for (const { path } of tree.files) {
        if (endingOf(path) === '.csv' && !isClutter(path))
          tables.set(baseName(path).replace(/(_labels)?\.csv$/i, ''), path)
      }
      const found = tree.files.flatMap(({ path }) => {
        const ending = endingOf(path)
        if (ending === '.csv' || !eventEndings.has(ending) || isClutter(path)) return []
        const table = tables.get(baseName(path).slice(0, -ending.length))
        return table === undefined ? [] : [{ path, table }]
      })
      if (found.length === 0) return null
      const read: Annotated[] = []
      for (const { path, table } of found) read.push({ path, ...(await readTable(tree, table, open, options)) })
      return listingOf(tree, read, await readPartLists(tree, open), options)
    },
  }
}

interface Annotated {
  readonly path: string
  readonly unit: 'microseconds' | 'events'
  readonly spans: readonly Span[]
}

async function textOf(tree: FileTree, path: string, open: OpenPlace): Promise<string> {
  const source = await open(tree.place(path))
  try {
    return new TextDecoder().decode(await readAll(source, tableLimit))
  } finally {
    await source.close?.()
  }
}

/** Titles with `_ev` count events (SL-Animals-DVS); those with `_usec`, and all others, are times. */
async function readTable(
  tree: FileTree,
  path: string,
  open: OpenPlace,
  { classes, firstClass = 1 }: AnnotatedOptions,
): Promise<Omit<Annotated, 'path'>> {
  const text = await textOf(tree, path, open)
  const [titles = ''] = text.split(/\r?\n/, 1)
  const unit = /_ev\b/i.test(titles) ? 'events' : 'microseconds'
  const table = titles.replace(/_ev\b/gi, '_usec') + text.slice(titles.length)
  // classes that are numbers are counted from the tables' first one
  const named = classes?.some((name) => !/^\d+$/.test(name))
  const rows = parseAnnotations(table, path, named && classes ? { classes, firstClass } : classes ? { firstClass } : {})
  const beyond = classes && rows.find(({ label }) => label >= classes.length)
  if (beyond)
    throw new DatasetError(
      path,
      `must have classes from ${firstClass} to ${firstClass + classes.length - 1}; one is ${beyond.label + firstClass}.`,
    )
  return { unit, spans: rows.map(({ start, end, label }) => ({ from: start, to: end, label })) }
}

async function readPartLists(tree: FileTree, open: OpenPlace): Promise<ReadonlyMap<string, Part>> {
  const parts = new Map<string, Part>()
  for (const [pattern, part] of partLists) {
    const list = tree.files.find(({ path }) => pattern.test(path))
    if (!list) continue
    for (const line of (await textOf(tree, list.path, open)).split(/\r?\n/)) {
      if (line.trim() !== '') parts.set(baseName(line.trim()), part)
    }
  }
  return parts
}

function listingOf(
  tree: FileTree,
  read: readonly Annotated[],
  parts: ReadonlyMap<string, Part>,
  { classes, testShare = 0.2 }: AnnotatedOptions,
): SampleListing {
  const most = read.reduce((label, { spans }) => Math.max(label, ...spans.map((span) => span.label)), 0)
  const shown = classes ?? Array.from({ length: most + 1 }, (_, label) => String(label))
  const all = read.map(({ path, unit, spans }) => ({
    path,
    recording: personOf(path),
    label: spans[0]?.label ?? 0,
    cut: { kind: 'spans', unit, spans } as const,
  }))
  const test = parts.size > 0 ? null : shareOfRecordings(testShare)(all)
  const files = all.flatMap(({ path, recording, cut }): SampleFile[] => {
    const part = test === null ? parts.get(baseName(path)) : test.has(path) ? 'test' : 'train'
    return part === undefined || cut.spans.length === 0 ? [] : [{ path, part, recording, cut }]
  })
  requireParts(tree.name, files)
  const drawn = `${Math.round(100 * testShare)} % of the persons are the test part, drawn with a fixed seed`
  const split = test === null ? 'as the lists of trials have it' : drawn
  return { kind: 'event', classes: shown, files, split, notes: [] }
}

/** Whoever is in a recording; the recording itself where its name does not say. */
const personOf = (path: string): string =>
  /^(user|subject|person)[-_ ]?\d+/i.exec(baseName(path))?.[0].toLowerCase() ?? path
