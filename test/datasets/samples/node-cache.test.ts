import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TreeReading } from '../../../src/datasets/catalogue/entry.js'
import { classFolders } from '../../../src/datasets/samples/layouts/class-folders.js'
import { loadTree, type TreeOptions } from '../../../src/datasets/samples/load-tree.js'
import { folderCache } from '../../../src/datasets/samples/node-cache.js'
import { nodeRunner } from '../../../src/datasets/samples/node-runner.js'
import { sampleSize, sampleValues } from '../../../src/datasets/splits.js'
import type { MemorySplit } from '../../../src/datasets/types.js'
import { dotTree, lazy, memoryTree, openMemory } from './trees.js'

const reading: TreeReading = {
  layouts: [classFolders({ kind: 'event' })],
  sensor: { width: 34, height: 34 },
  frames: 4,
  window: null,
  side: null,
}
const tree = dotTree(3, 6, (file) => 5 + file)

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromotif-cache-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function load(options: TreeOptions = {}, workers = 0, from = lazy(tree)) {
  const stages: string[] = []
  const runner = nodeRunner(workers)
  const loaded = await loadTree(
    { reading, tree: from, open: openMemory, runner, cache: folderCache(folder) },
    { ...options, onLoad: ({ stage, done, total }) => done === total && stages.push(stage) },
  )
  return { ...loaded, stages, close: () => runner.close() }
}

describe('kept samples', () => {
  it('are read once: a second time nothing is opened, and everything is the same', async () => {
    const first = await load()
    const unopened = { ...lazy(tree), open: () => Promise.reject(new Error('must not be opened')) }
    const second = await load({}, 0, unopened)
    expect([first.stages, second.stages]).toEqual([['reading', 'counting'], ['counting']])
    expect(second.set).toEqual(first.set)
    expect(sampleValues(second.parts.train as MemorySplit)).toEqual(sampleValues(first.parts.train as MemorySplit))
  })

  it('larger than memory are streamed from the file, the same on any number of threads', async () => {
    const whole = (await load()).parts.train as MemorySplit
    const all = Uint32Array.from({ length: whole.count }, (_, i) => i)
    for (const workers of [0, 2]) {
      const { parts, close, stages } = await load({ memory: 4 * sampleSize(whole) }, workers)
      const { train } = parts
      if (train.kind !== 'streamed') throw new Error('must not be in memory')
      const values = await train.read(all, null)
      expect(values.flatMap((sample) => [...sample])).toEqual([...sampleValues(whole)])
      // frames were counted once and kept
      expect(stages).toEqual(workers === 0 ? ['counting'] : [])
      await close()
    }
  })

  it('are of one configuration: other windows and other files are read anew', async () => {
    await load()
    const cut = await load({ window: 3 })
    expect(cut.stages).toContain('reading')
    expect(cut.parts.train.count).toBeGreaterThan(18)
    const other = await load(
      {},
      0,
      lazy(
        memoryTree({
          ...Object.fromEntries(tree.files.map(({ path }) => [path, new Uint8Array(0)])),
          'Train/0/9.bin': new Uint8Array(0),
        }),
      ),
    )
    expect(other.stages).toContain('reading')
  })

  it('that are damaged or cut are made anew', async () => {
    const { set } = await load()
    const [name = ''] = readdirSync(folder)
    const bytes = readFileSync(join(folder, name))
    for (const damaged of [
      bytes.subarray(0, bytes.length - 7),
      bytes.map((byte, i) => (i === bytes.length - 9 ? byte ^ 1 : byte)),
    ]) {
      writeFileSync(join(folder, name), damaged)
      const again = await load()
      expect(again.stages).toContain('reading')
      expect(again.set).toEqual(set)
    }
    // nothing half-written lies about
    expect(readdirSync(folder)).toHaveLength(1)
  })
})
