/** Files named in lists with their classes: `train1K.txt`, `test100.txt`, or one `labels.csv`. */
import { DatasetError, FileFormatError } from '../../../errors.js'
import { readAll } from '../../events/byte-source.js'
import { baseName, endingOf, type FileTree, isClutter, type OpenPlace } from '../file-tree.js'
import { orderedNames, partOfName, shareOfRecordings } from '../parts.js'
import type { Layout, Part, SampleFile, SampleListing } from '../sample-file.js'
import { endingsOf, eventEndings, imageEndings } from './class-folders.js'
import { requireParts } from './placed-files.js'

const listEndings = new Set(['.txt', '.csv', '.tsv'])
/** Largest list that is read, in bytes. */
const listLimit = 64 * 1024 * 1024

interface Row {
  readonly list: string
  readonly line: number
  readonly name: string
  readonly className: string
  readonly part: Part | null
}

/**
 * Lists whose rows name a file and its class, separated by tabs, commas or spaces, after any number of lines that begin with
 * `#` or a first line of column titles. A file is named by its path from the list's folder, with or without its ending. The
 * part is that of the list's name (`train…`, `test…`, `val…`), else the third column, else drawn.
 */
export const listFiles: Layout = {
  name: 'list files',
  expects: 'lists of files and classes, such as train.txt and test.txt, or labels.csv',
  list: async (tree, open) => {
    const lists = tree.files.filter(({ path }) => isList(path))
    if (lists.length === 0) return null
    const rows: Row[] = []
    for (const { path } of lists) rows.push(...(await readList(tree, path, open)))
    return rows.length > 0 ? listingOf(tree, rows) : null
  },
}

function isList(path: string): boolean {
  if (isClutter(path) || !listEndings.has(endingOf(path))) return false
  const name = baseName(path).slice(0, -endingOf(path).length)
  return partOfList(name) !== null || /^(labels?|samples?|files?|list|index)$/i.test(name)
}

/** `train1K` and `test100` are lists of parts too. */
const partOfList = (name: string): Part | null => partOfName(name.replace(/[-_ ]?\d+[a-z]?$/i, ''))

async function readList(tree: FileTree, list: string, open: OpenPlace): Promise<Row[]> {
  const source = await open(tree.place(list))
  try {
    const text = new TextDecoder().decode(await readAll(source, listLimit))
    const part = partOfList(baseName(list).slice(0, -endingOf(list).length))
    const rows = text.split(/\r?\n/).flatMap((line, index): Row[] => {
      if (line.trim() === '' || line.startsWith('#')) return []
      const cells = (
        line.includes('\t') ? line.split('\t') : line.includes(',') ? line.split(',') : line.split(/\s+/)
      ).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
      const [name = '', className = '', own = ''] = cells
      if (name === '' || className === '') {
        throw new FileFormatError(list, `line ${index + 1} must name a file and its class; got "${line.slice(0, 60)}".`)
      }
      return [{ list, line: index + 1, name, className, part: part ?? partOfName(own) }]
    })
    const [first] = rows
    return first && /^(file(name)?|path|name|sample|id|image)$/i.test(first.name) ? rows.slice(1) : rows
  } finally {
    await source.close?.()
  }
}

function listingOf(tree: FileTree, rows: readonly Row[]): SampleListing {
  const known = new Map<string, string[]>()
  const add = (name: string, path: string) => known.set(name, [...(known.get(name) ?? []), path])
  for (const { path } of tree.files) {
    const ending = endingOf(path)
    if (!imageEndings.has(ending) && !eventEndings.has(ending)) continue
    add(path, path)
    add(path.slice(0, -ending.length), path)
  }
  const found = rows.map((row) => ({ ...row, path: pathOf(tree, row, known) }))
  const kind = imageEndings.has(endingOf(found[0]?.path ?? '')) ? 'image' : 'event'
  const other = found.find(({ path }) => !endingsOf(kind).has(endingOf(path)))
  if (other)
    throw new DatasetError(tree.name, `must hold pictures or recordings, not both; ${other.path} is of the other kind.`)
  const classes = orderedNames(found.map(({ className }) => className))
  const labels = new Map(classes.map((name, label) => [name, label]))
  const placed = found.map((row) => ({ ...row, label: labels.get(row.className) as number, recording: row.path }))
  const named = found.some(({ part }) => part !== null)
  const test = named ? null : shareOfRecordings(0.2)(placed)
  const files = placed.flatMap(({ path, part, label, recording }): SampleFile[] => {
    const chosen = test === null ? part : test.has(path) ? 'test' : 'train'
    return chosen === null ? [] : [{ path, part: chosen, recording, cut: { kind: 'whole', label } }]
  })
  requireOnce(tree.name, files)
  requireParts(tree.name, files)
  const lists = [...new Set(rows.map(({ list }) => list))].join(', ')
  const split = named ? `as ${lists} have it` : 'a fifth of each class is the test part, drawn with a fixed seed'
  return { kind, classes, files, split, notes: [] }
}

/** The file that a row names. @throws FileFormatError when there is none or more than one */
function pathOf(tree: FileTree, { list, line, name }: Row, known: ReadonlyMap<string, readonly string[]>): string {
  const folder = list.slice(0, list.length - baseName(list).length)
  const plain = name.replace(/\\/g, '/').replace(/^\.\//, '')
  const paths = known.get(folder + plain) ?? known.get(plain) ?? []
  const [path] = paths
  if (path !== undefined && paths.length === 1) return path
  throw new FileFormatError(
    `${tree.name}: ${list}`,
    `line ${line} names "${name.slice(0, 80)}"; ${paths.length === 0 ? 'there is no such file' : `it could be ${paths.join(' or ')}`}.`,
    'Name files by their path from the folder of the list.',
  )
}

/** A file in two lists would be trained on and tested with. */
function requireOnce(name: string, files: readonly SampleFile[]): void {
  const seen = new Set<string>()
  for (const { path } of files) {
    if (seen.has(path))
      throw new DatasetError(name, `must name every file once; ${path} comes twice.`, 'Correct the lists.')
    seen.add(path)
  }
}
