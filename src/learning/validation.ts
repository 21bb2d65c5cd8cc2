/** How a training looks at its validation part. */
import type { Split } from '../datasets/types.js'
import type { Model } from '../nn/model.js'
import { batchFeed } from './batch-feed.js'
import type { EvaluationOptions } from './evaluation.js'
import type { TrainingOptions } from './training-options.js'

/**
 * Events of the validation part are refused before the training and not after an epoch of it.
 * @throws OptionError, LimitError when the device cannot count them
 */
export function checkValidationFeed(model: Model, validation: Split, options: TrainingOptions): void {
  if (validation.count === 0) return
  const { batch, layout, binning } = validationOptions(validation, options)
  const { events } = batchFeed(validation, { ...layout, batch }, binning)
  if (events) model.checkEvents(events)
}

/** A batch of validation is as large as one of training, if there are so many samples. */
export function validationOptions(validation: Split, options: TrainingOptions): EvaluationOptions {
  return {
    batch: Math.min(options.batch, validation.count),
    layout: options.layout,
    ...(options.binning && { binning: options.binning }),
    ...(options.validationLimit === undefined ? {} : { limit: options.validationLimit }),
  }
}
