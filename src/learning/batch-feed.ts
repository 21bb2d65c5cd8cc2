/** How batches get to a program: as frames counted on the host, or as events that the program itself counts. */
import type { LabelShare } from '../datasets/augmentation/pipeline.js'
import { eventSource, type LoadedBatchOptions, loadBatches, loadEventBatches } from '../datasets/batches.js'
import { timeStepsOf } from '../datasets/splits.js'
import type { Batch, Split } from '../datasets/types.js'
import type { EventFramesSpec } from '../ops/event-frames.js'
import type { TrainingOptions } from './training-options.js'

/** Where the events of recordings are counted into frames: the same numbers either way. */
export type Binning = 'host' | 'device'

/** A batch of the program's size. */
export interface FedBatch {
  /** What goes into which slot. */
  readonly slots: Readonly<Record<string, Float32Array | Uint32Array>>
  /** Samples that are real; those behind them only fill the batch up. */
  readonly real: number
  /** `[B]` */
  readonly labels: Uint32Array
  readonly labelShares?: readonly (readonly LabelShare[])[]
}

export interface BatchFeed {
  /** What the program is traced with to count events; left out where it takes frames in slot `input`. */
  readonly events?: EventFramesSpec
  /** The batches of an epoch. */
  load(
    order: Pick<LoadedBatchOptions, 'epoch' | 'seed' | 'from' | 'dropLast' | 'shuffle' | 'vary'>,
  ): AsyncGenerator<FedBatch>
}

/**
 * The batches of a split for a program.
 *
 * @throws OptionError for counting on the device where there are no recordings, or something is to change frames
 */
export function batchFeed(
  split: Split,
  options: Omit<LoadedBatchOptions, 'epoch' | 'seed'>,
  binning: Binning = 'host',
): BatchFeed {
  if (binning === 'host') return { load: (order) => frames(split, { ...options, ...order }) }
  const { byIndex, most } = eventSource(split, options)
  const { height, width, channels } = split
  const events: EventFramesSpec = {
    batch: options.batch,
    frames: timeStepsOf(split),
    height,
    width,
    channels: channels === 1 ? 1 : 2,
    capacity: largestSum(most, options.batch),
    kind: 'count',
    byIndex,
    ...(options.padTo !== undefined && { padTo: options.padTo }),
  }
  return { events, load: (order) => uncounted(split, { ...options, ...order }, events) }
}

/** The batches of a training. @throws OptionError as `batchFeed` */
export const trainingFeed = (split: Split, { batch, layout, augment, binning }: TrainingOptions): BatchFeed =>
  batchFeed(split, { ...layout, batch, ...(augment && { augment }) }, binning)

async function* frames(split: Split, options: LoadedBatchOptions): AsyncGenerator<FedBatch> {
  for await (const batch of loadBatches(split, options)) {
    const { input, labels, labelShares } = fillBatch(batch, options.batch)
    yield { slots: { input }, real: batch.batch, labels, ...(labelShares && { labelShares }) }
  }
}

async function* uncounted(split: Split, options: LoadedBatchOptions, room: EventFramesSpec): AsyncGenerator<FedBatch> {
  for await (const { events, labels } of loadEventBatches(split, { ...options, room }))
    yield { slots: { ...events }, real: labels.length, labels: fillLabels(labels, options.batch) }
}

/** No batch of so many samples has more events than this. */
const largestSum = (most: Uint32Array, batch: number): number =>
  most
    .slice()
    .sort()
    .slice(-batch)
    .reduce((sum, count) => sum + count, 0)

function fillLabels(labels: Uint32Array, size: number): Uint32Array {
  const filled = new Uint32Array(size).fill(labels[0] ?? 0)
  filled.set(labels)
  return filled
}

/** A batch of the full size: a short one is completed with copies of its first sample. */
export function fillBatch(data: Batch, size: number): Batch {
  if (data.batch === size) return data
  const steps = data.input.length / (data.batch * data.height * data.width * data.channels)
  const sample = data.height * data.width * data.channels
  const input = new Float32Array(steps * size * sample)
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < size; b++) {
      const source = (t * data.batch + (b < data.batch ? b : 0)) * sample
      input.set(data.input.subarray(source, source + sample), (t * size + b) * sample)
    }
  }
  return { ...data, input, labels: fillLabels(data.labels, size), batch: size }
}
