/** What a training is told to do, and whether it can be done. */
import { type Augmentation, augmentationPipeline, type BatchLayout } from '../datasets/batches.js'
import type { Split } from '../datasets/types.js'
import { OptionError } from '../errors.js'
import type { ActivationStorage } from '../graph/halves.js'
import type { OptimizerSettings } from '../ops/optimizer.js'
import type { Binning } from './batch-feed.js'
import { checkSchedule, type ScheduleSettings } from './schedule.js'

export interface TrainingOptions {
  readonly epochs: number
  readonly batch: number
  readonly seed: number
  readonly optimizer: OptimizerSettings
  readonly schedule: ScheduleSettings
  readonly labelSmoothing: number
  /** Final probability of drop-path, ramped up linearly over the training; 0 turns it off. */
  readonly dropPath: number
  readonly maxNorm: number | null
  readonly recompute: boolean
  /** How forward activations are stored; default `f32`. */
  readonly activations?: ActivationStorage
  /** Random changes of the training samples; those that mix samples make soft labels. */
  readonly augment?: Augmentation
  /** Stop after so many training samples, even within an epoch; the schedule ends there too. */
  readonly maxSamples?: number
  /** Validation samples to look at after each epoch. */
  readonly validationLimit?: number
  readonly layout: BatchLayout
  /**
   * Where the events of recordings are counted into frames: `host` (default), or `device`, which gives the same bytes. The
   * latter needs splits that have `events`, and leaves no frames for `augment` to change.
   */
  readonly binning?: Binning
  /** Steps between two reports of loss and accuracy. */
  readonly reportEvery?: number
}

/** @throws OptionError naming the option, what it must be and what it is */
export function checkTrainingOptions(options: TrainingOptions, split: Split): void {
  const whole = (name: string, value: number, least: number) => {
    if (!Number.isSafeInteger(value) || value < least)
      throw new OptionError(name, `must be a whole number from ${least}; got ${value}.`)
  }
  whole('epochs', options.epochs, 1)
  whole('batch', options.batch, 1)
  if (options.batch > split.count)
    throw new OptionError('batch', `must be at most the ${split.count} training samples; got ${options.batch}.`)
  whole('seed', options.seed, 0)
  if (options.maxSamples !== undefined) whole('maxSamples', options.maxSamples, 1)
  if (options.validationLimit !== undefined) whole('validationLimit', options.validationLimit, 1)
  if (options.reportEvery !== undefined) whole('reportEvery', options.reportEvery, 1)
  for (const name of ['dropPath', 'labelSmoothing'] as const) {
    if (!(options[name] >= 0 && options[name] < 1))
      throw new OptionError(name, `must be at least 0 and below 1; got ${options[name]}.`)
  }
  if (options.maxNorm !== null && !(options.maxNorm > 0 && Number.isFinite(options.maxNorm)))
    throw new OptionError('maxNorm', `must be a positive number, or null for none; got ${options.maxNorm}.`)
  augmentationPipeline(options.augment)
  checkOptimizer(options.optimizer)
  checkSchedule(options.schedule)
}

function checkOptimizer(optimizer: OptimizerSettings): void {
  const { weightDecay } = optimizer
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay)))
    throw new OptionError('optimizer.weightDecay', `must not be negative; got ${weightDecay}.`)
  const shares =
    optimizer.kind === 'sgd'
      ? { momentum: optimizer.momentum }
      : { beta1: optimizer.beta1, beta2: optimizer.beta2, epsilon: optimizer.epsilon }
  for (const [name, value] of Object.entries(shares)) {
    if (!(value >= 0 && value < 1))
      throw new OptionError(`optimizer.${name}`, `must be at least 0 and below 1; got ${value}.`)
  }
}
