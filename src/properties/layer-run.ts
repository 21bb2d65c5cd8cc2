/** Runs a layer on the GPU as a network's scope traces it: its output, its parameters, and all gradients. */
import { differentiate } from '../graph/differentiate.js'
import { Graph } from '../graph/graph.js'
import { Program } from '../graph/program.js'
import type { Layer } from '../nn/layers.js'
import { ModelMemory, weightSeed } from '../nn/memory.js'
import { ParameterTable } from '../nn/parameters.js'
import { type ConvolutionRecord, type Mode, Scope } from '../nn/scope.js'
import { type ActivationShape, imagesOf, neuronsOf, shapeOf, type Value } from '../ops/op.js'
import type { Gpu } from '../runtime/gpu.js'
import { packSpikes, unpackSpikes } from '../testing/oracle/dissimilarity.js'
import { countOf, drawNumbers } from './op-run.js'
import { traceLoad, traceSeed, traceStore } from './slabbed-io.js'

export interface LayerRun {
  readonly layer: Layer
  readonly input: ActivationShape
  readonly x: ArrayLike<number>
  /** x holds spikes (0/1) and is handed over as bits. */
  readonly spikes?: boolean
  readonly timeSteps?: number
  readonly mode?: Mode
  readonly statistics?: 'perStep' | 'pooled'
  /** Values that take the place of drawn ones, by path: parameters and states. */
  readonly values?: Readonly<Record<string, ArrayLike<number>>>
  readonly minimumSlabs?: number
  /** Gradient of the output; default: drawn. */
  readonly dy?: ArrayLike<number>
}

export interface LayerResult {
  /** Spikes as 0/1. */
  readonly y: ArrayLike<number>
  readonly spikes: boolean
  readonly shape: ActivationShape
  readonly dy: Float64Array
  readonly dx: Float32Array
  readonly parameters: Readonly<Record<string, Float32Array>>
  readonly shapes: Readonly<Record<string, readonly number[]>>
  readonly gradients: Readonly<Record<string, Float32Array>>
  /** After the run. */
  readonly states: Readonly<Record<string, Float32Array>>
  readonly convolutions: readonly ConvolutionRecord[]
  readonly dispatches: number
}

/** Traces a layer for the sake of its checks. @returns the value it makes */
export function traceLayer(
  layer: Layer,
  input: ActivationShape,
  dtype: 'f32' | 'spikes' = 'f32',
  timeSteps = input.steps,
): Value {
  const graph = new Graph()
  const scope = scopeOf(graph, new ParameterTable(), new ParameterTable(), { layer, input, x: [], timeSteps })
  return layer(scope, graph.activation(dtype, input, 'x'))
}

function scopeOf(graph: Graph, parameters: ParameterTable, states: ParameterTable, run: LayerRun): Scope {
  return new Scope({
    graph,
    parameters,
    states,
    mode: run.mode ?? 'train',
    timeSteps: run.timeSteps ?? run.input.steps,
    batch: run.input.batch,
    statistics: run.statistics ?? 'pooled',
    runningAverages: true,
    dropPath: null,
  })
}

const slices = (table: ParameterTable, arena: Float32Array): Record<string, Float32Array> =>
  Object.fromEntries([...table].map(({ path, offset, elements }) => [path, arena.slice(offset, offset + elements)]))

async function override(memory: ModelMemory, arena: string, table: ParameterTable, values: LayerRun['values'] = {}) {
  const numbers = await memory.read(arena)
  for (const [path, given] of Object.entries(values)) {
    const entry = table.get(path)
    if (!entry) continue
    if (given.length !== entry.elements)
      throw new RangeError(`${path} has ${entry.elements} numbers, not ${given.length}`)
    numbers.set(Array.from(given), entry.offset)
  }
  memory.write(arena, numbers)
}

export async function runLayer(gpu: Gpu, run: LayerRun): Promise<LayerResult> {
  const [parameters, states] = [new ParameterTable(), new ParameterTable()]
  const graph = new Graph()
  const scope = scopeOf(graph, parameters, states, run)
  const x = traceLoad(graph, run.spikes ? 'spikes' : 'f32', run.input, 'x', 'dx')
  const y = run.layer(scope, x)
  const shape = shapeOf(y)
  traceStore(graph, y, 'y')
  traceSeed(graph, y, 'dy')
  const gradients = new Map<string, Value>()
  differentiate(graph, {
    gradientOf({ storage, elements }) {
      if (storage.kind !== 'parameter') return null
      const { name } = storage
      const known =
        gradients.get(name) ?? graph.raw('f32', elements, `d ${name}`, { storage: { kind: 'gradient', name } })
      gradients.set(name, known)
      return known
    },
  })
  // the load's stand-in for a trained weight
  parameters.declare('anchor', [1], { kind: 'constant', value: 0 })
  const memory = new ModelMemory(gpu, parameters, states)
  const program = await Program.compile(gpu, graph, memory, { minimumSlabs: run.minimumSlabs ?? 1 })
  try {
    await memory.initialize(weightSeed(1, 'layer'))
    await override(memory, 'weights', parameters, run.values)
    if (states.count > 0) await override(memory, 'states', states, run.values)
    const dy = run.dy ? Float64Array.from(run.dy) : drawNumbers(77, 3, countOf(shape), 1)
    const packed = run.spikes ? packSpikes(run.x, imagesOf(run.input), neuronsOf(run.input)) : null
    program.write('x', packed ?? Float32Array.from(run.x))
    program.write('dy', Float32Array.from(dy))
    program.run()
    await program.wait()
    const [made = new Uint32Array(), dx = new Uint32Array()] = await program.readManyWords(['y', 'dx'])
    const spikes = y.dtype === 'spikes'
    return {
      y: spikes ? unpackSpikes(made, imagesOf(shape), neuronsOf(shape)) : floatsOf(made),
      spikes,
      shape,
      dy,
      dx: floatsOf(dx),
      parameters: slices(parameters, await memory.read('weights')),
      shapes: Object.fromEntries([...parameters].map((entry) => [entry.path, entry.shape])),
      gradients: slices(parameters, await memory.read('gradient')),
      states: states.count > 0 ? slices(states, await memory.read('states')) : {},
      convolutions: scope.convolutions,
      dispatches: program.counters.dispatches.main ?? 0,
    }
  } finally {
    program.release()
    memory.release()
  }
}

const floatsOf = (words: Uint32Array): Float32Array => new Float32Array(words.buffer, words.byteOffset, words.length)
