import { describe, expect, it } from 'vitest'
import { catalogueEntry } from '../../../src/datasets/catalogue/catalogue.js'
import type { TreeReading } from '../../../src/datasets/catalogue/entry.js'
import { writeNpy } from '../../../src/datasets/containers/npy-write.js'
import { inlineRunner } from '../../../src/datasets/samples/jobs.js'
import { loadTree, type TreeOptions } from '../../../src/datasets/samples/load-tree.js'
import { spikingAudioFile } from '../containers/hdf5-file.js'
import { lazy, memoryTree, openMemory } from './trees.js'

const load = (reading: TreeReading, files: Parameters<typeof memoryTree>[0], options: TreeOptions = {}) =>
  loadTree(
    { reading, tree: lazy(memoryTree(files)), open: openMemory, runner: inlineRunner(openMemory), cache: null },
    options,
  )

describe('files that are no recordings of their own', () => {
  const touch = catalogueEntry('ev-objects').tree as TreeReading

  it('of touch become events, whatever the order of axes', async () => {
    // taxel 3 presses at step 5 and releases at step 90, of 100
    const spikes = [
      [3, 0, 5],
      [3, 1, 90],
    ] as const
    const array = (order: readonly [number, number, number]) => {
      const sizes = [39, 2, 100]
      const shape = order.map((axis) => sizes[axis] as number)
      const data = new Float32Array(39 * 2 * 100)
      for (const spike of spikes) {
        const [a = 0, b = 0, c = 0] = order.map((axis) => spike[axis] as number)
        data[(a * (shape[1] as number) + b) * (shape[2] as number) + c] = 1
      }
      return writeNpy({ shape, data })
    }
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ] as const) {
      const files = { 'train/1_label_7.npy': array(order), 'test/2_label_0.npy': array(order) }
      const { set, recording } = await load(touch, files, { frames: 10 })
      expect(set).toMatchObject({ width: 39, height: 1 })
      expect([...set.facts.labels]).toEqual([7, 0])
      const found = await recording(0)
      expect(found).toMatchObject({ duration: 100_000 })
      expect([[...(found?.x ?? [])], [...(found?.t ?? [])], [...(found?.polarity ?? [])]]).toEqual([
        [3, 3],
        [5000, 90_000],
        [0, 1],
      ])
    }
  })

  it('of another shape are refused', async () => {
    const flat = writeNpy({ shape: [4], data: new Float32Array(4) })
    await expect(load(touch, { 'train/1_label_7.npy': flat, 'test/1_label_7.npy': flat })).rejects.toThrow(
      /taxels, 2 polarities/,
    )
  })

  it('of spoken digits are read stretch by stretch, from the start of the sound', async () => {
    const audio = catalogueEntry('shd').tree as TreeReading
    // half floats: 0.5 s and 1 s
    const spoken = (count: number) =>
      spikingAudioFile(
        Array.from({ length: count }, (_, i) => ({ halves: [0x3800, 0x3c00], units: [i % 700, 699], label: i % 20 })),
        Array.from({ length: 20 }, (_, i) => `digit ${i}`),
      )
    const { set, parts, recording } = await load(
      audio,
      { 'shd_train.h5': spoken(600), 'shd_test.h5': spoken(3) },
      { frames: 2, side: 8 },
    )
    expect([parts.train.count, parts.test.count]).toEqual([600, 3])
    expect(set.classes[19]).toBe('digit 19')
    expect([...set.facts.labels.slice(595, 603)]).toEqual([15, 16, 17, 18, 19, 0, 1, 2])
    expect(parts.train).toMatchObject({ timeSteps: 2, height: 8, width: 8, channels: 1 })
    expect(await recording(599)).toMatchObject({
      width: 700,
      height: 1,
      duration: 1_000_001,
      x: Uint16Array.of(599, 699),
    })
  })
})
