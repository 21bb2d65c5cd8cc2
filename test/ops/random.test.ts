import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ModelMemory } from '../../src/nn/memory.js'
import { ParameterTable } from '../../src/nn/parameters.js'
import { traceCopy } from '../../src/ops/copy.js'
import { traceDropFactors } from '../../src/ops/random.js'
import { check, runOp } from '../../src/properties/op-run.js'
import { hashText, philoxFill, RandomStream, type Seed, toUnit } from '../../src/runtime/philox.js'
import { testGpu } from '../support/gpu.js'

const word = fc.oneof(fc.nat({ max: 0xffffffff }), fc.constantFrom(0, 0xffffffff))
const anySeed = fc.tuple(word, word) satisfies fc.Arbitrary<Seed>

describe('initial weights', () => {
  it('are the bits of the Philox generator of the host', async () => {
    const cases = fc.record({
      seed: anySeed,
      sizes: fc.array(fc.constantFrom(1, 3, 4, 5, 63, 64, 65, 257), { minLength: 1, maxLength: 4 }),
      bound: fc.constantFrom(1, 0.3, 1 / Math.sqrt(27)),
    })
    await check(
      cases,
      async ({ seed, sizes, bound }) => {
        const table = new ParameterTable()
        sizes.forEach((size, k) => {
          table.declare(`layer${k}.weight`, [size], { kind: 'uniform', bound })
        })
        table.declare('gamma', [5], { kind: 'constant', value: 1.5 })
        const memory = new ModelMemory(await testGpu(), table, new ParameterTable())
        try {
          await memory.initialize(seed)
          const arena = await memory.read('weights')
          const expected = new Float32Array(table.arenaElements)
          for (const { path, elements, offset, initializer } of table) {
            if (initializer.kind === 'constant') expected.fill(initializer.value, offset, offset + elements)
            else
              expected.set(
                Float32Array.from(
                  philoxFill(seed, RandomStream.parameter, hashText(path), 0, elements),
                  (drawn) => (2 * toUnit(drawn) - 1) * Math.fround(bound),
                ),
                offset,
              )
          }
          expect(new Uint32Array(arena.buffer)).toEqual(new Uint32Array(expected.buffer))
        } finally {
          memory.release()
        }
      },
      20,
      111,
    )
  })
})

/** Factors of one training step. */
async function dropFactors(seed: Seed, step: number, probability: number, edges: number, images: number) {
  const result = await runOp(await testGpu(), {
    build(graph) {
      const factors = traceDropFactors(graph, edges, images, seed)
      const kept = graph.raw('f32', factors.elements, 'kept', { storage: { kind: 'slot', name: 'factors' } })
      traceCopy(graph, factors, kept)
    },
    write: {},
    read: ['factors'],
    stepUniforms: { dropPath: [probability, step, 0, 0] },
  })
  return result.floats('factors')
}

describe('drop-path factors', () => {
  it('drop at the rate that is asked for, keep the mean at 1, and change with the step', async () => {
    for (const probability of [0.1, 0.3, 0.5]) {
      const count = 20_000
      const factors = await dropFactors([3, 4], 1, probability, 100, count / 100)
      const dropped = factors.filter((factor) => factor === 0).length / count
      const deviation = Math.sqrt((probability * (1 - probability)) / count)
      expect(Math.abs(dropped - probability)).toBeLessThan(4 * deviation)
      const mean = factors.reduce((sum, factor) => sum + factor, 0) / count
      expect(Math.abs(mean - 1)).toBeLessThan((4 * deviation) / (1 - probability))
      expect(await dropFactors([3, 4], 1, probability, 100, count / 100)).toEqual(factors)
      expect(await dropFactors([3, 4], 2, probability, 100, count / 100)).not.toEqual(factors)
    }
  })
})
