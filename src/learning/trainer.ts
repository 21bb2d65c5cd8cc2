/** Training with surrogate gradients: epochs over a data set, validation, checkpoints, progress, resumption. */

import { softTargets } from '../datasets/augmentation/pipeline.js'
import { augmentationPipeline, batchCount } from '../datasets/batches.js'
import { checkSplit } from '../datasets/check.js'
import type { Dataset } from '../datasets/types.js'
import { CheckpointError, InterruptedError, NumericError } from '../errors.js'
import type { Program } from '../graph/program.js'
import type { LayerKernel } from '../graph/switching.js'
import type { Model } from '../nn/model.js'
import type { OptimizerSettings } from '../ops/optimizer.js'
import { deriveSeed } from '../runtime/philox.js'
import { type BatchFeed, trainingFeed } from './batch-feed.js'
import { captureModel, restoreModel, type TrainingPosition } from './checkpoint.js'
import { checkInputs, findNonFinite, requireFiniteWeights } from './diagnosis.js'
import { evaluate } from './evaluation.js'
import type { TensorFile } from './safetensors.js'
import { learningRateAt, type ScheduleSettings } from './schedule.js'
import { checkTrainingOptions, type TrainingOptions } from './training-options.js'
import { checkValidationFeed, validationOptions } from './validation.js'

export type { TrainingOptions } from './training-options.js'

/** One point of the training curves; validation only at the end of an epoch. */
export interface CurvePoint {
  readonly step: number
  readonly epoch: number
  readonly loss: number
  readonly trainAccuracy: number
  readonly validationAccuracy: number | null
  readonly learningRate: number
}

export type TrainingEvent =
  | { readonly kind: 'start'; readonly steps: number; readonly fromStep: number }
  | {
      readonly kind: 'progress'
      readonly step: number
      readonly steps: number
      readonly point: CurvePoint
      readonly samplesPerSecond: number
    }
  | { readonly kind: 'epoch'; readonly step: number; readonly steps: number; readonly point: CurvePoint }
  /** Layers changed between their kernel for the usual activity and that for rare spikes; every layer that has both. */
  | { readonly kind: 'kernels'; readonly step: number; readonly layers: readonly LayerKernel[] }

/** Where a training keeps its state; the host decides what that is. */
export interface CheckpointStore {
  load(): Promise<TensorFile | null>
  /** Must be durable when the promise resolves, and never leave half a file. */
  save(file: TensorFile): Promise<void>
}

export interface TrainingResult {
  readonly curves: readonly CurvePoint[]
  readonly steps: number
  readonly samples: number
  /** Seconds of this process's part. */
  readonly seconds: number
  readonly samplesPerSecond: number
}

export interface TrainingHooks {
  readonly onEvent?: (event: TrainingEvent) => void
  readonly signal?: AbortSignal
  readonly checkpoint?: CheckpointStore
  /** Checkpoint at least every so many seconds, and at the end of each epoch. */
  readonly checkpointSeconds?: number
  /** Written into every checkpoint: how to build the network again. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** The step whose spikes decide for the first time which kernels run: the first ones are those of untrained weights. */
const firstDecision = 4

/** Adaptive-moment bias corrections and the learning rate, as the optimiser kernel takes them. */
export function optimizerStep(
  optimizer: OptimizerSettings,
  learningRate: number,
  step: number,
): [number, number, number, number] {
  if (optimizer.kind === 'sgd') return [learningRate, 1, 1, 0]
  return [learningRate, 1 - optimizer.beta1 ** (step + 1), 1 - optimizer.beta2 ** (step + 1), 0]
}

/** Where a checkpoint's training stood: its position, its curves and the sums since the last report. */
function readProgress(
  file: TensorFile,
  { seed, batch }: TrainingOptions,
): { step: number; curves: CurvePoint[]; metrics: Float32Array; sparseLayers: string[] } {
  if (file.metadata.seed !== String(seed)) {
    throw new CheckpointError(
      'checkpoint',
      `is of a training with seed ${file.metadata.seed ?? 'unknown'}; this one has ${seed}.`,
      'Go on with the settings it was started with.',
    )
  }
  if (file.metadata.batchSize !== String(batch)) {
    throw new CheckpointError(
      'checkpoint',
      `is of a training with ${file.metadata.batchSize ?? 'an unknown number of'} samples a step; this one has ${batch}.`,
      'Go on with the settings it was started with.',
    )
  }
  const parse = (name: string): unknown => {
    try {
      return JSON.parse(file.metadata[name] ?? 'null')
    } catch {
      return null
    }
  }
  const { step } = (parse('position') ?? {}) as Partial<TrainingPosition>
  const curves = parse('curves')
  const metrics = parse('metrics')
  // absent in checkpoints of before there was a choice
  const sparseLayers = parse('sparseLayers') ?? []
  if (
    typeof step !== 'number' ||
    !Number.isSafeInteger(step) ||
    step < 0 ||
    !Array.isArray(curves) ||
    !Array.isArray(metrics) ||
    !Array.isArray(sparseLayers)
  ) {
    throw new CheckpointError(
      'checkpoint',
      `must say where its training stands and does not (position ${file.metadata.position ?? 'missing'}).`,
      'Use the run folder’s training checkpoint.',
    )
  }
  return {
    step,
    curves: curves as CurvePoint[],
    metrics: Float32Array.from({ length: 4 }, (_, i) => Number(metrics[i] ?? 0)),
    sparseLayers: sparseLayers.map(String),
  }
}

/**
 * Trains a model whose weights are initialised, in place.
 *
 * The order of samples, augmentation, drop-path and rates are functions of (seed, epoch, step), so a training that is
 * interrupted and continued from its checkpoint ends with the same bytes as one that was not.
 * @throws OptionError on an option out of range
 * @throws CheckpointError when the stored state is of another network or training; nothing is changed then
 * @throws NumericError when the loss is not finite, naming step and layer
 * @throws InterruptedError when `signal` fires, after saving
 */
export async function train(
  model: Model,
  dataset: Dataset,
  options: TrainingOptions,
  hooks: TrainingHooks = {},
): Promise<TrainingResult> {
  checkTrainingOptions(options, dataset.train)
  checkSplit(dataset.train, model.description.classes, `${dataset.name}, training split`)
  const { batch, seed, schedule, optimizer } = options
  const perEpoch = batchCount(dataset.train, { batch, dropLast: true })
  const budget =
    options.maxSamples === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(options.maxSamples / batch))
  const steps = Math.min(options.epochs * perEpoch, budget)
  const feed = trainingFeed(dataset.train, options)
  checkValidationFeed(model, dataset.validation, options)
  const program = await model.compileTraining({
    batch,
    optimizer,
    labelSmoothing: options.labelSmoothing,
    maxNorm: options.maxNorm,
    recompute: options.recompute,
    activations: options.activations ?? 'f32',
    dropPathSeed: options.dropPath > 0 ? deriveSeed(seed, 'drop path') : null,
    softLabels: augmentationPipeline(options.augment).mixes,
    events: feed.events,
  })
  try {
    return await new TrainingLoop(model, program, feed, dataset, options, hooks, steps, perEpoch).run(schedule)
  } finally {
    program.release()
  }
}

class TrainingLoop {
  private step = 0
  private curves: CurvePoint[] = []
  private savedAt = performance.now()
  /** Sums since the last report, carried over from a checkpoint. */
  private pendingMetrics: Float32Array | null = null

  constructor(
    private readonly model: Model,
    private readonly program: Program,
    private readonly feed: BatchFeed,
    private readonly dataset: Dataset,
    private readonly options: TrainingOptions,
    private readonly hooks: TrainingHooks,
    private readonly steps: number,
    private readonly perEpoch: number,
  ) {}

  async run(schedule: ScheduleSettings): Promise<TrainingResult> {
    await this.resume()
    const { program, options, steps, perEpoch } = this
    const first = this.step
    this.hooks.onEvent?.({ kind: 'start', steps, fromStep: first })
    const start = performance.now()
    const reportEvery = options.reportEvery ?? Math.max(1, Math.min(50, Math.floor(steps / 40)))
    program.write('metrics', this.pendingMetrics ?? new Float32Array(4))
    let learningRate = 0
    while (this.step < steps) {
      const epoch = Math.floor(this.step / perEpoch)
      const order = this.feed.load({
        epoch,
        seed: deriveSeed(options.seed, 'training order'),
        dropLast: true,
        from: this.step % perEpoch,
      })
      for await (const data of order) {
        const progress = this.step / steps
        learningRate = learningRateAt(schedule, progress)
        for (const [slot, values] of Object.entries(data.slots)) program.write(slot, values)
        program.write('labels', data.labels)
        if (data.labelShares) program.write('targets', softTargets(data.labelShares, this.model.description.classes))
        program.setStep('optimizer', optimizerStep(options.optimizer, learningRate, this.step))
        program.setStep('dropPath', [options.dropPath * progress, this.step, 0, 0])
        program.setStep('encoder', [this.step, 0, 0, 0])
        await this.runStep()
        this.step++
        const endOfEpoch = this.step % perEpoch === 0 || this.step === steps
        if (this.step % reportEvery === 0 || endOfEpoch) {
          const rate = ((this.step - first) * options.batch) / ((performance.now() - start) / 1000)
          await this.report(learningRate, rate, endOfEpoch)
        }
        await this.saveWhenDue(endOfEpoch)
        if (this.step === steps) break
      }
    }
    const seconds = (performance.now() - start) / 1000
    const samples = this.step * options.batch
    return {
      curves: this.curves,
      steps: this.step,
      samples,
      seconds,
      samplesPerSecond: ((this.step - first) * options.batch) / Math.max(seconds, 1e-9),
    }
  }

  /**
   * Runs one step. At the first step of an epoch, and once soon after the start, it also counts spikes and chooses kernels
   * by them: at fixed steps and by exact counts, so that every run of a training chooses the same.
   */
  private async runStep(): Promise<void> {
    const { program, step } = this
    if (step !== firstDecision && (step === 0 || step % this.perEpoch > 0)) {
      program.run()
      await program.wait()
    } else if (await program.adapt()) {
      this.hooks.onEvent?.({ kind: 'kernels', step: step + 1, layers: program.switches.layers })
    }
  }

  private async report(learningRate: number, samplesPerSecond: number, endOfEpoch: boolean): Promise<void> {
    const { program, step, steps } = this
    const [loss = Number.NaN, correct = 0, count = 0] = await program.readFloats('metrics')
    program.write('metrics', new Float32Array(4))
    if (!Number.isFinite(loss)) {
      const place = await findNonFinite(this.model)
      throw new NumericError(
        'training',
        `the loss must stay finite and became ${loss} at or before step ${step}; ${place}.`,
        'Lower the learning rate or set maxNorm to clip gradients.',
      )
    }
    await checkInputs(program)
    if (endOfEpoch) await requireFiniteWeights(this.model, step)
    const epoch = step / this.perEpoch
    const validationAccuracy = endOfEpoch && this.dataset.validation.count > 0 ? await this.validate() : null
    const point: CurvePoint = {
      step,
      epoch,
      loss: loss / count,
      trainAccuracy: correct / count,
      validationAccuracy,
      learningRate,
    }
    this.curves.push(point)
    this.hooks.onEvent?.({ kind: 'progress', step, steps, point, samplesPerSecond })
    if (endOfEpoch) this.hooks.onEvent?.({ kind: 'epoch', step, steps, point })
  }

  private async validate(): Promise<number> {
    const { validation } = this.dataset
    const { accuracy } = await evaluate(this.model, validation, validationOptions(validation, this.options))
    return accuracy
  }

  private async resume(): Promise<void> {
    const file = await this.hooks.checkpoint?.load()
    if (!file) return
    const { step, curves, metrics, sparseLayers } = readProgress(file, this.options)
    restoreModel(this.model, file, 'checkpoint', true)
    this.program.switches.choose(sparseLayers)
    this.step = step
    this.curves = curves
    this.pendingMetrics = metrics
  }

  private async saveWhenDue(endOfEpoch: boolean): Promise<void> {
    const { checkpoint, signal, checkpointSeconds = 60 } = this.hooks
    const aborted = signal?.aborted ?? false
    const due = endOfEpoch || (performance.now() - this.savedAt) / 1000 > checkpointSeconds
    if (checkpoint && (due || aborted)) {
      await checkpoint.save(await this.capture())
      this.savedAt = performance.now()
    }
    if (aborted && this.step < this.steps) {
      throw new InterruptedError(
        'training',
        `stopped at step ${this.step} of ${this.steps}; ${checkpoint ? 'the state is saved' : 'nothing is saved'}.`,
        checkpoint ? 'Run the same command with --resume to go on.' : 'Start it again.',
      )
    }
  }

  private async capture(): Promise<TensorFile> {
    const position: TrainingPosition = {
      step: this.step,
      epoch: Math.floor(this.step / this.perEpoch),
      batch: this.step % this.perEpoch,
    }
    const metrics = [...(await this.program.readFloats('metrics'))]
    return captureModel(
      this.model,
      {
        ...this.hooks.metadata,
        position: JSON.stringify(position),
        curves: JSON.stringify(this.curves),
        metrics: JSON.stringify(metrics),
        // kernels add in different orders, so going on with others would change the last bits
        sparseLayers: JSON.stringify(this.program.switches.sparseLayers),
        seed: String(this.options.seed),
        batchSize: String(this.options.batch),
      },
      true,
    )
  }
}
