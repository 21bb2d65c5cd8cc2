/** Puts samples into a batch: augmented, centred, normalised. */
import { ShapeError } from '../errors.js'
import type { SampleKey } from './augmentation/draws.js'
import { type FrameSample, fullScale } from './augmentation/frame-sample.js'
import type { LabelShare, Pipeline, SampleSource } from './augmentation/pipeline.js'
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

export type PlaceOf = (sample: number) => SamplePlace

/** The places of samples in a split whose values lie in memory. */
export function placesIn(split: MemorySplit): PlaceOf {
  const values = sampleValues(split)
  const size = sampleSize(split)
  return (sample) => ({ values, at: sample * size })
}

/** What happens to the samples of a batch, and by which numbers. */
export interface BatchAugmentation {
  readonly pipeline: Pipeline<'frames'>
  readonly key: Omit<SampleKey, 'sample'>
}

interface Side {
  readonly height: number
  readonly width: number
}

/**
 * Prepares the tables of a layout and returns what writes samples into a fresh batch.
 *
 * @throws ShapeError when `padTo` is smaller than the samples or a mean has not one number a channel; the writer throws
 * it when samples of one batch leave their transforms with different sizes
 */
export function batchWriter(split: Split, layout: BatchLayout) {
  const normalise = normalisation(split, layout)
  outputSide(split, layout)
  return (samples: Uint32Array, placeOf: PlaceOf, augmentation: BatchAugmentation | null = null): Batch => {
    const own = Uint32Array.from(samples, (sample) => split.labels[sample] as number)
    if (!augmentation || augmentation.pipeline.isEmpty) {
      const input = batchInput(split, layout, samples.length, split)
      samples.forEach((sample, slot) => {
        const { values, at } = placeOf(sample)
        input.place(slot, split, (target, source, length) =>
          normalise.bytes(values, at + source, length, input.values, target),
        )
      })
      return { ...input.shape, input: input.values, labels: own }
    }
    const source = frameSource(split, placeOf, normalise)
    const { pipeline, key } = augmentation
    const changed = Array.from(samples, (sample) => pipeline.applyFrom(source, { ...key, sample }))
    const input = batchInput(split, layout, samples.length, changed[0]?.value ?? split)
    changed.forEach(({ value }, slot) => {
      input.place(slot, value, (target, from, length) =>
        normalise.floats(value.values, from, length, input.values, target),
      )
    })
    const batch = { ...input.shape, input: input.values }
    if (!pipeline.mixes) return { ...batch, labels: own }
    const labelShares = changed.map(({ labels }) => labels)
    return { ...batch, labels: Uint32Array.from(labelShares, heaviest), labelShares }
  }
}

/** The label with the greatest share, the first of equal ones. */
const heaviest = (shares: readonly LabelShare[]): number =>
  shares.reduce((best, next) => (next.share > best.share ? next : best)).label

/** Samples of a split as transforms take them: each a copy that may be written into. */
function frameSource(split: Split, placeOf: PlaceOf, { fill, spread }: Normalisation): SampleSource<FrameSample> {
  const { height, width, channels, count } = split
  const shape = { kind: contentOf(split), steps: timeStepsOf(split), height, width, channels }
  const size = sampleSize(split)
  return {
    count,
    read(sample) {
      const { values, at } = placeOf(sample)
      return {
        value: { ...shape, values: Float32Array.from(values.subarray(at, at + size)), fill, deviation: spread },
        label: split.labels[sample] as number,
      }
    },
  }
}

/** Side of a batch's samples. @throws ShapeError when they do not fit into `padTo` */
function outputSide({ height, width }: Side, { padTo }: BatchLayout): Side {
  if (padTo === undefined) return { height, width }
  if (Number.isInteger(padTo) && padTo >= Math.max(height, width)) return { height: padTo, width: padTo }
  throw new ShapeError(
    'batches',
    `padTo must be a whole number, at least the samples' side ${Math.max(height, width)}; got ${padTo}.`,
    'Samples are padded, never cut down.',
  )
}

/** A batch of zeros `[T, B, H, W, C]`, and how rows of a sample get to the middle of their place in it. */
function batchInput(split: Split, layout: BatchLayout, batch: number, inner: Side) {
  const { channels } = split
  const timeSteps = timeStepsOf(split)
  const { height, width } = outputSide(inner, layout)
  const values = new Float32Array(timeSteps * batch * height * width * channels)
  const top = Math.floor((height - inner.height) / 2)
  const left = Math.floor((width - inner.width) / 2)
  const place = (slot: number, size: Side, write: (target: number, source: number, length: number) => void) => {
    if (size.height !== inner.height || size.width !== inner.width) {
      throw new ShapeError(
        'batches',
        `samples of one batch must have one size; got ${inner.width} x ${inner.height} and ${size.width} x ${size.height}.`,
        'End the augmentation with a transform that brings them to one size, such as pad.',
      )
    }
    for (let step = 0; step < timeSteps; step++) {
      for (let y = 0; y < inner.height; y++) {
        const row = (step * batch + slot) * height + y + top
        write(
          (row * width + left) * channels,
          (step * inner.height + y) * inner.width * channels,
          inner.width * channels,
        )
      }
    }
  }
  return { values, place, shape: { timeSteps, batch, height, width, channels } }
}

type Normalisation = ReturnType<typeof normalisation>

/** Writers of normalised values: (value / full - mean) / deviation, with what fills holes exactly zero. */
function normalisation(split: Split, { mean, deviation }: BatchLayout) {
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
  const full = contentOf(split) === 'image' ? fullScale : 1
  const fill = Float32Array.from(means, (value) => value * full)
  const spread = Float32Array.from(deviations, (value) => value * full)
  // the 256 values that are stored, `[C, 256]`
  const table = Float32Array.from({ length: channels * 256 }, (_, i) => {
    const channel = Math.floor(i / 256)
    return ((i % 256) / full - (means[channel] as number)) / (deviations[channel] as number)
  })
  return {
    fill,
    spread,
    /** Rows begin at a channel 0. */
    bytes(values: Uint8Array, from: number, length: number, into: Float32Array, to: number): void {
      for (let i = 0; i < length; i++)
        into[to + i] = table[(i % channels) * 256 + (values[from + i] as number)] as number
    },
    floats(values: Float32Array, from: number, length: number, into: Float32Array, to: number): void {
      for (let i = 0; i < length; i++) {
        const value = values[from + i] as number
        const channel = i % channels
        const stored = value & 255
        into[to + i] =
          value === (fill[channel] as number)
            ? 0
            : stored === value
              ? (table[channel * 256 + stored] as number)
              : (value / full - (means[channel] as number)) / (deviations[channel] as number)
      }
    },
  }
}
