/** From the files of a set to its splits: listed, read once, made into frames, kept where they fit. */
import { DatasetError, OptionError } from '../../errors.js'
import { compose } from '../augmentation/pipeline.js'
import type { Transforms } from '../augmentation/specs.js'
import type { TreeReading } from '../catalogue/entry.js'
import type { EventRecording } from '../events/recording.js'
import type { OfficialParts } from '../splits.js'
import type { DecodeSettings } from './decode-files.js'
import { decodeRecording } from './event-record.js'
import type { FileTree, OpenPlace } from './file-tree.js'
import { type FrameChoice, type SampleShape, sampleShape } from './frame-choice.js'
import type { Bank, JobRunner } from './jobs.js'
import { prepareSet, type RecordSink } from './prepare.js'
import { MemorySink } from './record-memory.js'
import { openRecords, type RecordsPlace } from './records.js'
import type { PreparedSet } from './sample-facts.js'
import type { SampleListing } from './sample-file.js'
import { bankOf, materialise, memoryParts, streamedParts } from './sample-splits.js'

/** Stages of loading, for progress: files are read, samples made into frames. */
export interface LoadProgress {
  readonly stage: 'reading' | 'counting'
  readonly done: number
  readonly total: number
}

export interface TreeOptions {
  /** Frames of a sample; default the set's own. */
  readonly frames?: number
  /** How a sample is cut into frames; default `duration`. */
  readonly by?: FrameChoice['by']
  /** Milliseconds of the windows that recordings are cut into, each a sample; default the set's own. */
  readonly window?: number
  /** Larger side of a frame in pixels; default the set's own. */
  readonly side?: number
  /** Changes of training recordings at random before they become frames, as `compose('events', …)` takes them. */
  readonly augment?: Transforms
  /**
   * Keep recordings at hand and make frames of them when they are asked for; default false.
   * For looking at samples, and for counting events on the device.
   */
  readonly recordings?: boolean
  /** Bytes of samples that are held in memory; what is larger is read when it is needed. Default 512 MiB. */
  readonly memory?: number
  onLoad?(progress: LoadProgress): void
  notice?(message: string): void
  readonly signal?: AbortSignal
}

/** Keeps what was read and made between runs; the host's is a folder. */
export interface SampleCache {
  /** What was kept under a key, whole; null when nothing was. */
  find(key: string): Promise<KeptSamples | null>
  /** Begins to keep; nothing is there under the key before `finish`. */
  create(key: string): Promise<CacheWriter>
}

export interface KeptSamples {
  readonly set: PreparedSet
  readonly records: RecordsPlace
}

export interface CacheWriter extends RecordSink {
  finish(set: PreparedSet): Promise<KeptSamples>
  /** Throws away what was begun; does nothing after `finish`. */
  abandon(): Promise<void>
}

/** A tree that is opened only if what was read of it is not at hand: opening archives takes time. */
export interface LazyTree {
  readonly name: string
  readonly identity: string
  open(): Promise<FileTree>
}

export interface TreeSource {
  readonly reading: TreeReading
  readonly tree: LazyTree
  readonly open: OpenPlace
  readonly runner: JobRunner
  readonly cache: SampleCache | null
}

export interface LoadedTree {
  readonly parts: OfficialParts
  readonly set: PreparedSet
  readonly shape: SampleShape
  /** The recording of a sample of the set, before it becomes frames; null for pictures. */
  recording(sample: number): Promise<EventRecording | null>
}

/** Default of `memory`. */
export const defaultMemory = 512 * 1024 * 1024

/**
 * The first layout that the files are laid out in.
 * @throws DatasetError when they are laid out in none
 */
export async function listTree(reading: TreeReading, tree: FileTree, open: OpenPlace): Promise<SampleListing> {
  for (const layout of reading.layouts) {
    const listing = await layout.list(tree, open)
    if (listing) return listing
  }
  const some = tree.files
    .slice(0, 5)
    .map(({ path }) => path)
    .join(', ')
  throw new DatasetError(
    tree.name,
    `must hold ${reading.layouts.map(({ expects }) => expects).join('; or ')}.` +
      ` It holds ${tree.files.length} files${some && `, such as ${some}`}.`,
    'Check that this is the folder of the set.',
  )
}

/** Lists, reads and makes the samples of a set. */
export async function loadTree(source: TreeSource, options: TreeOptions = {}): Promise<LoadedTree> {
  const { reading, tree, open, runner, cache } = source
  const { memory = defaultMemory, notice } = options
  const choice: FrameChoice = {
    frames: options.frames ?? reading.frames,
    by: options.by ?? 'duration',
    side: options.side ?? reading.side,
  }
  const key = JSON.stringify([tree.identity, readingIdentity(reading), options.window ?? null, options.side ?? null])
  const kept = (await cache?.find(key)) ?? (await readFiles(source, key, options))
  const { set, records } = kept
  for (const note of set.notes) notice?.(note)
  const shape = sampleShape(set, choice)
  const identity = `${set.identity} ${JSON.stringify(choice)}`
  const recording = (sample: number) => readRecording(kept, sample, open)
  const { specs } = compose('events', options.augment ?? [])
  if (specs.length > 0 || options.recordings) {
    if (specs.length > 0 && set.content === 'image')
      throw new OptionError('augment', 'changes recordings of events; these are pictures.')
    // recordings are changed before they are counted, so every epoch counts anew
    const bank = await inMemory(bankOf(set, records, shape.record, specs), memory, open)
    return { parts: await streamedParts(set, shape, bank, runner, identity), set, shape, recording }
  }
  const bank = bankOf(set, records, shape.record)
  const size = shape.timeSteps * shape.height * shape.width * shape.channels
  if (size * set.facts.labels.length <= memory) {
    const values = await valuesInMemory(bank, size, runner, options)
    return { parts: memoryParts(set, shape, values), set, shape, recording }
  }
  const values = set.content === 'image' ? bank : await countedOnDisk(source, key, choice, bank, set, options)
  return { parts: await streamedParts(set, shape, values, runner, identity), set, shape, recording }
}

/** What of a set's entry decides its records. */
const readingIdentity = ({ layouts, sensor, window, side, format, records }: TreeReading): unknown => [
  storedVersion,
  layouts.map(({ name }) => name),
  sensor,
  window,
  side,
  format,
  records,
]

/** To be raised when the same files become other records. */
const storedVersion = 1

function decodeSettings(listing: SampleListing, reading: TreeReading, { window, side }: TreeOptions): DecodeSettings {
  const milliseconds = window ?? reading.window ?? listing.window ?? null
  if (milliseconds !== null && !(milliseconds >= 0.001 && milliseconds <= 4_294_967))
    throw new OptionError('window', `must be from 0.001 to 4294967 milliseconds; got ${milliseconds}.`)
  return {
    kind: listing.kind,
    pictureSide: listing.kind === 'image' ? (side ?? reading.side) : null,
    sensor: reading.sensor,
    window: milliseconds === null ? null : Math.round(milliseconds * 1000),
    ...(reading.format !== undefined && { format: reading.format }),
    ...(reading.records !== undefined && { records: reading.records }),
  }
}

async function readFiles(
  { reading, tree, open, runner, cache }: TreeSource,
  key: string,
  options: TreeOptions,
): Promise<KeptSamples> {
  const { memory = defaultMemory, onLoad, signal } = options
  const files = await tree.open()
  const listing = await listTree(reading, files, open)
  const writer = await cache?.create(key)
  const sink = writer ?? new MemorySink(memory)
  try {
    const set = await prepareSet(listing, files, {
      settings: decodeSettings(listing, reading, options),
      runner,
      sink,
      onProgress: (done, total) => onLoad?.({ stage: 'reading', done, total }),
      ...(signal && { signal }),
    })
    return sink instanceof MemorySink ? { set, records: sink.finish() } : await (sink as CacheWriter).finish(set)
  } finally {
    await writer?.abandon()
  }
}

async function readRecording({ set, records }: KeptSamples, sample: number, open: OpenPlace) {
  if (set.content === 'image') return null
  const opened = await openRecords(records, open)
  try {
    const { width, height, facts } = set
    return decodeRecording(await opened.read(sample), { width, height, duration: facts.durations[sample] ?? 1 })
  } finally {
    await opened.close()
  }
}

/** A bank whose records lie in memory if they fit: then reading a sample costs nothing. */
async function inMemory(bank: Bank, memory: number, open: OpenPlace): Promise<Bank> {
  const { records } = bank
  let size = 0
  for (let i = 0; i < records.ends.length; i++) size += (records.ends[i] as number) - (records.starts[i] as number)
  if (records.bytes instanceof Uint8Array || size > memory) return bank
  const opened = await openRecords(records, open)
  try {
    const sink = new MemorySink(memory)
    for (let i = 0; i < opened.count; i++) await sink.append(await opened.read(i))
    return { ...bank, records: sink.finish() }
  } finally {
    await opened.close()
  }
}

async function valuesInMemory(
  bank: Bank,
  size: number,
  runner: JobRunner,
  { onLoad }: TreeOptions,
): Promise<Uint8Array> {
  const total = bank.records.ends.length
  const values = new Uint8Array(total * size)
  let at = 0
  const sink: RecordSink = {
    append: async (bytes) => {
      values.set(bytes, at)
      at += bytes.length
    },
  }
  await materialise(bank, runner, sink, (done) => onLoad?.({ stage: 'counting', done, total }))
  return values
}

/** Frames of every sample in a file of the cache; without a cache they are counted whenever they are needed. */
async function countedOnDisk(
  { cache, runner }: TreeSource,
  key: string,
  choice: FrameChoice,
  bank: Bank,
  set: PreparedSet,
  { onLoad }: TreeOptions,
): Promise<Bank> {
  if (!cache) return bank
  const countedKey = JSON.stringify([key, choice])
  const found = await cache.find(countedKey)
  if (found) return bankOf(set, found.records, { kind: 'values' })
  const writer = await cache.create(countedKey)
  const total = bank.records.ends.length
  try {
    await materialise(bank, runner, writer, (done) => onLoad?.({ stage: 'counting', done, total }))
    return bankOf(set, (await writer.finish(set)).records, { kind: 'values' })
  } finally {
    await writer.abandon()
  }
}
