import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dataset } from '../../src/datasets/types.js'
import { InterruptedError } from '../../src/errors.js'
import { evaluate } from '../../src/learning/evaluation.js'
import { type TrainingEvent, type TrainingHooks, train } from '../../src/learning/trainer.js'
import { batchNorm, conv2d, globalAveragePool, lif, linear, sequential } from '../../src/nn/index.js'
import { weightSeed } from '../../src/nn/memory.js'
import { Model } from '../../src/nn/model.js'
import { mseNasLif } from '../../src/ops/lif.js'
import type { Gpu } from '../../src/runtime/gpu.js'
import type { VariantChoices } from '../../src/runtime/variants.js'
import { digits, MemoryStore, trainingOptions } from '../support/digits-network.js'
import { testGpu } from '../support/gpu.js'

const models: Model[] = []
let gpu: Gpu
let dataset: Dataset
/** Every device offers it, and it differs from the usual kernel in its last bits where that is one for subgroups. */
const events: VariantChoices = { 'sparse spike convolution': 'events' }

beforeAll(async () => {
  gpu = await testGpu()
  const all = await digits()
  dataset = {
    ...all,
    train: { ...all.train, count: 120 },
    validation: { ...all.validation, count: 45 },
  }
})
afterAll(() => {
  gpu.useTuning(null)
  for (const model of models) model.release()
})

/** The first layer's neurons hardly ever fire: their threshold is far above what batch norm gives them. */
async function quietModel(): Promise<Model> {
  const model = new Model(gpu, {
    layer: sequential(
      conv2d(16),
      batchNorm(),
      lif({ ...mseNasLif, threshold: 2.5 }),
      conv2d(32),
      batchNorm(),
      lif(mseNasLif),
      globalAveragePool(),
      linear(10),
    ),
    input: { height: 8, width: 8, channels: 1, perStep: false },
    classes: 10,
    timeSteps: 2,
    statistics: 'perStep',
    architecture: 'quiet',
  })
  await model.memory.initialize(weightSeed(3, 'quiet'))
  models.push(model)
  return model
}

async function run(choices: VariantChoices | null, hooks: TrainingHooks) {
  gpu.useTuning(choices)
  return train(await quietModel(), dataset, trainingOptions(dataset, { epochs: 2 }), hooks)
}

describe('a layer whose inputs hardly fire', () => {
  it('runs its kernel for rare spikes, says so, and leads to the same checkpoint after an interruption', async () => {
    const seen: TrainingEvent[] = []
    const whole = new MemoryStore()
    await run(events, { checkpoint: whole, onEvent: (event) => seen.push(event) })
    const changes = seen.flatMap((event) => (event.kind === 'kernels' ? event : []))
    expect(changes).toHaveLength(1)
    expect(changes[0]?.step).toBe(5)
    const [layer] = changes[0]?.layers ?? []
    expect(layer?.kernel).toBe('convolution/spike_forward_events')
    expect(layer?.rate).toBeGreaterThan(0)
    expect(layer?.rate).toBeLessThan(0.06)
    for (const stop of [3, 5, 8]) {
      const store = new MemoryStore()
      const controller = new AbortController()
      let steps = 0
      const counting = new MemoryStore()
      counting.save = async (file) => {
        steps++
        if (steps < stop) return
        await store.save(file)
        controller.abort()
      }
      const interrupted = run(events, { checkpoint: counting, checkpointSeconds: 0, signal: controller.signal })
      await expect(interrupted).rejects.toThrow(InterruptedError)
      await run(events, { checkpoint: store })
      expect(store.last, `stopped at ${stop}`).toEqual(whole.last)
    }
  })

  it('keeps its usual kernel where the choice is pinned', async () => {
    const seen: string[] = []
    await run({ 'sparse spike convolution': 'same' }, { onEvent: ({ kind }) => seen.push(kind) })
    expect(seen).not.toContain('kernels')
  })

  it('is evaluated alike whether or not kernels change after the first batch', async () => {
    const options = { batch: 20, layout: { mean: dataset.mean, deviation: dataset.deviation } }
    const evaluated = async (choices: VariantChoices) => {
      gpu.useTuning(choices)
      return evaluate(await quietModel(), dataset.validation, options)
    }
    const portable = { 'spike convolution': 'skipping' }
    const steady = await evaluated({ ...portable, 'sparse spike convolution': 'same' })
    expect(await evaluated({ ...portable, ...events })).toEqual(steady)
  })
})
