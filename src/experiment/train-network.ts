/** Trains one network as an experiment's settings say, and evaluates it. */
import { divideTransforms } from '../datasets/augmentation/domains.js'
import type { TransformSpec } from '../datasets/augmentation/transform.js'
import type { Dataset } from '../datasets/types.js'
import type { Binning } from '../learning/batch-feed.js'
import { type EvaluationResult, evaluate } from '../learning/evaluation.js'
import { type TrainingHooks, type TrainingOptions, type TrainingResult, train } from '../learning/trainer.js'
import { workOf } from '../nas/energy.js'
import { weightSeed } from '../nn/memory.js'
import type { Model } from '../nn/model.js'
import type { NetworkChoice } from './named-network.js'
import type { DataShape } from './network.js'
import type { TrainingSettings } from './settings.js'

/** The two shorthands, then whatever else the settings name. */
const augmentationOf = ({ crop, flip, augment }: TrainingSettings): readonly TransformSpec[] => [
  ...(crop > 0 ? [{ name: 'crop', padding: crop }] : []),
  ...(flip ? [{ name: 'flip' }] : []),
  ...divideTransforms(augment).frames,
]

/** Settings as the trainer takes them. */
export function trainingOptions(settings: TrainingSettings, shape: DataShape, seed: number): TrainingOptions {
  const { optimizer, weightDecay, momentum } = settings
  return {
    epochs: settings.maxSamples === undefined ? settings.epochs : Math.max(settings.epochs, 1_000_000),
    batch: settings.batch,
    seed,
    optimizer:
      optimizer === 'adamw'
        ? { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay }
        : { kind: 'sgd', momentum, weightDecay, nesterov: false },
    schedule: {
      kind: 'cosine',
      learningRate: settings.learningRate,
      finalRate: 1e-5,
      warmup: settings.warmup,
      warmupRate: 1e-6,
    },
    labelSmoothing: settings.labelSmoothing,
    dropPath: settings.dropPath,
    maxNorm: settings.maxNorm ?? null,
    recompute: settings.recompute,
    activations: settings.activations,
    layout: shape.layout,
    validationLimit: settings.validationLimit,
    ...(settings.maxSamples === undefined ? {} : { maxSamples: settings.maxSamples }),
    augment: augmentationOf(settings),
  }
}

/** What a checkpoint says of its network, so that "eval" can build it again. */
export const networkMetadata = (
  choice: NetworkChoice,
  settings: {
    readonly dataset: string
    readonly seed: number
    readonly data?: unknown
    readonly network: unknown
    readonly training: unknown
  },
): Readonly<Record<string, string>> => ({
  ...('genome' in choice ? { genome: JSON.stringify(choice.genome) } : { network: choice.name }),
  settings: JSON.stringify({
    dataset: settings.dataset,
    seed: settings.seed,
    data: settings.data,
    network: settings.network,
    training: settings.training,
  }),
})

/** Initialises from (seed, architecture) and trains. Where events are counted changes nothing of the result. */
export async function trainNetwork(
  model: Model,
  dataset: Dataset,
  settings: TrainingSettings,
  shape: DataShape,
  seed: number,
  { binning, ...hooks }: TrainingHooks & { readonly binning?: Binning } = {},
): Promise<TrainingResult> {
  const options = { ...trainingOptions(settings, shape, seed), ...(binning && { binning }) }
  await model.memory.initialize(weightSeed(seed, model.description.architecture))
  return train(model, dataset, options, hooks)
}

export interface NetworkEvaluation extends EvaluationResult {
  /** Accumulates a sample. */
  readonly synapticOperations: number
  readonly energyPicojoules: number
}

/** Accuracy, confusion, spikes, operations and energy on a split. */
export async function evaluateNetwork(
  model: Model,
  split: Dataset['test'],
  shape: DataShape,
  options: { limit?: number; onProgress?: (done: number, total: number) => void; signal?: AbortSignal } = {},
): Promise<NetworkEvaluation> {
  const result = await evaluate(model, split, { batch: 100, layout: shape.layout, spikes: true, ...options })
  return { ...result, ...workOf(result.convolutions, shape.timeSteps) }
}
