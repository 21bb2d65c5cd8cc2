/** Settings of a search and of a training: one schema for the command line, configuration files and library calls. */
import { z } from 'zod'
import { divideTransforms } from '../datasets/augmentation/domains.js'
import { ConfigError, OptionError } from '../errors.js'
import { activationStorages } from '../graph/halves.js'
import { objectiveNames } from '../nas/objectives.js'
import { type IndicatorName, indicatorNames, type ObjectiveName } from '../nas/types.js'
import { statisticsModes } from '../nn/scope.js'

const whole = (least: number, most = Number.MAX_SAFE_INTEGER) => z.int().min(least).max(most)

const activations = z.enum(activationStorages).default('f32')

export const networkSettings = z.strictObject({
  semantics: z.enum(['clean', 'reference']).default('clean'),
  /** Cells of an architecture. */
  cells: whole(1, 32).default(6),
  /** Channels of the first cells; even. */
  width: whole(2, 512)
    .refine((width) => width % 2 === 0, 'expected an even number')
    .default(4),
  /** Time steps of a sample. */
  timeSteps: whole(1, 1000).default(2),
  /** Side that images are zero-padded to. */
  side: whole(8, 512).optional(),
  motifs: z.array(whole(0, 5)).min(1).optional(),
  /** Nodes that only inhibition feeds get the newest input as well. */
  residualForInhibitory: z.boolean().default(false),
  /** Lateral and mutual inhibition of cell type 2 get inhibitory edges. */
  signedMotifs: z.boolean().default(false),
  cellTypes: z
    .array(z.union([z.literal(2), z.literal(3), z.literal(4)]))
    .min(1)
    .optional(),
})

export const fitnessSettings = z.strictObject({
  indicator: z.enum(indicatorNames as unknown as [IndicatorName, ...IndicatorName[]]).default('hammingMean'),
  /** Samples in a fitness batch. */
  batch: whole(1, 2047).default(64),
  batches: whole(1, 100).default(1),
  /** Draws of the random weights for each genome. */
  weightSeeds: whole(1, 100).default(1),
  /** How currents are stored while a genome is scored. */
  activations,
})

export const evolutionSettings = z.strictObject({
  population: whole(2, 10000).default(20),
  offspring: whole(1, 10000).default(20),
  generations: whole(1, 100000).default(6),
  objectives: z
    .array(z.enum(objectiveNames as [ObjectiveName, ...ObjectiveName[]]))
    .min(1)
    .default(['fitness']),
  mutation: z.enum(['active', 'reference']).default('active'),
  /** Also search at random with the same budget. */
  baseline: z.boolean().default(true),
})

/** A name or parameter that does not exist is told with the other settings. */
function checkTransforms(text: string, context: z.RefinementCtx): void {
  try {
    divideTransforms(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message })
  }
}

export const trainingSettings = z.strictObject({
  epochs: whole(1, 100000).default(1),
  /** Ends the training after so many samples, within an epoch if need be. */
  maxSamples: whole(1).optional(),
  batch: whole(1, 8192).default(64),
  optimizer: z.enum(['adamw', 'sgd']).default('adamw'),
  learningRate: z.number().positive().max(10).default(5e-3),
  weightDecay: z.number().min(0).max(1).default(0.01),
  momentum: z.number().min(0).max(0.9999).default(0.9),
  labelSmoothing: z.number().min(0).max(0.99).default(0.1),
  /** Share of the training in which the learning rate climbs. */
  warmup: z.number().min(0).max(0.9).default(0.1),
  /** Final drop-path probability, ramped up over the training. */
  dropPath: z.number().min(0).max(0.9).default(0),
  /** Greatest norm of the gradient. */
  maxNorm: z.number().positive().optional(),
  statistics: z.enum(statisticsModes).default('perStep'),
  recompute: z.boolean().default(false),
  /** How forward activations are stored: f16 takes half the memory. */
  activations,
  /** Random shifts of so many pixels and random flips. */
  crop: whole(0, 64).default(0),
  flip: z.boolean().default(false),
  /**
   * More transforms, such as "randaugment:9,erasing,mixup:0.2", after those two; transforms of recordings, such as
   * "eventdrop", come first and before them.
   */
  augment: z.string().default('').superRefine(checkTransforms),
  /** Validation samples after each epoch. */
  validationLimit: whole(1).default(1000),
})

/** How recordings become samples and frames; what is left out is the data set's own. */
export const dataSettings = z.strictObject({
  /** Frames of a sample: the time steps of the network. */
  frames: whole(1, 4096).optional(),
  /** How a sample is cut into frames: equal parts of its length, of the time from first to last event, or of its events. */
  by: z.enum(['duration', 'time', 'count']).optional(),
  /** Milliseconds of the windows that recordings are cut into. */
  window: z.number().positive().max(4294967).optional(),
  /** Larger side that frames are reduced to, pixels. */
  side: whole(1, 4096).optional(),
})

export const comparisonSettings = z.strictObject({
  /** Networks of each kind that are trained beside the winner, each from another seed. 0 leaves the comparison out. */
  seeds: whole(0, 100).default(1),
})

export const searchSettings = z.strictObject({
  dataset: z.string().default('fashion-mnist'),
  seed: whole(0).default(1),
  data: dataSettings.prefault({}),
  network: networkSettings.prefault({}),
  fitness: fitnessSettings.prefault({}),
  evolution: evolutionSettings.prefault({}),
  training: trainingSettings.prefault({}),
  comparison: comparisonSettings.prefault({}),
})

export type DataSettings = z.output<typeof dataSettings>
export type NetworkSettings = z.output<typeof networkSettings>
export type FitnessSettings = z.output<typeof fitnessSettings>
export type TrainingSettings = z.output<typeof trainingSettings>
export type SearchSettings = z.output<typeof searchSettings>
export type SearchSettingsInput = z.input<typeof searchSettings>

export const presetNames = ['quick', 'standard', 'thorough', 'baseline', 'paper'] as const
export type PresetName = (typeof presetNames)[number]

/** What each preset is for, in a line. */
export const presetTitles: Record<PresetName, string> = {
  quick: 'search and training in minutes on two CPU cores: width 4, 2 steps',
  standard: 'width 8, 2 steps, the winner trained for one pass over the data: about half an hour on two CPU cores',
  thorough: 'width 8, 4 steps, 4 epochs, three seeds of each network: hours on a CPU, minutes on a GPU',
  baseline: 'the size at which the method is usually timed: batch 100, width 16, 4 steps',
  paper: 'the released settings: population 50, 100 generations, width 48, 10 steps, 600 epochs; needs a GPU',
}

export const presets: Record<PresetName, SearchSettingsInput> = {
  quick: { training: { maxSamples: 12800 } },
  standard: {
    network: { width: 8 },
    training: { epochs: 1, flip: true },
    comparison: { seeds: 0 },
  },
  thorough: {
    network: { width: 8, timeSteps: 4 },
    fitness: { batch: 100, weightSeeds: 2 },
    evolution: { population: 30, offspring: 30, generations: 20 },
    training: { epochs: 4, crop: 2, flip: true, dropPath: 0.1 },
    comparison: { seeds: 3 },
  },
  baseline: {
    network: { width: 16, timeSteps: 4 },
    fitness: { batch: 100 },
    evolution: { population: 50, offspring: 50, generations: 20 },
    training: { epochs: 10 },
  },
  paper: {
    network: { width: 48, timeSteps: 10, semantics: 'reference' },
    fitness: { indicator: 'manhattanSum', batch: 128, batches: 2 },
    evolution: { population: 50, offspring: 50, generations: 100, mutation: 'reference' },
    training: {
      epochs: 600,
      batch: 128,
      learningRate: 6.25e-4,
      warmup: 5 / 600,
      dropPath: 0.2,
      crop: 4,
      flip: true,
      statistics: 'perStepSharedAverages',
    },
  },
}

type Plain = { readonly [key: string]: unknown }
const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Later settings win, key by key. */
export function mergeSettings(...layers: readonly unknown[]): unknown {
  return layers.reduce<unknown>((merged, layer) => {
    if (layer === undefined) return merged
    if (!isPlain(merged) || !isPlain(layer)) return layer
    const names = new Set([...Object.keys(merged), ...Object.keys(layer)])
    return Object.fromEntries(
      [...names]
        .map((name) => [name, mergeSettings(merged[name], layer[name])])
        .filter(([, value]) => value !== undefined),
    )
  }, undefined)
}

/**
 * Settings from a preset and what overrides it, checked.
 * @throws OptionError on an unknown preset
 * @throws ConfigError naming every setting that does not fit
 */
export function resolveSettings(preset: string, overrides: unknown = {}, where = 'settings'): SearchSettings {
  if (!(presetNames as readonly string[]).includes(preset))
    throw new OptionError('preset', `must be one of ${presetNames.join(', ')}; got ${preset}.`)
  return checkSettings(mergeSettings(presets[preset as PresetName], overrides), where)
}

/**
 * Settings that were stored whole: no preset fills what they leave out, since leaving out is a setting too (no sample
 * budget means whole epochs).
 * @throws ConfigError naming every setting that does not fit
 */
export function checkSettings(value: unknown, where: string): SearchSettings {
  const result = searchSettings.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`)
  throw new ConfigError(
    where,
    `must fit the schema; ${problems.join('; ')}.`,
    'See "neuromotif search --help" for what there is.',
  )
}
