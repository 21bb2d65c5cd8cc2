import { OptionError } from '../errors.js'
import type { Seed } from '../runtime/philox.js'
import { type HeldOut, heldOutRecordings } from './recording-split.js'
import { stratifiedOrder } from './stratified-order.js'
import type { Labels, MemorySplit, Split, StreamedSplit } from './types.js'

export { stratifiedOrder }

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
  /** How recordings of several samples were held out for validation; left out where samples stand for themselves. */
  readonly heldOutBy?: HeldOut['by']
}

/** Frames of one sample: 1 for images. */
export const timeStepsOf = (split: Split): number => (split.kind === 'image' ? 1 : split.timeSteps)

/** Whether samples are pictures or frames of events, wherever their values lie. */
export const contentOf = (split: Split): 'image' | 'event' => (split.kind === 'streamed' ? split.content : split.kind)

/** Values of one sample in a split: H*W*C for images, T*H*W*C for events. */
export const sampleSize = (split: Split): number => split.height * split.width * split.channels * timeStepsOf(split)

/** The samples' values, whichever kind the split is: pixels or event counts. */
export const sampleValues = (split: MemorySplit): Uint8Array => (split.kind === 'image' ? split.pixels : split.counts)

/** Class indices in as few bytes as the number of classes allows. */
export function labelArray(classes: number, labels: ArrayLike<number>): Labels {
  if (classes <= 0x100) return Uint8Array.from(labels)
  return classes <= 0x10000 ? Uint16Array.from(labels) : Uint32Array.from(labels)
}

/** A new split of the samples named, in that order; values in memory are copied. */
export function selectSamples<S extends Split>(split: S, indices: Uint32Array): S {
  const labels = split.labels.slice(0, indices.length)
  indices.forEach((sample, i) => {
    labels[i] = split.labels[sample] as number
  })
  const { recordings } = split
  const facts = {
    count: indices.length,
    labels,
    ...(recordings && { recordings: indices.map((sample) => recordings[sample] as number) }),
  }
  return split.kind === 'streamed'
    ? { ...split, ...facts, ...selectStreamed(split, indices) }
    : { ...split, ...facts, ...selectValues(split, indices) }
}

function selectStreamed(
  split: StreamedSplit,
  indices: Uint32Array,
): Pick<StreamedSplit, 'read' | 'selection' | 'events'> {
  const { events } = split
  const within = (numbers: Uint32Array, of: Uint32Array) => of.map((sample) => numbers[sample] as number)
  return {
    selection: within(split.selection, indices),
    read: (samples, draw) => split.read(within(indices, samples), draw),
    ...(events && {
      events: {
        byIndex: events.byIndex,
        most: within(events.most, indices),
        read: (samples, draw) => events.read(within(indices, samples), draw),
      },
    }),
  }
}

function selectValues(split: MemorySplit, indices: Uint32Array): { pixels: Uint8Array } | { counts: Uint8Array } {
  const size = sampleSize(split)
  const values = sampleValues(split)
  const chosen = new Uint8Array(indices.length * size)
  indices.forEach((sample, i) => {
    chosen.set(values.subarray(sample * size, (sample + 1) * size), i * size)
  })
  return split.kind === 'image' ? { pixels: chosen } : { counts: chosen }
}

/** The parts as the files have them; an official validation part is used as it is. */
export interface OfficialParts<S extends Split = Split> {
  readonly train: S
  readonly test: S
  readonly validation?: S
}

/**
 * Divides the training files into train and validation, both stratified, and cuts each to its limit. Samples keep the
 * order of the files, so the only thing drawn is membership. Samples cut from one recording are never divided, but for
 * the case that `heldOutRecordings` tells of.
 *
 * @param files the official parts
 * @throws OptionError when the validation part or a limit is out of range
 */
export function makeSplits<S extends Split>(files: OfficialParts<S>, options: SplitOptions): Splits<S> {
  const { seed, limits = {} } = options
  const test = limitedPart(files.test, seed, limits.test, 'test')
  if (files.validation) {
    return {
      validation: limitedPart(files.validation, seed, limits.validation, 'validation'),
      train: limitedPart(files.train, seed, limits.train, 'train'),
      test,
    }
  }
  const total = files.train.count
  const held = validationCount(options.validation, total)
  const order = stratifiedOrder(files.train.labels, seed, 0)
  const whole = files.train.recordings && heldOutRecordings(files.train, files.train.recordings, seed, held)
  const parts = whole ? divideBy(order, whole.samples) : { validation: order.slice(0, held), train: order.slice(held) }
  const chosen = (part: 'train' | 'validation') =>
    selectSamples(files.train, parts[part].slice(0, limited(limits[part], parts[part].length, part)).sort())
  return { validation: chosen('validation'), train: chosen('train'), test, ...(whole && { heldOutBy: whole.by }) }
}

/** All samples of a part, or a stratified choice of so many. */
function limitedPart<S extends Split>(part: S, seed: number | Seed, limit: number | undefined, name: string): S {
  const kept = limited(limit, part.count, name)
  return kept === part.count ? part : selectSamples(part, stratifiedOrder(part.labels, seed, 1).slice(0, kept).sort())
}

const divideBy = (order: Uint32Array, held: Uint8Array) => ({
  validation: order.filter((sample) => held[sample] === 1),
  train: order.filter((sample) => held[sample] === 0),
})

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
