import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batches, loadBatches, loadFixedBatch } from '../../src/datasets/batches.js'
import { channelStatistics, fingerprintOf, loadStatistics } from '../../src/datasets/dataset.js'
import { makeSplits, sampleSize, sampleValues, selectSamples, timeStepsOf } from '../../src/datasets/splits.js'
import type { Batch, Draw, MemorySplit, StreamedSplit } from '../../src/datasets/types.js'
import { ShapeError } from '../../src/errors.js'
import { events, images } from './samples.js'

/** The same samples, given out one by one; `log` notes what was asked for. */
function streamed(
  split: MemorySplit,
  log: (samples: Uint32Array, draw: Draw | null) => void = () => {},
): StreamedSplit {
  const size = sampleSize(split)
  const { kind, count, height, width, channels, labels } = split
  return {
    kind: 'streamed',
    content: kind,
    count,
    height,
    width,
    channels,
    labels,
    timeSteps: timeStepsOf(split),
    identity: 'test',
    selection: Uint32Array.from({ length: count }, (_, i) => i),
    read: async (samples, draw) => {
      log(samples, draw)
      return Array.from(samples, (sample) => sampleValues(split).slice(sample * size, (sample + 1) * size))
    },
  }
}

async function all(source: AsyncIterable<Batch>): Promise<Batch[]> {
  const found: Batch[] = []
  for await (const batch of source) found.push(batch)
  return found
}

describe('streamed samples', () => {
  it('make the same batches as samples in memory', async () => {
    const options = fc.record({
      event: fc.boolean(),
      count: fc.integer({ min: 1, max: 13 }),
      batch: fc.integer({ min: 1, max: 6 }),
      epoch: fc.nat(5),
      seed: fc.nat(1000),
      augment: fc.constantFrom('', 'crop:2,flip', 'pad:5,erasing', 'roll:3,mixup:1,flip', 'mixup,cutmix'),
      from: fc.nat(3),
      ahead: fc.nat(4),
      padTo: fc.constantFrom(5, 8),
    })
    await fc.assert(
      fc.asyncProperty(options, async ({ event, count, ...order }) => {
        const split = event ? events(count, 3, 5) : images(count, 5, 2, 3)
        expect(await all(loadBatches(streamed(split), order))).toEqual([...batches(split, order)])
        expect(await all(loadBatches(split, order))).toEqual([...batches(split, order)])
      }),
      { numRuns: 40 },
    )
  })

  it('are asked for ahead of use, and no further', async () => {
    const asked: number[] = []
    const source = streamed(images(20, 2, 1, 2), (samples) => asked.push(samples[0] as number))
    const order = loadBatches(source, { batch: 2, epoch: 0, seed: 1, shuffle: false, ahead: 3 })
    await order.next()
    expect(asked).toEqual([0, 2, 4, 6])
    await order.next()
    expect(asked).toEqual([0, 2, 4, 6, 8])
    await order.return()
  })

  it('are drawn by seed and epoch in training, and not at all for evaluation or a fixed batch', async () => {
    const draws: (Draw | null)[] = []
    const source = streamed(images(4, 2, 1, 2), (_, draw) => draws.push(draw))
    await all(loadBatches(source, { batch: 4, epoch: 7, seed: 3 }))
    await all(loadBatches(source, { batch: 4, epoch: 7, seed: 3, vary: false }))
    await loadFixedBatch(source, { batch: 2, seed: 3, index: 0 })
    expect(draws).toEqual([{ seed: [3, 0], epoch: 7 }, null, null])
  })

  it('give a failure to whoever takes the batch', async () => {
    const source: StreamedSplit = {
      ...streamed(images(4, 2, 1, 2)),
      read: (samples) =>
        samples[0] === 2 ? Promise.reject(new ShapeError('file', 'is damaged.')) : Promise.resolve([new Uint8Array(4)]),
    }
    const order = loadBatches(source, { batch: 1, epoch: 0, seed: 0, shuffle: false, ahead: 3 })
    await order.next()
    await order.next()
    await expect(order.next()).rejects.toThrow('is damaged')
  })

  it('are selected, counted and told apart as samples in memory are', async () => {
    const split = images(40, 3, 2, 4)
    const source = streamed(split)
    const chosen = Uint32Array.of(7, 3, 20)
    const twice = selectSamples(selectSamples(source, Uint32Array.of(3, 20, 7)), Uint32Array.of(2, 0, 1))
    expect([...twice.selection]).toEqual([7, 3, 20])
    expect([...twice.labels]).toEqual([...selectSamples(split, chosen).labels])
    expect((await twice.read(Uint32Array.of(1), null))[0]).toEqual(split.pixels.slice(3 * 18, 4 * 18))
    expect(await loadStatistics(source)).toEqual(channelStatistics(split))
    const parts = (seed: number) => makeSplits({ train: source, test: source }, { seed, validation: 0.5 })
    expect(await fingerprintOf(parts(1))).toBe(await fingerprintOf(parts(1)))
    expect(await fingerprintOf(parts(1))).not.toBe(await fingerprintOf(parts(2)))
  })
})

describe('more than 256 classes', () => {
  it('keep their labels through splits and batches', () => {
    const labels = Uint16Array.from({ length: 1200 }, (_, i) => i % 600)
    const split = { ...images(1200, 2, 1, 2), labels }
    const { train, validation } = makeSplits({ train: split, test: split }, { seed: 1, validation: 0.5 })
    // two samples a class, one on each side
    expect([...validation.labels].sort((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, i) => i))
    expect([...train.labels].sort((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, i) => i))
    const [batch] = batches(split, { batch: 600, epoch: 0, seed: 0, shuffle: false })
    expect(batch?.labels[599]).toBe(599)
  })
})
