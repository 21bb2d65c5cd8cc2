/** What every data set looks like to whoever trains on it. */
import type { Seed } from '../runtime/philox.js'
import type { LabelShare } from './augmentation/pipeline.js'
import type { EventRecording } from './events/recording.js'
import type { EventStatistics } from './samples/event-statistics.js'

/** Class indices: as wide as the number of classes needs, 8 bits up to 256 of them. */
export type Labels = Uint8Array | Uint16Array | Uint32Array

interface SplitFacts {
  readonly count: number
  readonly height: number
  readonly width: number
  readonly channels: number
  /** `[N]`, class indices */
  readonly labels: Labels
  /**
   * `[N]`, the recording each sample was cut from; samples of one recording always go to the same side of a split. Left
   * out where every sample stands for itself.
   */
  readonly recordings?: Uint32Array
}

/** Images `[N, H, W, C]`, channel-last, 8 bits a value, with one label each. */
export interface ImageSplit extends SplitFacts {
  readonly kind: 'image'
  /** `[N, H, W, C]` */
  readonly pixels: Uint8Array
}

/** Event recordings already binned into frames: counts `[N, T, H, W, C]`; with C = 2 channel 0 is OFF and 1 is ON. */
export interface EventSplit extends SplitFacts {
  readonly kind: 'event'
  readonly timeSteps: number
  /** `[N, T, H, W, C]`, events a pixel and bin, saturating at 255 */
  readonly counts: Uint8Array
}

/** What makes a sample's random changes: with the sample's index it is all that they depend on. */
export interface Draw {
  readonly seed: Seed
  readonly epoch: number
}

/**
 * Samples that are made when they are asked for: read from a file larger than memory, or augmented before they become
 * frames. Whoever asks ahead gets ahead.
 */
export interface StreamedSplit extends SplitFacts {
  readonly kind: 'streamed'
  readonly content: 'image' | 'event'
  /** 1 for images. */
  readonly timeSteps: number
  /** SHA-256 over everything that decides the values of the whole that this was selected from, in hexadecimal. */
  readonly identity: string
  /** `[N]`, which samples of that whole these are. */
  readonly selection: Uint32Array
  /**
   * The values of samples, each `[T, H, W, C]`: pixels of full scale 255, or event counts. A function of the index and
   * the draw alone, whoever computes it.
   * @param samples indices below `count`
   * @param draw    null leaves samples as they are
   */
  read(samples: Uint32Array, draw: Draw | null): Promise<readonly Uint8Array[]>
  /** The same samples before they are counted, where their recordings are at hand. */
  readonly events?: EventSource
}

/** Samples as events that are still to be counted into frames. */
export interface EventSource {
  /** Whether frames are bounded by events' places in their sample instead of their times. */
  readonly byIndex: boolean
  /** `[N]`, events that a sample has at most, whatever the draw. */
  readonly most: Uint32Array
  /** As `read` of the split; each sample as `packSample` packs it. */
  read(samples: Uint32Array, draw: Draw | null): Promise<readonly Uint32Array[]>
}

/** A split whose values lie in memory. */
export type MemorySplit = ImageSplit | EventSplit

export type Split = MemorySplit | StreamedSplit

export interface Dataset {
  readonly name: string
  readonly title: string
  readonly classes: readonly string[]
  /** Where the samples came from (a folder, a package, a generator and its seed). */
  readonly source: string
  readonly licence: string
  readonly citation: string
  readonly train: Split
  /** Held out from the training files; a fitness or an early stop may look at it. */
  readonly validation: Split
  /** Only the final figures look at it. */
  readonly test: Split
  /** Per-channel mean and standard deviation of the training split, as fractions of full scale; identity for events. */
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
  /** SHA-256 over pixels, labels and split sizes: a data set's identity in caches and ledgers. */
  readonly fingerprint: string
  /** What the files of an event set hold, for those who look at them. */
  readonly recorded?: RecordedFacts
  /** Ends the threads that make samples; after it streamed samples cannot be read any more. */
  close?(): Promise<void>
}

/** Recordings behind the frames of a set. */
export interface RecordedFacts {
  /** Sensor in pixels. */
  readonly width: number
  readonly height: number
  /** How the parts came about. */
  readonly split: string
  /** By part, before validation is held out. */
  readonly statistics: Readonly<Partial<Record<'train' | 'validation' | 'test', EventStatistics>>>
  /** The recording behind a sample, by its number in the set: `selection` of a streamed split. */
  recording(sample: number): Promise<EventRecording | null>
}

/** One batch on the host, ready to upload. */
export interface Batch {
  /** Static images `[1, B, H, W, C]`, event frames `[T, B, H, W, C]`; normalised, zero-padded to the network's side. */
  readonly input: Float32Array
  /** `[B]`; of samples that were mixed, the label with the greatest share. */
  readonly labels: Uint32Array
  /** `[B]`, the labels of each sample where an augmentation mixes samples; `softTargets` makes them numbers. */
  readonly labelShares?: readonly (readonly LabelShare[])[]
  readonly timeSteps: number
  readonly batch: number
  readonly height: number
  readonly width: number
  readonly channels: number
}
