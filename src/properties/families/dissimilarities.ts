/** Counts of spikes behind every dissimilarity: integers, the same on every adapter. */
import * as fc from 'fast-check'
import { dissimilarityKinds, measureDissimilarity } from '../../learning/spike-dissimilarity.js'
import { columnGroups, traceColumnPairs, traceSharedSpikes } from '../../ops/dissimilarity.js'
import { type ActivationShape, wordsOf } from '../../ops/op.js'
import type { Gpu } from '../../runtime/gpu.js'
import { countRecord, dissimilarityMatrix, packSpikes } from '../../testing/oracle/dissimilarity.js'
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
      .tuple(
        fc.constantFrom(1, 2, 4),
        fc.constantFrom(1, 3, 4, 5, 64),
        fc.constantFrom(1, 31, 32, 33, 64, 128, 250, 2049),
      )
      .filter(([steps, batch, neurons]) => steps * batch * neurons <= 100_000)
      .map(([steps, batch, channels]): ActivationShape => ({ steps, batch, height: 1, width: 1, channels })),
    density: fc.constantFrom(0, 0.02, 0.5, 1),
    slabs: fc.integer({ min: 1, max: 3 }),
    seed: randomSeed,
  })
  .map((drawn) => ({ ...drawn, slabs: Math.min(drawn.slabs, drawn.shape.steps) }))

interface RecordingCase {
  readonly timeSteps: number
  readonly samples: number
  readonly neurons: number
  readonly density: number
  readonly seed: number
}

const recordingCase: fc.Arbitrary<RecordingCase> = fc.record({
  timeSteps: fc.integer({ min: 1, max: 3 }),
  samples: fc.constantFrom(1, 2, 3, 5, 17),
  neurons: fc.constantFrom(1, 31, 32, 33, 64, 100),
  density: fc.constantFrom(0, 0.05, 0.4, 1),
  seed: randomSeed,
})

/** Matrices, counts and sums without pairs are those of vectors compared one by one. */
async function expectDissimilarity(gpu: Gpu, { density, seed, ...extent }: RecordingCase): Promise<void> {
  const { timeSteps, samples, neurons } = extent
  const spikes = drawSpikes(seed, 0, timeSteps * samples * neurons, density)
  const result = await measureDissimilarity(gpu, { ...extent, spikes })
  for (let t = 0; t < timeSteps; t++) {
    const record = spikes.subarray(t * samples * neurons, (t + 1) * samples * neurons)
    const part = (values: ArrayLike<number> = [], size = 0) => Array.from(values).slice(t * size, (t + 1) * size)
    const counted = countRecord(record, samples, neurons)
    expectClose(part(result.counts, samples), counted.ones)
    expectClose(part(result.columns, neurons), counted.columns)
    expectClose([result.sums.hamming[t] ?? Number.NaN], [counted.columnPairs])
    for (const kind of dissimilarityKinds) {
      const expected = dissimilarityMatrix(kind, record, samples, neurons)
      // rounding of a quotient of counts
      expectClose(part(result.matrices[kind], samples ** 2), expected, { absolute: 2e-6, relative: 1e-5 })
      if (kind !== 'cosine' && kind !== 'pearson') continue
      const sum = expected.reduce((total, value) => total + value, 0)
      expectClose([result.sums[kind][t] ?? Number.NaN], [sum], { absolute: 1e-4, relative: 1e-4 })
    }
  }
}

export const dissimilarityProperties: readonly GpuProperty[] = [
  gpuProperty<RecordingCase>({
    name: 'dissimilarity: five matrices by popcount, and sums without pairs',
    kernels: [
      'dissimilarity/pack_spikes',
      'dissimilarity/spike_counts',
      'dissimilarity/column_counts',
      'dissimilarity/matrix',
      'dissimilarity/column_weights',
      'dissimilarity/weighted_columns',
    ],
    cases: recordingCase,
    runs: 20,
    holds: expectDissimilarity,
  }),
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
