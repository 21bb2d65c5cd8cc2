import { expect, it } from 'vitest'
import { ownEvents, ownImages } from '../../examples/own-data.js'
import { dataShape, type ImageSplit, loadBatches, resolveSettings } from '../../src/index.js'

const part = (count: number): ImageSplit => ({
  kind: 'image',
  count,
  height: 12,
  width: 12,
  channels: 3,
  pixels: Uint8Array.from({ length: count * 432 }, (_, i) => (i * 7) % 256),
  labels: Uint8Array.from({ length: count }, (_, i) => i % 2),
})

it('pictures of your own become a data set that a search can use', async () => {
  const data = await ownImages(part(50), part(10), ['cat', 'dog'])
  expect([data.train.count, data.validation.count, data.test.count]).toEqual([40, 10, 10])
  expect(data.mean).toHaveLength(3)
  expect(data.fingerprint).toMatch(/^[0-9a-f]{64}$/)
  const shape = dataShape(data, resolveSettings('quick').network)
  expect(shape.input).toEqual({ height: 16, width: 16, channels: 3, perStep: false })
  const { value: first } = await loadBatches(data.train, { ...shape.layout, batch: 8, epoch: 0, seed: 1 }).next()
  expect(first?.input).toHaveLength(8 * 16 * 16 * 3)
})

it('recordings of your own become frames of event counts', () => {
  const recording = {
    width: 8,
    height: 8,
    duration: 1000,
    x: Uint16Array.of(1, 1, 7),
    y: Uint16Array.of(2, 2, 0),
    t: Uint32Array.of(10, 20, 999),
    polarity: Uint8Array.of(1, 1, 0),
  }
  const split = ownEvents([recording], Uint8Array.of(4), 8, 5)
  const at = (step: number, y: number, x: number, polarity: number) => ((step * 8 + y) * 8 + x) * 2 + polarity
  expect(split.counts[at(0, 2, 1, 1)]).toBe(2)
  expect(split.counts[at(4, 0, 7, 0)]).toBe(1)
  expect(split.counts.reduce((sum, count) => sum + count, 0)).toBe(3)
})
