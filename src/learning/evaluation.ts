/** Accuracy, loss, confusion matrix, spikes and operations of a trained model on a split. */
import type { BatchLayout } from '../datasets/batches.js'
import { checkSplit } from '../datasets/check.js'
import type { Split } from '../datasets/types.js'
import { InterruptedError, OptionError } from '../errors.js'
import type { Model, Traced } from '../nn/model.js'
import { traceColumnPairs } from '../ops/dissimilarity.js'
import { elementsOf, neuronsOf, shapeOf } from '../ops/op.js'
import { type Binning, batchFeed } from './batch-feed.js'
import { checkInputs } from './diagnosis.js'

export interface EvaluationOptions {
  readonly batch: number
  readonly layout: BatchLayout
  /** Where events of recordings are counted; default `host`. */
  readonly binning?: Binning
  /** Look at the first so many samples only. */
  readonly limit?: number
  /** Run the first so many time steps only and average their logits: an early exit; default: all. */
  readonly steps?: number
  /** Count spikes too: firing rates, synaptic operations. */
  readonly spikes?: boolean
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

export interface LayerRate {
  readonly layer: string
  /** Neurons of one sample. */
  readonly neurons: number
  /** Populations of the described network that this one stands for. */
  readonly multiplicity: number
  /** Spikes a neuron and step. */
  readonly rate: number
}

export interface ConvolutionRate {
  readonly macs: number
  readonly rate: number | null
  readonly constant: boolean
}

export interface EvaluationResult {
  readonly samples: number
  readonly accuracy: number
  readonly loss: number
  /** `[true class][predicted class]` */
  readonly confusion: readonly (readonly number[])[]
  readonly rates: readonly LayerRate[]
  readonly convolutions: readonly ConvolutionRate[]
  /** All spikes of one sample over all steps; each shared population once. Null when spikes were not counted. */
  readonly spikesPerSample: number | null
}

/** Ones of each record over the batch, from its partial column sums. */
const onesOf = (columns: Uint32Array): number =>
  columns.reduce((sum, value, index) => (index % 2 === 1 ? sum + value : sum), 0)

/**
 * Evaluates with running averages, in the split's own order. The last batch is filled up (with its first sample, or with
 * silence where the device counts events) and only the real ones are counted.
 */
export async function evaluate(model: Model, split: Split, options: EvaluationOptions): Promise<EvaluationResult> {
  for (const [name, value] of Object.entries({ batch: options.batch, limit: options.limit ?? 1 })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new OptionError(`evaluation.${name}`, `must be a whole number from 1; got ${value}.`)
  }
  const total = Math.min(split.count, options.limit ?? split.count)
  if (total < 1) throw new OptionError('evaluation', 'needs at least one sample; the split is empty.')
  checkSplit(split, model.description.classes, 'split to evaluate')
  const size = Math.min(options.batch, total)
  let traced: Traced | null = null
  const feed = batchFeed(split, { ...options.layout, batch: size }, options.binning)
  const observe = (made: Traced) => {
    traced = made
    if (options.spikes)
      made.records.forEach((record, index) => {
        traceColumnPairs(made.graph, record.spikes, `columns${index}`)
      })
  }
  const { classes } = model.description
  const timeSteps = stepsToRun(model, options.steps, feed.events !== undefined)
  const program = await model.compileEvaluation(size, observe, feed.events, timeSteps)
  const { records, convolutions } = traced as unknown as Traced
  // frames of the first steps come first
  const inputElements = elementsOf('f32', model.inputShape(size, timeSteps))
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  const ones = new Array<number>(records.length).fill(0)
  let loss = 0
  let correct = 0
  let done = 0
  let counted = 0
  try {
    for await (const data of feed.load({ epoch: 0, seed: 0, shuffle: false, vary: false })) {
      if (done >= total) break
      if (options.signal?.aborted)
        throw new InterruptedError(
          'evaluation',
          `stopped after ${done} of ${total} samples.`,
          'Run the same command again; a search or a training goes on with --resume.',
        )
      const real = Math.min(data.real, total - done)
      for (const [slot, values] of Object.entries(data.slots))
        program.write(slot, slot === 'input' ? values.subarray(0, inputElements) : values)
      program.write('labels', data.labels)
      program.setStep('encoder', [done / size, 0, 0, 0])
      // the first of several batches decides which kernels the others run
      if (done === 0 && total > size) await program.adapt()
      else program.run()
      const logits = await program.readFloats('logits')
      const samples = await program.readFloats('sampleLosses')
      for (let b = 0; b < real; b++) {
        loss += samples[b * 2] as number
        correct += samples[b * 2 + 1] as number
        const row = confusion[data.labels[b] as number]
        const winner = argmax(logits, b * classes, classes)
        if (row) row[winner] = (row[winner] ?? 0) + 1
      }
      // spikes are counted over whole batches only: a filled-up batch would count its first sample again
      if (options.spikes && (real === size || counted === 0)) {
        const columns = await program.readManyWords(records.map((_, index) => `columns${index}`))
        columns.forEach((words, index) => {
          ones[index] = (ones[index] ?? 0) + onesOf(words)
        })
        counted += size
      }
      done += real
      options.onProgress?.(done, total)
    }
    await checkInputs(program)
  } finally {
    program.release()
  }
  const rateOf = new Map(
    records.map((record, index) => [
      record.spikes,
      counted ? (ones[index] as number) / (counted * timeSteps * neuronsOf(shapeOf(record.spikes))) : 0,
    ]),
  )
  return {
    samples: done,
    accuracy: correct / done,
    loss: loss / done,
    confusion,
    rates: options.spikes
      ? records.map((record) => ({
          layer: record.path,
          neurons: neuronsOf(shapeOf(record.spikes)),
          multiplicity: record.multiplicity,
          rate: rateOf.get(record.spikes) ?? 0,
        }))
      : [],
    convolutions: convolutions.map(({ macs, source, constant }) => ({
      macs,
      constant,
      rate: source ? (rateOf.get(source) ?? 0) : null,
    })),
    spikesPerSample: options.spikes && counted ? ones.reduce((sum, value) => sum + value, 0) / counted : null,
  }
}

/** @throws OptionError unless it is a number of the network's time steps */
function stepsToRun(model: Model, steps: number | undefined, counted: boolean): number {
  const { timeSteps } = model.description
  if (steps === undefined || steps === timeSteps) return timeSteps
  if (!Number.isSafeInteger(steps) || steps < 1 || steps > timeSteps)
    throw new OptionError(
      'evaluation.steps',
      `must be a whole number from 1 to the network's ${timeSteps}; got ${steps}.`,
    )
  if (counted)
    throw new OptionError(
      'evaluation.steps',
      'must be left out where the device counts events: it counts the frames of all steps.',
      'Count them on the host.',
    )
  return steps
}

function argmax(values: Float32Array, start: number, count: number): number {
  let best = 0
  for (let k = 1; k < count; k++) if ((values[start + k] as number) > (values[start + best] as number)) best = k
  return best
}
