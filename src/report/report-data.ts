/**
 * Everything a report can show, as one schema. Each section is optional: the report of a search, of a training run and
 * of a study are the same page with other sections present.
 */
import { z } from 'zod'
import { ConfigError } from '../errors.js'
import { confusionSchema, graphSchema, rasterSchema, rdmSchema } from './report-parts.js'
import { count, energy, fraction, measure } from './report-scalars.js'

const adapterSchema = z.strictObject({
  vendor: z.string(),
  architecture: z.string(),
  description: z.string(),
  driver: z.string(),
  /** True for a software driver: correct numbers, no meaningful speed. */
  software: z.boolean(),
})

const datasetSchema = z.strictObject({
  title: z.string(),
  source: z.string(),
  classes: z.array(z.string()),
  counts: z.strictObject({ train: count, validation: count, test: count }),
  licence: z.string(),
})

const searchPointSchema = z.strictObject({
  generation: count,
  /** Best score found up to and including this generation. */
  best: measure,
  /** Mean score of this generation. */
  mean: measure,
  standardErrorOfBest: measure,
  /** Networks scored up to and including this generation. */
  evaluations: count,
})

const searchSchema = z.strictObject({
  indicator: z.string(),
  direction: z.enum(['maximise', 'minimise']),
  evolution: z.array(searchPointSchema).min(1),
  /** Random search under the same budget and indicator. */
  random: z.array(searchPointSchema).optional(),
  evaluations: count,
  /** Share of requested scores answered from the ledger. */
  cacheHitRate: fraction,
  /** Number of genomes without a score, by kind of failure. */
  failures: z.record(z.string(), count),
  seconds: measure,
  genomesPerSecond: measure,
  objectives: z.array(z.string()),
  hypervolume: z.array(z.strictObject({ generation: count, value: measure })).optional(),
  pareto: z
    .array(
      z.strictObject({ parameters: count, fitness: measure, energy: measure, onFront: z.boolean(), key: z.string() }),
    )
    .optional(),
})

const winnerSchema = z.strictObject({
  genome: z.array(count).min(1),
  key: z.string(),
  seed: z.number(),
  parameters: count,
  /** Multiply-accumulate operations, one sample and time step. */
  macs: count,
  /** Synaptic operations, one sample, all time steps. */
  synapticOperations: measure,
  energy: energy.optional(),
  graph: graphSchema.optional(),
  motifs: z.array(z.strictObject({ cell: count, name: z.string() })).optional(),
})

const trainingSchema = z.strictObject({
  curves: z
    .array(
      z.strictObject({
        step: count,
        epoch: z.number().min(0),
        loss: measure,
        trainAccuracy: fraction,
        validationAccuracy: fraction,
        learningRate: measure,
      }),
    )
    .min(1),
  samplesPerSecond: measure.optional(),
  seconds: measure.optional(),
  epochs: count.optional(),
})

const evaluationSchema = z.strictObject({
  accuracy: fraction,
  loss: measure,
  confusion: confusionSchema.optional(),
  spikesPerSample: measure,
  synapticOperations: measure,
  energy: energy.optional(),
})

const comparisonSchema = z
  .array(
    z.strictObject({
      name: z.string(),
      seeds: z.array(z.strictObject({ seed: z.number(), accuracy: fraction })).min(1),
      parameters: count,
    }),
  )
  .min(1)
  .refine((entries) => new Set(entries.map((entry) => entry.name)).size === entries.length, {
    message: 'expected every network of the comparison to have its own name',
  })

const interval = { low: measure, high: measure }
const studySchema = z.strictObject({
  points: z.array(
    z.strictObject({
      key: z.string(),
      cellType: count,
      parameters: count,
      /** After training. */
      accuracy: fraction,
      indicators: z.record(z.string(), measure),
    }),
  ),
  /** Kendall's tau of each indicator against accuracy, and its difference to the tau of the parameter count. */
  taus: z.array(
    z.strictObject({
      indicator: z.string(),
      tau: measure,
      ...interval,
      differenceToParameters: z.strictObject({ value: measure, ...interval }).optional(),
    }),
  ),
  verdict: z.string(),
})

export const reportDataSchema = z.strictObject({
  title: z.string(),
  /** Program and version that made the report, such as "neuromotif 0.1.0". */
  createdBy: z.string(),
  createdAt: z.string().optional(),
  adapter: adapterSchema.optional(),
  dataset: datasetSchema.optional(),
  configuration: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  /** Command line that makes the same run again. */
  command: z.string().optional(),
  search: searchSchema.optional(),
  winner: winnerSchema.optional(),
  rdm: rdmSchema.optional(),
  training: trainingSchema.optional(),
  evaluation: evaluationSchema.optional(),
  raster: rasterSchema.optional(),
  firingRates: z
    .array(
      z.strictObject({
        layer: z.string(),
        /** Spikes a neuron and time step. */
        rate: fraction,
        neurons: count,
      }),
    )
    .min(1)
    .optional(),
  comparison: comparisonSchema.optional(),
  study: studySchema.optional(),
  /** Honest remarks: what was small, what is inconclusive. */
  notes: z.array(z.string()).optional(),
})

/** What a caller hands in: numbers may be NaN or infinite. */
export type ReportInput = z.input<typeof reportDataSchema>
/** Checked data: every non-finite number has become null. */
export type ReportData = z.output<typeof reportDataSchema>
export type ReportSection<K extends keyof ReportData> = NonNullable<ReportData[K]>

/**
 * Checks report data and turns non-finite numbers into null.
 *
 * @throws ConfigError naming the first places that do not fit.
 */
export function parseReportData(input: unknown): ReportData {
  const result = reportDataSchema.safeParse(input)
  if (result.success) return result.data
  const shown = result.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`)
  const more = result.error.issues.length - shown.length
  throw new ConfigError(
    'report data',
    `must fit the report schema; ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`,
    'Correct these fields, or leave the whole section out.',
  )
}
