import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { traceAveragePool, traceGlobalAveragePool } from '../../src/ops/pooling.js'
import { traceTimeMean } from '../../src/ops/time-sums.js'
import { expectMean } from '../../src/properties/families/averages.js'
import { countOf } from '../../src/properties/op-run.js'
import { averagePoolBackward, averagePoolForward } from '../../src/testing/oracle/pooling.js'
import { testGpu } from '../support/gpu.js'

describe('average pooling', () => {
  it('leaves out rows and columns that no window reaches, and gives them no gradient', async () => {
    for (const channels of [3, 4]) {
      const shape = { steps: 2, batch: 2, height: 5, width: 7, channels }
      const extent = { images: 4, height: 4, width: 6, channels, window: 2 }
      const cropped = (x: Float64Array) =>
        x.filter((_, i) => Math.floor(i / channels) % 7 < 6 && Math.floor(i / (7 * channels)) % 5 < 4)
      const spread = (dx: Float64Array) => {
        let next = 0
        return Float64Array.from({ length: countOf(shape) }, (_, i) =>
          Math.floor(i / channels) % 7 < 6 && Math.floor(i / (7 * channels)) % 5 < 4 ? (dx[next++] ?? Number.NaN) : 0,
        )
      }
      for (const readers of [1, 2])
        await expectMean(
          await testGpu(),
          { shape, spikes: false, readers, slabs: 2, seed: channels },
          {
            outputSize: 4 * 2 * 3 * channels,
            trace: (graph, x) => traceAveragePool(graph, x, 2),
            forward: (x) => averagePoolForward(cropped(x), extent),
            backward: (dy) => spread(averagePoolBackward(dy, extent)),
          },
        )
    }
  })

  it('refuses windows that make no sense', () => {
    const graph = new Graph()
    const x = graph.activation('f32', { steps: 1, batch: 1, height: 4, width: 3, channels: 2 }, 'x')
    for (const size of [0, -1, 1.5, Number.NaN]) expect(() => traceAveragePool(graph, x, size)).toThrow(OptionError)
    expect(() => traceAveragePool(graph, x, 4)).toThrow(ShapeError)
  })
})

describe('global average pooling', () => {
  it('is the current itself where an image has one pixel', () => {
    const graph = new Graph()
    const x = graph.activation('f32', { steps: 2, batch: 1, height: 1, width: 1, channels: 5 }, 'x')
    expect(traceGlobalAveragePool(graph, x)).toBe(x)
  })
})

describe('mean over time', () => {
  it('is the value itself where there is one step', () => {
    const graph = new Graph()
    const x = graph.activation('f32', { steps: 1, batch: 3, height: 1, width: 1, channels: 5 }, 'x')
    expect(traceTimeMean(graph, x)).toBe(x)
  })
})
