/** Runs LIF populations with their gradients on the GPU, and the float64 reference that replays the GPU's spikes. */
import type { Graph } from '../graph/graph.js'
import { type LifParameters, mseNasLif, traceLif } from '../ops/lif.js'
import { type ActivationShape, imagesOf, neuronsOf } from '../ops/op.js'
import type { Gpu } from '../runtime/gpu.js'
import { philoxFill, RandomStream, toUnit } from '../runtime/philox.js'
import type { VariantChoices } from '../runtime/variants.js'
import { unpackSpikes } from '../testing/oracle/dissimilarity.js'
import { type LifResult, type LifRun, lifBackward, lifForward } from '../testing/oracle/lif.js'
import { compareSpikes } from '../testing/tolerance.js'
import { drawNumbers, runOp } from './op-run.js'
import { traceLoad, traceSeed, traceStore } from './slabbed-io.js'

export interface LifCase {
  readonly parameters: LifParameters
  /** Of the spikes. */
  readonly shape: ActivationShape
  /** The current is the same at every step. */
  readonly constant: boolean
  /** Membranes before the first step are given. */
  readonly initial: boolean
  /** Populations that read the current: above 1, gradients are added to what is there. */
  readonly readers: number
  /** Numbers are multiples of 1/64, so that membranes often meet the threshold; else they avoid it. */
  readonly grid: boolean
  readonly seed: number
}

export const plainLif: LifCase = {
  parameters: mseNasLif,
  shape: { steps: 4, batch: 2, height: 1, width: 1, channels: 5 },
  constant: false,
  initial: false,
  readers: 1,
  grid: false,
  seed: 1,
}

export interface LifData {
  /** `[T or 1, B·N]` */
  readonly x: Float64Array
  /** `[B·N]`, or null for the default. */
  readonly initial: Float64Array | null
  /** Gradient of each reader's spikes. */
  readonly ds: readonly Float64Array[]
}

/** Numbers in [-bound, bound) that hardly ever meet a multiple of 1/64; exact in float32. */
const fineNumbers = (seed: number, draw: number, count: number, bound: number): Float64Array =>
  Float64Array.from(philoxFill([seed, 37], RandomStream.syntheticData, draw, 0, count), (word) =>
    Math.fround((2 * toUnit(word) - 1) * bound),
  )

/** Currents that make a neuron fire at about every third step. */
export function lifData(run: LifCase): LifData {
  const { shape, parameters, seed } = run
  const draw = run.grid ? drawNumbers : fineNumbers
  const neurons = shape.batch * neuronsOf(shape)
  const gain = parameters.decayInput ? Math.min(parameters.tau, 4) : 1
  const current = (value: number) => Math.fround((value + 0.25) * gain)
  return {
    x: draw(seed, 0, (run.constant ? 1 : shape.steps) * neurons, 1.5).map(current),
    initial: run.initial ? draw(seed, 1, neurons, 0.5) : null,
    ds: Array.from({ length: run.readers }, (_, reader) => draw(seed, 2 + reader, shape.steps * neurons, 1)),
  }
}

export interface LifOutcome {
  /** 0/1, `[T, B·N]` */
  readonly spikes: Float64Array
  readonly words: Uint32Array
  readonly dx: Float32Array
  readonly slabs: number
  /** Values stored as f16. */
  readonly halves: number
}

const inputShape = ({ shape, constant }: LifCase): ActivationShape => (constant ? { ...shape, steps: 1 } : shape)

function traceCase(graph: Graph, run: LifCase, backward: boolean): void {
  const { shape, parameters } = run
  const x = traceLoad(graph, 'f32', inputShape(run), 'x', backward ? 'dx' : undefined)
  const neurons = shape.batch * neuronsOf(shape)
  const initial = run.initial
    ? graph.raw('f32', neurons, 'initial', { storage: { kind: 'slot', name: 'initial' } })
    : null
  for (let reader = 0; reader < run.readers; reader++) {
    const { spikes } = traceLif(graph, x, {
      parameters,
      timeSteps: shape.steps,
      ...(initial ? { initialMembrane: initial } : {}),
    })
    if (reader === 0) traceStore(graph, spikes, 'spikes')
    if (backward) traceSeed(graph, spikes, `ds${reader}`)
  }
}

/** Forward and, if wanted, backward pass of a case. */
export async function runLif(
  gpu: Gpu,
  run: LifCase,
  data: LifData,
  options: {
    readonly minimumSlabs?: number
    readonly backward?: boolean
    readonly halves?: boolean
    readonly choices?: VariantChoices
  } = {},
): Promise<LifOutcome> {
  const { minimumSlabs = 1, backward = false, halves = false, choices } = options
  const gradients = backward ? Object.fromEntries(data.ds.map((ds, reader) => [`ds${reader}`, ds])) : {}
  const result = await runOp(gpu, {
    build: (graph) => traceCase(graph, run, backward),
    write: { x: data.x, ...(data.initial ? { initial: data.initial } : {}), ...gradients },
    read: ['spikes', ...(backward ? ['dx'] : [])],
    backward,
    minimumSlabs,
    halves,
    ...(choices ? { choices } : {}),
  })
  const words = result.words('spikes')
  return {
    // this also fails when a bit beyond the last neuron is set
    spikes: unpackSpikes(words, imagesOf(run.shape), neuronsOf(run.shape)),
    words,
    dx: backward ? result.floats('dx') : new Float32Array(),
    slabs: result.slabs,
    halves: result.halves,
  }
}

const oracleRun = (run: LifCase, data: LifData, replaySpikes?: Float64Array): LifRun => ({
  timeSteps: run.shape.steps,
  neurons: run.shape.batch * neuronsOf(run.shape),
  ...(data.initial ? { initialMembrane: data.initial } : {}),
  ...(replaySpikes ? { replaySpikes } : {}),
})

/** The oracle's membranes when it fires where the device did. */
export const replay = (run: LifCase, data: LifData, spikes: Float64Array): LifResult =>
  lifForward(data.x, run.parameters, oracleRun(run, data, spikes))

/** Gradient of the current, of all readers together. */
export function referenceGradient(run: LifCase, data: LifData, spikes: Float64Array): Float64Array {
  const parts = data.ds.map((ds) => lifBackward(data.x, ds, run.parameters, oracleRun(run, data, spikes)).inputGradient)
  return Float64Array.from(data.x, (_, i) => parts.reduce((sum, part) => sum + (part[i] ?? Number.NaN), 0))
}

/** Spikes that differ from what the membrane they led to asks for, and those of them that rounding cannot explain. */
export function flipsOf(run: LifCase, data: LifData, spikes: Float64Array, tolerance: number) {
  const { threshold, strict } = run.parameters
  const { membrane } = replay(run, data, spikes)
  const due = membrane.map((h) => Number(strict ? h > threshold : h >= threshold))
  return compareSpikes(spikes, due, membrane, threshold, tolerance)
}
