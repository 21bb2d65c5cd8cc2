/** A network with its parameters on one GPU: compiled into programs for training, evaluation and inspection. */
import { LimitError, ShapeError } from '../errors.js'
import { differentiate } from '../graph/differentiate.js'
import { Graph } from '../graph/graph.js'
import { type ActivationStorage, storeHalves } from '../graph/halves.js'
import { Program } from '../graph/program.js'
import { traceCopy } from '../ops/copy.js'
import { traceCrossEntropy } from '../ops/cross-entropy.js'
import { type EventFramesSpec, traceEventFrames } from '../ops/event-frames.js'
import type { ActivationShape, Value } from '../ops/op.js'
import { shapeOf } from '../ops/op.js'
import { type OptimizerSettings, traceOptimizer } from '../ops/optimizer.js'
import { traceTimeMean } from '../ops/time-sums.js'
import { mebibytes } from '../runtime/buffer-pool.js'
import type { Gpu } from '../runtime/gpu.js'
import type { Seed } from '../runtime/philox.js'
import type { Layer } from './layers.js'
import { ModelMemory } from './memory.js'
import { ParameterTable } from './parameters.js'
import { type ConvolutionRecord, Scope, type ScopeOptions, type SpikeRecord, type StatisticsMode } from './scope.js'

/** What a network is built for. Sides in pixels. */
export interface InputSpec {
  readonly height: number
  readonly width: number
  readonly channels: number
  /** Event frames differ from step to step; an image is the same at every step and is uploaded once. */
  readonly perStep: boolean
}

export interface ModelDescription {
  /** Traces the network: input to logits `[T, B, classes, 1, 1]`. */
  readonly layer: Layer
  readonly input: InputSpec
  readonly classes: number
  readonly timeSteps: number
  readonly statistics: StatisticsMode
  /** Identity of the architecture, written into checkpoints. */
  readonly architecture: string
  /** Upper bound of edges that drop-path may drop; 0 if the network has none. */
  readonly droppableEdges?: number
}

export interface TrainingSetup {
  readonly batch: number
  readonly optimizer: OptimizerSettings
  readonly labelSmoothing: number
  readonly maxNorm: number | null
  readonly recompute: boolean
  /** How forward activations are stored; default `f32`. See `src/graph/halves.ts` for what `f16` rounds. */
  readonly activations?: ActivationStorage
  readonly dropPathSeed: Seed | null
  /** Labels are shares of classes, written into slot `targets` beside the labels; default false. */
  readonly softLabels?: boolean
  /** Events are counted into the network's input on the device; default: frames are written into slot `input`. */
  readonly events?: EventFramesSpec | undefined
}

/** A traced forward pass: what was built, before it is compiled. */
export interface Traced {
  readonly graph: Graph
  readonly logits: Value
  readonly meanLogits: Value
  readonly records: readonly SpikeRecord[]
  readonly convolutions: readonly ConvolutionRecord[]
}

const slot = (name: string) => ({ kind: 'slot', name }) as const

export class Model {
  readonly gpu: Gpu
  readonly description: ModelDescription
  readonly parameters = new ParameterTable()
  readonly states = new ParameterTable()
  readonly memory: ModelMemory

  constructor(gpu: Gpu, description: ModelDescription) {
    this.gpu = gpu
    this.description = description
    this.memory = new ModelMemory(gpu, this.parameters, this.states)
    // a first trace declares all parameters, so that sizes are known before anything is compiled
    this.trace({ batch: 1, mode: 'train', dropPathSeed: null })
  }

  inputShape(batch: number, timeSteps = this.description.timeSteps): ActivationShape {
    const { input } = this.description
    return {
      steps: input.perStep ? timeSteps : 1,
      batch,
      height: input.height,
      width: input.width,
      channels: input.channels,
    }
  }

  /** Traces the forward pass into a fresh graph. */
  trace(options: {
    batch: number
    mode: 'train' | 'evaluate'
    dropPathSeed: Seed | null
    runningAverages?: boolean
    /** Run only so many of the first time steps. */
    steps?: number | undefined
    /** The network's input is counted from events; default: it is written into slot `input`. */
    events?: EventFramesSpec | undefined
  }): Traced {
    const graph = new Graph()
    const { steps = this.description.timeSteps } = options
    const scopeOptions: ScopeOptions = {
      graph,
      parameters: this.parameters,
      states: this.states,
      mode: options.mode,
      timeSteps: steps,
      trainedSteps: this.description.timeSteps,
      batch: options.batch,
      statistics: this.description.statistics,
      runningAverages: options.runningAverages ?? true,
      dropPath:
        options.dropPathSeed && this.description.droppableEdges
          ? { edges: this.description.droppableEdges, seed: options.dropPathSeed }
          : null,
    }
    const scope = new Scope(scopeOptions)
    const input = this.traceInput(graph, this.inputShape(options.batch, steps), options.events)
    const logits = this.description.layer(scope, input)
    const shape = shapeOf(logits)
    if (shape.channels !== this.description.classes || shape.height * shape.width !== 1) {
      throw new TypeError(
        `the network must end in ${this.description.classes} logits; it ends in [${shape.channels}, ${shape.height}, ${shape.width}]`,
      )
    }
    const meanLogits = traceTimeMean(graph, logits)
    return { graph, logits, meanLogits, records: scope.records, convolutions: scope.convolutions }
  }

  /** @throws LimitError when the events of a batch cannot be bound as a whole */
  checkEvents({ capacity }: EventFramesSpec): void {
    const { maxBinding } = this.gpu
    if (8 * capacity <= maxBinding) return
    throw new LimitError(
      'events',
      `of a batch may need ${mebibytes(8 * capacity)}; the device binds at most ${mebibytes(maxBinding)}.`,
      'Use a smaller batch, or count events on the host.',
    )
  }

  private traceInput(graph: Graph, wanted: ActivationShape, events: EventFramesSpec | undefined): Value {
    if (!events) return graph.activation('f32', wanted, 'input', slot('input'))
    this.checkEvents(events)
    const { frames } = traceEventFrames(graph, events)
    const text = ({ steps, batch, height, width, channels }: ActivationShape) =>
      `[${steps}, ${batch}, ${height}, ${width}, ${channels}]`
    if (text(shapeOf(frames)) === text(wanted)) return frames
    throw new ShapeError(
      'events',
      `must be counted into the network's input ${text(wanted)}; they become ${text(shapeOf(frames))}.`,
      'Build the network for the data set, and pad frames to its side.',
    )
  }

  /** One training step: forward, backward, update. Slots `input` or those of `traceEventFrames`, `labels`, `targets` if soft, `metrics`; step uniforms `optimizer`, `dropPath`. */
  async compileTraining(setup: TrainingSetup, options: { minimumSlabs?: number } = {}): Promise<Program> {
    const { graph, meanLogits } = this.trace({ ...setup, mode: 'train' })
    this.traceLoss(graph, meanLogits, setup.batch, setup.labelSmoothing, setup.softLabels)
    this.traceBackward(graph, setup.recompute)
    const arena = (name: string) =>
      graph.raw('f32', this.parameters.arenaElements, name, { storage: { kind: 'state', name: `arena:${name}` } })
    const moments = setup.optimizer.kind === 'adamw' ? [arena('first'), arena('second')] : [arena('velocity')]
    traceOptimizer(graph, arena('weights'), arena('gradient'), moments, setup.optimizer, setup.maxNorm)
    if (setup.activations === 'f16') storeHalves(graph)
    return Program.compile(this.gpu, graph, this.memory, { name: 'training', ...options })
  }

  traceLoss(graph: Graph, meanLogits: Value, batch: number, labelSmoothing: number, softLabels = false): void {
    const labels = graph.raw('u32', batch, 'labels', { storage: slot('labels') })
    const metrics = graph.raw('f32', 4, 'metrics', { storage: slot('metrics') })
    const targets = softLabels
      ? graph.raw('f32', batch * this.description.classes, 'targets', { storage: slot('targets') })
      : null
    traceCrossEntropy(graph, meanLogits, labels, metrics, labelSmoothing, targets)
  }

  /** Appends the backward pass; gradients of all parameters land in the gradient arena. */
  traceBackward(graph: Graph, recompute: boolean): void {
    const gradients = new Map<string, Value>()
    differentiate(graph, {
      recompute,
      gradientOf: ({ storage, elements }) => {
        if (storage.kind !== 'parameter') return null
        const known = gradients.get(storage.name)
        if (known) return known
        const gradient = graph.raw('f32', elements, `d ${storage.name}`, {
          storage: { kind: 'gradient', name: storage.name },
        })
        gradients.set(storage.name, gradient)
        return gradient
      },
    })
  }

  /** Forward pass with running averages and the loss, over all time steps or the first `steps` of them. Slots `input` or those of `traceEventFrames`, `labels`, `metrics`, `logits`. */
  async compileEvaluation(
    batch: number,
    observe?: (traced: Traced) => void,
    events?: EventFramesSpec,
    steps?: number,
  ): Promise<Program> {
    const traced = this.trace({ batch, mode: 'evaluate', dropPathSeed: null, events, steps })
    const { graph, meanLogits } = traced
    const kept = graph.raw('f32', batch * this.description.classes, 'logits', { storage: slot('logits') })
    this.traceLoss(graph, meanLogits, batch, 0)
    traceCopy(graph, meanLogits, kept)
    observe?.(traced)
    return Program.compile(this.gpu, graph, this.memory, { name: 'evaluation' })
  }

  release(): void {
    this.memory.release()
  }
}
