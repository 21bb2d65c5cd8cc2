/** From the results of an experiment to the data of its report. */

import type { Dataset, ImageSplit } from '../datasets/types.js'
import { motifTitle } from '../nas/describe.js'
import { energyAssumptions } from '../nas/energy.js'
import { isScored } from '../nas/individual.js'
import { paretoFront } from '../nas/pareto.js'
import type { SearchResult, StrategyResult } from '../nas/search.js'
import type { ReportInput } from '../report/report-data.js'
import type { Gpu } from '../runtime/gpu.js'
import { reportGraph } from './report-graph.js'
import { inspectionSamples, type SearchRunResult, type TrainedNetwork } from './search-run.js'
import type { SearchSettings } from './settings.js'
import type { NetworkEvaluation } from './train-network.js'

type Section<K extends keyof ReportInput> = NonNullable<ReportInput[K]>

export const adapterSection = (gpu: Gpu): Section<'adapter'> => ({
  vendor: gpu.facts.vendor,
  architecture: gpu.facts.architecture,
  description: gpu.facts.description,
  driver: gpu.facts.device,
  software: gpu.facts.software,
})

export const datasetSection = (dataset: Dataset): Section<'dataset'> => ({
  title: dataset.title,
  source: dataset.source,
  classes: [...dataset.classes],
  counts: { train: dataset.train.count, validation: dataset.validation.count, test: dataset.test.count },
  licence: dataset.licence,
})

/** Settings as a flat table; one that is left out has no row. */
export function configurationTable(value: unknown, prefix = ''): Record<string, string | number | boolean | null> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]): [string, string | number | boolean | null][] => {
      if (item === undefined) return []
      const key = prefix ? `${prefix}.${name}` : name
      if (Array.isArray(item)) return [[key, item.join(', ')]]
      if (typeof item === 'object' && item !== null) return Object.entries(configurationTable(item, key))
      return [[key, item as string | number | boolean | null]]
    }),
  )
}

/** Indicator of an individual in its own sense (not minimised). */
const fitnessOf = (individual: StrategyResult['individuals'][number], indicator: string): number | null =>
  individual.outcome.status === 'scored'
    ? (individual.outcome.indicators[indicator as 'hammingMean']?.mean ?? null)
    : null

function curveOf(strategy: StrategyResult, search: SearchResult): Section<'search'>['evolution'] {
  const better = search.direction === 'higher' ? Math.max : Math.min
  let best: number | null = null
  let errorOfBest: number | null = null
  let evaluations = 0
  return strategy.generations.map((generation) => {
    const members = strategy.individuals.filter((each) => each.generation === generation.number)
    const scores: number[] = []
    for (const member of members) {
      const score = fitnessOf(member, search.indicator)
      if (score === null) continue
      scores.push(score)
      if (best === null || better(score, best) === score) {
        best = score
        errorOfBest =
          member.outcome.status === 'scored'
            ? (member.outcome.indicators[search.indicator]?.standardError ?? null)
            : null
      }
    }
    evaluations += members.length
    return {
      generation: generation.number,
      best,
      mean: scores.length > 0 ? scores.reduce((sum, score) => sum + score, 0) / scores.length : null,
      standardErrorOfBest: errorOfBest,
      evaluations,
    }
  })
}

export function searchSection(search: SearchResult, seconds: number): Section<'search'> {
  const { evolution, random } = search
  const strategies = random ? [evolution, random] : [evolution]
  const all = strategies.flatMap((strategy) => strategy.individuals)
  const failures: Record<string, number> = {}
  for (const { outcome } of all)
    if (outcome.status === 'failed') failures[outcome.kind] = (failures[outcome.kind] ?? 0) + 1
  const requests = strategies.reduce((sum, { cache }) => sum + cache.requests, 0)
  const hits = strategies.reduce((sum, { cache }) => sum + cache.hits, 0)
  const front = new Set(paretoFront(evolution).map(({ key }) => key))
  const seen = new Set<string>()
  const pareto = evolution.individuals.flatMap((individual) => {
    if (!isScored(individual) || seen.has(individual.key) || individual.outcome.status !== 'scored') return []
    seen.add(individual.key)
    const { parameters, energyPicojoules } = individual.outcome
    return [
      {
        parameters,
        fitness: fitnessOf(individual, search.indicator),
        energy: energyPicojoules,
        onFront: front.has(individual.key),
        key: individual.key,
      },
    ]
  })
  return {
    indicator: search.indicator,
    direction: search.direction === 'higher' ? 'maximise' : 'minimise',
    evolution: curveOf(evolution, search),
    ...(random ? { random: curveOf(random, search) } : {}),
    evaluations: requests,
    cacheHitRate: requests > 0 ? hits / requests : 0,
    failures,
    seconds,
    genomesPerSecond: (requests - hits) / Math.max(seconds, 1e-9),
    objectives: [...search.objectives],
    hypervolume: evolution.generations.flatMap(({ number, hypervolume }) =>
      hypervolume === null ? [] : [{ generation: number, value: hypervolume }],
    ),
    pareto,
  }
}

export const trainingSection = ({ training }: Pick<TrainedNetwork, 'training'>): Section<'training'> => ({
  curves: training.curves.map((point) => ({ ...point, validationAccuracy: point.validationAccuracy ?? Number.NaN })),
  samplesPerSecond: training.samplesPerSecond,
  seconds: training.seconds,
})

export const evaluationSection = (
  evaluation: NetworkEvaluation,
  classes: readonly string[],
): Section<'evaluation'> => ({
  accuracy: evaluation.accuracy,
  loss: evaluation.loss,
  confusion: { classes: [...classes], matrix: evaluation.confusion.map((row) => [...row]) },
  spikesPerSample: evaluation.spikesPerSample ?? Number.NaN,
  synapticOperations: evaluation.synapticOperations,
  energy: { picojoules: evaluation.energyPicojoules, assumptions: energyAssumptions },
})

export const firingRatesSection = ({ rates }: Pick<NetworkEvaluation, 'rates'>): Section<'firingRates'> | undefined =>
  rates.length > 0 ? rates.map(({ layer, rate, neurons }) => ({ layer, rate, neurons })) : undefined

function comparisonSection(networks: readonly TrainedNetwork[]): Section<'comparison'> | undefined {
  const kinds = [...new Set(networks.map(({ kind }) => kind))]
  if (kinds.length < 2) return undefined
  return kinds.map((kind) => {
    const members = networks.filter((network) => network.kind === kind)
    const parameters = Math.round(members.reduce((sum, member) => sum + member.parameters, 0) / members.length)
    return {
      name: kind,
      parameters,
      seeds: members.map(({ seed, evaluation }) => ({ seed, accuracy: evaluation.accuracy })),
    }
  })
}

/** RDM and raster of the inspected network. */
export function inspectionSections(
  inspection: TrainedNetwork['inspection'],
  dataset: Dataset,
  samples: Uint32Array,
  split: Dataset['train'],
): Pick<ReportInput, 'rdm' | 'raster'> {
  if (!inspection) return {}
  const labelOf = (sample: number) => dataset.classes[split.labels[sample] ?? 0] ?? '?'
  const first = samples[0] ?? 0
  return {
    rdm: {
      population: inspection.population,
      matrix: inspection.dissimilarity.map((row) => [...row]),
      labels: [...samples].map(labelOf),
    },
    raster: {
      population: inspection.population,
      timeSteps: inspection.timeSteps,
      neurons: inspection.neurons,
      spikes: inspection.spikes.map(([t, n]): [number, number] => [t, n]),
      ...(split.kind === 'image' ? { input: { label: labelOf(first), pixels: greyRows(split, first) } } : {}),
    },
  }
}

function greyRows({ pixels, height, width, channels }: ImageSplit, sample: number): number[][] {
  const base = sample * height * width * channels
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      let sum = 0
      for (let c = 0; c < channels; c++) sum += pixels[base + (y * width + x) * channels + c] as number
      return sum / (channels * 255)
    }),
  )
}

/** The report of a whole search run. */
export function searchReport(
  gpu: Gpu,
  dataset: Dataset,
  settings: SearchSettings,
  result: SearchRunResult,
  context: { command: string; createdBy: string },
): ReportInput {
  const [winner] = result.networks
  if (!winner) throw new TypeError('a search report needs a trained winner')
  const { evaluation } = winner
  const { split, samples } = inspectionSamples(dataset, settings)
  const rates = firingRatesSection(evaluation)
  const comparison = comparisonSection(result.networks)
  return {
    title: `Architecture search on ${dataset.title}`,
    createdBy: context.createdBy,
    adapter: adapterSection(gpu),
    dataset: datasetSection(dataset),
    configuration: configurationTable(settings),
    command: context.command,
    search: searchSection(result.search, result.searchSeconds),
    winner: {
      genome: [...result.winnerGenome],
      key: result.winner.key,
      seed: winner.seed,
      parameters: result.winner.parameters,
      macs: result.winner.macsPerStep,
      synapticOperations: evaluation.synapticOperations,
      energy: { picojoules: evaluation.energyPicojoules, assumptions: energyAssumptions },
      graph: reportGraph(result.winner),
      motifs: result.winner.cells.flatMap((cell) =>
        cell.kind === 'motif' ? [{ cell: cell.index, name: motifTitle(cell.motif) }] : [],
      ),
    },
    training: trainingSection(winner),
    evaluation: evaluationSection(evaluation, dataset.classes),
    ...inspectionSections(winner.inspection, dataset, samples, split),
    ...(rates ? { firingRates: rates } : {}),
    ...(comparison ? { comparison } : {}),
    notes: notesOf(settings, result, dataset),
  }
}

function notesOf(settings: SearchSettings, result: SearchRunResult, dataset: Dataset): string[] {
  const notes: string[] = []
  const { seeds } = settings.comparison
  if (seeds > 0 && seeds < 3) {
    notes.push(
      `The comparison trained ${seeds === 1 ? 'one network' : `${seeds} networks`} of each kind. Differences of a point or two between single networks are chance; use the preset "thorough" or --compare 3 for an answer.`,
    )
  }
  const { maxSamples } = settings.training
  if (maxSamples !== undefined && maxSamples < dataset.train.count) {
    notes.push(
      `Each network was trained on ${maxSamples} samples, less than one pass over the ${dataset.train.count} there are. Longer training gives higher accuracies and can change their order.`,
    )
  }
  if (settings.fitness.weightSeeds * settings.fitness.batches < 2) {
    notes.push(
      'Each genome was scored once, with one draw of weights and one batch, so its score has no standard error; use --weight-seeds 2 or more to get one.',
    )
  }
  notes.push(
    `The fitness (${result.search.indicator}) looks at untrained networks. Whether it predicts accuracy is a question of its own: see "neuromotif search --study".`,
  )
  return notes
}
