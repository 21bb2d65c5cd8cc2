/** An epoch as batches: which samples, in which order, moved and normalised. */
import { OptionError } from '../errors.js'
import { deriveSeed, RandomSequence, RandomStream, type Seed } from '../runtime/philox.js'
import { type Augmentation, augmentationOf, checkAugmentation, noAugmentation } from './augmentation.js'
import { type BatchLayout, batchWriter, placesIn } from './batch-writer.js'
import type { Batch, MemorySplit, Split, StreamedSplit } from './types.js'

export type { BatchLayout } from './batch-writer.js'

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
  const { epoch, seed, augment = noAugmentation, from = 0 } = options
  const plan = epochPlan(split, options)
  const write = batchWriter(split, options)
  const key = deriveSeed(seed)
  for (let step = from; step < plan.steps; step++) {
    const samples = plan.samples(step)
    yield write(samples, placesIn(split, samples), (sample) => augmentationOf(augment, key, sample, epoch))
  }
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
  const { epoch, seed, augment = noAugmentation, from = 0, ahead = 2 } = options
  checkWhole('ahead', ahead, 0)
  const plan = epochPlan(split, options)
  const write = batchWriter(split, options)
  const key = deriveSeed(seed)
  const draw = options.vary === false ? null : { seed: key, epoch }
  const queue: { readonly samples: Uint32Array; readonly values: ReturnType<StreamedSplit['read']> }[] = []
  let asked = from
  for (let step = from; step < plan.steps; step++) {
    for (; asked < Math.min(plan.steps, step + ahead + 1); asked++) {
      const samples = plan.samples(asked)
      const values = split.read(samples, draw)
      // whoever stops early leaves reads behind; their failures are nobody's business then
      values.catch(() => undefined)
      queue.push({ samples, values })
    }
    const { samples, values } = queue.shift() as (typeof queue)[number]
    const read = await values
    const places = read.map((bytes) => ({ values: bytes, at: 0 }))
    yield write(samples, places, (sample) => augmentationOf(augment, key, sample, epoch))
  }
}

/** Which samples each step of an epoch takes. */
function epochPlan(split: Split, options: BatchOptions) {
  const { batch, epoch, seed, shuffle = true, augment = noAugmentation, from = 0 } = options
  checkWhole('epoch', epoch, 0)
  checkWhole('from', from, 0)
  checkAugmentation(augment)
  const steps = batchCount(split, options)
  const order = shuffle
    ? new RandomSequence(deriveSeed(seed), RandomStream.shuffle, epoch).permutation(split.count)
    : null
  const samples = (step: number): Uint32Array => {
    const size = Math.min(batch, split.count - step * batch)
    return Uint32Array.from({ length: size }, (_, i) => order?.[step * batch + i] ?? step * batch + i)
  }
  return { steps, samples }
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
  return batchWriter(split, options)(samples, placesIn(split, samples), () => null)
}

/** `fixedBatch` of any split; streamed samples come without random changes. */
export async function loadFixedBatch(split: Split, options: FixedBatchOptions): Promise<Batch> {
  if (split.kind !== 'streamed') return fixedBatch(split, options)
  const samples = fixedSamples(split.count, options)
  return loadSamples(split, samples, options)
}

/** A batch of the samples named, in that order, without random changes. */
export async function loadSamples(split: Split, samples: Uint32Array, layout: BatchLayout): Promise<Batch> {
  const places =
    split.kind === 'streamed'
      ? (await split.read(samples, null)).map((values) => ({ values, at: 0 }))
      : placesIn(split, samples)
  return batchWriter(split, layout)(samples, places, () => null)
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
