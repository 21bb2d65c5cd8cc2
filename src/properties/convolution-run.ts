/** Runs one convolution with its gradients on the GPU, and its float64 reference beside it. */
import { differentiate } from '../graph/differentiate.js'
import { Graph } from '../graph/graph.js'
import { storeHalves } from '../graph/halves.js'
import { Program } from '../graph/program.js'
import { ModelMemory } from '../nn/memory.js'
import { ParameterTable } from '../nn/parameters.js'
import { convolutionSide, traceConvolution } from '../ops/convolution.js'
import { traceCopy } from '../ops/copy.js'
import { type ActivationShape, imagesOf, neuronsOf, type Value } from '../ops/op.js'
import type { Gpu } from '../runtime/gpu.js'
import { philoxFill, RandomStream, toUnit } from '../runtime/philox.js'
import { type VariantChoices, Variants } from '../runtime/variants.js'
import {
  type ConvolutionExtent,
  convolutionForward,
  convolutionInputGradient,
  convolutionWeightGradient,
} from '../testing/oracle/convolution.js'
import { packSpikes, traceLoad, traceSeed, traceStore } from './slabbed-io.js'

export interface ConvolutionCase {
  readonly input: ActivationShape
  readonly spikes: boolean
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  readonly branches: readonly { readonly channels: number; readonly crop: number }[]
  readonly bias: boolean
  readonly moments: boolean
  /** Convolutions that read the input, all with the same weights: above 1, dx and dw are added to what is there. */
  readonly readers: number
  /** Spikes per neuron and step; 0 and 1 for all silent and all firing. */
  readonly density: number
  /** Numbers are multiples of 1/64, so that no float32 sum here rounds: results must be exactly the oracle's. */
  readonly exact: boolean
  readonly seed: number
}

export interface ConvolutionData {
  readonly x: Float64Array
  /** `[k, k, CI, CO]` of each branch. */
  readonly weights: readonly Float64Array[]
  readonly bias: Float64Array
  /** Gradient of each reader's output. */
  readonly dys: readonly Float64Array[]
}

export interface ConvolutionResult {
  readonly ys: readonly ArrayLike<number>[]
  readonly dx: ArrayLike<number>
  readonly dw: readonly ArrayLike<number>[]
  readonly db: ArrayLike<number>
}

export interface DeviceResult extends ConvolutionResult {
  /** Of the first reader, `[images·strips, 2, C']`; empty unless asked for. */
  readonly moments: Float32Array
  readonly slabs: number
  /** Values stored as f16. */
  readonly halves: number
}

export function outputShape({ input, kernel, stride, padding, branches }: ConvolutionCase): ActivationShape {
  const side = (size: number) => convolutionSide(size, kernel, stride, padding, branches[0]?.crop ?? 0)
  const channels = branches.reduce((sum, branch) => sum + branch.channels, 0)
  return { ...input, height: side(input.height), width: side(input.width), channels }
}

/** Numbers of one draw in [-bound, bound), from the case's seed. */
function draw(run: ConvolutionCase, index: number, count: number, bound: number): Float64Array {
  const words = philoxFill([run.seed, 17], RandomStream.syntheticData, index, 0, count)
  const steps = 64 * bound
  return Float64Array.from(words, (word) =>
    run.exact ? Math.floor(toUnit(word) * 2 * steps) / 64 - bound : Math.fround((2 * toUnit(word) - 1) * bound),
  )
}

export function convolutionData(run: ConvolutionCase): ConvolutionData {
  const { input, kernel, branches, readers } = run
  const output = outputShape(run)
  const count = imagesOf(input) * neuronsOf(input)
  const real = draw(run, 0, count, 1)
  return {
    x: run.spikes ? real.map((value) => Number((value + 1) / 2 < run.density)) : real,
    weights: branches.map(({ channels }, k) => draw(run, 1 + k, kernel * kernel * input.channels * channels, 1)),
    bias: draw(run, 8, run.bias ? output.channels : 0, 1),
    dys: Array.from({ length: readers }, (_, k) => draw(run, 16 + k, imagesOf(output) * neuronsOf(output), 0.5)),
  }
}

/** Channels `[offset, offset + count)` of rows of `total` channels; with `into`, the other way round. */
function channelSlice(values: Float64Array, total: number, offset: number, count: number, into?: Float64Array) {
  const rows = values.length / total
  const part = into ?? new Float64Array(rows * count)
  for (let row = 0; row < rows; row++)
    for (let c = 0; c < count; c++)
      if (into) values[row * total + offset + c] = part[row * count + c] ?? Number.NaN
      else part[row * count + c] = values[row * total + offset + c] ?? Number.NaN
  return part
}

const addTo = (target: Float64Array, values: Float64Array) =>
  target.map((value, i) => value + (values[i] ?? Number.NaN))

/** The same in float64, from the oracle. */
export function referenceConvolution(run: ConvolutionCase, data: ConvolutionData): ConvolutionResult {
  const { input, kernel, stride, padding, branches } = run
  const output = outputShape(run)
  const images = imagesOf(input)
  const y = new Float64Array(images * neuronsOf(output))
  let dx: Float64Array = new Float64Array(images * neuronsOf(input))
  const dw: Float64Array[] = []
  let offset = 0
  branches.forEach(({ channels, crop }, branch) => {
    const extent: ConvolutionExtent = {
      images,
      height: input.height,
      width: input.width,
      inputChannels: input.channels,
      outputChannels: channels,
      kernelHeight: kernel,
      kernelWidth: kernel,
      stride,
      padding,
      crop,
    }
    const weights = data.weights[branch] ?? new Float64Array(0)
    channelSlice(y, output.channels, offset, channels, convolutionForward(data.x, weights, extent))
    let gradient: Float64Array = new Float64Array(weights.length)
    for (const dy of data.dys) {
      const part = channelSlice(dy, output.channels, offset, channels)
      dx = addTo(dx, convolutionInputGradient(part, weights, extent))
      gradient = addTo(gradient, convolutionWeightGradient(part, data.x, extent))
    }
    dw.push(gradient)
    offset += channels
  })
  const db = new Float64Array(data.bias.length)
  data.dys.forEach((dy) => {
    dy.forEach((value, i) => {
      const c = i % output.channels
      if (run.bias) db[c] = (db[c] ?? 0) + value
    })
  })
  const biased = run.bias ? y.map((value, i) => value + (data.bias[i % output.channels] ?? 0)) : y
  return { ys: data.dys.map(() => biased), dx, dw, db }
}

const weightName = (branch: number) => `weights ${branch}`

function declareParameters(run: ConvolutionCase): ParameterTable {
  const table = new ParameterTable()
  const zero = { kind: 'constant', value: 0 } as const
  run.branches.forEach(({ channels }, branch) => {
    table.declare(weightName(branch), [run.kernel, run.kernel, run.input.channels, channels], zero)
  })
  if (run.bias) table.declare('bias', [outputShape(run).channels], zero)
  return table
}

function traceCase(run: ConvolutionCase, table: ParameterTable): Graph {
  const graph = new Graph()
  const parameter = (name: string): Value =>
    graph.raw('f32', table.get(name)?.elements ?? 0, name, { storage: { kind: 'parameter', name } })
  const x = traceLoad(graph, run.spikes ? 'spikes' : 'f32', run.input, 'x', 'dx')
  const weights = run.branches.map((_, branch) => parameter(weightName(branch)))
  const bias = run.bias ? parameter('bias') : null
  for (let reader = 0; reader < run.readers; reader++) {
    const { y, moments } = traceConvolution(graph, x, weights, run, bias)
    traceStore(graph, y, `y${reader}`)
    if (moments && reader === 0) {
      const kept = { storage: { kind: 'slot', name: 'moments' } } as const
      traceCopy(graph, moments, graph.raw('f32', moments.elements, 'kept moments', kept))
    }
    traceSeed(graph, y, `dy${reader}`)
  }
  const gradients = new Map<string, Value>()
  differentiate(graph, {
    gradientOf({ storage, elements }) {
      if (storage.kind !== 'parameter') return null
      const name = storage.name
      const known =
        gradients.get(name) ?? graph.raw('f32', elements, `d ${name}`, { storage: { kind: 'gradient', name } })
      gradients.set(name, known)
      return known
    },
  })
  return graph
}

const floats = (words: Uint32Array) => new Float32Array(words.buffer, words.byteOffset, words.length)
const wordsOf = (values: Float64Array) => new Uint32Array(Float32Array.from(values).buffer)

/** Forward and backward pass of a case on the GPU. */
export async function runConvolution(
  gpu: Gpu,
  run: ConvolutionCase,
  data: ConvolutionData,
  minimumSlabs = 1,
  choices: VariantChoices = {},
  halves = false,
): Promise<DeviceResult> {
  const table = declareParameters(run)
  const memory = new ModelMemory(gpu, table, new ParameterTable())
  const variants = new Variants(gpu.variants.traits, choices)
  const graph = traceCase(run, table)
  const stored = halves ? storeHalves(graph) : 0
  const program = await Program.compile(gpu, graph, memory, { minimumSlabs, variants })
  try {
    const arena = new Float32Array(table.arenaElements)
    data.weights.forEach((values, branch) => {
      arena.set(values, table.get(weightName(branch))?.offset)
    })
    if (run.bias) arena.set(data.bias, table.get('bias')?.offset)
    memory.write('weights', arena)
    // stale numbers: a kernel that adds where it should write shows
    memory.write('gradient', new Float32Array(table.arenaElements).fill(7))
    program.write('x', run.spikes ? packSpikes(data.x, imagesOf(run.input)) : wordsOf(data.x))
    data.dys.forEach((dy, reader) => {
      program.write(`dy${reader}`, wordsOf(dy))
    })
    program.run()
    await program.wait()
    const names = [...data.dys.map((_, reader) => `y${reader}`), 'dx', ...(run.moments ? ['moments'] : [])]
    const read = (await program.readManyWords(names)).map(floats)
    const gradient = await memory.read('gradient')
    const slice = (name: string) => {
      const entry = table.get(name)
      return entry ? gradient.subarray(entry.offset, entry.offset + entry.elements) : new Float32Array(0)
    }
    return {
      ys: read.slice(0, run.readers),
      dx: read[run.readers] ?? new Float32Array(0),
      dw: run.branches.map((_, branch) => slice(weightName(branch))),
      db: slice('bias'),
      moments: read[run.readers + 1] ?? new Float32Array(0),
      slabs: program.counters.slabs,
      halves: stored,
    }
  } finally {
    program.release()
    memory.release()
  }
}
