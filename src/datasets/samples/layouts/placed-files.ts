/** The common core of layouts in which every file's path says its class. */
import { DatasetError } from '../../../errors.js'
import type { FileTree } from '../file-tree.js'
import { orderedNames, type TestRule } from '../parts.js'
import type { Part, SampleFile, SampleListing } from '../sample-file.js'

/** What a path says of a file. */
export interface PathFacts {
  /** The class as the path calls it. */
  readonly className: string
  /** Null where the path does not say. */
  readonly part: Part | null
  /** Default: the file stands for itself. */
  readonly recording?: string
}

export interface PlacedFilesOptions {
  readonly kind: 'image' | 'event'
  /** Null leaves a file out. */
  readonly factsOf: (path: string) => PathFacts | null
  /** Classes as paths call them, in label order, with the names to show; default: those found, in order. */
  readonly classes?: readonly { readonly inPaths: string; readonly name: string }[]
  /** Chooses the test part where paths do not say the part. */
  readonly testRule: TestRule
  /** What to say of the parts: when paths name them, and when the rule chose. */
  readonly splitNamed: string
  readonly splitChosen: string
}

/**
 * Lists the files whose paths say what they are; null when none does.
 * @throws DatasetError when a part or the classes are not as they must be
 */
export function listPlaced(tree: FileTree, options: PlacedFilesOptions): SampleListing | null {
  const found = tree.files.flatMap(({ path }) => {
    const facts = options.factsOf(path)
    return facts ? [{ path, ...facts }] : []
  })
  if (found.length === 0) return null
  const named = found.some(({ part }) => part !== null)
  const used = named ? found.filter(({ part }) => part !== null) : found
  const notes = named && used.length < found.length ? [`${found.length - used.length} files lie in no part.`] : []
  const classes = options.classes ?? orderedNames(used.map(({ className }) => className)).map(asIs)
  const labels = new Map(classes.map(({ inPaths }, label) => [inPaths.toLowerCase(), label]))
  const labelOf = ({ path, className }: (typeof used)[number]): number => {
    const label = labels.get(className.toLowerCase())
    if (label !== undefined) return label
    throw new DatasetError(
      tree.name,
      `${path} is of the class "${className}"; the classes are ${listed(classes.map(({ inPaths }) => inPaths))}.`,
      'Move it out of the folder, or name the set it belongs to.',
    )
  }
  const all = used.map((file) => ({ ...file, label: labelOf(file), recording: file.recording ?? file.path }))
  const test = named ? null : options.testRule(all)
  const files = all.map(({ path, part, label, recording }): SampleFile => {
    const chosen = test === null ? (part as Part) : test.has(path) ? 'test' : 'train'
    return { path, part: chosen, recording, cut: { kind: 'whole', label } }
  })
  requireParts(tree.name, files)
  return {
    kind: options.kind,
    classes: classes.map(({ name }) => name),
    files,
    split: named ? options.splitNamed : options.splitChosen,
    notes,
  }
}

const asIs = (name: string) => ({ inPaths: name, name })

/** A list that does not fill the screen. */
const listed = (names: readonly string[]): string =>
  names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ')

/** @throws DatasetError when there is nothing to train on or nothing to test with */
export function requireParts(name: string, files: readonly SampleFile[]): void {
  for (const part of ['train', 'test'] as const) {
    if (files.some((file) => file.part === part)) continue
    const other = part === 'train' ? 'test' : 'train'
    throw new DatasetError(
      name,
      `must have files of both parts, train and test; it has only those of ${other}.`,
      `Put the files of the other part into a folder "${part}" beside it.`,
    )
  }
}
