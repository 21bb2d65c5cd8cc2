import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LimitError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { countPacked } from '../../src/nas/packed.js'
import { columnGroups, traceColumnPairs, traceSharedSpikes } from '../../src/ops/dissimilarity.js'
import { type ActivationShape, wordsOf } from '../../src/ops/op.js'
import { check, drawSpikes, randomSeed, runOp } from '../../src/properties/op-run.js'
import { traceLoad } from '../../src/properties/slabbed-io.js'
import { countRecord, packSpikes } from '../../src/testing/oracle/dissimilarity.js'
import { testGpu } from '../support/gpu.js'

const population = (steps: number, batch: number, neurons: number): ActivationShape => ({
  steps,
  batch,
  height: 1,
  width: 1,
  channels: neurons,
})

interface StepCounts {
  readonly columnPairs: number
  readonly ones: number
  readonly shared: Uint32Array
}

/** Counts of every step on the GPU. @param packed `[T, B, words]` */
async function countOnGpu(shape: ActivationShape, packed: Uint32Array, minimumSlabs = 1): Promise<StepCounts[]> {
  const result = await runOp(await testGpu(), {
    build(graph) {
      const spikes = traceLoad(graph, 'spikes', shape, 'spikes')
      traceColumnPairs(graph, spikes, 'columns')
      traceSharedSpikes(graph, spikes, 'shared')
    },
    write: { spikes: packed },
    read: ['columns', 'shared'],
    minimumSlabs,
  })
  // four steps asked for in three slabs make two of two
  expect(result.slabs).toBeGreaterThanOrEqual(Math.min(2, minimumSlabs))
  const groups = columnGroups(wordsOf(shape))
  const pairs = shape.batch ** 2
  return Array.from({ length: shape.steps }, (_, t) => {
    const sums = result.words('columns').subarray(2 * t * groups, 2 * (t + 1) * groups)
    const total = (parity: number) => sums.reduce((sum, value, k) => (k % 2 === parity ? sum + value : sum), 0)
    return {
      columnPairs: total(0),
      ones: total(1),
      shared: result.words('shared').slice(t * pairs, (t + 1) * pairs),
    }
  })
}

/** Counts of every step on the host, from the bits. */
const countOnHost = (shape: ActivationShape, packed: Uint32Array): StepCounts[] =>
  Array.from({ length: shape.steps }, (_, t) => {
    const record = shape.batch * wordsOf(shape)
    const { columnPairs, ones, shared } = countPacked(packed.subarray(t * record, (t + 1) * record), shape.batch)
    return { columnPairs, ones: ones.reduce((sum, count) => sum + count, 0), shared }
  })

const packedSpikes = (shape: ActivationShape, density: number, seed: number): Uint32Array => {
  const images = shape.steps * shape.batch
  return packSpikes(drawSpikes(seed, 0, images * shape.channels, density), images, shape.channels)
}

describe('counts of spikes on the GPU', () => {
  it('are exactly those of the host for random records', async () => {
    const cases = fc.record({
      shape: fc
        .tuple(
          fc.constantFrom(1, 2, 4),
          fc.constantFrom(1, 3, 4, 5, 64, 100),
          fc.constantFrom(1, 2, 63, 64, 65),
          // neurons that the last word of a sample has room for but not in it
          fc.constantFrom(0, 1, 31),
        )
        .filter(([steps, batch, words]) => steps * batch * words <= 13_000)
        .map(([steps, batch, words, missing]) => population(steps, batch, 32 * words - missing)),
      density: fc.constantFrom(0, 0.02, 0.5, 1),
      slabs: fc.integer({ min: 1, max: 3 }),
      seed: randomSeed,
    })
    await check(
      cases,
      async ({ shape, density, slabs, seed }) => {
        const packed = packedSpikes(shape, density, seed)
        const counted = await countOnGpu(shape, packed, Math.min(slabs, shape.steps))
        expect(counted).toEqual(countOnHost(shape, packed))
      },
      30,
      121,
    )
  })

  it.each([1, 3, 4, 5, 64, 100])('are exact for a batch of %s and populations around 64 words', async (batch) => {
    for (const words of [1, 2, 63, 64, 65]) {
      const shape = population(2, batch, 32 * words - 3)
      const packed = packedSpikes(shape, 0.3, words)
      expect(await countOnGpu(shape, packed)).toEqual(countOnHost(shape, packed))
    }
  })

  it('are those of the oracle, which counts without bits', async () => {
    const shape = population(3, 6, 75)
    const spikes = drawSpikes(5, 0, 3 * 6 * 75, 0.4)
    const counted = await countOnGpu(shape, packSpikes(spikes, 18, 75))
    counted.forEach(({ columnPairs, ones, shared }, t) => {
      const oracle = countRecord(spikes.subarray(t * 6 * 75, (t + 1) * 6 * 75), 6, 75)
      expect(columnPairs).toBe(oracle.columnPairs)
      expect(ones).toBe(oracle.ones.reduce((sum, count) => sum + count, 0))
      expect([...shared]).toEqual([...oracle.shared])
    })
  })

  it('fit 32 bits in the largest batch, where every neuron fires for half of it', async () => {
    const shape = population(1, 2047, 64 * 32)
    const packed = Uint32Array.from({ length: 2047 * 64 }, (_, i) => (Math.floor(i / 64) % 2 === 0 ? 0xffffffff : 0))
    const result = await runOp(await testGpu(), {
      build: (graph) => {
        traceColumnPairs(graph, traceLoad(graph, 'spikes', shape, 'spikes'), 'columns')
      },
      write: { spikes: packed },
      read: ['columns'],
    })
    expect([...result.words('columns')]).toEqual([2048 * 2 * 1024 * 1023, 2048 * 1024])
    const graph = new Graph()
    const more = graph.activation('spikes', population(1, 2048, 32), 'spikes')
    expect(() => traceColumnPairs(graph, more, 'columns')).toThrow(LimitError)
  })
})
