import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compose } from '../../src/datasets/augmentation/pipeline.js'
import { batchCount, batches, fixedBatch, fixedSamples } from '../../src/datasets/batches.js'
import type { ImageSplit } from '../../src/datasets/types.js'
import { OptionError, ShapeError } from '../../src/errors.js'
import { deriveSeed } from '../../src/runtime/philox.js'
import { ascending, events, images } from './samples.js'

const plain = { epoch: 0, seed: 1, shuffle: false } as const

/** One channel, the label is the sample's number. */
const numbered = (count: number): ImageSplit => ({
  ...images(count, 2, 1, 2),
  labels: Uint8Array.from({ length: count }, (_, i) => i),
})
const labelsOf = (found: Iterable<{ labels: Uint32Array }>) => Array.from(found, (batch) => [...batch.labels])

describe('batches of images', () => {
  it('normalises by channel, then pads with zeros around the centre', () => {
    const split = images(3, 3, 2, 3)
    const [mean, deviation] = [
      [0.25, 0.5],
      [0.5, 0.125],
    ]
    const [first, second] = [...batches(split, { ...plain, batch: 2, mean, deviation, padTo: 6 })]
    expect(first).toMatchObject({ timeSteps: 1, batch: 2, height: 6, width: 6, channels: 2 })
    expect(second?.batch).toBe(1)
    // a border of floor((6 - 3) / 2) = 1 above and left, 2 below and right
    for (let b = 0; b < 2; b++)
      for (let y = 0; y < 6; y++)
        for (let x = 0; x < 6; x++)
          for (let c = 0; c < 2; c++) {
            const within = y >= 1 && y < 4 && x >= 1 && x < 4
            const pixel = split.pixels[((b * 3 + y - 1) * 3 + x - 1) * 2 + c] ?? 0
            const expected = within ? Math.fround((pixel / 255 - (mean[c] ?? 0)) / (deviation[c] ?? 1)) : 0
            expect(first?.input[((b * 6 + y) * 6 + x) * 2 + c]).toBe(expected)
          }
  })

  it('pads 28 to 32 with two on every side', () => {
    const split = { ...images(1, 28, 1, 1), pixels: new Uint8Array(784).fill(255) }
    const [batch] = [...batches(split, { ...plain, batch: 1, padTo: 32 })]
    const set = [...(batch?.input ?? [])].flatMap((value, i) => (value === 1 ? [i] : []))
    expect([set.length, set[0], set.at(-1)]).toEqual([784, 2 * 32 + 2, 29 * 32 + 29])
  })

  it('yields every sample once an epoch, in an order fixed by seed and epoch alone', () => {
    const orders = [
      { seed: 1, epoch: 0 },
      { seed: 1, epoch: 1 },
      { seed: 2, epoch: 0 },
    ].map((key) => labelsOf(batches(numbered(23), { batch: 5, ...key })).flat())
    for (const order of orders) expect(ascending(order)).toEqual(Array.from({ length: 23 }, (_, i) => i))
    expect(new Set(orders.map(String)).size).toBe(3)
    expect(labelsOf(batches(numbered(23), { batch: 7, seed: 1, epoch: 0 })).flat()).toEqual(orders[0])
  })

  it('resumes at any batch with the very bytes of an uninterrupted epoch', () => {
    const split = images(17, 4, 1, 3)
    const options = fc.record({
      batch: fc.integer({ min: 1, max: 18 }),
      epoch: fc.nat(5),
      from: fc.nat(18),
      dropLast: fc.boolean(),
    })
    fc.assert(
      fc.property(options, ({ from, ...rest }) => {
        const all = { ...rest, seed: 9, augment: 'crop:1,flip,mixup' }
        const whole = [...batches(split, all)]
        expect(whole).toHaveLength(batchCount(split, rest))
        expect([...batches(split, { ...all, from })]).toEqual(whole.slice(from))
      }),
      { numRuns: 50 },
    )
  })

  it('leaves out a last batch that is not full when asked to', () => {
    expect(labelsOf(batches(numbered(7), { ...plain, batch: 3 }))).toEqual([[0, 1, 2], [3, 4, 5], [6]])
    expect(labelsOf(batches(numbered(7), { ...plain, batch: 3, dropLast: true }))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ])
  })

  it.each([
    ['a padding that would cut samples', { padTo: 3 }, ShapeError],
    ['a mean of another number of channels', { mean: [0, 0] }, ShapeError],
    ['a deviation of 0', { deviation: [0] }, ShapeError],
    ['an empty batch', { batch: 0 }, OptionError],
    ['a fractional epoch', { epoch: 0.5 }, OptionError],
    ['a negative crop', { augment: 'crop:-1' }, OptionError],
  ])('refuses %s', (_, wrong, error) => {
    expect(() => [...batches(images(2, 4, 1, 2), { ...plain, batch: 1, ...wrong })]).toThrow(error)
  })
})

describe('batches of events', () => {
  it('puts time first and keeps counts as they are', () => {
    const split = events(3, 4, 5)
    const [batch] = [...batches(split, { ...plain, batch: 3, padTo: 7, mean: [0, 0], deviation: [1, 1] })]
    expect(batch).toMatchObject({ timeSteps: 4, batch: 3, height: 7, width: 7, channels: 2 })
    for (let t = 0; t < 4; t++)
      for (let b = 0; b < 3; b++)
        for (let y = 0; y < 5; y++)
          for (let x = 0; x < 5; x++)
            for (let p = 0; p < 2; p++) {
              const count = split.counts[(((b * 4 + t) * 5 + y) * 5 + x) * 2 + p]
              expect(batch?.input[(((t * 3 + b) * 7 + y + 1) * 7 + x + 1) * 2 + p]).toBe(count)
            }
    expect(batch?.input.reduce((a, v) => a + v, 0)).toBe(split.counts.reduce((a, v) => a + v, 0))
  })
})

describe('the fixed batches of a search', () => {
  it('are distinct samples, a function of seed and index', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(), fc.nat(99), (batch, seed, index) => {
        const chosen = [...fixedSamples(60, { batch, seed, index })]
        expect(new Set(chosen).size).toBe(batch)
        expect(chosen.every((sample) => sample < 60)).toBe(true)
        expect([...fixedSamples(60, { batch, seed, index })]).toEqual(chosen)
      }),
    )
    expect(fixedSamples(60, { batch: 8, seed: 1, index: 0 })).not.toEqual(
      fixedSamples(60, { batch: 8, seed: 1, index: 1 }),
    )
  })

  it('draw every sample equally often', () => {
    const counts = new Array<number>(10).fill(0)
    for (let index = 0; index < 2000; index++)
      for (const sample of fixedSamples(10, { batch: 3, seed: 4, index })) counts[sample] = (counts[sample] ?? 0) + 1
    // 600 each; binomial deviation sqrt(2000 * 0.3 * 0.7) = 20.5
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(5 * 20.5)
  })

  it('hold the samples they name, normalised and padded', () => {
    const split = numbered(20)
    const options = { batch: 6, seed: 3, index: 2 }
    const batch = fixedBatch(split, { ...options, padTo: 4 })
    expect([...batch.labels]).toEqual([...fixedSamples(20, options)])
    const sample = batch.labels[5] as number
    expect(batch.input[(5 * 4 + 1) * 4 + 1]).toBe(Math.fround((split.pixels[sample * 4] as number) / 255))
  })

  it('refuse to be larger than the split', () => {
    expect(() => fixedBatch(numbered(4), { batch: 5, seed: 0, index: 0 })).toThrow(/at most the 4 samples/)
  })
})

describe('augmentations', () => {
  it('depend on sample and epoch, not on the batch', () => {
    const split = images(12, 4, 1, 12)
    const bySample = (augment: string, epoch: number, batch: number) => {
      const found = new Map<number, unknown>()
      for (const { input, labels, labelShares } of batches(split, { batch, epoch, seed: 2, augment }))
        for (const [i, label] of labels.entries())
          found.set(labelShares?.[i]?.[0]?.label ?? label, [
            [...input.subarray(i * 16, (i + 1) * 16)],
            labelShares?.[i],
          ])
      return found
    }
    for (const augment of ['crop:1,flip', 'randaugment,erasing:1', 'roll:2,mixup:1']) {
      expect(bySample(augment, 0, 5)).toEqual(bySample(augment, 0, 3))
      expect(bySample(augment, 0, 5)).not.toEqual(bySample(augment, 1, 5))
    }
  })

  it('come before normalisation, and what they blank is zero after it', () => {
    const split = images(20, 5, 2, 20)
    const layout = { mean: [0.3, 0.6], deviation: [0.5, 0.25] }
    const pipeline = compose('frames', 'crop:2,cutout:2')
    const [batch] = [...batches(split, { ...plain, ...layout, padTo: 7, seed: 8, batch: 20, augment: pipeline })]
    for (let sample = 0; sample < 20; sample++) {
      const value = {
        kind: 'image' as const,
        steps: 1,
        height: 5,
        width: 5,
        channels: 2,
        values: Float32Array.from(split.pixels.subarray(sample * 50, (sample + 1) * 50)),
        // a value no pixel has marks what was blanked
        fill: Float32Array.of(-1, -1),
        deviation: Float32Array.of(1, 1),
      }
      const { values } = pipeline.apply(value, { seed: deriveSeed(8), sample, epoch: 0 })
      for (let y = 0; y < 7; y++)
        for (let x = 0; x < 7; x++)
          for (let c = 0; c < 2; c++) {
            const inside = y >= 1 && y < 6 && x >= 1 && x < 6
            const pixel = inside ? (values[((y - 1) * 5 + x - 1) * 2 + c] ?? -1) : -1
            const expected =
              pixel < 0 ? 0 : Math.fround((pixel / 255 - (layout.mean[c] ?? 0)) / (layout.deviation[c] ?? 1))
            expect(batch?.input[((sample * 7 + y) * 7 + x) * 2 + c]).toBe(expected)
          }
    }
  })

  it('that change the size change the batch, if they agree', () => {
    const split = images(6, 5, 1, 2)
    const [larger] = [...batches(split, { ...plain, batch: 6, augment: 'pad:8:6,flip' })]
    expect(larger).toMatchObject({ width: 8, height: 6 })
    expect(larger?.input).toHaveLength(6 * 48)
    expect(() => [...batches(split, { ...plain, batch: 6, padTo: 6, augment: 'pad:8' })]).toThrow(ShapeError)
  })

  it('that mix give shares of labels and the greatest as the label', () => {
    const split = numbered(30)
    const [mixed] = [...batches(split, { ...plain, batch: 30, augment: 'mixup:1' })]
    expect(mixed?.labelShares).toHaveLength(30)
    const several = mixed?.labelShares?.filter((shares) => shares.length === 2) ?? []
    expect(several.length).toBeGreaterThan(20)
    mixed?.labelShares?.forEach((shares, i) => {
      expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
      const greatest = Math.max(...shares.map(({ share }) => share))
      expect(shares.find(({ label }) => label === mixed.labels[i])?.share).toBe(greatest)
    })
    const [alone] = [...batches(split, { ...plain, batch: 30, augment: 'flip' })]
    expect(alone?.labelShares).toBeUndefined()
  })

  it('of no strength give the bytes of none', () => {
    for (const split of [images(9, 5, 3, 3), events(4, 3, 5)]) {
      const options = { ...plain, batch: 4, padTo: 8, mean: new Array(split.channels).fill(0.25) }
      const still = 'crop:0,flip:0,rotate:0,roll:0'
      expect([...batches(split, { ...options, augment: still })]).toEqual([...batches(split, options)])
    }
  })
})
