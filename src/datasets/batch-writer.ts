/** Puts samples into a batch: centred, moved, normalised. */
import { ShapeError } from '../errors.js'
import type { SampleShift } from './augmentation.js'
import { contentOf, sampleSize, sampleValues, timeStepsOf } from './splits.js'
import type { Batch, MemorySplit, Split } from './types.js'

export interface BatchLayout {
  /** Per channel, subtracted from the fraction of full scale (images) or from the count (events); default 0. */
  readonly mean?: readonly number[]
  /** Per channel, divides what is left; default 1. */
  readonly deviation?: readonly number[]
  /** Side of the square the samples are centred in, filled with zeros after normalisation; default: no padding. */
  readonly padTo?: number
}

/** Where a sample's values `[T, H, W, C]` begin. */
export interface SamplePlace {
  readonly values: Uint8Array
  readonly at: number
}

/** The samples' places in a split whose values lie in memory. */
export function placesIn(split: MemorySplit, samples: Uint32Array): readonly SamplePlace[] {
  const values = sampleValues(split)
  const size = sampleSize(split)
  return Array.from(samples, (sample) => ({ values, at: sample * size }))
}

/**
 * Prepares the tables of a layout and returns what writes samples into a fresh batch.
 * @throws ShapeError when `padTo` is smaller than the samples or a mean has not one number a channel
 */
export function batchWriter(split: Split, { mean, deviation, padTo }: BatchLayout) {
  const { height, width, channels } = split
  const timeSteps = timeStepsOf(split)
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
  const offsetY = Math.floor((outHeight - height) / 2)
  const offsetX = Math.floor((outWidth - width) / 2)

  return (
    samples: Uint32Array,
    places: readonly SamplePlace[],
    shiftOf: (sample: number) => SampleShift | null,
  ): Batch => {
    const batch = samples.length
    const input = new Float32Array(timeSteps * batch * outHeight * outWidth * channels)
    const labels = Uint32Array.from(samples, (sample) => split.labels[sample] as number)
    samples.forEach((sample, slot) => {
      const { down = 0, right = 0, flip = false } = shiftOf(sample) ?? {}
      const { values, at } = places[slot] as SamplePlace
      for (let step = 0; step < timeSteps; step++) {
        const from = at + step * height * width * channels
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
  const full = contentOf(split) === 'image' ? 255 : 1
  return Float32Array.from({ length: channels * 256 }, (_, i) => {
    const channel = Math.floor(i / 256)
    return ((i % 256) / full - (means[channel] as number)) / (deviations[channel] as number)
  })
}
