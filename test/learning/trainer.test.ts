import { afterAll, describe, expect, it } from 'vitest'
import type { Dataset } from '../../src/datasets/types.js'
import { InterruptedError, NumericError, OptionError } from '../../src/errors.js'
import { evaluate } from '../../src/learning/evaluation.js'
import { optimizerStep, type TrainingEvent, type TrainingHooks, train } from '../../src/learning/trainer.js'
import type { TrainingOptions } from '../../src/learning/training-options.js'
import * as nn from '../../src/nn/index.js'
import { Model } from '../../src/nn/model.js'
import { type DigitsOptions, digits, digitsModel, MemoryStore, trainingOptions } from '../support/digits-network.js'
import { testGpu } from '../support/gpu.js'

const models: Model[] = []
afterAll(() => {
  for (const model of models) model.release()
})

async function fresh(options: DigitsOptions = {}): Promise<Model> {
  const model = await digitsModel(options)
  models.push(model)
  return model
}

/** The digits with fewer samples to learn from and to validate on. */
async function fewDigits(train = 200, validation = 30): Promise<Dataset> {
  const dataset = await digits()
  return {
    ...dataset,
    train: { ...dataset.train, count: train },
    validation: { ...dataset.validation, count: validation },
  }
}

const run = async (changes: Partial<TrainingOptions>, hooks: TrainingHooks, model?: Model) => {
  const dataset = await fewDigits()
  return train(model ?? (await fresh()), dataset, trainingOptions(dataset, changes), hooks)
}

/** Two epochs of ten steps; with augmentation and soft labels, a report every three steps and a checkpoint only where one is due. */
const twice: Partial<TrainingOptions> = { epochs: 2, reportEvery: 3, augment: 'crop:1,mixup:0.4' }

describe('training', () => {
  it('gives byte-identical checkpoints for one seed, and others for another', async () => {
    const [first, second, other] = [new MemoryStore(), new MemoryStore(), new MemoryStore()]
    await run(twice, { checkpoint: first })
    await run(twice, { checkpoint: second })
    await run({ ...twice, seed: 6 }, { checkpoint: other })
    expect(first.saved).toHaveLength(2)
    expect(second.saved).toEqual(first.saved)
    expect(other.last).not.toEqual(first.last)
  })

  it.each([1, 7, 9, 10, 18])(
    'interrupted after %i steps, ends with the bytes of an uninterrupted one',
    async (stop) => {
      const whole = new MemoryStore()
      const result = await run(twice, { checkpoint: whole })
      const store = new MemoryStore()
      const controller = new AbortController()
      let steps = 0
      const counting: MemoryStore = new MemoryStore()
      // checkpointSeconds 0 saves after every step, which tells us when the wanted one is done
      counting.save = async (file) => {
        steps++
        if (steps === stop) {
          await store.save(file)
          controller.abort()
        }
      }
      // the signal fires inside the save of step `stop`; the training notices it after the step that follows
      const interrupted = run(twice, { checkpoint: counting, checkpointSeconds: 0, signal: controller.signal })
      await expect(interrupted).rejects.toThrow(InterruptedError)
      const resumed = await run(twice, { checkpoint: store })
      expect(store.last).toEqual(whole.last)
      expect(resumed.curves).toEqual(result.curves)
    },
  )

  it('saves when it is interrupted, and says where', async () => {
    const store = new MemoryStore()
    const controller = new AbortController()
    const onEvent = (event: TrainingEvent) => {
      if (event.kind === 'progress') controller.abort()
    }
    const interrupted = run({ ...twice, reportEvery: 4 }, { checkpoint: store, signal: controller.signal, onEvent })
    await expect(interrupted).rejects.toThrow(/E_INTERRUPTED training: stopped at step 4 of 20; the state is saved/)
    expect(store.saved).toHaveLength(1)
    const whole = new MemoryStore()
    await run({ ...twice, reportEvery: 4 }, { checkpoint: whole })
    await run({ ...twice, reportEvery: 4 }, { checkpoint: store })
    expect(store.last).toEqual(whole.last)
  })

  it('reports curves that end where the training ends', async () => {
    const events: TrainingEvent[] = []
    const result = await run({ ...twice, maxSamples: 250 }, { onEvent: (event) => events.push(event) })
    // 12 steps of 20 samples fit into 250
    expect(result.steps).toBe(12)
    expect(result.samples).toBe(240)
    expect(result.curves.map(({ step }) => step)).toEqual([3, 6, 9, 10, 12])
    expect(result.curves.map(({ validationAccuracy }) => validationAccuracy !== null)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ])
    expect(events.map(({ kind }) => kind)).toEqual([
      'start',
      ...['progress', 'progress', 'progress', 'progress', 'epoch'],
      ...['progress', 'epoch'],
    ])
    for (const { loss, trainAccuracy } of result.curves) {
      expect(loss).toBeGreaterThan(0)
      expect(loss).toBeLessThan(5)
      expect(trainAccuracy).toBeGreaterThanOrEqual(0)
      expect(trainAccuracy).toBeLessThanOrEqual(1)
    }
  })

  it('stops at a loss that is not finite, naming the step and a layer', async () => {
    const sgd = { kind: 'sgd', momentum: 0, weightDecay: 0, nesterov: false } as const
    const schedule = { kind: 'constant', learningRate: 1e38, finalRate: 0, warmup: 0, warmupRate: 0 } as const
    const failing = run({ optimizer: sgd, schedule, maxNorm: null, reportEvery: 5, epochs: 3 }, {})
    await expect(failing).rejects.toThrow(NumericError)
    const again = run({ optimizer: sgd, schedule, maxNorm: null, reportEvery: 5, epochs: 3 }, {})
    await expect(again).rejects.toThrow(
      /E_NUMERIC training: the loss must stay finite.*step 5; the first number that is not finite is in the (gradient|weights) of \d\.(weight|gamma|beta|bias)/,
    )
  })

  it('stops when weights are lost before neurons, whose silence leaves the loss finite', async () => {
    const data = await digits()
    const layer = nn.sequential(nn.flatten(), nn.linear(8, { bias: false }), nn.lif(), nn.linear(10))
    const input = { height: 8, width: 8, channels: 1, perStep: false }
    const shared = { classes: 10, timeSteps: 2, statistics: 'pooled', architecture: 'lost weights' } as const
    const model = new Model(await testGpu(), { layer, input, ...shared })
    await model.memory.initialize([1, 0])
    const weights = await model.memory.read('weights')
    weights[model.parameters.get('1.weight')?.offset ?? -1] = Number.NaN
    model.memory.write('weights', weights)
    const training = train(model, data, trainingOptions(data, { maxSamples: 40, maxNorm: null }))
    await expect(training).rejects.toThrow(/weights must stay finite; 1\.weight has a number that is not/)
    model.release()
  })

  it.each<[string, Partial<TrainingOptions>]>([
    ['epochs', { epochs: 0 }],
    ['epochs', { epochs: 1.5 }],
    ['batch', { batch: 0 }],
    ['batch', { batch: 201 }],
    ['seed', { seed: -1 }],
    ['maxSamples', { maxSamples: Number.NaN }],
    ['validationLimit', { validationLimit: 0 }],
    ['reportEvery', { reportEvery: 0 }],
    ['dropPath', { dropPath: 1 }],
    ['dropPath', { dropPath: Number.NaN }],
    ['labelSmoothing', { labelSmoothing: -0.1 }],
    ['maxNorm', { maxNorm: 0 }],
    ['optimizer.weightDecay', { optimizer: { kind: 'sgd', momentum: 0, weightDecay: -1, nesterov: false } }],
    ['optimizer.momentum', { optimizer: { kind: 'sgd', momentum: 1, weightDecay: 0, nesterov: false } }],
    ['optimizer.beta2', { optimizer: { kind: 'adamw', beta1: 0.9, beta2: Number.NaN, epsilon: 1e-8, weightDecay: 0 } }],
    ['learningRate', { schedule: { kind: 'constant', learningRate: 0, finalRate: 0, warmup: 0, warmupRate: 0 } }],
  ])('refuses %s out of range before anything starts', async (name, changes) => {
    const model = await fresh()
    const before = await model.memory.read('weights')
    const refused = run(changes, {}, model)
    await expect(refused).rejects.toThrow(OptionError)
    await expect(run(changes, {}, model)).rejects.toThrow(`E_OPTION ${name}`)
    expect(await model.memory.read('weights')).toEqual(before)
  })

  it('learns the digits: more than 85 % of the test split after six epochs', async () => {
    const dataset = await digits()
    const model = await fresh({ channels: [16, 32], timeSteps: 4 })
    const { curves } = await train(model, dataset, trainingOptions(dataset, { epochs: 6, batch: 16 }))
    const { accuracy, samples } = await evaluate(model, dataset.test, {
      batch: 100,
      layout: { mean: dataset.mean, deviation: dataset.deviation },
    })
    expect(samples).toBe(500)
    expect(accuracy).toBeGreaterThan(0.85)
    expect(curves.at(-1)?.loss).toBeLessThan((curves[0]?.loss ?? 0) * 0.7)
    expect(curves.at(-1)?.validationAccuracy).toBeGreaterThan(0.8)
  })
})

it('hands the optimiser its bias corrections', () => {
  const adamw = { kind: 'adamw', beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 } as const
  expect(optimizerStep(adamw, 0.1, 0)).toEqual([0.1, 1 - 0.9, 1 - 0.99, 0])
  expect(optimizerStep(adamw, 0.1, 9)).toEqual([0.1, 1 - 0.9 ** 10, 1 - 0.99 ** 10, 0])
  expect(optimizerStep({ kind: 'sgd', momentum: 0, weightDecay: 0, nesterov: false }, 0.1, 9)).toEqual([0.1, 1, 1, 0])
})
