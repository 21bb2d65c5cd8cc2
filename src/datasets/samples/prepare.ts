/** Reads all files of a set once, in order, on as many threads as there are. */
import { DatasetError, InterruptedError } from '../../errors.js'
import type { ReaderWarning } from '../events/event-reader.js'
import type { SensorSize } from '../events/recording.js'
import { labelArray } from '../splits.js'
import type { DecodedFile, DecodeSettings, FileJob } from './decode-files.js'
import type { FileTree } from './file-tree.js'
import type { JobRunner } from './jobs.js'
import { type PreparedSet, partsInOrder, type SampleFacts } from './sample-facts.js'
import type { SampleFile, SampleListing } from './sample-file.js'

/** Takes the samples' bytes, in order. */
export interface RecordSink {
  append(bytes: Uint8Array): Promise<void>
}

export interface PrepareOptions {
  readonly settings: DecodeSettings
  readonly runner: JobRunner
  readonly sink: RecordSink
  /** Told after each file. */
  onProgress?(files: number, of: number): void
  readonly signal?: AbortSignal
}

/** Files are given to a thread together up to so many bytes and so many files. */
const jobBytes = 4 * 1024 * 1024
const jobFiles = 64
/** Different warnings that are kept; the rest are counted. */
const mostNotes = 20

/**
 * Reads a set's files and hands their samples to the sink. Order and result do not depend on the number of threads.
 *
 * @throws FileFormatError, DatasetError naming the file that is wrong
 * @throws InterruptedError when `signal` stops it
 */
export async function prepareSet(
  listing: SampleListing,
  tree: FileTree,
  { settings, runner, sink, onProgress, signal }: PrepareOptions,
): Promise<PreparedSet> {
  const sizes = new Map(tree.files.map(({ path, size }) => [path, size]))
  // parts one behind the other, so that each lies in one piece
  const inOrder = partsInOrder.flatMap((part) => listing.files.filter((file) => file.part === part))
  const jobs = grouped(inOrder.map((file) => ({ file, place: tree.place(file.path), size: sizes.get(file.path) ?? 0 })))
  const columns = new FactColumns(listing)
  const running: Promise<readonly DecodedFile[]>[] = []
  let started = 0
  let files = 0
  try {
    for (const job of jobs) {
      if (signal?.aborted) throw new InterruptedError('reading', 'was stopped.', 'Run the same command again.')
      for (; started < jobs.length && running.length < 2 * runner.lanes; started++) {
        const next = jobs[started] as (typeof jobs)[number]
        const work = runner.run('decode', { files: next, settings })
        work.catch(() => undefined)
        running.push(work)
      }
      const decoded = await (running.shift() as (typeof running)[number])
      for (const [i, { file }] of job.entries()) {
        let one = decoded[i] as DecodedFile
        for (let from = 0; ; ) {
          columns.add(file, one)
          for (const { bytes } of one.samples) await sink.append(bytes)
          from += one.samples.length
          if (!one.more) break
          if (signal?.aborted) throw new InterruptedError('reading', 'was stopped.', 'Run the same command again.')
          const rest = { ...file, cut: { kind: 'records', from } as const }
          const [next] = await runner.run('decode', { files: [{ file: rest, place: tree.place(file.path) }], settings })
          one = next as DecodedFile
        }
      }
      files += job.length
      onProgress?.(files, listing.files.length)
    }
  } finally {
    // what is still being read is of no use any more, but must end before the runner does
    await Promise.allSettled(running)
  }
  return columns.finish(settings)
}

function grouped(files: readonly (FileJob & { readonly size: number })[]): readonly (readonly FileJob[])[] {
  const jobs: FileJob[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const { file, place, size } of files) {
    if (bytes + size > jobBytes || (jobs.at(-1)?.length ?? jobFiles) >= jobFiles) {
      jobs.push([])
      bytes = 0
    }
    jobs.at(-1)?.push({ file, place })
    bytes += size
  }
  return jobs
}

/** Gathers the facts of samples as they come. */
class FactColumns {
  private readonly labels: number[] = []
  private readonly parts: number[] = []
  private readonly recordings: number[] = []
  private readonly events: number[] = []
  private readonly on: number[] = []
  private readonly durations: number[] = []
  private readonly digests: Uint8Array[] = []
  private readonly recordingNumbers = new Map<string, number>()
  private readonly warnings = new Map<string, { message: string; files: number; count: number }>()
  private size: SensorSize = { width: 1, height: 1 }
  private channels: number | null = null
  private classes: readonly string[] | null = null

  constructor(private readonly listing: SampleListing) {}

  add({ path, recording, part }: SampleFile, file: DecodedFile): void {
    const number = this.recordingNumbers.get(recording) ?? this.recordingNumbers.size
    this.recordingNumbers.set(recording, number)
    const { width, height } = this.size
    if (this.listing.kind === 'image') this.requireSameSize(file)
    this.size = { width: Math.max(width, file.width), height: Math.max(height, file.height) }
    this.channels ??= file.channels
    // a file names its classes better than a list that was made without it
    if (file.classes?.length === this.listing.classes.length) this.classes ??= file.classes
    for (const sample of file.samples) {
      if (sample.label >= this.listing.classes.length)
        throw new DatasetError(path, `labels must be below ${this.listing.classes.length}; one is ${sample.label}.`)
      this.labels.push(sample.label)
      this.parts.push(partsInOrder.indexOf(part))
      this.recordings.push(sample.recording ?? number)
      this.events.push(sample.events)
      this.on.push(sample.on)
      this.durations.push(sample.duration)
      this.digests.push(sample.digest)
    }
    for (const warning of file.warnings) this.warn(path, warning)
  }

  /** Pictures of a set must be alike. @throws DatasetError */
  private requireSameSize({ width, height, channels }: DecodedFile): void {
    if (
      this.channels === null ||
      (width === this.size.width && height === this.size.height && channels === this.channels)
    )
      return
    throw new DatasetError(
      'pictures',
      `must be of one size and all grey or all coloured; there are ${this.size.width} x ${this.size.height} x ${this.channels}` +
        ` and ${width} x ${height} x ${channels}.`,
      'Give --side to cut and scale them to a square; convert what has another number of colours.',
    )
  }

  private warn(path: string, { kind, message, count }: ReaderWarning): void {
    const known = this.warnings.get(kind)
    if (known) {
      known.files++
      known.count += count
    } else this.warnings.set(kind, { message: `${path}: ${message}`, files: 1, count })
  }

  async finish({ sensor }: DecodeSettings): Promise<PreparedSet> {
    const { listing } = this
    const facts: SampleFacts = {
      labels: labelArray(listing.classes.length, this.labels),
      parts: Uint8Array.from(this.parts),
      recordings: Uint32Array.from(this.recordings),
      events: Uint32Array.from(this.events),
      on: Uint32Array.from(this.on),
      durations: Uint32Array.from(this.durations),
    }
    if (this.labels.length === 0) throw new DatasetError('data set', 'has no sample.', 'Check its files.')
    const { width, height } = sensor ?? this.size
    const notes = [...listing.notes, ...[...this.warnings.values()].slice(0, mostNotes).map(warningText)]
    const { kind: content, split } = listing
    const classes = this.classes ?? listing.classes
    const channels = this.channels ?? 1
    const head = JSON.stringify({ content, classes, width, height, channels })
    const identity = await identityOf(head, facts, this.digests)
    return { content, classes, width, height, channels, facts, identity, split, notes }
  }
}

const warningText = ({ message, files, count }: { message: string; files: number; count: number }): string =>
  files === 1 ? message : `${message} In all, ${files} files have something of this kind, ${count} times.`

async function identityOf(head: string, facts: SampleFacts, digests: readonly Uint8Array[]): Promise<string> {
  const columns = Object.values(facts) as readonly (Uint8Array | Uint16Array | Uint32Array)[]
  const parts = [
    new TextEncoder().encode(head),
    ...columns.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
    ...digests,
  ]
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
