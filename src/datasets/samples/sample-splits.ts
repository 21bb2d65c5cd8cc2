/** Prepared samples as splits: in memory where they fit, else streamed. */

import type { TransformSpec } from '../augmentation/transform.js'
import type { OfficialParts } from '../splits.js'
import type { Draw, MemorySplit, Split, StreamedSplit } from '../types.js'
import type { SampleShape } from './frame-choice.js'
import type { Bank, JobRunner, MakeJob } from './jobs.js'
import type { RecordSink } from './prepare.js'
import type { RecordKind } from './recipe.js'
import type { RecordsPlace } from './records.js'
import { type PreparedSet, samplesOf } from './sample-facts.js'

/** Samples made together by one job. */
const jobSamples = 32

export const bankOf = (
  set: PreparedSet,
  records: RecordsPlace,
  record: RecordKind,
  transforms: readonly TransformSpec[] = [],
): Bank => ({ records, durations: set.facts.durations, recipe: { record, transforms } })

/**
 * Makes every sample of a bank once, in order, as values `[T, H, W, C]` of 8 bits.
 * @param onProgress told how many samples are done
 */
export async function materialise(
  bank: Bank,
  runner: JobRunner,
  sink: RecordSink,
  onProgress: (done: number) => void = () => {},
): Promise<void> {
  const count = bank.records.ends.length
  const number = await runner.attach(bank)
  const running: Promise<readonly Uint8Array[]>[] = []
  let asked = 0
  try {
    for (let done = 0; done < count; ) {
      for (; asked < count && running.length < 2 * runner.lanes; asked += jobSamples) {
        const samples = range(asked, Math.min(count, asked + jobSamples))
        const work = runner.run('make', { bank: number, samples, draw: null, as: 'values' })
        work.catch(() => undefined)
        running.push(work)
      }
      const made = await (running.shift() as (typeof running)[number])
      for (const values of made) await sink.append(values)
      done += made.length
      onProgress(done)
    }
  } finally {
    await Promise.allSettled(running)
    await runner.detach(number)
  }
}

const range = (from: number, to: number): Uint32Array => Uint32Array.from({ length: to - from }, (_, i) => from + i)

/** The parts of a set, each made by `make` from the indices of its samples. */
function partsOf<S extends Split>(set: PreparedSet, make: (samples: Uint32Array) => S): OfficialParts<S> {
  const validation = samplesOf(set.facts, 'validation')
  return {
    train: make(samplesOf(set.facts, 'train')),
    test: make(samplesOf(set.facts, 'test')),
    ...(validation.length > 0 && { validation: make(validation) }),
  }
}

/** Samples whose values lie one behind the other in memory; parts share it. */
export function memoryParts(set: PreparedSet, shape: SampleShape, values: Uint8Array): OfficialParts<MemorySplit> {
  const { timeSteps, height, width, channels } = shape
  const size = timeSteps * height * width * channels
  return partsOf(set, (samples) => {
    // parts were read one behind the other
    const [first = 0] = samples
    const own = values.subarray(first * size, (first + samples.length) * size)
    const facts = { ...factsOf(set, samples), height, width, channels }
    return set.content === 'image'
      ? { kind: 'image', ...facts, pixels: own }
      : { kind: 'event', ...facts, timeSteps, counts: own }
  })
}

function factsOf({ facts }: PreparedSet, samples: Uint32Array) {
  const [first = 0] = samples
  const end = first + samples.length
  const recordings = facts.recordings.slice(first, end)
  const cut = new Set(recordings).size < recordings.length
  return { count: samples.length, labels: facts.labels.slice(first, end), ...(cut && { recordings }) }
}

/** Samples that the runner makes when they are asked for. The bank stays attached until the runner is closed. */
export async function streamedParts(
  set: PreparedSet,
  shape: SampleShape,
  bank: Bank,
  runner: JobRunner,
  identity: string,
): Promise<OfficialParts<StreamedSplit>> {
  const number = await runner.attach(bank)
  const { timeSteps, height, width, channels } = shape
  const { record } = bank.recipe
  return partsOf(set, (samples): StreamedSplit => {
    const read = (as: MakeJob['as'], wanted: Uint32Array, draw: Draw | null) => {
      const own = wanted.map((sample) => samples[sample] as number)
      return readSpread(runner, { bank: number, samples: own, draw, as })
    }
    const split: StreamedSplit = {
      kind: 'streamed',
      content: set.content,
      ...factsOf(set, samples),
      timeSteps,
      height,
      width,
      channels,
      identity,
      selection: samples,
      read: (wanted, draw) => read('values', wanted, draw),
      ...(record.kind === 'events' && {
        events: {
          byIndex: record.frames.by === 'count',
          most: samples.map((sample) => set.facts.events[sample] as number),
          read: async (wanted, draw) =>
            (await read('events', wanted, draw)).map(
              ({ buffer, byteOffset, byteLength }) => new Uint32Array(buffer, byteOffset, byteLength / 4),
            ),
        },
      }),
    }
    return split
  })
}

/** A batch is spread over the threads; its samples come back in order. */
async function readSpread(runner: JobRunner, job: MakeJob): Promise<readonly Uint8Array[]> {
  const { samples } = job
  const share = Math.max(1, Math.ceil(samples.length / runner.lanes))
  const work: Promise<readonly Uint8Array[]>[] = []
  for (let from = 0; from < samples.length; from += share) {
    work.push(runner.run('make', { ...job, samples: samples.slice(from, from + share) }))
  }
  return (await Promise.all(work)).flat()
}
