import { OptionError, ShapeError } from '../errors.js'
import { deriveSeed, RandomSequence, RandomStream, type Seed } from '../runtime/philox.js'
import {
  type Augmentation,
  augmentationOf,
  checkAugmentation,
  noAugmentation,
  type SampleShift,
} from './augmentation.js'
import { sampleSize, sampleValues } from './splits.js'
import type { Batch, Split } from './types.js'

export interface BatchLayout {
  /** Per channel, subtracted from the fraction of full scale (images) or from the count (events); default 0. */
  readonly mean?: readonly number[]
  /** Per channel, divides what is left; default 1. */
  readonly deviation?: readonly number[]
  /** Side of the square the samples are centred in, filled with zeros after normalisation; default: no padding. */
  readonly padTo?: number
}

export interface BatchOptions extends BatchLayout {
  /** Samples a batch, from 1. */
  readonly batch: number
  /** Pass over the data, from 0: with the seed it fixes the order and the augmentations. */
  readonly epoch: number
  readonly seed: number | Seed
  /** Default true; false keeps the split's order. */
  readonly shuffle?: boolean
  readonly augment?: Augmentation
  /** Leaves out a last batch that is not full; default false. */
  readonly dropLast?: boolean
  /** Index of the first batch to yield, to go on where an interrupted epoch stopped; default 0. */
  readonly from?: number
}

/** Number of batches an epoch has. */
export function batchCount(split: Split, options: Pick<BatchOptions, 'batch' | 'dropLast'>): number {
  checkWhole('batch', options.batch, 1)
  const full = split.count / options.batch
  return options.dropLast ? Math.floor(full) : Math.ceil(full)
}

/**
 * Yields an epoch's batches, channel-last float32: images `[1, B, H, W, C]`, event frames `[T, B, H, W, 2]`. The order
 * is a function of (seed, epoch) alone, so batch i is the same whether or not those before it were yielded.
 *
 * @throws OptionError on options out of range
 * @throws ShapeError when `padTo` is smaller than the samples or a mean has not one number a channel
 */
export function* batches(split: Split, options: BatchOptions): Generator<Batch, void, undefined> {
  const { batch, epoch, seed, shuffle = true, augment = noAugmentation, from = 0 } = options
  checkWhole('epoch', epoch, 0)
  checkWhole('from', from, 0)
  checkAugmentation(augment)
  const steps = batchCount(split, options)
  const writer = sampleWriter(split, options)
  const key = deriveSeed(seed)
  const order = shuffle ? new RandomSequence(key, RandomStream.shuffle, epoch).permutation(split.count) : null
  for (let step = from; step < steps; step++) {
    const size = Math.min(batch, split.count - step * batch)
    const samples = Uint32Array.from({ length: size }, (_, i) => order?.[step * batch + i] ?? step * batch + i)
    yield writer(samples, (sample) => augmentationOf(augment, key, sample, epoch))
  }
}

export interface FixedBatchOptions extends BatchLayout {
  readonly batch: number
  readonly seed: number | Seed
  /** Which of the seed's batches, from 0; different indices are independent draws. */
  readonly index: number
}

/**
 * One batch of distinct samples, a function of (seed, index): what a search scores every genome on.
 *
 * @throws OptionError when the split has fewer samples than the batch
 * @throws ShapeError as `batches`
 */
export function fixedBatch(split: Split, options: FixedBatchOptions): Batch {
  return sampleWriter(split, options)(fixedSamples(split.count, options), () => null)
}

/** The sample indices of `fixedBatch`, `[B]`. */
export function fixedSamples(
  count: number,
  { batch, seed, index }: Pick<FixedBatchOptions, 'batch' | 'seed' | 'index'>,
): Uint32Array {
  checkWhole('batch', batch, 1)
  checkWhole('index', index, 0)
  if (batch > count) {
    throw new OptionError(
      'batch',
      `must be at most the ${count} samples there are; got ${batch}.`,
      'Take a smaller one.',
    )
  }
  // the first steps of a Fisher-Yates shuffle; only the places that were touched are stored
  const random = new RandomSequence(deriveSeed(seed), RandomStream.batchSelection, index)
  const moved = new Map<number, number>()
  return Uint32Array.from({ length: batch }, (_, i) => {
    const j = i + random.integer(count - i)
    const chosen = moved.get(j) ?? j
    moved.set(j, moved.get(i) ?? i)
    return chosen
  })
}

/** Prepares the tables of a layout and returns what writes samples into a fresh batch. */
function sampleWriter(split: Split, { mean, deviation, padTo }: BatchLayout) {
  const { height, width, channels } = split
  const timeSteps = split.kind === 'event' ? split.timeSteps : 1
  const outHeight = padTo ?? height
  const outWidth = padTo ?? width
  if (padTo !== undefined && (!Number.isInteger(padTo) || padTo < Math.max(height, width))) {
    throw new ShapeError(
      'batches',
      `padTo must be a whole number, at least the samples' side ${Math.max(height, width)}; got ${padTo}.`,
      'Samples are padded, never cut down.',
    )
  }
  const table = normalisationTable(split, mean, deviation)
  const values = sampleValues(split)
  const size = sampleSize(split)
  const offsetY = Math.floor((outHeight - height) / 2)
  const offsetX = Math.floor((outWidth - width) / 2)

  return (samples: Uint32Array, shiftOf: (sample: number) => SampleShift | null): Batch => {
    const batch = samples.length
    const input = new Float32Array(timeSteps * batch * outHeight * outWidth * channels)
    const labels = Uint32Array.from(samples, (sample) => split.labels[sample] as number)
    samples.forEach((sample, slot) => {
      const { down = 0, right = 0, flip = false } = shiftOf(sample) ?? {}
      for (let step = 0; step < timeSteps; step++) {
        const from = sample * size + step * height * width * channels
        const to = (step * batch + slot) * outHeight * outWidth
        for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
          for (let x = Math.max(0, right); x < Math.min(width, width + right); x++) {
            const sourceX = flip ? width - 1 - (x - right) : x - right
            let source = from + ((y - down) * width + sourceX) * channels
            let target = (to + (y + offsetY) * outWidth + x + offsetX) * channels
            for (let channel = 0; channel < channels; channel++) {
              input[target++] = table[channel * 256 + (values[source++] as number)] as number
            }
          }
        }
      }
    })
    return { input, labels, timeSteps, batch, height: outHeight, width: outWidth, channels }
  }
}

/** Normalised value of each of the 256 stored ones, `[C, 256]`. */
function normalisationTable(split: Split, mean?: readonly number[], deviation?: readonly number[]): Float32Array {
  const { channels } = split
  const means = mean ?? new Array<number>(channels).fill(0)
  const deviations = deviation ?? new Array<number>(channels).fill(1)
  const fits = (numbers: readonly number[]) => numbers.length === channels && numbers.every(Number.isFinite)
  if (!fits(means) || !fits(deviations) || deviations.some((value) => value <= 0)) {
    throw new ShapeError(
      'batches',
      `mean and deviation need one finite number a channel (${channels}), deviations above 0;` +
        ` got [${means.join(', ')}] and [${deviations.join(', ')}].`,
      "Pass the data set's own mean and deviation.",
    )
  }
  const full = split.kind === 'image' ? 255 : 1
  return Float32Array.from({ length: channels * 256 }, (_, i) => {
    const channel = Math.floor(i / 256)
    return ((i % 256) / full - (means[channel] as number)) / (deviations[channel] as number)
  })
}

function checkWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least && value <= 0xffffffff) return
  throw new OptionError(name, `must be a whole number from ${least}; got ${value}.`, 'Pass a whole number.')
}
