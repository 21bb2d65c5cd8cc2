import { catalogueEntry, readEntry } from './catalogue/catalogue.js'
import type { CatalogueEntry, ReadOptions } from './catalogue/entry.js'
import type { NamedBytes } from './idx.js'
import { makeSplits, type OfficialParts, type SplitLimits, type Splits, sampleValues, timeStepsOf } from './splits.js'
import type { Dataset, Labels, MemorySplit, Split } from './types.js'

export interface DatasetOptions extends ReadOptions {
  /** Seed of the split and of the limits; default 0. */
  readonly seed?: number
  /** Training samples held out: below 1 a fraction, else a number; default the catalogue's. */
  readonly validation?: number
  readonly limits?: SplitLimits
  /** Told in one line what a user should know. */
  notice?(message: string): void
}

/**
 * Makes a data set from bytes, as a page does with files that it fetched or was given, and Node with files it read.
 *
 * @param name   a name of the catalogue
 * @param files  the entry's files under their catalogue names, plain or gzip; empty for generated sets
 * @param source where they came from, for the reader of a report
 * @throws DatasetError for an unknown name or a missing file
 * @throws FileFormatError when a file is not what its format demands
 * @throws OptionError when a split or limit is out of range
 */
export async function datasetFromFiles(
  name: string,
  files: ReadonlyMap<string, NamedBytes>,
  source: string,
  options: DatasetOptions = {},
): Promise<Dataset> {
  const entry = catalogueEntry(name)
  return assembleDataset(entry, readEntry(entry, files, options), source, options)
}

/** Divides the official parts and adds what describes them. */
export async function assembleDataset(
  entry: CatalogueEntry,
  parts: OfficialParts,
  source: string,
  options: DatasetOptions = {},
  classes: readonly string[] = entry.classes ?? [],
): Promise<Dataset> {
  const { seed = 0, validation = usualValidation(entry, parts.train.count), limits } = options
  const { heldOutBy, ...splits } = makeSplits<Split>(parts, { seed, validation, ...(limits && { limits }) })
  if (heldOutBy === 'endings') {
    options.notice?.(
      'Some class has only one training recording: validation takes the last part of each recording, which resembles the' +
        ' rest more than a new recording would. The test part is of other recordings.',
    )
  }
  const { name, title, licence, citation } = entry
  const statistics = await loadStatistics(splits.train)
  const fingerprint = await fingerprintOf(splits)
  return { name, title, classes, source, licence, citation, ...splits, ...statistics, fingerprint }
}

/** The catalogue's number of validation samples; of a smaller set the same share. */
function usualValidation({ validation, trainCount }: CatalogueEntry, count: number): number {
  return validation >= 1 && trainCount !== null && count < trainCount ? validation / trainCount : validation
}

/**
 * Mean and standard deviation of each channel as fractions of full scale; identity for events, whose zeros mean
 * silence. A channel that never varies has deviation 1, so that dividing by it changes nothing.
 */
export function channelStatistics(split: MemorySplit): { mean: readonly number[]; deviation: readonly number[] } {
  if (split.kind === 'event') return identityStatistics(split.channels)
  return statisticsOf(
    Array.from({ length: split.channels }, (_, channel) => histogram(split.pixels, split.channels, channel)),
  )
}

const identityStatistics = (channels: number) => ({
  mean: new Array<number>(channels).fill(0),
  deviation: new Array<number>(channels).fill(1),
})

/** `channelStatistics` of any split; streamed images are read once, a stretch at a time. */
export async function loadStatistics(split: Split): Promise<{ mean: readonly number[]; deviation: readonly number[] }> {
  if (split.kind !== 'streamed') return channelStatistics(split)
  const { channels, count } = split
  if (split.content === 'event') return identityStatistics(channels)
  const sums = Array.from({ length: channels }, () => new Float64Array(256))
  for (let from = 0; from < count; from += stretch) {
    const samples = Uint32Array.from({ length: Math.min(stretch, count - from) }, (_, i) => from + i)
    for (const values of await split.read(samples, null)) {
      for (const [channel, sum] of sums.entries()) {
        histogram(values, channels, channel).forEach((value, i) => {
          sum[i] = (sum[i] as number) + value
        })
      }
    }
  }
  return statisticsOf(sums)
}

/** Samples that are held at once while all are looked through. */
const stretch = 256

function statisticsOf(channels: readonly Float64Array[]): { mean: readonly number[]; deviation: readonly number[] } {
  const mean = channels.map((counts) => moment(counts, (value) => value))
  const deviation = channels.map((counts, channel) => {
    const variance = moment(counts, (value) => (value - (mean[channel] as number)) ** 2)
    return variance > 0 ? Math.sqrt(variance) : 1
  })
  return { mean, deviation }
}

/** Counts of the 256 values; whole numbers, so sums over any number of pixels are exact. */
function histogram(pixels: Uint8Array, channels: number, channel: number): Float64Array {
  const counts = new Float64Array(256)
  for (let i = channel; i < pixels.length; i += channels) {
    const value = pixels[i] as number
    counts[value] = (counts[value] as number) + 1
  }
  return counts
}

function moment(counts: Float64Array, of: (fraction: number) => number): number {
  let sum = 0
  let total = 0
  counts.forEach((count, value) => {
    sum += count * of(value / 255)
    total += count
  })
  return total === 0 ? 0 : sum / total
}

/** SHA-256, in hexadecimal, over each split's shape, values and labels: renaming or moving files does not change it. */
export async function fingerprintOf(splits: Splits): Promise<string> {
  const parts: string[] = []
  for (const name of ['train', 'validation', 'test'] as const) {
    const split = splits[name]
    const { kind, count, height, width, channels } = split
    parts.push(`${name} ${kind} ${count} ${timeStepsOf(split)} ${height} ${width} ${channels}`)
    if (split.kind === 'streamed') parts.push(split.identity, await sha256(bytesOf(split.selection)))
    else parts.push(await sha256(sampleValues(split)))
    parts.push(await sha256(bytesOf(split.labels)))
  }
  return sha256(new TextEncoder().encode(parts.join('\n')))
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Labels): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** In hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
