import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LimitError, NumericError, OptionError, ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { measureDissimilarity, type SpikeRecording } from '../../src/learning/spike-dissimilarity.js'
import { traceColumnCounts, traceDissimilarity, traceSimilaritySums } from '../../src/ops/dissimilarity-matrix.js'
import { type ActivationShape, imagesOf, neuronsOf, type Value, wordsOf } from '../../src/ops/op.js'
import { tracePackSpikes } from '../../src/ops/pack-spikes.js'
import { runLinear } from '../../src/properties/linear-op.js'
import { activationShape, check, countOf, drawSpikes, randomSeed, runOp } from '../../src/properties/op-run.js'
import { traceLoad } from '../../src/properties/slabbed-io.js'
import { packSpikes } from '../../src/testing/oracle/dissimilarity.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

describe('dissimilarity of a recording', () => {
  it('is the worked example of sheet 00', async () => {
    const record = [1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0]
    const recording: SpikeRecording = { spikes: record, timeSteps: 1, samples: 3, neurons: 6 }
    const { matrices, sums, columns } = await measureDissimilarity(await testGpu(), recording)
    expect([...columns]).toEqual([2, 1, 1, 3, 1, 0])
    expect([...sums.hamming]).toEqual([16])
    expectClose([...sums.cosine, ...sums.pearson], [5.9663265, 3.6666667], { absolute: 1e-5 })
    const offDiagonal = (values: ArrayLike<number> = []) =>
      Array.from(values).reduce((sum, value, k) => sum + (k % 4 === 0 ? 0 : value), 0) / 6
    expectClose(
      [matrices.jaccard, matrices.hamming, matrices.cosine, matrices.pearson].map(offDiagonal),
      [0.3333333, 0.4444444, 0.4943877, 0.1111111],
      { absolute: 1e-6 },
    )
    expect(Object.keys((await measureDissimilarity(await testGpu(), recording, ['jaccard'])).matrices)).toEqual([
      'jaccard',
    ])
  })

  it('refuses what is no recording', async () => {
    const gpu = await testGpu()
    const good = { spikes: [0, 1, 1, 0], timeSteps: 1, samples: 2, neurons: 2 }
    await expect(measureDissimilarity(gpu, { ...good, spikes: [0, 1, 2, 0] })).rejects.toThrow(NumericError)
    await expect(measureDissimilarity(gpu, { ...good, spikes: [0, 1, Number.NaN, 0] })).rejects.toThrow(NumericError)
    await expect(measureDissimilarity(gpu, { ...good, neurons: 3 })).rejects.toThrow(ShapeError)
    await expect(measureDissimilarity(gpu, { ...good, samples: 0 })).rejects.toThrow(OptionError)
    const graph = new Graph()
    const wide = { steps: 1, batch: 1, height: 1, width: 1, channels: 2 ** 24 + 1 }
    const many = graph.activation('spikes', wide, 'spikes')
    expect(() => traceDissimilarity(graph, many, 'cosine', null)).toThrow(LimitError)
  })
})

describe('packing', () => {
  it('makes bits of what is above 0, and passes the gradient on, in any number of slabs', async () => {
    const cases = fc.tuple(activationShape(), randomSeed, fc.integer({ min: 1, max: 3 }))
    await check(cases, async ([shape, seed, slabs]) => {
      const result = await runLinear(await testGpu(), {
        inputs: [{ shape, spikes: false }],
        outputSize: countOf(shape),
        trace: (graph, [x]) => tracePackSpikes(graph, x as Value),
        minimumSlabs: Math.min(slabs, shape.steps),
        seed,
      })
      const bits = (result.xs[0] ?? new Float64Array()).map((value) => Number(value > 0))
      expect([...(result.ys[0] ?? [])]).toEqual([...packSpikes(bits, imagesOf(shape), neuronsOf(shape))])
      expectClose(result.dxs[0] ?? [], result.dys[0] ?? [])
    })
  })
})

describe('counts and sums of spikes of a network', () => {
  it('are the same in any number of slabs', async () => {
    const shape: ActivationShape = { steps: 4, batch: 3, height: 2, width: 3, channels: 7 }
    const spikes = drawSpikes(7, 0, countOf(shape), 0.3)
    const run = async (minimumSlabs: number) => {
      const result = await runOp(await testGpu(), {
        build(graph) {
          const x = traceLoad(graph, 'spikes', shape, 'x')
          traceColumnCounts(graph, x, 'columns')
          traceSimilaritySums(graph, x, 'pearson', 'sums')
          traceDissimilarity(graph, x, 'sparsityAware', 'matrix')
        },
        write: { x: packSpikes(spikes, imagesOf(shape), neuronsOf(shape)) },
        read: ['columns', 'sums', 'matrix'],
        minimumSlabs,
      })
      expect(result.slabs).toBe(minimumSlabs)
      return ['columns', 'sums', 'matrix'].map((name) => [...result.words(name)])
    }
    const whole = await run(1)
    expect(whole.map((words) => words.length)).toEqual([4 * 42, 4 * wordsOf(shape), 4 * 9])
    expect(await run(2)).toEqual(whole)
    expect(await run(4)).toEqual(whole)
  })
})
