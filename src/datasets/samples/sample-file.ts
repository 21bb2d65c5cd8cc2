/** Which samples there are in the files of a set, before any of them is read. */
import type { FileTree, OpenPlace } from './file-tree.js'

export type Part = 'train' | 'validation' | 'test'

/** A stretch of a recording that is one sample. */
export interface Span {
  /** Where it begins and ends (excluded), in the cut's unit. */
  readonly from: number
  readonly to: number
  readonly label: number
}

/** How one file becomes samples. */
export type Cut =
  /** The file is one sample, or, with a window, one for each window of so many microseconds. */
  | { readonly kind: 'whole'; readonly label: number }
  /** Labelled stretches, in microseconds of the file's own clock or counted in events. */
  | { readonly kind: 'spans'; readonly unit: 'microseconds' | 'events'; readonly spans: readonly Span[] }
  /** The file holds many samples and their labels, read from sample `from` (0) on. */
  | { readonly kind: 'records'; readonly from?: number }

export interface SampleFile {
  readonly path: string
  readonly part: Part
  /** Files of one recording or person have the same; samples of one are never divided between parts. */
  readonly recording: string
  readonly cut: Cut
}

/** All samples of a set, found but not read. */
export interface SampleListing {
  readonly kind: 'image' | 'event'
  readonly classes: readonly string[]
  readonly files: readonly SampleFile[]
  /** How the parts came about, for the reader of `data info`. */
  readonly split: string
  /** What a user should know: classes left out, files that are no samples. */
  readonly notes: readonly string[]
  /** Milliseconds of the windows that such recordings must be cut into where nobody says otherwise. */
  readonly window?: number
}

/** A known way in which sets are laid out in folders. */
export interface Layout {
  readonly name: string
  /** What must be there, for the message when it is not. */
  readonly expects: string
  /**
   * The samples of a tree that is laid out this way; null when it is not.
   * @throws DatasetError, FileFormatError when it is, but something in it is wrong
   */
  list(tree: FileTree, open: OpenPlace): Promise<SampleListing | null>
}
