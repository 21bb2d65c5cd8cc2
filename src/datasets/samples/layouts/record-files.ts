/** Files that hold many samples and their labels, named after the parts: `shd_train.h5`, `shd_test.h5`. */
import { baseName, endingOf, isClutter } from '../file-tree.js'
import { partOfName } from '../parts.js'
import type { Layout, Part, SampleFile } from '../sample-file.js'
import { requireParts } from './placed-files.js'

export interface RecordFilesOptions {
  readonly kind: 'image' | 'event'
  readonly classes: readonly string[]
  /** Ending of the files, with the dot. */
  readonly ending: string
  /** The part of a path; default: what the file's name ends in. Null leaves the file out. */
  readonly partOf?: (path: string) => Part | null
  readonly expects: string
  readonly split: string
}

/** Lists such files; what is in them shows when they are read. */
export function recordFiles(options: RecordFilesOptions): Layout {
  const { kind, classes, ending, expects, split, partOf = partOfFile } = options
  return {
    name: 'record files',
    expects,
    list: async (tree) => {
      const files = tree.files.flatMap(({ path }): SampleFile[] => {
        const part = isClutter(path) || endingOf(path) !== ending ? null : partOf(path)
        return part === null ? [] : [{ path, part, recording: path, cut: { kind: 'records' } }]
      })
      if (files.length === 0) return null
      requireParts(tree.name, files)
      return { kind, classes, files, split, notes: [] }
    },
  }
}

const partOfFile = (path: string): Part | null => partOfName(baseName(path).slice(0, -endingOf(path).length))
