/** Training-free fitness on the GPU: spike patterns of an untrained network, compared between samples (sheet 00, section 4). */
import type { Batch } from '../datasets/types.js'
import { GenomeError, LimitError } from '../errors.js'
import { type ActivationStorage, storeHalves } from '../graph/halves.js'
import { Program } from '../graph/program.js'
import { weightSeed } from '../nn/memory.js'
import { Model } from '../nn/model.js'
import type { SpikeRecord } from '../nn/scope.js'
import { columnGroups, traceColumnPairs, traceSharedSpikes } from '../ops/dissimilarity.js'
import { neuronsOf, shapeOf, wordsOf } from '../ops/op.js'
import type { Gpu } from '../runtime/gpu.js'
import { workOf } from './energy.js'
import { IndicatorAccumulator } from './indicators.js'
import { traceArchitecture } from './network.js'
import { meanAndStandardError } from './statistics.js'
import type { ArchitectureSpec, GenomeEvaluator, GenomeOutcome, IndicatorName, Score } from './types.js'

export interface FitnessOptions {
  readonly timeSteps: number
  /** The same batches for all genomes. */
  readonly batches: readonly Batch[]
  readonly indicators: readonly IndicatorName[]
  readonly seed: number
  /** Independent draws of the weights for each genome. */
  readonly weightSeeds: number
  /** How currents are stored; default `f32`. */
  readonly activations?: ActivationStorage
  /** Identity of the data, for the cache. */
  readonly dataFingerprint: string
  /** Version of the kernels that can change a score, for the cache. */
  readonly kernelVersion: string
}

const indicatorsWithoutPairs: readonly IndicatorName[] = ['manhattanSum', 'hammingMean']

/** Counts of one record (population and step), as read from the GPU. */
interface RecordCounts {
  readonly record: SpikeRecord
  readonly neurons: number
  /** Per step: spikes in all samples, sum of 2c(B-c), per-sample counts, shared spikes. */
  readonly steps: readonly {
    ones: number
    columnPairs: number
    perSample: Uint32Array | null
    shared: Uint32Array | null
  }[]
}

export class GpuEvaluator implements GenomeEvaluator {
  readonly identity: Readonly<Record<string, string | number | boolean>>
  private readonly gpu: Gpu
  private readonly options: FitnessOptions
  private readonly pairwise: boolean

  constructor(gpu: Gpu, options: FitnessOptions) {
    this.gpu = gpu
    this.options = options
    this.pairwise = options.indicators.some((name) => !indicatorsWithoutPairs.includes(name))
    const [batch] = options.batches
    if (!batch) throw new LimitError('fitness', 'at least one batch is needed.')
    this.identity = {
      activations: options.activations ?? 'f32',
      adapter: gpu.name,
      batch: batch.batch,
      batches: options.batches.length,
      data: options.dataFingerprint,
      indicators: [...options.indicators].sort().join(' '),
      kernels: options.kernelVersion,
      tuning: gpu.variants.identity,
      seed: options.seed,
      timeSteps: options.timeSteps,
      weightSeeds: options.weightSeeds,
    }
  }

  async evaluate(architecture: ArchitectureSpec): Promise<GenomeOutcome> {
    try {
      return await this.score(architecture)
    } catch (error) {
      if (error instanceof GenomeError) return { status: 'failed', kind: 'unbuildable', reason: error.message }
      if (error instanceof LimitError) return { status: 'failed', kind: 'out-of-memory', reason: error.message }
      throw error
    }
  }

  private async score(architecture: ArchitectureSpec): Promise<GenomeOutcome> {
    const { options } = this
    const [firstBatch] = options.batches
    if (!firstBatch) throw new LimitError('fitness', 'at least one batch is needed.')
    const { space } = architecture
    let silentPopulations: readonly { neurons: number; count: number }[] = []
    const model = new Model(this.gpu, {
      layer: (scope, input) => {
        const { logits, silent } = traceArchitecture(scope, architecture, input, { skipSilent: true })
        silentPopulations = silent
        return logits
      },
      input: { height: space.side, width: space.side, channels: space.inputChannels, perStep: space.event },
      classes: space.classes,
      timeSteps: options.timeSteps,
      statistics: 'perStep',
      architecture: architecture.key,
    })
    const traced = model.trace({ batch: firstBatch.batch, mode: 'train', dropPathSeed: null, runningAverages: false })
    const slots: string[] = []
    traced.records.forEach((record, index) => {
      traceColumnPairs(traced.graph, record.spikes, `columns${index}`)
      slots.push(`columns${index}`)
      if (!this.pairwise) return
      traceSharedSpikes(traced.graph, record.spikes, `shared${index}`)
      slots.push(`shared${index}`)
    })
    let program: Program | null = null
    const scores = new Map<IndicatorName, number[]>()
    const work: { operations: number; energy: number; rate: number; headSpikes: number }[] = []
    try {
      if (options.activations === 'f16') storeHalves(traced.graph)
      program = await Program.compile(this.gpu, traced.graph, model.memory, { name: 'fitness' })
      for (let repeat = 0; repeat < options.weightSeeds; repeat++) {
        await model.memory.initialize(weightSeed(options.seed, architecture.key, repeat))
        for (const batch of options.batches) {
          program.write('input', batch.input)
          program.run()
          const counts = collect(traced.records, await program.readManyWords(slots), batch.batch, this.pairwise)
          const result = indicatorsOf(counts, silentPopulations, batch.batch, options.timeSteps, options.indicators)
          for (const name of options.indicators) {
            const list = scores.get(name) ?? []
            list.push(result[name] ?? Number.NaN)
            scores.set(name, list)
          }
          work.push(this.workOf(traced.convolutions, counts, batch.batch))
        }
      }
    } finally {
      program?.release()
      model.release()
    }
    if (work.every((one) => one.headSpikes === 0)) {
      return {
        status: 'failed',
        kind: 'silent',
        reason: 'no neuron of the last population fires for any sample: the read-out would see nothing',
      }
    }
    const average = (pick: (one: (typeof work)[number]) => number) =>
      work.reduce((sum, one) => sum + pick(one), 0) / work.length
    return {
      status: 'scored',
      indicators: Object.fromEntries([...scores].map(([name, values]) => [name, toScore(values)])),
      parameters: architecture.parameters,
      macsPerStep: architecture.macsPerStep,
      lifPopulations: architecture.lifPopulations,
      synapticOperations: average((one) => one.operations),
      energyPicojoules: average((one) => one.energy),
      firingRate: average((one) => one.rate),
    }
  }

  private workOf(
    convolutions: readonly { macs: number; source: SpikeRecord['spikes'] | null; constant: boolean }[],
    counts: readonly RecordCounts[],
    batch: number,
  ) {
    const { timeSteps } = this.options
    const rates = new Map(
      counts.map((count) => [
        count.record.spikes,
        count.steps.reduce((sum, step) => sum + step.ones, 0) / (batch * timeSteps * count.neurons),
      ]),
    )
    const { synapticOperations, energyPicojoules } = workOf(
      convolutions.map(({ macs, source, constant }) => ({
        macs,
        constant,
        rate: source ? (rates.get(source) ?? 0) : null,
      })),
      timeSteps,
    )
    const neurons = counts.reduce((sum, count) => sum + count.neurons * count.record.multiplicity, 0)
    const spikes = counts.reduce(
      (sum, count) => sum + count.record.multiplicity * count.steps.reduce((ones, step) => ones + step.ones, 0),
      0,
    )
    const head = counts.find((count) => count.record.path === 'head')
    return {
      operations: synapticOperations,
      energy: energyPicojoules,
      rate: spikes / (neurons * batch * timeSteps),
      headSpikes: head ? head.steps.reduce((sum, step) => sum + step.ones, 0) : 1,
    }
  }
}

function toScore(values: readonly number[]): Score {
  const { mean, standardError } = meanAndStandardError(values)
  return {
    mean: Number.isFinite(mean) ? mean : null,
    standardError: standardError !== null && Number.isFinite(standardError) ? standardError : null,
  }
}

function collect(
  records: readonly SpikeRecord[],
  slots: readonly Uint32Array[],
  batch: number,
  pairwise: boolean,
): RecordCounts[] {
  return records.map((record, index) => {
    const shape = shapeOf(record.spikes)
    const groups = columnGroups(wordsOf(shape))
    const columns = slots[pairwise ? 2 * index : index] as Uint32Array
    const shared = pairwise ? (slots[2 * index + 1] as Uint32Array) : null
    const steps = Array.from({ length: shape.steps }, (_, t) => {
      let columnPairs = 0
      let ones = 0
      for (let g = t * groups; g < (t + 1) * groups; g++) {
        columnPairs += columns[2 * g] as number
        ones += columns[2 * g + 1] as number
      }
      const matrix = shared ? shared.subarray(t * batch * batch, (t + 1) * batch * batch) : null
      const perSample = matrix ? Uint32Array.from({ length: batch }, (_, i) => matrix[i * batch + i] as number) : null
      return { ones, columnPairs, perSample, shared: matrix }
    })
    return { record, neurons: neuronsOf(shape), steps }
  })
}

function indicatorsOf(
  counts: readonly RecordCounts[],
  silent: readonly { neurons: number; count: number }[],
  batch: number,
  timeSteps: number,
  names: readonly IndicatorName[],
): Partial<Record<IndicatorName, number>> {
  const accumulator = new IndicatorAccumulator(batch, names)
  const zeros = new Uint32Array(batch)
  const noPairs = new Uint32Array(batch * batch)
  for (const { record, neurons, steps } of counts) {
    for (const step of steps) {
      accumulator.add({
        neurons,
        multiplicity: record.multiplicity,
        ones: step.perSample ?? zeros,
        columnPairs: step.columnPairs,
        ...(step.shared ? { shared: step.shared } : {}),
      })
    }
  }
  for (const { neurons, count } of silent) {
    accumulator.add({ neurons, multiplicity: count * timeSteps, ones: zeros, columnPairs: 0, shared: noPairs })
  }
  return accumulator.result()
}
