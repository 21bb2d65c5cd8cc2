/** The main job: search, train the winner, compare it, and gather everything a report shows. */
import { fixedSamples, loadFixedBatch } from '../datasets/batches.js'
import type { Dataset } from '../datasets/types.js'
import { GenomeError, OptionError } from '../errors.js'
import type { CheckpointStore, TrainingEvent, TrainingResult } from '../learning/trainer.js'
import { checkTrainingOptions } from '../learning/training-options.js'
import { type GenomeOptions, geneBounds } from '../nas/genome.js'
import { GpuEvaluator } from '../nas/gpu-evaluator.js'
import type { Individual } from '../nas/individual.js'
import type { Ledger } from '../nas/ledger.js'
import { uniformGenome } from '../nas/operators.js'
import { runSearch, type SearchResult } from '../nas/search.js'
import type { SearchEvent } from '../nas/search-events.js'
import type { ArchitectureSpec } from '../nas/types.js'
import type { Model } from '../nn/model.js'
import type { Gpu } from '../runtime/gpu.js'
import { kernelVersion } from '../runtime/kernel-version.js'
import { deriveSeed, RandomSequence, RandomStream } from '../runtime/philox.js'
import { type Inspection, inspectModel } from './inspect.js'
import { architectureOf, type DataShape, dataShape, handMadeModel, modelOf, searchSpaceOf } from './network.js'
import type { SearchSettings } from './settings.js'
import {
  evaluateNetwork,
  type NetworkEvaluation,
  networkMetadata,
  trainingOptions,
  trainNetwork,
} from './train-network.js'

export type ComparisonKind = 'winner' | 'random genome' | 'hand-made network'

/** What a run is doing now. */
export type RunEvent =
  | { readonly kind: 'search'; readonly event: SearchEvent }
  | {
      readonly kind: 'training'
      readonly network: ComparisonKind
      readonly seed: number
      readonly event: TrainingEvent
    }
  | { readonly kind: 'evaluation'; readonly network: ComparisonKind; readonly done: number; readonly total: number }
  | { readonly kind: 'message'; readonly text: string }

/** Where parts of a run are kept, by name, so that it can be resumed; a host gives files. */
export interface RunStore {
  readonly ledger: Ledger
  checkpoint(name: string): CheckpointStore
  /** A finished part, or null. */
  loadPart(name: string): unknown
  /** Must be durable when it returns. */
  savePart(name: string, value: unknown): void
}

export interface TrainedNetwork {
  readonly kind: ComparisonKind
  readonly seed: number
  readonly parameters: number
  readonly training: TrainingResult
  readonly evaluation: NetworkEvaluation
  readonly inspection: Inspection | null
}

export interface SearchRunResult {
  readonly search: SearchResult
  readonly searchSeconds: number
  readonly winner: ArchitectureSpec
  readonly winnerGenome: readonly number[]
  /** The winner with the first seed comes first. */
  readonly networks: readonly TrainedNetwork[]
}

export interface SearchRunOptions {
  readonly gpu: Gpu
  readonly dataset: Dataset
  readonly settings: SearchSettings
  readonly store: RunStore
  readonly signal?: AbortSignal
  readonly onEvent?: (event: RunEvent) => void
}

export const genomeOptions = ({ network }: Pick<SearchSettings, 'network'>): GenomeOptions => ({
  ...(network.motifs ? { motifs: network.motifs } : {}),
  ...(network.cellTypes ? { cellTypes: network.cellTypes } : {}),
})

/** The evaluator of a search: fixed batches of the training split, the same for all genomes. */
export async function evaluatorOf(
  gpu: Gpu,
  dataset: Dataset,
  settings: SearchSettings,
  shape: DataShape,
  indicators = [settings.fitness.indicator],
): Promise<GpuEvaluator> {
  const { fitness, seed } = settings
  const batches = await Promise.all(
    Array.from({ length: fitness.batches }, (_, index) =>
      loadFixedBatch(dataset.train, { ...shape.layout, batch: fitness.batch, seed, index }),
    ),
  )
  return new GpuEvaluator(gpu, {
    timeSteps: shape.timeSteps,
    batches,
    indicators,
    seed,
    weightSeeds: fitness.weightSeeds,
    activations: fitness.activations,
    dataFingerprint: dataset.fingerprint,
    kernelVersion,
  })
}

/**
 * What must hold between data and settings, to be asked before anything is computed or written: a training that cannot
 * start must not come to light only after the search.
 * @throws OptionError
 */
export function checkRun(dataset: Dataset, settings: SearchSettings): void {
  const { train } = dataset
  const { fitness, training, seed } = settings
  if (fitness.batch > train.count)
    throw new OptionError(
      'fitness.batch',
      `must be at most the ${train.count} training samples; got ${fitness.batch}.`,
      'Use a smaller --fitness-batch.',
    )
  checkTrainingOptions(trainingOptions(training, dataShape(dataset, settings.network), seed), train)
}

/** Searches and trains; a run whose parts are in the store goes on where it stopped. */
export async function runSearchExperiment(options: SearchRunOptions): Promise<SearchRunResult> {
  const { gpu, dataset, settings, store, signal } = options
  const shape = dataShape(dataset, settings.network)
  const { evolution } = settings
  checkRun(dataset, settings)
  const started = performance.now()
  const search = await runSearch({
    space: searchSpaceOf(shape, settings.network),
    evaluator: await evaluatorOf(gpu, dataset, settings, shape),
    ledger: store.ledger,
    genes: genomeOptions(settings),
    seed: settings.seed,
    population: evolution.population,
    offspring: evolution.offspring,
    generations: evolution.generations,
    objectives: evolution.objectives,
    indicator: settings.fitness.indicator,
    mutation: evolution.mutation,
    baseline: evolution.baseline,
    onEvent: (event) => options.onEvent?.({ kind: 'search', event }),
    ...(signal ? { signal } : {}),
  })
  const seconds = (performance.now() - started) / 1000
  const earlier = store.loadPart('search-seconds')
  const searchSeconds = Math.max(seconds, typeof earlier === 'number' ? earlier : 0)
  store.savePart('search-seconds', searchSeconds)
  const { best } = search.evolution
  if (!best) throw new GenomeError('search', 'no genome could be scored.', firstFailure(search.evolution.individuals))
  const winner = architectureOf(best.genome, shape, settings.network)
  const networks: TrainedNetwork[] = []
  for (const job of comparisonJobs(options, winner, shape)) networks.push(await trainOne(options, job, shape))
  return { search, searchSeconds, winner, winnerGenome: best.genome, networks }
}

const firstFailure = (individuals: readonly Individual[]): string =>
  `The first failure was: ${individuals.find((each) => each.failure)?.failure ?? 'unknown'}`

interface Job {
  readonly kind: ComparisonKind
  readonly seed: number
  readonly parameters: number
  /** Null for the hand-made network, which has none. */
  readonly genome: readonly number[] | null
  readonly makeModel: () => Model
}

function comparisonJobs({ gpu, settings }: SearchRunOptions, winner: ArchitectureSpec, shape: DataShape): Job[] {
  const { statistics } = settings.training
  const jobs: Job[] = []
  for (let k = 0; k < Math.max(1, settings.comparison.seeds); k++) {
    const seed = settings.seed + k
    jobs.push({
      kind: 'winner',
      seed,
      parameters: winner.parameters,
      genome: winner.genome,
      makeModel: () => modelOf(gpu, winner, shape, statistics),
    })
    if (settings.comparison.seeds === 0) continue
    const random = randomArchitecture(settings, shape, k)
    jobs.push({
      kind: 'random genome',
      seed,
      parameters: random.parameters,
      genome: random.genome,
      makeModel: () => modelOf(gpu, random, shape, statistics),
    })
    const handMade = () => handMadeModel(gpu, winner.parameters, shape, statistics)
    const probe = handMade()
    jobs.push({
      kind: 'hand-made network',
      seed,
      parameters: probe.parameters.count,
      genome: null,
      makeModel: handMade,
    })
    probe.release()
  }
  return jobs
}

/** A genome drawn uniformly; the next draw if it cannot be built. */
export function randomArchitecture(settings: SearchSettings, shape: DataShape, index: number): ArchitectureSpec {
  const ranges = geneBounds(settings.network.cells, genomeOptions(settings)).map(({ low, high }) => ({
    lower: low,
    upper: high,
  }))
  const random = new RandomSequence(deriveSeed(settings.seed, 'random genome to train'), RandomStream.evolution, index)
  for (let attempt = 0; ; attempt++) {
    try {
      return architectureOf(uniformGenome(ranges, random), shape, settings.network)
    } catch (error) {
      if (!(error instanceof GenomeError) || attempt > 100) throw error
    }
  }
}

async function trainOne(options: SearchRunOptions, job: Job, shape: DataShape): Promise<TrainedNetwork> {
  const { dataset, settings, store, signal, onEvent } = options
  const name = `${job.kind.replaceAll(' ', '-')}-${job.seed}`
  const done = store.loadPart(name)
  if (done) return done as TrainedNetwork
  const model = job.makeModel()
  try {
    const training = await trainNetwork(model, dataset, settings.training, shape, job.seed, {
      checkpoint: store.checkpoint(name),
      ...(job.genome ? { metadata: networkMetadata({ genome: job.genome }, { ...settings, seed: job.seed }) } : {}),
      onEvent: (event) => onEvent?.({ kind: 'training', network: job.kind, seed: job.seed, event }),
      ...(signal ? { signal } : {}),
    })
    const evaluation = await evaluateNetwork(model, dataset.test, shape, {
      onProgress: (samples, total) => onEvent?.({ kind: 'evaluation', network: job.kind, done: samples, total }),
      ...(signal ? { signal } : {}),
    })
    const inspection =
      job.kind === 'winner' && job.seed === settings.seed
        ? await inspectModel(model, await inspectionBatch(dataset, settings, shape))
        : null
    const result: TrainedNetwork = {
      kind: job.kind,
      seed: job.seed,
      parameters: job.parameters,
      training,
      evaluation,
      inspection,
    }
    store.savePart(name, result)
    return result
  } finally {
    model.release()
  }
}

/** Which samples the report looks into: the split, and the draw that batch and labels are both taken from. */
function inspectionDraw(dataset: Dataset, { seed }: Pick<SearchSettings, 'seed'>) {
  const split = dataset.validation.count >= 60 ? dataset.validation : dataset.train
  return { split, draw: { batch: Math.min(60, split.count), seed: deriveSeed(seed, 'inspection'), index: 0 } }
}

/** Samples whose spikes the report shows; from the validation split where there is one. */
export async function inspectionBatch(dataset: Dataset, settings: Pick<SearchSettings, 'seed'>, shape: DataShape) {
  const { split, draw } = inspectionDraw(dataset, settings)
  return loadFixedBatch(split, { ...shape.layout, ...draw })
}

/** The split and the indices of the samples in `inspectionBatch`. */
export function inspectionSamples(dataset: Dataset, settings: Pick<SearchSettings, 'seed'>) {
  const { split, draw } = inspectionDraw(dataset, settings)
  return { split, samples: fixedSamples(split.count, draw) }
}
