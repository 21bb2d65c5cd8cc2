/** Softmax cross-entropy with label smoothing (Szegedy et al. 2016; sheet 00, section 5). */
import { OptionError } from '../../errors.js'
import { at, type Numbers, requireIntegers, requireLength } from './array.js'

export interface CrossEntropyResult {
  /** Mean over the batch, in nats. */
  readonly loss: number
  /** Loss of each sample, `[B]`. */
  readonly losses: Float64Array
  /** dL/dlogits of the mean, `[B, K]`. */
  readonly gradient: Float64Array
  /** Samples whose greatest logit is the label's; the first of equal logits counts as the greatest. */
  readonly correct: number
}

/**
 * Target = (1 − smoothing)·r + smoothing/K with r one-hot, or a soft label; loss = −sum of target · log softmax, mean over
 * the batch.
 * @param logits `[B, K]` @param labels `[B]`, integers in 0..K−1 @param smoothing in [0, 1)
 * @param soft `[B, K]`, rows that add up to 1 in place of one-hot ones; labels then only say what is correct
 * @throws OptionError on a label or smoothing out of range, ShapeError on a wrong length
 */
export function crossEntropy(
  logits: Numbers,
  labels: Numbers,
  classes: number,
  smoothing = 0,
  soft?: Numbers,
): CrossEntropyResult {
  requireIntegers('cross-entropy oracle', { classes, batch: labels.length })
  requireLength('cross-entropy oracle', 'logits', logits, labels.length * classes)
  if (soft) requireLength('cross-entropy oracle', 'soft', soft, labels.length * classes)
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new OptionError('cross-entropy oracle', `smoothing must lie in [0, 1); got ${smoothing}.`)
  }
  const batch = labels.length
  const losses = new Float64Array(batch)
  const gradient = new Float64Array(batch * classes)
  let correct = 0
  for (let b = 0; b < batch; b++) {
    const label = at(labels, b)
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new OptionError('cross-entropy oracle', `label ${b} must be an integer below ${classes}; got ${label}.`)
    }
    const row = Array.from({ length: classes }, (_, k) => at(logits, b * classes + k))
    const greatest = Math.max(...row)
    // subtracting the greatest keeps exp in range and changes nothing; it is never added back, which would cost the
    // digits of log(sum) where logits are huge
    const logSum = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - greatest), 0))
    for (const [k, logit] of row.entries()) {
      const wanted = soft ? at(soft, b * classes + k) : Number(k === label)
      const target = (1 - smoothing) * wanted + smoothing / classes
      const logProbability = logit - greatest - logSum
      losses[b] = at(losses, b) - target * logProbability
      gradient[b * classes + k] = (Math.exp(logProbability) - target) / batch
    }
    if (row.indexOf(greatest) === label) correct++
  }
  return { loss: losses.reduce((sum, loss) => sum + loss, 0) / batch, losses, gradient, correct }
}
