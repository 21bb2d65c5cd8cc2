/** Runs one synapse with its gradients on the GPU, and its float64 reference beside it. */
import { type ActivationShape, imagesOf, neuronsOf, type Value } from '../ops/op.js'
import { type SynapseKind, type SynapseWindow, traceSynapse } from '../ops/synapse.js'
import type { Gpu } from '../runtime/gpu.js'
import type { VariantChoices } from '../runtime/variants.js'
import { packSpikes } from '../testing/oracle/dissimilarity.js'
import { addAll } from '../testing/oracle/elementwise.js'
import {
  addBias,
  biasGradient,
  biasSize,
  type SynapseExtent,
  synapseForward,
  synapseInputGradient,
  synapseOutput,
  synapseSizes,
  synapseWeightGradient,
} from '../testing/oracle/synapse.js'
import { countOf, drawNumbers, drawSpikes, runOp } from './op-run.js'
import { traceLoad, traceSeed, traceStore } from './slabbed-io.js'

export interface SynapseCase {
  readonly kind: SynapseKind
  readonly window: SynapseWindow
  readonly input: ActivationShape
  readonly channels: number
  readonly spikes: boolean
  readonly bias: boolean
  /** Synapses that read the input, all with the same weights: above 1, gradients are added to what is there. */
  readonly readers: number
  readonly density: number
  readonly slabs: number
  readonly seed: number
}

/** Inputs are multiples of 1/64, so that no float32 sum of a small case rounds: results must be exactly the oracle's. */
export interface SynapseData {
  readonly x: Float64Array
  readonly weights: Float64Array
  readonly bias: Float64Array
  /** Gradient of each reader's output. */
  readonly dys: readonly Float64Array[]
}

export interface SynapseResult {
  readonly ys: readonly ArrayLike<number>[]
  readonly dx: ArrayLike<number>
  readonly dw: ArrayLike<number>
  readonly db: ArrayLike<number>
}

export const synapseExtent = ({ kind, window, input, channels }: SynapseCase): SynapseExtent => ({
  kind,
  ...window,
  images: imagesOf(input),
  height: input.height,
  width: input.width,
  inputChannels: input.channels,
  outputChannels: channels,
})

export const synapseShape = (run: SynapseCase): ActivationShape => ({
  ...run.input,
  ...synapseOutput(synapseExtent(run)),
  channels: run.channels,
})

export function synapseData(run: SynapseCase): SynapseData {
  const { input, spikes, seed, density } = run
  const extent = synapseExtent(run)
  const sizes = synapseSizes(extent)
  return {
    x: spikes ? drawSpikes(seed, 0, countOf(input), density) : drawNumbers(seed, 0, countOf(input), 1),
    weights: drawNumbers(seed, 1, sizes.weights, 1),
    bias: drawNumbers(seed, 2, run.bias ? biasSize(extent) : 0, 1),
    dys: Array.from({ length: run.readers }, (_, reader) => drawNumbers(seed, 10 + reader, sizes.output, 0.5)),
  }
}

/** The same in float64, from the oracle. */
export function referenceSynapse(run: SynapseCase, { x, weights, bias, dys }: SynapseData): SynapseResult {
  const extent = synapseExtent(run)
  const current = synapseForward(x, weights, extent)
  const y = run.bias ? addBias(current, bias) : current
  return {
    ys: dys.map(() => y),
    dx: addAll(dys.map((dy) => synapseInputGradient(dy, weights, extent))),
    dw: addAll(dys.map((dy) => synapseWeightGradient(dy, x, extent))),
    db: run.bias ? addAll(dys.map((dy) => biasGradient(dy, bias.length))) : new Float64Array(0),
  }
}

/** Forward and backward pass of a case on the GPU. */
export async function runSynapse(
  gpu: Gpu,
  run: SynapseCase,
  { x, weights, bias, dys }: SynapseData,
  choices: VariantChoices = {},
): Promise<SynapseResult & { readonly slabs: number }> {
  const result = await runOp(gpu, {
    build(graph, values) {
      const input = traceLoad(graph, run.spikes ? 'spikes' : 'f32', run.input, 'x', 'dx')
      for (const reader of dys.keys()) {
        const { kind, channels, window } = run
        const y = traceSynapse(graph, kind, input, values.weights as Value, channels, window, values.bias ?? null)
        traceStore(graph, y, `y${reader}`)
        traceSeed(graph, y, `dy${reader}`)
      }
    },
    parameters: { weights, ...(run.bias ? { bias } : {}) },
    write: {
      x: run.spikes ? packSpikes(x, imagesOf(run.input), neuronsOf(run.input)) : x,
      ...Object.fromEntries(dys.map((dy, reader) => [`dy${reader}`, dy])),
    },
    read: [...dys.map((_, reader) => `y${reader}`), 'dx'],
    backward: true,
    minimumSlabs: run.slabs,
    choices,
  })
  return {
    ys: dys.map((_, reader) => result.floats(`y${reader}`)),
    dx: result.floats('dx'),
    dw: result.gradient('weights'),
    db: run.bias ? result.gradient('bias') : new Float32Array(0),
    slabs: result.slabs,
  }
}
