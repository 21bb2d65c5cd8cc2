/** The work that is spread over threads, and who does it where there are none. */
import type { Draw } from '../types.js'
import { type DecodedFile, type DecodeSettings, decodeFiles, type FileJob } from './decode-files.js'
import type { OpenPlace } from './file-tree.js'
import { type Recipe, SampleMaker } from './recipe.js'
import { openRecords, type Records, type RecordsPlace } from './records.js'

/** Records and what becomes of them, under a name that later jobs give. */
export interface Bank {
  readonly records: RecordsPlace
  /** `[N]`, µs of each recording; empty for pictures. */
  readonly durations: Uint32Array
  readonly recipe: Recipe
}

/** Plain data in, plain data out: what can be sent to a thread. */
export interface Jobs {
  /** Reads files whole. */
  decode: { readonly job: DecodeJob; readonly result: readonly DecodedFile[] }
  /** Makes samples of an attached bank. */
  make: { readonly job: MakeJob; readonly result: readonly Uint8Array[] }
}

export interface DecodeJob {
  readonly files: readonly FileJob[]
  readonly settings: DecodeSettings
}

export interface MakeJob {
  readonly bank: number
  readonly samples: Uint32Array
  readonly draw: Draw | null
  /** Values `[T, H, W, C]`, or events that are still to be counted, as `packSample` packs them. */
  readonly as: 'values' | 'events'
}

export type JobKind = keyof Jobs

/** Who does jobs: this thread or others. */
export interface JobRunner {
  /** How many jobs are worked on at once. */
  readonly lanes: number
  run<K extends JobKind>(kind: K, job: Jobs[K]['job']): Promise<Jobs[K]['result']>
  /** Makes a bank known to all who work; `make` jobs name it by the number. */
  attach(bank: Bank): Promise<number>
  /** Forgets a bank. */
  detach(bank: number): Promise<void>
  close(): Promise<void>
}

/** Does jobs on the thread that it lives on. */
export class JobServer {
  private readonly banks = new Map<
    number,
    { readonly bank: Bank; readonly records: Records; readonly maker: SampleMaker }
  >()

  constructor(private readonly open: OpenPlace) {}

  async run<K extends JobKind>(kind: K, job: Jobs[K]['job']): Promise<Jobs[K]['result']> {
    return kind === 'decode'
      ? await decodeFiles((job as DecodeJob).files, (job as DecodeJob).settings, this.open)
      : await this.make(job as MakeJob)
  }

  private async make({ bank: number, samples, draw, as }: MakeJob): Promise<readonly Uint8Array[]> {
    const attached = this.banks.get(number)
    if (!attached) throw new TypeError(`no bank ${number} is attached`)
    const { bank, records, maker } = attached
    const made: Uint8Array[] = []
    for (const sample of samples) {
      const bytes = await records.read(sample)
      const duration = bank.durations[sample] ?? 0
      made.push(as === 'values' ? maker.make(bytes, duration, sample, draw) : maker.pack(bytes, duration, sample, draw))
    }
    return made
  }

  async attach(number: number, bank: Bank): Promise<void> {
    const records = await openRecords(bank.records, this.open)
    this.banks.set(number, { bank, records, maker: new SampleMaker(bank.recipe) })
  }

  async detach(number: number): Promise<void> {
    await this.banks.get(number)?.records.close()
    this.banks.delete(number)
  }
}

/** Does all jobs on this thread, one after the other. */
export function inlineRunner(open: OpenPlace): JobRunner {
  const server = new JobServer(open)
  const attached = new Set<number>()
  return {
    lanes: 1,
    run: (kind, job) => server.run(kind, job),
    async attach(bank) {
      const number = attached.size === 0 ? 0 : Math.max(...attached) + 1
      attached.add(number)
      await server.attach(number, bank)
      return number
    },
    async detach(number) {
      attached.delete(number)
      await server.detach(number)
    },
    async close() {
      for (const number of attached) await server.detach(number)
      attached.clear()
    },
  }
}

/** Memory of a result that can be handed over instead of copied: what no one else looks at. */
export function transferable(result: unknown): readonly ArrayBuffer[] {
  const found = new Set<ArrayBuffer>()
  const take = (bytes: Uint8Array) => {
    // shared memory is not handed over, and a part of something larger belongs to others too
    if (bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength) found.add(bytes.buffer)
  }
  if (!Array.isArray(result)) return []
  for (const item of result as readonly (Uint8Array | DecodedFile)[]) {
    if (item instanceof Uint8Array) take(item)
    else for (const { bytes } of item.samples) take(bytes)
  }
  return [...found]
}
