import { OptionError } from '../errors.js'
import { deriveSeed, RandomSequence, RandomStream, type Seed } from '../runtime/philox.js'
import type { Split } from './types.js'

export interface SplitLimits {
  /** Most training samples kept. */
  readonly train?: number
  /** Most validation samples kept. */
  readonly validation?: number
  /** Most test samples kept. */
  readonly test?: number
}

export interface SplitOptions {
  /** Seed of the stratified choice; the official test part never depends on it unless `limits.test` cuts it. */
  readonly seed: number | Seed
  /** Validation samples taken from the training files: below 1 a fraction, else a number. */
  readonly validation: number
  readonly limits?: SplitLimits
}

export interface Splits<S extends Split = Split> {
  readonly train: S
  readonly validation: S
  readonly test: S
}

/**
 * An order of all samples of which every prefix is stratified and of which a longer prefix contains every shorter one:
 * each class is shuffled, its k-th of n samples gets the place (k + 1/2) / n, and all are sorted by place.
 *
 * @param labels `[N]` class indices
 * @param draw   0 for the training part, 1 for the test part
 * @returns `[N]`, a permutation of the sample indices
 */
export function stratifiedOrder(labels: Uint8Array, seed: number | Seed, draw: number): Uint32Array {
  const order = new RandomSequence(deriveSeed(seed), RandomStream.split, draw).permutation(labels.length)
  const total = new Uint32Array(256)
  for (const label of labels) total[label] = (total[label] as number) + 1
  const seen = new Uint32Array(256)
  const place = new Float64Array(labels.length)
  for (const sample of order) {
    const label = labels[sample] as number
    const rank = seen[label] as number
    place[sample] = (rank + 0.5) / (total[label] as number)
    seen[label] = rank + 1
  }
  // the sort is stable, so equal places keep the shuffled order
  return order.sort((a, b) => (place[a] as number) - (place[b] as number))
}

/** Values of one sample in a split: H*W*C for images, T*H*W*2 for events. */
export const sampleSize = (split: Split): number =>
  split.height * split.width * split.channels * (split.kind === 'event' ? split.timeSteps : 1)

/** The samples' values, whichever kind the split is: pixels or event counts. */
export const sampleValues = (split: Split): Uint8Array => (split.kind === 'image' ? split.pixels : split.counts)

/** A new split of the samples named, in that order; the values are copied. */
export function selectSamples<S extends Split>(split: S, indices: Uint32Array): S {
  const size = sampleSize(split)
  const values = sampleValues(split)
  const chosen = new Uint8Array(indices.length * size)
  indices.forEach((sample, i) => {
    chosen.set(values.subarray(sample * size, (sample + 1) * size), i * size)
  })
  const labels = Uint8Array.from(indices, (sample) => split.labels[sample] as number)
  const count = indices.length
  return split.kind === 'image'
    ? { ...split, count, labels, pixels: chosen }
    : { ...split, count, labels, counts: chosen }
}

/**
 * Divides the training files into train and validation, both stratified, and cuts each to its limit. Samples keep the
 * order of the files, so the only thing drawn is membership.
 *
 * @param files the official parts
 * @throws OptionError when the validation part or a limit is out of range
 */
export function makeSplits<S extends Split>(files: { train: S; test: S }, options: SplitOptions): Splits<S> {
  const { seed, limits = {} } = options
  const total = files.train.count
  const held = validationCount(options.validation, total)
  const order = stratifiedOrder(files.train.labels, seed, 0)
  const validationKept = limited(limits.validation, held, 'validation')
  const trainKept = limited(limits.train, total - held, 'train')
  const testKept = limited(limits.test, files.test.count, 'test')
  return {
    validation: selectSamples(files.train, order.slice(0, validationKept).sort()),
    train: selectSamples(files.train, order.slice(held, held + trainKept).sort()),
    test:
      testKept === files.test.count
        ? files.test
        : selectSamples(files.test, stratifiedOrder(files.test.labels, seed, 1).slice(0, testKept).sort()),
  }
}

function validationCount(validation: number, total: number): number {
  const count = validation < 1 ? Math.round(validation * total) : validation
  if (!(validation > 0) || !Number.isInteger(count) || count < 1 || count >= total) {
    throw new OptionError(
      'validation',
      `must be a fraction between 0 and 1 or a whole number from 1 to ${total - 1} of the ${total} training samples;` +
        ` got ${validation}.`,
      'Leave it out for the default.',
    )
  }
  return count
}

function limited(limit: number | undefined, available: number, name: string): number {
  if (limit === undefined) return available
  if (!Number.isInteger(limit) || limit < 1) {
    throw new OptionError(
      `limits.${name}`,
      `must be a whole number from 1; got ${limit}.`,
      'Leave it out for no limit.',
    )
  }
  return Math.min(limit, available)
}
