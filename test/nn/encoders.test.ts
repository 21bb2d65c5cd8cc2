import { describe, expect, it } from 'vitest'
import { NumericError } from '../../src/errors.js'
import { evaluate } from '../../src/learning/evaluation.js'
import { train } from '../../src/learning/trainer.js'
import * as nn from '../../src/nn/index.js'
import { Model } from '../../src/nn/model.js'
import { digits, MemoryStore, trainingOptions } from '../support/digits-network.js'
import { testGpu } from '../support/gpu.js'

/** Values in [0, 1], as codes take them. */
const plain = { mean: [0], deviation: [1] }

async function modelWith(encoder: nn.Layer): Promise<Model> {
  const model = new Model(await testGpu(), {
    // a read-out alone sees the mean over time, in which all latencies are alike
    layer: nn.sequential(encoder, nn.flatten(), nn.linear(24), nn.lif(), nn.linear(10)),
    input: { height: 8, width: 8, channels: 1, perStep: false },
    classes: 10,
    timeSteps: 4,
    statistics: 'pooled',
    architecture: 'encoder, neurons and read-out',
  })
  await model.memory.initialize([1, 0])
  return model
}

const schedule = { kind: 'cosine', learningRate: 0.05, finalRate: 1e-3, warmup: 0, warmupRate: 0 } as const
const options = { epochs: 1, maxSamples: 800, layout: plain, labelSmoothing: 0, schedule } as const

describe('encoders as layers', () => {
  it.each([
    ['rate', nn.rateEncode()],
    ['latency', nn.latencyEncode()],
    ['weighted time to first spike', nn.weightedTtfsEncode()],
    ['phase', nn.phaseEncode({ bits: 4, weighted: true })],
    ['burst', nn.burstEncode()],
    ['signed rate', nn.signedRateEncode()],
    ['rank order', nn.rankOrderEncode()],
    ['population by rate', nn.populationRateEncode({ fields: 4 })],
    ['population', nn.populationEncode({ fields: 4 })],
    ['receptive fields', nn.populationActivation({ fields: 4 })],
    ['direct', nn.directEncode()],
  ])('%s: a small network learns from its spikes', async (_, encoder) => {
    const model = await modelWith(encoder)
    const data = await digits()
    const result = await train(model, data, trainingOptions(data, options))
    const [first, last] = [result.curves[0], result.curves.at(-1)]
    expect(last?.loss).toBeLessThan(0.85 * (first?.loss ?? 0))
    // chance is 0.1
    const { accuracy } = await evaluate(model, data.test, { batch: 50, layout: plain, limit: 100 })
    expect(accuracy).toBeGreaterThan(0.3)
    model.release()
  })

  it('rate gives the same training for the same seed, and other spikes for another', async () => {
    const data = await digits()
    const weights = async (seed: number) => {
      const store = new MemoryStore()
      const model = await modelWith(nn.rateEncode({ seed }))
      await train(model, data, trainingOptions(data, { ...options, maxSamples: 60 }), { checkpoint: store })
      model.release()
      return store.last
    }
    const first = await weights(1)
    expect(await weights(1)).toEqual(first)
    expect(await weights(2)).not.toEqual(first)
  })

  it('stop a training or an evaluation on data that they cannot encode, naming the layer', async () => {
    const data = await digits()
    const model = await modelWith(nn.rateEncode())
    const normalised = { layout: { mean: data.mean, deviation: data.deviation } }
    const training = train(model, data, trainingOptions(data, { ...options, ...normalised }))
    await expect(training).rejects.toThrow(NumericError)
    const evaluation = evaluate(model, data.test, { batch: 10, limit: 10, ...normalised })
    await expect(evaluation).rejects.toThrow(
      /E_NUMERIC 0\.rate: inputs must lie where the code is defined; \d+ did not/,
    )
    model.release()
  })
})
