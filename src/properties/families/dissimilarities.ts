/** Counts of spikes behind every dissimilarity: integers, the same on every adapter. */
import * as fc from 'fast-check'
import { columnGroups, traceColumnPairs, traceSharedSpikes } from '../../ops/dissimilarity.js'
import { type ActivationShape, wordsOf } from '../../ops/op.js'
import { countRecord, packSpikes } from '../../testing/oracle/dissimilarity.js'
import { expectClose } from '../../testing/tolerance.js'
import { drawSpikes, randomSeed, runOp } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'
import { traceLoad } from '../slabbed-io.js'

interface CountCase {
  readonly shape: ActivationShape
  readonly density: number
  readonly slabs: number
  readonly seed: number
}

const countCase: fc.Arbitrary<CountCase> = fc
  .record({
    shape: fc
      .tuple(fc.constantFrom(1, 2, 4), fc.constantFrom(1, 3, 4, 5, 64), fc.constantFrom(1, 31, 32, 33, 64, 2049))
      .filter(([steps, batch, neurons]) => steps * batch * neurons <= 100_000)
      .map(([steps, batch, channels]): ActivationShape => ({ steps, batch, height: 1, width: 1, channels })),
    density: fc.constantFrom(0, 0.02, 0.5, 1),
    slabs: fc.integer({ min: 1, max: 3 }),
    seed: randomSeed,
  })
  .map((drawn) => ({ ...drawn, slabs: Math.min(drawn.slabs, drawn.shape.steps) }))

export const dissimilarityProperties: readonly GpuProperty[] = [
  gpuProperty<CountCase>({
    name: 'dissimilarity: spikes, sums over pairs and shared spikes are counted exactly',
    kernels: ['dissimilarity/column_pairs', 'dissimilarity/shared_spikes'],
    cases: countCase,
    runs: 20,
    async holds(gpu, { shape, density, slabs, seed }) {
      const { steps, batch, channels } = shape
      const spikes = drawSpikes(seed, 0, steps * batch * channels, density)
      const result = await runOp(gpu, {
        build(graph) {
          const x = traceLoad(graph, 'spikes', shape, 'spikes')
          traceColumnPairs(graph, x, 'columns')
          traceSharedSpikes(graph, x, 'shared')
        },
        write: { spikes: packSpikes(spikes, steps * batch, channels) },
        read: ['columns', 'shared'],
        minimumSlabs: slabs,
      })
      const groups = columnGroups(wordsOf(shape))
      for (let t = 0; t < steps; t++) {
        const record = countRecord(spikes.subarray(t * batch * channels, (t + 1) * batch * channels), batch, channels)
        const sums = result.words('columns').subarray(2 * t * groups, 2 * (t + 1) * groups)
        const total = (parity: number) => sums.reduce((sum, value, k) => (k % 2 === parity ? sum + value : sum), 0)
        const ones = record.ones.reduce((sum, count) => sum + count, 0)
        expectClose([total(0), total(1)], [record.columnPairs, ones])
        expectClose(result.words('shared').subarray(t * batch ** 2, (t + 1) * batch ** 2), record.shared)
      }
    },
  }),
]
