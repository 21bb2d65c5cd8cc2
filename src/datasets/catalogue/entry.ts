/** What is known of a data set by name. */
import type { DataFile, DataRequest } from '../../host/node/data-request.js'
import type { NamedBytes } from '../idx.js'
import type { MovingShapesOptions } from '../moving-shapes.js'
import type { Layout } from '../samples/sample-file.js'
import type { OfficialParts } from '../splits.js'
import type { MemorySplit } from '../types.js'

/** What a data set's reader may be told besides the files. */
export interface ReadOptions {
  /** For generated sets: seed of the generator, default 0, apart from the seed of the splits. */
  readonly generatorSeed?: number
  readonly movingShapes?: MovingShapesOptions
}

/** How the files of a set with one file a sample, or with files of many samples, become frames. */
export interface TreeReading {
  /** Ways in which the files may lie, tried in order. */
  readonly layouts: readonly Layout[]
  /** Sensor in pixels; null takes what the files say. Events outside are dropped and counted. */
  readonly sensor: { readonly width: number; readonly height: number } | null
  /** Frames of a sample where nobody says otherwise. */
  readonly frames: number
  /** Milliseconds of the windows that recordings are cut into; null takes a recording, or a labelled stretch, whole. */
  readonly window: number | null
  /** Side of the square that frames are reduced to; null keeps the sensor's larger side. */
  readonly side: number | null
  /** Format of the event files where neither mark nor ending tells. */
  readonly format?: string
  /** What files of many samples hold. */
  readonly records?: 'spikes-hdf5' | 'affnist' | 'tactile'
}

/** A data set by name; what the host needs to find its files stands in `DataRequest`. */
export interface CatalogueEntry extends DataRequest {
  readonly title: string
  readonly kind: 'image' | 'event'
  /** In label order; null: the files name them. */
  readonly classes: readonly string[] | null
  readonly classCount: number
  /** Of a sample as the files have it, in pixels (spiking audio: 1 row of channels). */
  readonly height: number
  readonly width: number
  readonly channels: number
  /** Numbers of samples of the parts below, before validation is held out; null where they are not known for sure. */
  readonly trainCount: number | null
  readonly testCount: number | null
  /** Where the parts come from: the set's authors, or the field's habit. */
  readonly split: string
  readonly licence: string
  readonly citation: string
  readonly homepage: string
  /** Part of the training files held out by default: a fraction below 1, else a number. */
  readonly validation: number
  /** What suits the set; flips would exchange classes of digits and of directions. */
  readonly augmentation: string
  /** Reads the parts from a few whole files; null for sets of many files. `files` holds each under its name. */
  readonly read: ((files: ReadonlyMap<string, NamedBytes>, options: ReadOptions) => OfficialParts<MemorySplit>) | null
  /** The same set in other files, such as those of its Python version; looked for where a user names a folder. */
  readonly otherForms?: readonly {
    readonly files: readonly DataFile[]
    readonly read: NonNullable<CatalogueEntry['read']>
  }[]
  /** How many files are read, alone or as another form of the same set; null where there is none. */
  readonly tree: TreeReading | null
  /** Where a set that a user has added lies. */
  readonly ownFolder?: string
}

/** Sets made by a generator have neither files nor layouts. */
export const isGenerated = (entry: CatalogueEntry): boolean => entry.files.length === 0 && entry.tree === null
