/** The shapes that are tuned: those that the search's networks have at common widths, matrix products, linear layers and neurons. */
import { differentiate } from '../../graph/differentiate.js'
import { Graph } from '../../graph/graph.js'
import { ModelMemory } from '../../nn/memory.js'
import { ParameterTable } from '../../nn/parameters.js'
import { traceConvolution } from '../../ops/convolution.js'
import { sparseJob } from '../../ops/convolution-events.js'
import { defaultLif, traceLif } from '../../ops/lif.js'
import { traceMatrixProduct } from '../../ops/matrix-product.js'
import { imagesOf, neuronsOf, type Value } from '../../ops/op.js'
import { traceLinear } from '../../ops/synapse.js'
import { traceLoad, traceSeed, traceStore } from '../../properties/slabbed-io.js'
import type { Gpu } from '../../runtime/gpu.js'
import { RandomSequence, RandomStream } from '../../runtime/philox.js'
import type { TuningCase } from './measure.js'

export interface TuningShape {
  readonly title: string
  readonly build: (gpu: Gpu) => { readonly one: TuningCase; readonly release: () => void }
}

/** Spikes a neuron and step in the data that kernels are timed with: what untrained networks fire. */
const activity = 0.25
/** The same where layers run their kernels for rare spikes. */
const rareActivity = 0.02
/**
 * Multiply-adds of one timed run: long enough to time, short enough for all shapes in a minute. A GPU needs as many before
 * all its processors have something to do.
 */
const multiplyAdds = ({ facts }: Gpu): number => (facts.software ? 4e7 : 2e9)
/** Numbers of one tensor, which the processor draws. */
const mostNumbers = 2 ** 22

const numbers = (random: RandomSequence, count: number) =>
  Float32Array.from({ length: count }, () => random.next() * 2 - 1)

/** The place of the only parameter's gradient. */
function gradientOfWeights(graph: Graph, count: number): () => Value {
  let gradient: Value | null = null
  return () => {
    gradient ??= graph.raw('f32', count, 'gradient', { storage: { kind: 'gradient', name: 'weights' } })
    return gradient
  }
}

export interface ConvolutionShape {
  readonly channels: number
  readonly side: number
  readonly kernel: number
  readonly spikes: boolean
  /** Spikes are rare, and only the kernel for those is measured. */
  readonly rare?: boolean
}

const jobNames = (spikes: boolean) => ({
  forward: spikes ? 'spike convolution' : 'dense convolution',
  inputGradient: 'convolution input gradient',
  weightGradient: spikes ? 'spike weight gradient' : 'dense weight gradient',
})

/** A convolution with both of its gradients. */
export function convolutionCase(
  gpu: Gpu,
  shape: ConvolutionShape,
): { one: TuningCase; images: number; release: () => void } {
  const { channels, side, kernel, spikes, rare = false } = shape
  const neurons = side * side * channels
  const images = Math.min(multiplyAdds(gpu) / (neurons * channels * kernel * kernel), mostNumbers / neurons)
  const batch = Math.max(1, Math.round(images))
  const input = { steps: 1, batch, height: side, width: side, channels }
  const parameters = new ParameterTable()
  const count = kernel * kernel * channels * channels
  parameters.declare('weights', [count], { kind: 'constant', value: 0 })
  const memory = new ModelMemory(gpu, parameters, new ParameterTable())
  const random = new RandomSequence([1, 0], RandomStream.syntheticData)
  const arena = new Float32Array(parameters.arenaElements)
  arena.set(numbers(random, count))
  memory.write('weights', arena)
  const graph = () => {
    const traced = new Graph()
    const x = traceLoad(traced, spikes ? 'spikes' : 'f32', input, 'x', 'dx')
    const weights = traced.raw('f32', count, 'weights', { storage: { kind: 'parameter', name: 'weights' } })
    const attributes = {
      kernel,
      stride: 1,
      padding: (kernel - 1) / 2,
      branches: [{ channels, crop: 0 }],
      moments: false,
    }
    const { y } = traceConvolution(traced, x, [weights], attributes)
    traceStore(traced, y, 'y')
    traceSeed(traced, y, 'dy')
    differentiate(traced, { gradientOf: gradientOfWeights(traced, count) })
    return traced
  }
  const dense = numbers(random, imagesOf(input) * neuronsOf(input))
  const words = Math.ceil(neuronsOf(input) / 32)
  const packed = new Uint32Array(imagesOf(input) * words)
  for (let bit = 0; bit < packed.length * 32; bit++)
    if (random.next() < (rare ? rareActivity : activity) && bit % (words * 32) < neuronsOf(input))
      packed[bit >> 5] = ((packed[bit >> 5] ?? 0) | (1 << (bit & 31))) >>> 0
  const jobs = jobNames(spikes)
  return {
    one: {
      graph,
      memory,
      inputs: { x: spikes ? packed : dense, dy: numbers(random, imagesOf(input) * neuronsOf(input)) },
      sparse: rare,
      jobs: rare
        ? { [sparseJob]: { op: 'convolution', result: () => 'y', reference: 'same' } }
        : {
            [jobs.forward]: { op: 'convolution', result: () => 'y', reference: spikes ? 'skipping' : 'strip' },
            [jobs.inputGradient]: { op: 'convolutionInputGradient', result: () => 'dx', reference: 'strip' },
            [jobs.weightGradient]: {
              op: 'convolutionWeightGradient',
              result: () => memory.read('gradient'),
              reference: 'portable',
            },
          },
    },
    images: batch,
    release: () => memory.release(),
  }
}

function productCase(gpu: Gpu, side: number): { one: TuningCase; release: () => void } {
  const memory = new ModelMemory(gpu, new ParameterTable(), new ParameterTable())
  const random = new RandomSequence([2, 0], RandomStream.syntheticData)
  return {
    one: {
      graph: () => {
        const graph = new Graph()
        const [a, b] = ['a', 'b'].map((name) =>
          graph.raw('f32', side * side, name, { storage: { kind: 'slot', name } }),
        )
        traceStore(graph, traceMatrixProduct(graph, a as Value, b as Value, { m: side, n: side, k: side }), 'c')
        return graph
      },
      memory,
      inputs: { a: numbers(random, side * side), b: numbers(random, side * side) },
      jobs: { 'matrix product': { op: 'matrixProduct', result: () => 'c', reference: 'tile' } },
    },
    release: () => memory.release(),
  }
}

/** A population with its gradient; the gradient follows from the spikes, so that it shows whether those agree. */
function neuronCase(gpu: Gpu, steps: number): { one: TuningCase; release: () => void } {
  const memory = new ModelMemory(gpu, new ParameterTable(), new ParameterTable())
  const random = new RandomSequence([4, steps], RandomStream.syntheticData)
  const shape = { steps, batch: 16, height: 16, width: 16, channels: 32 }
  const drawn = () => numbers(random, imagesOf(shape) * neuronsOf(shape)).map((value) => 2 * value)
  return {
    one: {
      graph: () => {
        const graph = new Graph()
        const x = traceLoad(graph, 'f32', shape, 'x', 'dx')
        const { spikes } = traceLif(graph, x, { parameters: defaultLif })
        traceStore(graph, spikes, 'y')
        traceSeed(graph, spikes, 'dy')
        differentiate(graph, { gradientOf: gradientOfWeights(graph, 1) })
        return graph
      },
      memory,
      inputs: { x: drawn(), dy: drawn() },
      jobs: { neurons: { op: 'lif', result: () => 'dx', reference: 'portable' } },
    },
    release: () => memory.release(),
  }
}

interface LinearShape {
  readonly rows: number
  readonly inputs: number
  readonly outputs: number
}

function linearCase(gpu: Gpu, { rows, inputs, outputs }: LinearShape): { one: TuningCase; release: () => void } {
  const parameters = new ParameterTable()
  const count = inputs * outputs
  parameters.declare('weights', [count], { kind: 'constant', value: 0 })
  const memory = new ModelMemory(gpu, parameters, new ParameterTable())
  const random = new RandomSequence([3, 0], RandomStream.syntheticData)
  const arena = new Float32Array(parameters.arenaElements)
  arena.set(numbers(random, count))
  memory.write('weights', arena)
  return {
    one: {
      graph: () => {
        const graph = new Graph()
        const x = traceLoad(graph, 'f32', { steps: 1, batch: rows, height: 1, width: 1, channels: inputs }, 'x', 'dx')
        const weights = graph.raw('f32', count, 'weights', { storage: { kind: 'parameter', name: 'weights' } })
        const y = traceLinear(graph, x, weights, outputs)
        traceStore(graph, y, 'y')
        traceSeed(graph, y, 'dy')
        differentiate(graph, { gradientOf: gradientOfWeights(graph, count) })
        return graph
      },
      memory,
      inputs: { x: numbers(random, rows * inputs), dy: numbers(random, rows * outputs) },
      jobs: {
        'linear layer': { op: 'groupedConvolution', result: () => 'y', reference: 'gather' },
        'linear input gradient': { op: 'synapseInputGradient', result: () => 'dx', reference: 'gather' },
        'linear weight gradient': {
          op: 'synapseWeightGradient',
          result: () => memory.read('gradient'),
          reference: 'gather',
        },
      },
    },
    release: () => memory.release(),
  }
}

/** Channels and sides along the search's networks: the side halves where the width doubles. */
const places: readonly (readonly [channels: number, side: number])[] = [
  [4, 32],
  [8, 32],
  [8, 16],
  [16, 32],
  [16, 16],
  [16, 8],
  [32, 16],
  [32, 8],
  [64, 8],
]

export function tuningShapes(): TuningShape[] {
  const convolutions = [true, false].flatMap((spikes) =>
    places.flatMap(([channels, side]) =>
      [3, 5].map((kernel) => ({
        title: `${kernel}x${kernel} convolution of ${spikes ? 'spikes' : 'real values'}, ${channels} channels, side ${side}`,
        build: (gpu: Gpu) => convolutionCase(gpu, { channels, side, kernel, spikes }),
      })),
    ),
  )
  const rare = places
    .filter(([channels]) => channels >= 8)
    .flatMap(([channels, side]) =>
      [3, 5].map((kernel) => ({
        title: `${kernel}x${kernel} convolution of rare spikes, ${channels} channels, side ${side}`,
        build: (gpu: Gpu) => convolutionCase(gpu, { channels, side, kernel, spikes: true, rare: true }),
      })),
    )
  const products = [64, 256, 512].map((side) => ({
    title: `matrix product ${side}x${side}x${side}`,
    build: (gpu: Gpu) => productCase(gpu, side),
  }))
  const linear = [
    { rows: 128, inputs: 784, outputs: 128 },
    { rows: 512, inputs: 512, outputs: 512 },
    { rows: 1024, inputs: 128, outputs: 64 },
    { rows: 256, inputs: 128, outputs: 10 },
  ].map((shape) => ({
    title: `linear layer ${shape.rows}x${shape.inputs}x${shape.outputs}`,
    build: (gpu: Gpu) => linearCase(gpu, shape),
  }))
  const neurons = [4, 8, 16].map((steps) => ({
    title: `neurons of ${steps} steps`,
    build: (gpu: Gpu) => neuronCase(gpu, steps),
  }))
  return [...convolutions, ...rare, ...products, ...linear, ...neurons]
}
