/** Does the fitness predict anything? Random genomes, each scored untrained and then trained briefly. */
import type { Dataset } from '../datasets/types.js'
import { GenomeError, InterruptedError, LimitError, NumericError, OptionError } from '../errors.js'
import { evaluate } from '../learning/evaluation.js'
import { geneBounds } from '../nas/genome.js'
import { uniformGenome } from '../nas/operators.js'
import { bootstrapTau, bootstrapTauDifference } from '../nas/statistics.js'
import { type ArchitectureSpec, type CellType, type IndicatorName, indicatorNames } from '../nas/types.js'
import type { Gpu } from '../runtime/gpu.js'
import { deriveSeed, RandomSequence, RandomStream } from '../runtime/philox.js'
import { architectureOf, type DataShape, dataShape, modelOf } from './network.js'
import { checkRun, evaluatorOf, genomeOptions } from './search-run.js'
import type { SearchSettings } from './settings.js'
import { trainNetwork } from './train-network.js'

export interface StudyPoint {
  readonly key: string
  readonly genome: readonly number[]
  readonly cellType: CellType
  readonly parameters: number
  /** On validation samples, after training. */
  readonly accuracy: number
  readonly trainingLoss: number
  readonly indicators: Readonly<Partial<Record<IndicatorName, number | null>>>
}

export interface StudyTau {
  readonly indicator: string
  readonly tau: number
  readonly low: number
  readonly high: number
  /** tau of this indicator minus tau of the parameter count, over the same resamples. */
  readonly differenceToParameters?: { readonly value: number; readonly low: number; readonly high: number }
}

export interface StudyResult {
  readonly points: readonly StudyPoint[]
  readonly failures: readonly { readonly key: string; readonly reason: string }[]
  readonly taus: readonly StudyTau[]
  readonly verdict: string
}

export interface StudyOptions {
  readonly gpu: Gpu
  readonly dataset: Dataset
  readonly settings: SearchSettings
  /** Genomes to train. */
  readonly count: number
  readonly store: { loadPart(name: string): unknown; savePart(name: string, value: unknown): void }
  readonly signal?: AbortSignal
  readonly onPoint?: (done: number, total: number, point: StudyPoint | null, seconds: number) => void
}

type StoredPoint = StudyPoint | { readonly key: string; readonly reason: string }

/** Genomes in turn of each cell type, uniformly drawn; the same list for the same seed, whatever the count. */
function studyArchitecture(settings: SearchSettings, shape: DataShape, index: number): ArchitectureSpec {
  const types = settings.network.cellTypes ?? [2, 3, 4]
  const cellType = types[index % types.length] as CellType
  const ranges = geneBounds(settings.network.cells, genomeOptions(settings)).map(({ low, high }) => ({
    lower: low,
    upper: high,
  }))
  const random = new RandomSequence(deriveSeed(settings.seed, 'study'), RandomStream.evolution, index)
  for (let attempt = 0; ; attempt++) {
    const genome = uniformGenome(ranges, random)
    genome[genome.length - 1] = cellType
    try {
      return architectureOf(genome, shape, settings.network)
    } catch (error) {
      if (!(error instanceof GenomeError) || attempt > 100) throw error
    }
  }
}

/**
 * Trains `count` random genomes with equal budgets and relates every indicator to their validation accuracy.
 * Points already in the store are taken from there, so a study can be interrupted and lengthened.
 * @throws OptionError when count is below 3
 */
export async function runStudy(options: StudyOptions): Promise<StudyResult> {
  const { gpu, dataset, settings, count, store, signal } = options
  if (!Number.isInteger(count) || count < 3) throw new OptionError('study', `needs at least 3 genomes; got ${count}.`)
  checkRun(dataset, settings)
  const shape = dataShape(dataset, settings.network)
  const evaluator = await evaluatorOf(gpu, dataset, settings, shape, [...indicatorNames])
  const points: StudyPoint[] = []
  const failures: { key: string; reason: string }[] = []
  for (let index = 0; index < count; index++) {
    if (signal?.aborted) break
    const name = `study-${index}`
    const started = performance.now()
    const earlier = store.loadPart(name) as StoredPoint | null
    const stored = earlier ?? (await pointOrNull(options, evaluator, studyArchitecture(settings, shape, index), shape))
    if (stored === null) break
    if (earlier === null) store.savePart(name, stored)
    if ('reason' in stored) failures.push(stored)
    else points.push(stored)
    options.onPoint?.(index + 1, count, 'reason' in stored ? null : stored, (performance.now() - started) / 1000)
  }
  const taus = points.length >= 3 ? relate(points, settings.seed) : []
  return { points, failures, taus, verdict: verdictOf(taus, points.length, settings) }
}

/** A network that cannot be trained is a result like any other; null when the training was interrupted. */
async function pointOrNull(...[options, evaluator, spec, shape]: Parameters<typeof studyPoint>) {
  try {
    return await studyPoint(options, evaluator, spec, shape)
  } catch (error) {
    if (error instanceof InterruptedError) return null
    if (error instanceof NumericError || error instanceof LimitError) return { key: spec.key, reason: error.message }
    throw error
  }
}

async function studyPoint(
  options: StudyOptions,
  evaluator: Awaited<ReturnType<typeof evaluatorOf>>,
  spec: ArchitectureSpec,
  shape: DataShape,
): Promise<StoredPoint> {
  const { gpu, dataset, settings, signal } = options
  const outcome = await evaluator.evaluate(spec)
  if (outcome.status === 'failed') return { key: spec.key, reason: outcome.reason }
  const model = modelOf(gpu, spec, shape, settings.training.statistics)
  try {
    const training = await trainNetwork(
      model,
      dataset,
      { ...settings.training, validationLimit: 1 },
      shape,
      settings.seed,
      signal ? { signal } : {},
    )
    const result = await evaluate(model, dataset.validation, {
      batch: 100,
      layout: shape.layout,
      limit: settings.training.validationLimit,
    })
    return {
      key: spec.key,
      genome: spec.genome,
      cellType: spec.cellType,
      parameters: spec.parameters,
      accuracy: result.accuracy,
      trainingLoss: training.curves[training.curves.length - 1]?.loss ?? Number.NaN,
      indicators: Object.fromEntries(
        Object.entries(outcome.indicators).map(([name, score]) => [name, score?.mean ?? null]),
      ),
    }
  } finally {
    model.release()
  }
}

/** Kendall's tau of every indicator with accuracy, and of the parameter count; 95 % percentile bootstrap. */
export function relate(points: readonly StudyPoint[], seed: number): StudyTau[] {
  const accuracy = points.map((point) => point.accuracy)
  const parameters = points.map((point) => point.parameters)
  const options = { seed: deriveSeed(seed, 'study bootstrap'), resamples: 4000 }
  const own = bootstrapTau(parameters, accuracy, options)
  const taus: StudyTau[] = [{ indicator: 'parameters', tau: own.estimate, low: own.low, high: own.high }]
  for (const name of indicatorNames) {
    const values = points.map((point) => point.indicators[name] ?? Number.NaN)
    if (values.some((value) => !Number.isFinite(value))) continue
    const tau = bootstrapTau(values, accuracy, options)
    const difference = bootstrapTauDifference(values, parameters, accuracy, options)
    taus.push({
      indicator: name,
      tau: tau.estimate,
      low: tau.low,
      high: tau.high,
      differenceToParameters: { value: difference.estimate, low: difference.low, high: difference.high },
    })
  }
  return taus
}

const signed = (value: number) => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`

/** One honest paragraph: the indicator that was fixed beforehand, and whether anything beats counting parameters. */
function verdictOf(taus: readonly StudyTau[], count: number, settings: SearchSettings): string {
  const chosen = taus.find(({ indicator }) => indicator === settings.fitness.indicator)
  const parameters = taus.find(({ indicator }) => indicator === 'parameters')
  if (!chosen || !parameters)
    return 'Too few networks were trained, or the indicator was not finite for all of them, to say anything.'
  const range = `${signed(chosen.tau)} (95 % interval ${signed(chosen.low)} to ${signed(chosen.high)})`
  const against = chosen.differenceToParameters
  const relation =
    chosen.low > 0
      ? 'is related to accuracy after training'
      : chosen.high < 0
        ? 'is related to accuracy after training, but the wrong way round'
        : 'shows no relation to accuracy that this study can tell from chance'
  const comparison = !against
    ? ''
    : against.low > 0
      ? `It predicts better than counting parameters does (${signed(parameters.tau)}).`
      : against.high < 0
        ? `Counting parameters predicts better (${signed(parameters.tau)}).`
        : `Whether it is better than counting parameters (${signed(parameters.tau)}) is inconclusive: the difference is ${signed(against.value)}, ${signed(against.low)} to ${signed(against.high)}.`
  const better = taus
    .filter(({ differenceToParameters }) => differenceToParameters && differenceToParameters.low > 0)
    .map(({ indicator }) => indicator)
  const others =
    better.length > 0
      ? `Indicators whose τ exceeds that of the parameter count beyond chance: ${better.join(', ')}.`
      : 'No indicator beats counting parameters beyond chance.'
  return `Over ${count} random networks, ${chosen.indicator}, fixed beforehand, ${relation}: Kendall's τ ${range}. ${comparison} ${others} Twelve indicators were looked at, so one of them may stand out by luck.`
}
