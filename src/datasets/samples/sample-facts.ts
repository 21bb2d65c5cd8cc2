/** What is known of every sample of a set once its files have been read. */
import type { Labels } from '../types.js'
import type { Part } from './sample-file.js'

export const partsInOrder: readonly Part[] = ['train', 'validation', 'test']

/** One column a fact, all `[N]`. */
export interface SampleFacts {
  readonly labels: Labels
  /** Index into `partsInOrder`. */
  readonly parts: Uint8Array
  /** Samples of one recording have the same number. */
  readonly recordings: Uint32Array
  /** Events of the sample; 0 for pictures. */
  readonly events: Uint32Array
  /** Of those, ON events. */
  readonly on: Uint32Array
  /** Microseconds; 0 for pictures. */
  readonly durations: Uint32Array
}

/** A set whose files have been read: facts of every sample, and where its bytes are. */
export interface PreparedSet {
  readonly content: 'image' | 'event'
  readonly classes: readonly string[]
  /** Of the sensor, or of the pictures. */
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly facts: SampleFacts
  /** SHA-256 over facts and records, in hexadecimal. */
  readonly identity: string
  readonly split: string
  /** What a user should know: events that were dropped, files that were cut. */
  readonly notes: readonly string[]
}

/** Indices of the samples of a part, in order. */
export function samplesOf({ parts }: SampleFacts, part: Part): Uint32Array {
  const wanted = partsInOrder.indexOf(part)
  const found = new Uint32Array(parts.length)
  let count = 0
  for (let i = 0; i < parts.length; i++) if (parts[i] === wanted) found[count++] = i
  return found.slice(0, count)
}
