import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadBatches } from '../../../src/datasets/batches.js'
import type { TreeReading } from '../../../src/datasets/catalogue/entry.js'
import { inlineRunner, type JobRunner } from '../../../src/datasets/samples/jobs.js'
import { classFolders } from '../../../src/datasets/samples/layouts/class-folders.js'
import { type LoadedTree, loadTree, type TreeOptions } from '../../../src/datasets/samples/load-tree.js'
import { nodeRunner } from '../../../src/datasets/samples/node-runner.js'
import { sampleValues } from '../../../src/datasets/splits.js'
import type { Batch, MemorySplit, Split } from '../../../src/datasets/types.js'
import { DatasetError, FileFormatError, LimitError, OptionError } from '../../../src/errors.js'
import { dotRecording, dotTree, lazy, memoryTree, openMemory } from './trees.js'

const reading: TreeReading = {
  layouts: [classFolders({ kind: 'event' })],
  sensor: { width: 34, height: 34 },
  frames: 4,
  window: null,
  side: null,
}

const load = (
  tree: ReturnType<typeof dotTree>,
  options: TreeOptions = {},
  runner: JobRunner = inlineRunner(openMemory),
  of = reading,
) => loadTree({ reading: of, tree: lazy(tree), open: openMemory, runner, cache: null }, options)

const memory = (split: Split) => split as MemorySplit
const eventsIn = (split: Split) => sampleValues(memory(split)).reduce((sum, count) => sum + count, 0)

describe('sets of recordings', () => {
  it('become frames that hold every event, on a sensor reduced to any side', async () => {
    const tree = dotTree(3, 4)
    for (const side of [34, 17, 5, 1]) {
      const { parts } = await load(tree, { side, frames: 7 })
      expect(parts.train).toMatchObject({ kind: 'event', count: 12, timeSteps: 7, height: side, width: side })
      expect([...parts.test.labels]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
      expect(eventsIn(parts.train)).toBe(12 * 40)
    }
  })

  it('are cut into windows that stay with their recording; what is left over is dropped', async () => {
    // 40 events in steps of 1 ms are 39.001 ms: three windows of 10 ms; 5 events are one window, the rest of it silent
    const { parts, set } = await load(
      dotTree(2, 2, (file) => (file === 0 ? 5 : 40)),
      { window: 10 },
    )
    expect(parts.train.count).toBe(1 + 3 * 3)
    expect([...(parts.train.recordings ?? [])]).toEqual([0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
    expect([...set.facts.durations.slice(0, 10)]).toEqual(new Array(10).fill(10_000))
    expect([...set.facts.events.slice(0, 4)]).toEqual([5, 10, 10, 10])
  })

  it('are the same on this thread, one other or several, plain and with changes at random', async () => {
    const tree = dotTree(3, 25, (file) => 10 + (file % 30))
    const results: { identity: string; plain: number[][]; varied: number[][] }[] = []
    for (const workers of [0, 1, 3]) {
      const runner = nodeRunner(workers)
      try {
        const { parts, set } = await load(tree, { side: 17 }, runner)
        const varied = await load(tree, { side: 17, augment: 'drop:0.3:0.7,jitter:3000' }, runner)
        const batches: Batch[] = []
        for await (const batch of loadBatches(varied.parts.train, { batch: 16, epoch: 3, seed: 5, ahead: 3 }))
          batches.push(batch)
        results.push({
          identity: set.identity,
          plain: [[...sampleValues(memory(parts.train))]],
          varied: batches.map(({ input }) => [...input]),
        })
      } finally {
        await runner.close()
      }
    }
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
    const all = (batches: readonly number[][]) => batches.flat().reduce((sum, count) => sum + count, 0)
    const [first] = results
    expect(all(first?.varied ?? [])).toBeLessThan(0.75 * all(first?.plain ?? []))
  })

  it('give the same frames streamed as in memory, epochs apart from one another, and none changed without a draw', async () => {
    const tree = dotTree(2, 10)
    const inMemory = memory((await load(tree)).parts.train)
    const { parts } = await load(tree, { augment: 'drop:0.5:0.5' })
    const { train } = parts
    if (train.kind !== 'streamed') throw new Error('recordings that are changed must be streamed')
    const all = Uint32Array.from({ length: train.count }, (_, i) => i)
    const plain = await train.read(all, null)
    expect(plain.flatMap((values) => [...values])).toEqual([...sampleValues(inMemory)])
    const drawn = async (epoch: number) =>
      (await train.read(all, { seed: [1, 2], epoch })).flatMap((values) => [...values])
    expect(await drawn(0)).toEqual(await drawn(0))
    expect(await drawn(0)).not.toEqual(await drawn(1))
    // a sample is the same in whatever company it is asked for
    const [alone] = await train.read(Uint32Array.of(7), { seed: [1, 2], epoch: 4 })
    const [, , among] = await train.read(Uint32Array.of(3, 1, 7), { seed: [1, 2], epoch: 4 })
    expect(among).toEqual(alone)
  })

  it('fold a row of channels into a square', async () => {
    const row = memoryTree(
      Object.fromEntries(['train', 'test'].map((part) => [`${part}/a/1.bin`, dotRecording(0, 34)])),
    )
    const audio: TreeReading = { ...reading, sensor: { width: 34, height: 1 } }
    const { parts, shape } = await load(row, { frames: 1, side: 6 }, inlineRunner(openMemory), audio)
    expect(shape).toMatchObject({ height: 6, width: 6 })
    // channel c lies in row c / 6, column c mod 6; every channel fired once
    const counts = sampleValues(memory(parts.train))
    expect(Array.from({ length: 36 }, (_, c) => (counts[2 * c] as number) + (counts[2 * c + 1] as number))).toEqual([
      ...new Array(34).fill(1),
      0,
      0,
    ])
  })

  it('say which file is wrong, and end the threads’ work', async () => {
    const good = dotTree(2, 3)
    const files = Object.fromEntries(good.files.map(({ path }) => [path, dotRecording(1, 5)]))
    const broken = memoryTree({ ...files, 'Train/0/2.bin': Uint8Array.of(1, 2, 3, 4, 5, 6) })
    const { set } = await load(broken)
    expect(set.notes.join()).toMatch(/2\.bin/)
    for (const workers of [0, 2]) {
      const runner = nodeRunner(workers)
      const strange = memoryTree({ ...files, 'Train/0/2.aedat4': Uint8Array.of(1, 2, 3) })
      await expect(load(strange, {}, runner)).rejects.toThrow(FileFormatError)
      // the runner is still good
      expect((await load(good, {}, runner)).parts.train.count).toBe(6)
      await runner.close()
    }
  })

  it('refuse what cannot be', async () => {
    const tree = dotTree(2, 2)
    await expect(load(tree, { side: 35 })).rejects.toThrow(OptionError)
    await expect(load(tree, { frames: 0 })).rejects.toThrow(OptionError)
    await expect(load(tree, { window: -1 })).rejects.toThrow(/window/)
    await expect(load(tree, { memory: 100 })).rejects.toThrow(LimitError)
    await expect(load(memoryTree({ 'a.txt': 'x' }))).rejects.toThrow(
      /must hold recordings .* It holds 1 files, such as a.txt/,
    )
    await expect(load(memoryTree({ 'Train/a/1.bin': dotRecording(0, 3) }))).rejects.toThrow(DatasetError)
  })

  it('leave out events beside the sensor, and say how many', async () => {
    const small: TreeReading = { ...reading, sensor: { width: 10, height: 10 } }
    const { set, parts } = await load(dotTree(1, 2), {}, inlineRunner(openMemory), small)
    // columns 0 to 9 of 34, and 0 to 5 once more
    expect(eventsIn(parts.train)).toBe(2 * 16)
    expect(set.notes.join()).toMatch(/outside|sensor/)
  })

  it('count what they hold', async () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 8, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(lengths, async (counts) => {
        const loaded: LoadedTree = await load(dotTree(2, 2, (file) => counts[file] as number))
        const { events, on } = loaded.set.facts
        expect([...events]).toEqual(counts)
        expect([...on]).toEqual(counts.map((count) => Math.floor(count / 2)))
        const recording = await loaded.recording(3)
        expect(recording?.t.length).toBe(counts[3])
      }),
      { numRuns: 10 },
    )
  })
})
