import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dataset, ImageSplit } from '../../src/datasets/types.js'
import { InterruptedError, OptionError } from '../../src/errors.js'
import { fillBatch } from '../../src/learning/batch-feed.js'
import { type EvaluationOptions, evaluate } from '../../src/learning/evaluation.js'
import { train } from '../../src/learning/trainer.js'
import type { Model } from '../../src/nn/model.js'
import { digits, digitsModel, trainingOptions } from '../support/digits-network.js'

let model: Model
let dataset: Dataset
beforeAll(async () => {
  dataset = await digits()
  model = await digitsModel()
  await train(model, dataset, trainingOptions(dataset, { maxSamples: 600 }))
})
afterAll(() => model.release())

const part = (count: number): ImageSplit => ({ ...(dataset.test as ImageSplit), count })
const evaluated = (count: number, options: Partial<EvaluationOptions> = {}) =>
  evaluate(model, part(count), {
    batch: 16,
    layout: { mean: dataset.mean, deviation: dataset.deviation },
    ...options,
  })

describe('evaluation', () => {
  it('counts every sample once, also in a last batch that is not full', async () => {
    const whole = await evaluated(37)
    expect(whole.samples).toBe(37)
    const rows = whole.confusion.map((row) => row.reduce((sum, count) => sum + count, 0))
    const labels = part(37).labels.subarray(0, 37)
    expect(rows).toEqual(Array.from({ length: 10 }, (_, k) => labels.filter((label) => label === k).length))
    const hits = whole.confusion.reduce((sum, row, k) => sum + (row[k] ?? 0), 0)
    expect(whole.accuracy).toBe(hits / 37)
  })

  it('does not depend on how samples are cut into batches', async () => {
    const whole = await evaluated(37)
    for (const batch of [1, 5, 37, 64]) {
      const other = await evaluated(37, { batch })
      expect(other.confusion, `batch ${batch}`).toEqual(whole.confusion)
      expect(other.loss).toBeCloseTo(whole.loss, 6)
      expect(other.samples).toBe(37)
    }
  })

  it('looks at the first samples only when a limit is given', async () => {
    const limited = await evaluated(200, { limit: 21 })
    const short = await evaluated(21)
    expect(limited.samples).toBe(21)
    expect(limited.confusion).toEqual(short.confusion)
    expect(limited.loss).toBe(short.loss)
  })

  it('counts spikes a neuron and step, and all spikes a sample', async () => {
    const { rates, spikesPerSample, convolutions } = await evaluated(32, { spikes: true })
    expect(rates.map(({ layer, neurons }) => [layer, neurons])).toEqual([
      ['2', 8 * 8 * 4],
      ['5', 4 * 4 * 8],
    ])
    for (const { rate } of rates) {
      expect(rate).toBeGreaterThan(0)
      expect(rate).toBeLessThan(1)
    }
    const sum = rates.reduce((total, { rate, neurons }) => total + rate * neurons * 2, 0)
    expect(spikesPerSample).toBeCloseTo(sum, 9)
    // the first convolution runs once on the image, the second on spikes, the read-out on their mean
    expect(convolutions.map(({ macs, constant }) => [macs, constant])).toEqual([
      [64 * 4 * 9, true],
      [16 * 8 * 9 * 4, false],
      [80, false],
    ])
    expect(convolutions[1]?.rate).toBe(rates[0]?.rate)
    expect((await evaluated(32)).spikesPerSample).toBeNull()
  })

  it('reports progress up to the last sample, and stops when asked to', async () => {
    const seen: number[] = []
    await evaluated(37, { onProgress: (done) => seen.push(done) })
    expect(seen).toEqual([16, 32, 37])
    const controller = new AbortController()
    const stopped = evaluated(37, { signal: controller.signal, onProgress: () => controller.abort() })
    await expect(stopped).rejects.toThrow(InterruptedError)
  })

  it.each<[string, number, Partial<EvaluationOptions>]>([
    ['an empty split', 0, {}],
    ['a batch of nothing', 5, { batch: 0 }],
    ['half a batch', 5, { batch: 2.5 }],
    ['a limit of nothing', 5, { limit: 0 }],
    ['a limit that is no number', 5, { limit: Number.NaN }],
  ])('refuses %s', async (_title, count, options) => {
    await expect(evaluated(count, options)).rejects.toThrow(OptionError)
  })

  it('leaves the model as it was', async () => {
    const before = [await model.memory.read('weights'), await model.memory.read('states')]
    await evaluated(37, { spikes: true })
    expect([await model.memory.read('weights'), await model.memory.read('states')]).toEqual(before)
  })
})

it('fills a short batch up with its first sample, at every time step', () => {
  const data = { timeSteps: 2, batch: 2, height: 1, width: 1, channels: 2 }
  const input = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8])
  const filled = fillBatch({ ...data, input, labels: Uint32Array.from([7, 8]) }, 3)
  expect([...filled.input]).toEqual([1, 2, 3, 4, 1, 2, 5, 6, 7, 8, 5, 6])
  expect([...filled.labels]).toEqual([7, 8, 7])
  expect(filled.batch).toBe(3)
})
