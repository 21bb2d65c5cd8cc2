/** Training on recordings whose events the device counts: the bytes of one whose frames the host counted. */
import { afterAll, describe, expect, it } from 'vitest'
import { loadEventBatches } from '../../src/datasets/batches.js'
import { inlineRunner } from '../../src/datasets/samples/jobs.js'
import { classFolders } from '../../src/datasets/samples/layouts/class-folders.js'
import { loadTree, type TreeOptions } from '../../src/datasets/samples/load-tree.js'
import { selectSamples } from '../../src/datasets/splits.js'
import type { Dataset, StreamedSplit } from '../../src/datasets/types.js'
import { LimitError, OptionError, ShapeError } from '../../src/errors.js'
import { type Binning, batchFeed } from '../../src/learning/batch-feed.js'
import { evaluate } from '../../src/learning/evaluation.js'
import { train } from '../../src/learning/trainer.js'
import type { TrainingOptions } from '../../src/learning/training-options.js'
import { batchNorm, conv2d, globalAveragePool, lif, linear, sequential } from '../../src/nn/index.js'
import { weightSeed } from '../../src/nn/memory.js'
import { Model } from '../../src/nn/model.js'
import { mseNasLif } from '../../src/ops/lif.js'
import { encodeNmnist } from '../datasets/events/encoders.js'
import { lazy, memoryTree, openMemory } from '../datasets/samples/trees.js'
import { digits, MemoryStore, trainingOptions } from '../support/digits-network.js'
import { testGpu } from '../support/gpu.js'

const models: Model[] = []
afterAll(() => {
  for (const model of models) model.release()
})

/** A dot that moves right or down; every fifth recording is empty, every seventh has one pixel whose counts pass 255. */
function dots(label: number, file: number): Uint8Array {
  if (file % 5 === 4) return encodeNmnist([])
  const count = file % 7 === 3 ? 1200 : 30 + 9 * (file % 6)
  return encodeNmnist(
    Array.from({ length: count }, (_, i) => {
      const along = file % 7 === 3 ? 3 : (i + file) % 20
      return { x: label ? 4 : along, y: label ? along : 9, t: i * 500, p: (i + file) % 3 > 0 ? 1 : 0 }
    }),
  )
}

/** 22 training recordings on a sensor of 34 x 20, counted at half its side, 17 x 10. */
async function recordings(options: TreeOptions = {}): Promise<Dataset> {
  const files = Object.fromEntries(
    Array.from({ length: 33 }, (_, i) => [`${i < 22 ? 'Train' : 'Test'}/${i % 2}/${i}.bin`, dots(i % 2, i >> 1)]),
  )
  const sensor = { width: 34, height: 20 }
  const reading = { layouts: [classFolders({ kind: 'event' })], sensor, frames: 3, window: null, side: 17 } as const
  const source = { reading, tree: lazy(memoryTree(files)), open: openMemory, runner: inlineRunner(openMemory) }
  const { parts } = await loadTree({ ...source, cache: null }, { recordings: true, ...options })
  const { train, test } = parts
  return { ...(await digits()), name: 'dots', classes: ['right', 'down'], train, validation: test, test }
}

async function fresh(perStep = true): Promise<Model> {
  const model = new Model(await testGpu(), {
    layer: sequential(
      conv2d(4),
      batchNorm(),
      lif(mseNasLif),
      conv2d(4, { stride: 2 }),
      batchNorm(),
      lif(mseNasLif),
      globalAveragePool(),
      linear(2),
    ),
    input: { height: 20, width: 20, channels: 2, perStep },
    classes: 2,
    timeSteps: 3,
    statistics: 'perStep',
    architecture: 'dots',
  })
  models.push(model)
  await model.memory.initialize(weightSeed(3, 'dots'))
  return model
}

const layout = { mean: [0, 0], deviation: [1, 1], padTo: 20 }
const optionsFor = (dataset: Dataset, changes: Partial<TrainingOptions> = {}): TrainingOptions =>
  trainingOptions(dataset, { batch: 4, epochs: 2, reportEvery: 2, layout, ...changes })

async function trained(
  dataset: Dataset,
  binning: Binning,
  changes: Partial<TrainingOptions> = {},
  store = new MemoryStore(),
) {
  const result = await train(await fresh(), dataset, optionsFor(dataset, { ...changes, binning }), {
    checkpoint: store,
  })
  return { saved: store.saved, curves: result.curves }
}

describe('training with events counted on the device', () => {
  it.each<TreeOptions>([
    { augment: 'drop:0.1:0.5,jitter:2000,flip', by: 'duration' },
    { augment: 'crop:2,drift', by: 'time' },
    { by: 'count' },
  ])('ends with the bytes of counting on the host: %j', async (options) => {
    const dataset = await recordings(options)
    const host = await trained(dataset, 'host')
    const device = await trained(dataset, 'device')
    expect(host.saved).toHaveLength(2)
    expect(device).toEqual(host)
    // the events matter: others end elsewhere
    const others = await recordings({ ...options, augment: 'drop:0.6:0.9' })
    expect((await trained(others, 'device')).saved).not.toEqual(host.saved)
  })

  it('recomputing, or on frames that lay in memory, is the same too', async () => {
    const host = await trained(await recordings({ recordings: false }), 'host', { recompute: true })
    expect(await trained(await recordings(), 'device', { recompute: true })).toEqual(host)
  })

  it('goes on from where a training that counted on the host stood', async () => {
    const dataset = await recordings({ augment: 'drop' })
    const host = await trained(dataset, 'host')
    const store = new MemoryStore()
    store.saved.push(...host.saved.slice(0, 1))
    expect((await trained(dataset, 'device', {}, store)).saved).toEqual(host.saved)
  })

  it('evaluates the same, with a last batch that is not full', async () => {
    const { test } = await recordings()
    const model = await fresh()
    expect(test.count).toBe(11)
    const options = { batch: 4, layout, spikes: true }
    const host = await evaluate(model, test, options)
    expect(await evaluate(model, test, { ...options, binning: 'device' })).toEqual(host)
    const some = selectSamples(test, Uint32Array.of(9, 2, 5, 0, 1))
    expect(await evaluate(model, some, { ...options, binning: 'device' })).toEqual(await evaluate(model, some, options))
  })
})

describe('counting on the device is refused', () => {
  const attempt = async (dataset: Dataset, changes: Partial<TrainingOptions> = {}) =>
    train(await fresh(), dataset, optionsFor(dataset, { binning: 'device', ...changes }))

  it('where there are no recordings', async () => {
    const counted = await recordings({ recordings: false })
    await expect(attempt(counted)).rejects.toThrow(/E_OPTION binning: on the device needs recordings/)
  })

  it('where frames are to be changed, mixed or normalised', async () => {
    const dataset = await recordings()
    for (const augment of ['crop:1', 'mixup:0.4']) {
      await expect(attempt(dataset, { augment })).rejects.toThrow(
        /E_OPTION binning: on the device leaves no frames for "(crop|mixup):\S+" to change/,
      )
    }
    await expect(attempt(dataset, { layout: { ...layout, mean: [0, 0.1] } })).rejects.toThrow(OptionError)
    await expect(attempt(dataset, { layout: { ...layout, deviation: [2, 1] } })).rejects.toThrow(OptionError)
  })

  it('before the first step where the events of a batch cannot be bound, of validation too', async () => {
    const dataset = await recordings()
    const huge = (split: Dataset['train']): Dataset['train'] => {
      const { events, ...rest } = split as StreamedSplit
      if (!events) throw new TypeError('the split has events')
      return { ...rest, events: { ...events, most: events.most.map(() => 2 ** 31) } }
    }
    const refusal = /E_LIMIT events: of a batch may need .* MiB; the device binds at most/
    await expect(attempt({ ...dataset, train: huge(dataset.train) })).rejects.toThrow(refusal)
    await expect(attempt({ ...dataset, validation: huge(dataset.validation) })).rejects.toThrow(refusal)
  })

  it('where frames are not what the network takes', async () => {
    const dataset = await recordings()
    await expect(attempt(dataset, { layout: { padTo: 24 } })).rejects.toThrow(ShapeError)
    await expect(attempt(dataset, { layout: { padTo: 8 } })).rejects.toThrow(ShapeError)
    await expect(train(await fresh(false), dataset, optionsFor(dataset, { binning: 'device' }))).rejects.toThrow(
      /E_SHAPE events: must be counted into the network's input \[1, 4, 20, 20, 2\]/,
    )
  })

  it('where a sample has more events than its split says', async () => {
    const { train: split } = await recordings()
    const { events } = split as StreamedSplit
    if (!events) throw new TypeError('the split has events')
    const wrong = { ...(split as StreamedSplit), events: { ...events, most: events.most.map(() => 1) } }
    const feed = batchFeed(wrong, { ...layout, batch: 4 }, 'device')
    expect(feed.events?.capacity).toBe(4)
    await expect(feed.load({ epoch: 0, seed: 1 }).next()).rejects.toThrow(LimitError)
    const room = { batch: 4, frames: 3, capacity: 10 ** 5 }
    const { value } = await loadEventBatches(split, { batch: 4, epoch: 0, seed: 1, room }).next()
    expect(value?.labels).toHaveLength(4)
  })
})
