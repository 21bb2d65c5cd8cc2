/** A small spiking network for the shipped digits, for the tests of learning. */
import { loadDataset } from '../../src/datasets/load.js'
import type { Dataset } from '../../src/datasets/types.js'
import { decodeSafetensors, encodeSafetensors } from '../../src/learning/safetensors.js'
import type { CheckpointStore, TrainingOptions } from '../../src/learning/trainer.js'
import { batchNorm, conv2d, globalAveragePool, lif, linear, sequential } from '../../src/nn/index.js'
import { weightSeed } from '../../src/nn/memory.js'
import { Model } from '../../src/nn/model.js'
import { mseNasLif } from '../../src/ops/lif.js'
import { testGpu } from './gpu.js'

let loaded: Promise<Dataset> | undefined

export const digits = (): Promise<Dataset> => {
  loaded ??= loadDataset('digits', { seed: 1 })
  return loaded
}

export interface DigitsOptions {
  readonly channels?: readonly [number, number]
  readonly architecture?: string
  readonly timeSteps?: number
}

/** Two convolutions with batch norm and LIF, the second with stride 2, then the read-out; initialised from seed 3. */
export async function digitsModel(options: DigitsOptions = {}): Promise<Model> {
  const [first, second] = options.channels ?? [4, 8]
  const model = new Model(await testGpu(), {
    layer: sequential(
      conv2d(first),
      batchNorm(),
      lif(mseNasLif),
      conv2d(second, { stride: 2 }),
      batchNorm(),
      lif(mseNasLif),
      globalAveragePool(),
      linear(10),
    ),
    input: { height: 8, width: 8, channels: 1, perStep: false },
    classes: 10,
    timeSteps: options.timeSteps ?? 2,
    statistics: 'perStep',
    architecture: options.architecture ?? `digits ${first} ${second}`,
  })
  await model.memory.initialize(weightSeed(3, model.description.architecture))
  return model
}

export function trainingOptions(dataset: Dataset, changes: Partial<TrainingOptions> = {}): TrainingOptions {
  return {
    epochs: 1,
    batch: 20,
    seed: 5,
    optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-4 },
    schedule: { kind: 'cosine', learningRate: 0.01, finalRate: 1e-5, warmup: 0.1, warmupRate: 1e-6 },
    labelSmoothing: 0.1,
    dropPath: 0,
    maxNorm: 5,
    recompute: false,
    layout: { mean: dataset.mean, deviation: dataset.deviation },
    ...changes,
  }
}

/** Keeps checkpoints as the bytes a file would have. */
export class MemoryStore implements CheckpointStore {
  readonly saved: Uint8Array[] = []

  get last(): Uint8Array | null {
    return this.saved.at(-1) ?? null
  }

  async load() {
    return this.last && decodeSafetensors(this.last, 'checkpoint in memory')
  }

  async save(file: Parameters<CheckpointStore['save']>[0]) {
    this.saved.push(encodeSafetensors(file))
  }
}
