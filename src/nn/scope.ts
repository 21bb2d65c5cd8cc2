/** What a layer sees while a model is traced: the tracer, the mode, a name, and where parameters are declared. */
import type { Graph } from '../graph/graph.js'
import type { NormState } from '../ops/batch-norm.js'
import { traceBatchNorm } from '../ops/batch-norm.js'
import type { DropPath } from '../ops/combine.js'
import { traceFirst } from '../ops/copy.js'
import { shapeOf, type Value } from '../ops/op.js'
import { traceDropFactors } from '../ops/random.js'
import type { Seed } from '../runtime/philox.js'
import { fanInUniform, type Initializer, type ParameterTable } from './parameters.js'

export type Mode = 'train' | 'evaluate'

/**
 * Whose statistics a batch norm uses. `perStep`: each time step has its own, in training and, as running averages, in
 * evaluation. `perStepSharedAverages`: each step its own in training, but one running average for all, updated at every
 * step, as in networks that run step by step through one norm layer (sheet 00, section 1.1); evaluation then normalises
 * with others than training did. `pooled`: all steps together.
 */
export const statisticsModes = ['perStep', 'perStepSharedAverages', 'pooled'] as const
export type StatisticsMode = (typeof statisticsModes)[number]

/** A LIF population that somebody watches: its spikes stay readable for counts. */
export interface SpikeRecord {
  readonly path: string
  readonly spikes: Value
  /** How many populations of the described network this one stands for. */
  readonly multiplicity: number
}

/** A convolution's work, for synaptic operations and energy. */
export interface ConvolutionRecord {
  readonly path: string
  /** MACs of one sample and step. */
  readonly macs: number
  /** Spikes that drive it; null for real-valued input. */
  readonly source: Value | null
  /** Real-valued input that is the same at every step: computed once. */
  readonly constant: boolean
}

export interface ScopeOptions {
  readonly graph: Graph
  readonly parameters: ParameterTable
  readonly states: ParameterTable
  readonly mode: Mode
  readonly timeSteps: number
  /** Steps that the network was made for, where an evaluation leaves out the last of them; default `timeSteps`. */
  readonly trainedSteps?: number
  readonly batch: number
  readonly statistics: StatisticsMode
  /** Keep running averages; untrained fitness needs none. */
  readonly runningAverages: boolean
  /** Drop-path: how many edges may be dropped and the seed of their masks; null turns it off. */
  readonly dropPath: { readonly edges: number; readonly seed: Seed } | null
}

interface Shared {
  readonly records: SpikeRecord[]
  readonly convolutions: ConvolutionRecord[]
  dropFactors: Value | null
  nextDropEdge: number
}

export class Scope {
  readonly graph: Graph
  readonly mode: Mode
  readonly timeSteps: number
  /** Steps that numbers of single steps are declared for: `timeSteps`, or more where the last steps are left out. */
  readonly trainedSteps: number
  /** Samples that run together. */
  readonly batch: number
  readonly path: string
  private readonly options: ScopeOptions
  private readonly shared: Shared

  constructor(
    options: ScopeOptions,
    path = '',
    shared: Shared = { records: [], convolutions: [], dropFactors: null, nextDropEdge: 0 },
  ) {
    this.options = options
    this.graph = options.graph
    this.mode = options.mode
    this.timeSteps = options.timeSteps
    this.trainedSteps = options.trainedSteps ?? options.timeSteps
    this.batch = options.batch
    this.path = path
    this.shared = shared
  }

  /** A scope for a part of the model; names join with dots. */
  child(name: string): Scope {
    return new Scope(this.options, this.path ? `${this.path}.${name}` : name, this.shared)
  }

  /** The same place, but what its layers record goes nowhere: for layers that run once a step and are recorded as one. */
  unrecorded(): Scope {
    return new Scope(this.options, this.path, { ...this.shared, records: [], convolutions: [] })
  }

  get records(): readonly SpikeRecord[] {
    return this.shared.records
  }

  get convolutions(): readonly ConvolutionRecord[] {
    return this.shared.convolutions
  }

  private named(name: string): string {
    return this.path ? `${this.path}.${name}` : name
  }

  parameter(name: string, shape: readonly number[], initializer: Initializer): Value {
    const entry = this.options.parameters.declare(this.named(name), shape, initializer)
    return this.graph.raw('f32', entry.elements, entry.path, { storage: { kind: 'parameter', name: entry.path } })
  }

  state(name: string, shape: readonly number[], initializer: Initializer): Value {
    const entry = this.options.states.declare(this.named(name), shape, initializer)
    return this.graph.raw('f32', entry.elements, entry.path, { storage: { kind: 'state', name: entry.path } })
  }

  /** Weights `[k, k, CI, CO]`, uniform ±1/sqrt(CI k²). */
  convolutionWeights(name: string, kernel: number, inputs: number, outputs: number): Value {
    return this.parameter(name, [kernel, kernel, inputs, outputs], fanInUniform(inputs * kernel * kernel))
  }

  /** Of a table with a row for each step of the network the rows of the steps that run: the first ones. */
  rowsThatRun(table: Value): Value {
    return this.timeSteps === this.trainedSteps
      ? table
      : traceFirst(this.graph, table, (table.elements / this.trainedSteps) * this.timeSteps)
  }

  /**
   * Running means and variances of a batch norm, `[2, C]`, or `[T, 2, C]` with a row for each step that runs; null when
   * nobody will evaluate.
   */
  runningAverages(channels: number, perStep: boolean): Value | null {
    if (!this.options.runningAverages) return null
    const rows = perStep ? this.trainedSteps : 1
    const values = Array.from({ length: 2 * rows }, (_, row) => row % 2)
    const all = this.state('running', rows > 1 ? [rows, 2, channels] : [2, channels], { kind: 'rows', values })
    return perStep ? this.rowsThatRun(all) : all
  }

  /** Batch norm over the channels of a current: parameters `gamma`, `beta`, running averages, statistics. */
  batchNorm(current: Value, moments: Value | null): NormState {
    const { channels, steps } = shapeOf(current)
    const { statistics } = this.options
    const gamma = this.parameter('gamma', [channels], { kind: 'constant', value: 1 })
    const beta = this.parameter('beta', [channels], { kind: 'constant', value: 0 })
    // a single step that runs of several that were trained still has averages of its own, a constant current has not
    const declared = this.options.states.get(this.named('running'))
    const perStep = statistics === 'perStep' && (declared ? declared.shape.length === 3 : steps > 1)
    const running = this.runningAverages(channels, perStep)
    return traceBatchNorm(this.graph, current, moments, {
      gamma,
      beta,
      running,
      mode: this.mode,
      statistics: statistics === 'pooled' ? 'pooled' : 'perStep',
    })
  }

  /** Drop-path of the next droppable edge; null when it is off or the network is evaluated. */
  dropEdge(): DropPath | null {
    const { dropPath, mode, timeSteps, batch } = this.options
    if (!dropPath || mode === 'evaluate') return null
    const edge = this.shared.nextDropEdge++
    if (edge >= dropPath.edges) throw new RangeError(`more edges than the ${dropPath.edges} announced for drop-path`)
    this.shared.dropFactors ??= traceDropFactors(this.graph, dropPath.edges, timeSteps * batch, dropPath.seed)
    return { factors: this.shared.dropFactors, edge }
  }

  record(spikes: Value, multiplicity = 1): void {
    this.shared.records.push({ path: this.path, spikes, multiplicity })
  }

  recordConvolution(record: Omit<ConvolutionRecord, 'path'>): void {
    this.shared.convolutions.push({ path: this.path, ...record })
  }
}
