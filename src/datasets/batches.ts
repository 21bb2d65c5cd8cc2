/** An epoch as batches: which samples, in which order, moved and normalised. */
import { OptionError } from '../errors.js'
import type { EventFramesSpec } from '../ops/event-frames.js'
import { deriveSeed, RandomSequence, RandomStream, type Seed } from '../runtime/philox.js'
import { compose, Pipeline } from './augmentation/pipeline.js'
import type { Transforms } from './augmentation/specs.js'
import {
  type BatchAugmentation,
  type BatchLayout,
  batchWriter,
  type PlaceOf,
  placesIn,
  type SamplePlace,
} from './batch-writer.js'
import { type EventBatch, joinSamples } from './events/event-batch.js'
import type { Batch, Draw, MemorySplit, Split } from './types.js'

export type { BatchLayout } from './batch-writer.js'

/** Transforms of frames: text such as 'crop:4,flip', specifications, or a pipeline that is made of them. */
export type Augmentation = Transforms | Pipeline<'frames'>

/** @throws OptionError as `compose` */
export const augmentationPipeline = (augment: Augmentation = []): Pipeline<'frames'> =>
  augment instanceof Pipeline ? augment : compose('frames', augment)

export interface BatchOptions extends BatchLayout {
  /** Samples a batch, from 1. */
  readonly batch: number
  /** Pass over the data, from 0: with the seed it fixes the order and the augmentations. */
  readonly epoch: number
  readonly seed: number | Seed
  /** Default true; false keeps the split's order. */
  readonly shuffle?: boolean
  /** Random changes of each sample, a function of (seed, sample, epoch); for images and frames. Default: none. */
  readonly augment?: Augmentation
  /** Leaves out a last batch that is not full; default false. */
  readonly dropLast?: boolean
  /** Index of the first batch to yield, to go on where an interrupted epoch stopped; default 0. */
  readonly from?: number
  /** Streamed samples: whether their own random changes are drawn; default true. Evaluation says false. */
  readonly vary?: boolean
}

/** Number of batches an epoch has. */
export function batchCount(split: Split, options: Pick<BatchOptions, 'batch' | 'dropLast'>): number {
  checkWhole('batch', options.batch, 1)
  const full = split.count / options.batch
  return options.dropLast ? Math.floor(full) : Math.ceil(full)
}

/**
 * Yields an epoch's batches of samples in memory, channel-last float32: images `[1, B, H, W, C]`, event frames
 * `[T, B, H, W, C]`. The order is a function of (seed, epoch) alone, so batch i is the same whether or not those before
 * it were yielded.
 *
 * @throws OptionError on options out of range
 * @throws ShapeError when `padTo` is smaller than the samples or a mean has not one number a channel
 */
export function* batches(split: MemorySplit, options: BatchOptions): Generator<Batch, void, undefined> {
  const { from = 0 } = options
  const plan = epochPlan(split, options)
  const write = batchWriter(split, options)
  const placeOf = placesIn(split)
  for (let step = from; step < plan.steps; step++) yield write(plan.samples(step), placeOf, plan.augmentation)
}

export interface LoadedBatchOptions extends BatchOptions {
  /** Batches that are read ahead of the one in use, from 0; default 2. Each holds B * T * H * W * C bytes. */
  readonly ahead?: number
}

/**
 * The batches of any split, in memory or streamed: the same as `batches` gives for the same samples, with the streamed
 * samples' own random changes drawn from (seed, sample, epoch) besides. Streamed samples are asked for ahead of use, so
 * that whoever makes them works while the GPU does.
 *
 * @throws OptionError, ShapeError as `batches`, and whatever reading a sample throws
 */
export async function* loadBatches(split: Split, options: LoadedBatchOptions): AsyncGenerator<Batch, void, undefined> {
  if (split.kind !== 'streamed') {
    yield* batches(split, options)
    return
  }
  const plan = epochPlan(split, options)
  const write = batchWriter(split, options)
  for await (const { samples, needed, read } of readAhead(split.count, plan, options, (wanted, draw) =>
    split.read(wanted, draw),
  ))
    yield write(samples, placesOf(needed, read), plan.augmentation)
}

export interface EventBatchOptions extends LoadedBatchOptions {
  /** Room of the program that counts the events; `batch` of it are the samples of a full batch. */
  readonly room: Pick<EventFramesSpec, 'batch' | 'frames' | 'capacity'>
}

/** A batch that is still to be counted; one that is not full has silent samples at its end. */
export interface UncountedBatch {
  readonly events: EventBatch
  /** `[B]` of the samples that there are. */
  readonly labels: Uint32Array
}

/**
 * The batches of `loadBatches` as events, for a program that counts them.
 *
 * @throws OptionError when the split has no events, or something is to change frames, which do not exist yet
 * @throws LimitError when a batch has more events than there is room for; else as `loadBatches`
 */
export async function* loadEventBatches(
  split: Split,
  options: EventBatchOptions,
): AsyncGenerator<UncountedBatch, void, undefined> {
  const source = eventSource(split, options)
  const plan = epochPlan(split, options)
  const packed = (samples: Uint32Array, draw: Draw | null) => source.read(samples, draw)
  for await (const { samples, read } of readAhead(split.count, plan, options, packed)) {
    const labels = Uint32Array.from(samples, (sample) => split.labels[sample] as number)
    yield { events: joinSamples(read, options.room), labels }
  }
}

/**
 * Where a split's events come from.
 * @throws OptionError when it has none, or the options change frames
 */
export function eventSource(split: Split, { mean, deviation, augment }: Pick<BatchOptions, 'augment'> & BatchLayout) {
  const refuse = (what: string, advice: string): never => {
    throw new OptionError('binning', what, advice)
  }
  if (split.kind !== 'streamed' || !split.events) {
    return refuse(
      'on the device needs recordings; the data set has samples that are already counted, or pictures.',
      'Load a set of recordings with "recordings", or count on the host.',
    )
  }
  const pipeline = augmentationPipeline(augment)
  if (!pipeline.isEmpty) {
    refuse(
      `on the device leaves no frames for "${pipeline}" to change on the host.`,
      'Leave it out, put it before a transform of recordings, or count on the host.',
    )
  }
  if (mean?.some((value) => value !== 0) || deviation?.some((value) => value !== 1))
    refuse('on the device gives counts as they are.', 'Leave mean and deviation out, or count on the host.')
  return split.events
}

/** Reads what the steps of an epoch need, some steps ahead. */
async function* readAhead<V>(
  count: number,
  { steps, samples, augmentation }: ReturnType<typeof epochPlan>,
  { from = 0, ahead = 2, vary = true }: LoadedBatchOptions,
  read: (samples: Uint32Array, draw: Draw | null) => Promise<V>,
): AsyncGenerator<{ readonly samples: Uint32Array; readonly needed: Uint32Array; readonly read: V }, void, undefined> {
  checkWhole('ahead', ahead, 0)
  const draw = vary ? augmentation.key : null
  const queue: { readonly needed: Uint32Array; readonly reading: Promise<V> }[] = []
  let asked = from
  for (let step = from; step < steps; step++) {
    for (; asked < Math.min(steps, step + ahead + 1); asked++) {
      const needed = samplesNeeded(samples(asked), augmentation, count)
      const reading = read(needed, draw)
      // whoever stops early leaves reads behind; their failures are nobody's business then
      reading.catch(() => undefined)
      queue.push({ needed, reading })
    }
    const { needed, reading } = queue.shift() as (typeof queue)[number]
    yield { samples: samples(step), needed, read: await reading }
  }
}

/** The samples of a batch, in their order, and after them the partners that they are mixed with. */
function samplesNeeded(samples: Uint32Array, { pipeline, key }: BatchAugmentation, count: number): Uint32Array {
  if (!pipeline.mixes) return samples
  const partners = Array.from(samples, (sample) => pipeline.samplesFor({ ...key, sample }, count)).flat()
  return Uint32Array.from(new Set([...samples, ...partners]))
}

/** Values that were read, by sample. */
function placesOf(samples: Uint32Array, read: readonly Uint8Array[]): PlaceOf {
  const places = new Map(Array.from(samples, (sample, i) => [sample, { values: read[i] as Uint8Array, at: 0 }]))
  return (sample) => places.get(sample) as SamplePlace
}

/** Which samples each step of an epoch takes, and what happens to them. */
function epochPlan(split: Split, options: BatchOptions) {
  const { batch, epoch, seed, shuffle = true, from = 0 } = options
  checkWhole('epoch', epoch, 0)
  checkWhole('from', from, 0)
  const key = { seed: deriveSeed(seed), epoch }
  const augmentation: BatchAugmentation = { pipeline: augmentationPipeline(options.augment), key }
  const steps = batchCount(split, options)
  const order = shuffle ? new RandomSequence(key.seed, RandomStream.shuffle, epoch).permutation(split.count) : null
  const samples = (step: number): Uint32Array => {
    const size = Math.min(batch, split.count - step * batch)
    return Uint32Array.from({ length: size }, (_, i) => order?.[step * batch + i] ?? step * batch + i)
  }
  return { steps, samples, augmentation }
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
export function fixedBatch(split: MemorySplit, options: FixedBatchOptions): Batch {
  const samples = fixedSamples(split.count, options)
  return batchWriter(split, options)(samples, placesIn(split))
}

/** `fixedBatch` of any split; streamed samples come without random changes. */
export async function loadFixedBatch(split: Split, options: FixedBatchOptions): Promise<Batch> {
  if (split.kind !== 'streamed') return fixedBatch(split, options)
  const samples = fixedSamples(split.count, options)
  return loadSamples(split, samples, options)
}

/**
 * A batch of the samples named, in that order.
 * @param change random changes as an epoch with this seed makes them; default: none
 */
export async function loadSamples(
  split: Split,
  samples: Uint32Array,
  layout: BatchLayout,
  change?: { readonly augment: Augmentation; readonly seed: number | Seed; readonly epoch: number },
): Promise<Batch> {
  const augmentation: BatchAugmentation | null = change
    ? {
        pipeline: augmentationPipeline(change.augment),
        key: { seed: deriveSeed(change.seed), epoch: change.epoch },
      }
    : null
  const write = batchWriter(split, layout)
  if (split.kind !== 'streamed') return write(samples, placesIn(split), augmentation)
  const needed = augmentation ? samplesNeeded(samples, augmentation, split.count) : samples
  return write(samples, placesOf(needed, await split.read(needed, augmentation?.key ?? null)), augmentation)
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

function checkWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least && value <= 0xffffffff) return
  throw new OptionError(name, `must be a whole number from ${least}; got ${value}.`, 'Pass a whole number.')
}
