/** A folder for each class, in a folder for each part or in none. */
import { endingOf, isClutter } from '../file-tree.js'
import { partOfName, shareOfRecordings, type TestRule } from '../parts.js'
import type { Layout } from '../sample-file.js'
import { listPlaced, type PathFacts } from './placed-files.js'

/** Endings of pictures. */
export const imageEndings: ReadonlySet<string> = new Set(['.png', '.jpg', '.jpeg'])

/** Endings of recordings that hold one sample; tables of labels and texts are told apart by where they lie. */
export const eventEndings: ReadonlySet<string> = new Set([
  '.bin',
  '.bs1',
  '.bs2',
  '.bs3',
  '.aedat',
  '.aedat4',
  '.dat',
  '.raw',
  '.es',
  '.h5',
  '.hdf5',
  '.mat',
  '.npy',
  '.npz',
  '.csv',
])

export const endingsOf = (kind: 'image' | 'event'): ReadonlySet<string> =>
  kind === 'image' ? imageEndings : eventEndings

export interface ClassFoldersOptions {
  readonly kind: 'image' | 'event'
  readonly endings?: ReadonlySet<string>
  readonly classes?: readonly { readonly inPaths: string; readonly name: string }[]
  /** Default: a fifth of each class, drawn with a fixed seed. */
  readonly testRule?: TestRule
  readonly splitChosen?: string
  /** Default: the last folder is the class, the one above it may name the part. */
  readonly factsOf?: (path: string) => PathFacts | null
}

/** `<part>/<class>/<file>` or `<class>/<file>`, below any number of folders. */
export function classFolders(options: ClassFoldersOptions): Layout {
  const { kind, endings = endingsOf(kind), classes, factsOf = factsOfFolders } = options
  const what = kind === 'image' ? 'pictures' : 'recordings'
  return {
    name: `${kind} class folders`,
    expects: `${what} (${[...endings].join(', ')}) in a folder for each class, in folders train and test or in none`,
    list: async (tree) =>
      listPlaced(tree, {
        kind,
        factsOf: (path) => (isClutter(path) || !endings.has(endingOf(path)) ? null : factsOf(path)),
        ...(classes && { classes }),
        testRule: options.testRule ?? shareOfRecordings(0.2),
        splitNamed: 'as the folders have it',
        splitChosen: options.splitChosen ?? 'a fifth of each class is the test part, drawn with a fixed seed',
      }),
  }
}

function factsOfFolders(path: string): PathFacts | null {
  const [className, above = ''] = path.split('/').slice(0, -1).reverse()
  // a file right below train/ is of no class folder
  if (className === undefined || partOfName(className) !== null) return null
  return { className, part: partOfName(above) }
}
