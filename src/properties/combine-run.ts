/** Runs a node (sum of edges with batch norm, sign clip and drop-path) with all gradients, on the GPU and in float64. */
import type { Graph } from '../graph/graph.js'
import { type NormState, traceBatchNorm } from '../ops/batch-norm.js'
import { type ClipSign, traceCombine } from '../ops/combine.js'
import { type ActivationShape, imagesOf, neuronsOf, pixelsOf, type Value } from '../ops/op.js'
import type { Gpu } from '../runtime/gpu.js'
import { philoxFill, RandomStream, toUnit } from '../runtime/philox.js'
import {
  type BatchNormExtent,
  type BatchNormResult,
  batchNormBackward,
  batchNormForward,
  batchNormRunning,
  type RunningStatistics,
} from '../testing/oracle/batch-norm.js'
import { addAll, dropPath, signClipBackward, signClipForward } from '../testing/oracle/elementwise.js'
import { drawSpikes, runOp } from './op-run.js'
import { traceLoad, traceSeed, traceStore } from './slabbed-io.js'

export interface EdgeCase {
  /** Which input it reads. */
  readonly input: number
  /** `perStep` and `evaluate` with one row of running averages, `...Rows` with a row for each step. */
  readonly norm: 'none' | 'perStep' | 'perStepRows' | 'pooled' | 'evaluate' | 'evaluateRows'
  readonly sign: ClipSign
  readonly drop: boolean
}

export interface CombineCase {
  /** Of the node. */
  readonly shape: ActivationShape
  /** Whether each input has one step that is repeated. */
  readonly constant: readonly boolean[]
  readonly edges: readonly EdgeCase[]
  /** All norms have the first edge's gamma and beta. */
  readonly sharedParameters: boolean
  readonly seed: number
}

const epsilon = 1e-5

const runningRows = (run: CombineCase, edge: EdgeCase): number => (edge.norm.endsWith('Rows') ? run.shape.steps : 1)

/** Running statistics as the device holds them: `[rows, 2, C]`. */
function packRunning({ mean, variance }: RunningStatistics, channels: number): Float64Array {
  const rows = Array.from({ length: mean.length / channels }, (_, row) => [
    ...mean.subarray(row * channels, (row + 1) * channels),
    ...variance.subarray(row * channels, (row + 1) * channels),
  ])
  return Float64Array.from(rows.flat())
}

/** Numbers in [-bound, bound), exact in float32; none of them meets the kink of a clip. */
const numbers = (run: CombineCase, draw: number, count: number, bound = 2, center = 0): Float64Array =>
  Float64Array.from(philoxFill([run.seed, 41], RandomStream.syntheticData, draw, 0, count), (word) =>
    Math.fround(center + (2 * toUnit(word) - 1) * bound),
  )

export interface CombineData {
  readonly inputs: readonly Float64Array[]
  /** By edge, `[C]`. */
  readonly gammas: readonly Float64Array[]
  readonly betas: readonly Float64Array[]
  /** By edge. */
  readonly running: readonly RunningStatistics[]
  /** `[edges, T·B]` */
  readonly factors: Float64Array
  readonly dy: Float64Array
}

export function combineData(run: CombineCase): CombineData {
  const { shape, edges } = run
  const perStep = shape.batch * neuronsOf(shape)
  const { channels } = shape
  return {
    inputs: run.constant.map((constant, k) => numbers(run, k, (constant ? 1 : shape.steps) * perStep)),
    gammas: edges.map((_, e) => numbers(run, 10 + ownerOf(run, e), channels, 0.5, 1)),
    betas: edges.map((_, e) => numbers(run, 20 + ownerOf(run, e), channels, 0.5)),
    running: edges.map((edge, e) => ({
      mean: numbers(run, 30 + e, runningRows(run, edge) * channels, 0.5),
      variance: numbers(run, 40 + e, runningRows(run, edge) * channels, 0.5, 1),
    })),
    factors: drawSpikes(run.seed, 50, edges.length * imagesOf(shape), 0.75).map((kept) => kept * 1.25),
    dy: numbers(run, 60, shape.steps * perStep, 1),
  }
}

export interface CombineResult {
  readonly y: ArrayLike<number>
  readonly dx: readonly ArrayLike<number>[]
  readonly dgammas: readonly ArrayLike<number>[]
  readonly dbetas: readonly ArrayLike<number>[]
  /** `[2, C]` of each edge that has a norm. */
  readonly running: readonly (ArrayLike<number> | null)[]
}

const normed = (edge: EdgeCase): boolean => edge.norm !== 'none'

/** The edge whose gamma and beta an edge uses. */
const ownerOf = (run: CombineCase, edge: number): number => (run.sharedParameters ? 0 : edge)

/** Edges whose norm uses the gamma and beta of this one. */
const sharers = (run: CombineCase, owner: number): number[] =>
  [...run.edges.keys()].filter((e) => run.edges[e]?.norm !== 'none' && ownerOf(run, e) === owner)

function traceCase(run: CombineCase, graph: Graph, values: Readonly<Record<string, Value>>): void {
  const { shape } = run
  const inputs = run.constant.map((constant, k) =>
    traceLoad(graph, 'f32', constant ? { ...shape, steps: 1 } : shape, `x${k}`, `dx${k}`),
  )
  const named = (name: string): Value => values[name] ?? graph.raw('f32', 0, `missing ${name}`)
  const factors = graph.raw('f32', run.edges.length * imagesOf(shape), 'factors', {
    storage: { kind: 'slot', name: 'factors' },
  })
  const normOf = (edge: EdgeCase, e: number, x: Value): NormState | null =>
    normed(edge)
      ? traceBatchNorm(graph, x, null, {
          gamma: named(`gamma${ownerOf(run, e)}`),
          beta: named(`beta${ownerOf(run, e)}`),
          running: named(`running${e}`),
          mode: edge.norm.startsWith('evaluate') ? 'evaluate' : 'train',
          statistics: edge.norm.startsWith('perStep') ? 'perStep' : 'pooled',
        })
      : null
  const edges = run.edges.map((edge, e) => {
    const x = inputs[edge.input] ?? named('input')
    return { x, norm: normOf(edge, e, x), sign: edge.sign, drop: edge.drop ? { factors, edge: e } : null }
  })
  const y = traceCombine(graph, edges)
  traceStore(graph, y, 'y')
  traceSeed(graph, y, 'dy')
}

/** @returns also how many slabs there were, and how many values were stored as f16 */
export async function runCombine(
  gpu: Gpu,
  run: CombineCase,
  data: CombineData,
  minimumSlabs = 1,
  halves = false,
): Promise<CombineResult & { readonly slabs: number; readonly halves: number }> {
  const byEdge = (name: string, arrays: readonly ArrayLike<number>[]) =>
    Object.fromEntries(arrays.map((array, e) => [`${name}${e}`, array]))
  const dropped = run.edges.some((edge) => edge.drop)
  const result = await runOp(gpu, {
    build: (graph, values) => traceCase(run, graph, values),
    parameters: { ...byEdge('gamma', data.gammas), ...byEdge('beta', data.betas) },
    states: byEdge(
      'running',
      data.running.map((running) => packRunning(running, run.shape.channels)),
    ),
    write: { ...byEdge('x', data.inputs), dy: data.dy, ...(dropped ? { factors: data.factors } : {}) },
    read: ['y', ...run.constant.map((_, k) => `dx${k}`)],
    backward: true,
    minimumSlabs,
    halves,
  })
  const gradients = (name: string) =>
    run.edges.map((_, e) => (sharers(run, e).length > 0 ? result.gradient(`${name}${e}`) : []))
  return {
    y: result.floats('y'),
    dx: run.constant.map((_, k) => result.floats(`dx${k}`)),
    dgammas: gradients('gamma'),
    dbetas: gradients('beta'),
    running: run.edges.map((edge, e) => (normed(edge) ? result.state(`running${e}`) : null)),
    slabs: result.slabs,
    halves: result.halves,
  }
}

/** Index of an element's channel, or of its step and channel where `values` has a row for each step. */
const rowOf = (values: Float64Array, i: number, extent: BatchNormExtent): number =>
  values.length === extent.channels
    ? i % extent.channels
    : Math.floor(i / (extent.positions * extent.channels)) * extent.channels + (i % extent.channels)

/** Batch norm with given statistics, in the same form as with the batch's own. */
function fixedNorm(
  x: Float64Array,
  gamma: Float64Array,
  beta: Float64Array,
  running: RunningStatistics,
  extent: BatchNormExtent,
) {
  const get = (values: Float64Array, i: number) => values[rowOf(values, i, extent)] ?? Number.NaN
  const normalised = x.map((value, i) => (value - get(running.mean, i)) / Math.sqrt(get(running.variance, i) + epsilon))
  return { y: normalised.map((value, i) => get(gamma, i) * value + get(beta, i)), normalised, ...running }
}

const sumOver = (values: Float64Array, size: number): Float64Array => {
  const sum = new Float64Array(size)
  values.forEach((value, i) => {
    sum[i % size] = (sum[i % size] ?? 0) + value
  })
  return sum
}

function edgeExtent(run: CombineCase, edge: EdgeCase): BatchNormExtent {
  const { shape } = run
  return {
    timeSteps: shape.steps,
    positions: shape.batch * pixelsOf(shape),
    channels: shape.channels,
    statistics: edge.norm.startsWith('perStep') ? 'perStep' : 'pooled',
    epsilon,
  }
}

interface EdgeReference {
  readonly value: Float64Array
  readonly dx: Float64Array
  readonly dgamma: Float64Array
  readonly dbeta: Float64Array
  readonly running: Float64Array | null
  /** Greatest |gamma|/sigma: how much rounding the norm passes on. */
  readonly gain: number
}

function referenceEdge(run: CombineCase, data: CombineData, edge: EdgeCase, e: number): EdgeReference {
  const { shape } = run
  const none = new Float64Array(0)
  const [gamma, beta] = [data.gammas[e] ?? none, data.betas[e] ?? none]
  const running = data.running[e] ?? { mean: none, variance: none }
  const input = data.inputs[edge.input] ?? none
  const size = shape.steps * shape.batch * neuronsOf(shape)
  const x = Float64Array.from({ length: size }, (_, i) => input[i % input.length] ?? Number.NaN)
  const extent = edgeExtent(run, edge)
  let norm: BatchNormResult | null = null
  const evaluated = edge.norm.startsWith('evaluate')
  if (evaluated) norm = fixedNorm(x, gamma, beta, running, extent)
  else if (normed(edge)) norm = batchNormForward(x, gamma, beta, extent)
  const factors = data.factors.subarray(e * imagesOf(shape), (e + 1) * imagesOf(shape))
  const dropped = (values: Float64Array) => (edge.drop ? dropPath(values, factors) : values)
  const current = norm?.y ?? x
  const g = signClipBackward(dropped(data.dy), current, edge.sign)
  const value = dropped(signClipForward(current, edge.sign))
  if (!norm) return { value, dx: sumOver(g, input.length), dgamma: none, dbeta: none, running: null, gain: 1 }
  const { variance, normalised } = norm
  const scale = variance.map((v, i) => (gamma[i % gamma.length] ?? Number.NaN) / Math.sqrt(v + epsilon))
  const gain = Math.max(...scale.map(Math.abs))
  if (evaluated) {
    return {
      value,
      dx: g.map((d, i) => d * (scale[rowOf(scale, i, extent)] ?? Number.NaN)),
      dgamma: sumOver(
        g.map((d, i) => d * (normalised[i] ?? Number.NaN)),
        gamma.length,
      ),
      dbeta: sumOver(g, gamma.length),
      running: packRunning(running, shape.channels),
      gain,
    }
  }
  const count = extent.positions * (extent.statistics === 'perStep' ? 1 : extent.timeSteps)
  const after = count > 1 ? batchNormRunning(running, norm, extent) : null
  return {
    value,
    ...batchNormBackward(g, norm, gamma, extent),
    running: after && packRunning(after, shape.channels),
    gain,
  }
}

/** The same in float64, and the gain of the strongest norm; `running` is null where no variance can be estimated. */
export function referenceCombine(run: CombineCase, data: CombineData): CombineResult & { readonly gain: number } {
  const edges = run.edges.map((edge, e) => referenceEdge(run, data, edge, e))
  const gradients = (name: 'dgamma' | 'dbeta') =>
    edges.map((_, owner) => addAll(edges.filter((_, e) => sharers(run, owner).includes(e)).map((edge) => edge[name])))
  return {
    y: addAll(edges.map((edge) => edge.value)),
    dx: run.constant.map((_, k) => addAll(edges.filter((_, e) => run.edges[e]?.input === k).map((edge) => edge.dx))),
    dgammas: gradients('dgamma'),
    dbetas: gradients('dbeta'),
    running: edges.map((edge) => edge.running),
    gain: Math.max(...edges.map((edge) => edge.gain)),
  }
}
