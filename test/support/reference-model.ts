/** The network of `src/testing/reference-network.ts` built with the library's layers, and one step of it on the GPU. */
import { Program } from '../../src/graph/program.js'
import { batchNorm, conv2d, globalAveragePool, lif, linear, sequential } from '../../src/nn/index.js'
import { Model } from '../../src/nn/model.js'
import { traceCopy } from '../../src/ops/copy.js'
import type { LifParameters } from '../../src/ops/lif.js'
import { imagesOf, neuronsOf, shapeOf } from '../../src/ops/op.js'
import type { Gpu } from '../../src/runtime/gpu.js'
import { unpackSpikes } from '../../src/testing/oracle/dissimilarity.js'
import type { ReferenceExtent, ReferenceWeights } from '../../src/testing/reference-network.js'

export interface ReferenceModelOptions {
  readonly extent: ReferenceExtent
  readonly lif: LifParameters
  readonly perStepInput: boolean
  readonly statistics: 'perStep' | 'pooled'
}

/** Where the reference's arrays stand among the model's parameters. */
const paths: Record<keyof ReferenceWeights, string> = {
  convolution1: '0.weight',
  gamma1: '1.gamma',
  beta1: '1.beta',
  convolution2: '3.weight',
  gamma2: '4.gamma',
  beta2: '4.beta',
  linear: '7.weight',
  bias: '7.bias',
}

export function referenceModel(gpu: Gpu, options: ReferenceModelOptions): Model {
  const { extent } = options
  return new Model(gpu, {
    layer: sequential(
      conv2d(extent.channels[0]),
      batchNorm(),
      lif(options.lif),
      conv2d(extent.channels[1]),
      batchNorm(),
      lif(options.lif),
      globalAveragePool(),
      linear(extent.classes),
    ),
    input: {
      height: extent.height,
      width: extent.width,
      channels: extent.inputChannels,
      perStep: options.perStepInput,
    },
    classes: extent.classes,
    timeSteps: extent.timeSteps,
    statistics: options.statistics,
    architecture: 'reference network',
  })
}

/** Puts the reference's arrays into the model. */
export function writeReferenceWeights(model: Model, weights: ReferenceWeights): void {
  const arena = new Float32Array(model.parameters.arenaElements)
  for (const name of Object.keys(paths) as (keyof ReferenceWeights)[]) {
    const entry = model.parameters.get(paths[name])
    if (entry?.elements !== weights[name].length) throw new Error(`${paths[name]} is not ${name}`)
    arena.set(weights[name], entry.offset)
  }
  model.memory.write('weights', arena)
}

/** The arrays of one arena by the reference's names. */
export async function readReferenceArrays(model: Model, arena: string): Promise<ReferenceWeights<Float32Array>> {
  const values = await model.memory.read(arena)
  const part = (name: keyof ReferenceWeights): [string, Float32Array] => {
    const entry = model.parameters.get(paths[name])
    if (!entry) throw new Error(`${paths[name]} is missing`)
    return [name, values.slice(entry.offset, entry.offset + entry.elements)]
  }
  const entries = (Object.keys(paths) as (keyof ReferenceWeights)[]).map(part)
  return Object.fromEntries(entries) as unknown as ReferenceWeights<Float32Array>
}

export interface GpuStep {
  readonly loss: number
  readonly correct: number
  readonly gradients: ReferenceWeights<Float32Array>
  /** 0/1, `[T, B, H, W, C]`, of the first and of the second layer. */
  readonly spikes: readonly [Float64Array, Float64Array]
  readonly slabs: number
  readonly temporaryBytes: number
}

/** Forward and backward pass on the GPU, without an update. */
export async function gpuStep(
  model: Model,
  batch: number,
  input: ArrayLike<number>,
  labels: readonly number[],
  options: { readonly smoothing: number; readonly recompute: boolean; readonly minimumSlabs: number },
): Promise<GpuStep> {
  const traced = model.trace({ batch, mode: 'train', dropPathSeed: null })
  const { graph } = traced
  model.traceLoss(graph, traced.meanLogits, batch, options.smoothing)
  model.traceBackward(graph, options.recompute)
  traced.records.forEach(({ spikes }, index) => {
    const name = `spikes${index}`
    traceCopy(graph, spikes, graph.raw('u32', spikes.elements, name, { storage: { kind: 'slot', name } }))
  })
  const { minimumSlabs } = options
  const program = await Program.compile(model.gpu, graph, model.memory, { name: 'reference', minimumSlabs })
  try {
    program.write('input', Float32Array.from(input))
    program.write('labels', Uint32Array.from(labels))
    program.write('metrics', new Float32Array(4))
    program.run()
    await program.wait()
    const [loss = Number.NaN, correct = Number.NaN, samples = Number.NaN] = await program.readFloats('metrics')
    const spikes = await Promise.all(
      traced.records.map(async (record, index) => {
        const shape = shapeOf(record.spikes)
        return unpackSpikes(await program.readWords(`spikes${index}`), imagesOf(shape), neuronsOf(shape))
      }),
    )
    return {
      loss: loss / samples,
      correct,
      gradients: await readReferenceArrays(model, 'gradient'),
      spikes: [spikes[0] as Float64Array, spikes[1] as Float64Array],
      slabs: program.counters.slabs,
      temporaryBytes: program.counters.temporaryBytes,
    }
  } finally {
    program.release()
  }
}
