/** What every data set looks like once it is in memory. */

/** Images `[N, H, W, C]`, channel-last, 8 bits a value, with one label each. */
export interface ImageSplit {
  readonly kind: 'image'
  readonly count: number
  readonly height: number
  readonly width: number
  readonly channels: number
  /** `[N, H, W, C]` */
  readonly pixels: Uint8Array
  /** `[N]`, class indices */
  readonly labels: Uint8Array
}

/** Event recordings already binned into frames: counts `[N, T, H, W, 2]`, channel 0 OFF and 1 ON. */
export interface EventSplit {
  readonly kind: 'event'
  readonly count: number
  readonly timeSteps: number
  readonly height: number
  readonly width: number
  readonly channels: 2
  /** `[N, T, H, W, 2]`, events a pixel and bin, saturating at 255 */
  readonly counts: Uint8Array
  /** `[N]`, class indices */
  readonly labels: Uint8Array
}

export type Split = ImageSplit | EventSplit

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
}

/** One batch on the host, ready to upload. */
export interface Batch {
  /** Static images `[1, B, H, W, C]`, event frames `[T, B, H, W, C]`; normalised, zero-padded to the network's side. */
  readonly input: Float32Array
  /** `[B]` */
  readonly labels: Uint32Array
  readonly timeSteps: number
  readonly batch: number
  readonly height: number
  readonly width: number
  readonly channels: number
}
