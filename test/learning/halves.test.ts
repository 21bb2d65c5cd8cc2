/** Training with activations stored as f16, against the same training with f32. */
import { afterAll, describe, expect, it } from 'vitest'
import { train } from '../../src/learning/trainer.js'
import type { TrainingOptions } from '../../src/learning/training-options.js'
import type { Model } from '../../src/nn/model.js'
import { digits, digitsModel, trainingOptions } from '../support/digits-network.js'

const models: Model[] = []
afterAll(() => {
  for (const model of models) model.release()
})

async function fresh(): Promise<Model> {
  const model = await digitsModel({ channels: [8, 16], timeSteps: 4 })
  models.push(model)
  return model
}

async function curveOf(changes: Partial<TrainingOptions>) {
  const dataset = await digits()
  const model = await fresh()
  const options = trainingOptions(dataset, { batch: 50, maxSamples: 1000, epochs: 10, reportEvery: 1, ...changes })
  const { curves } = await train(model, dataset, options)
  return { losses: curves.map(({ loss }) => loss), weights: await model.memory.read('weights') }
}

describe('training with activations in f16', () => {
  it('follows the losses of f32, and is repeated to the last bit', async () => {
    const plain = await curveOf({})
    const half = await curveOf({ activations: 'f16' })
    expect(half.losses).toHaveLength(20)
    expect(half.losses).not.toEqual(plain.losses)
    // the first loss differs by rounding alone, later ones also by the spikes that it flips
    expect(Math.abs((half.losses[0] ?? 0) - (plain.losses[0] ?? 0))).toBeLessThan(0.002)
    for (const [step, loss] of half.losses.entries())
      expect(Math.abs(loss - (plain.losses[step] ?? 0))).toBeLessThan(0.02)
    expect(half.losses.at(-1)).toBeLessThan((half.losses[0] ?? 0) - 0.1)
    expect(await curveOf({ activations: 'f16' })).toEqual(half)
  })

  it.each([false, true])('takes less memory, recomputed: %s', async (recompute) => {
    const dataset = await digits()
    const { batch, optimizer, labelSmoothing, maxNorm } = trainingOptions(dataset)
    const bytes = async (activations: 'f32' | 'f16') => {
      const model = await fresh()
      const setup = { batch, optimizer, labelSmoothing, maxNorm, recompute, activations, dropPathSeed: null }
      const program = await model.compileTraining(setup)
      program.release()
      return program.counters.temporaryBytes
    }
    expect(await bytes('f16')).toBeLessThan((recompute ? 0.97 : 0.85) * (await bytes('f32')))
  })
})
