import { describe, expect, it } from 'vitest'
import { ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { traceConcatenate, traceUnpack } from '../../src/ops/concatenate.js'
import { type ActivationShape, imagesOf } from '../../src/ops/op.js'
import { expectConcatenation } from '../../src/properties/families/layout.js'
import { floatsOf, runLinear, totalOf } from '../../src/properties/linear-op.js'
import { countOf } from '../../src/properties/op-run.js'
import { packSpikes } from '../../src/testing/oracle/dissimilarity.js'
import { concatenateBackward, concatenateForward } from '../../src/testing/oracle/elementwise.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

const shape: ActivationShape = { steps: 3, batch: 2, height: 3, width: 5, channels: 1 }

describe('concatenation', () => {
  it('does so in 1, 2 and 3 slabs', async () => {
    for (const spikes of [true, false])
      for (const slabs of [1, 2, 3]) {
        const run = { shape, spikes, density: 0.4, slabs }
        await expectConcatenation(await testGpu(), { ...run, channels: [3, 7, 33], readers: 1, seed: 3 })
        await expectConcatenation(await testGpu(), { ...run, channels: [8, 4], readers: 2, seed: 4 })
      }
  })

  it('handles a part that is joined with itself', async () => {
    for (const spikes of [true, false]) {
      const part = { ...shape, channels: 5 }
      const { xs, ys, dys, dxs } = await runLinear(await testGpu(), {
        inputs: [{ shape: part, spikes }],
        outputSize: 2 * countOf(part),
        trace: (graph, [x]) => traceConcatenate(graph, x ? [x, x] : []),
        seed: 9,
      })
      const [x = new Float64Array()] = xs
      const rows = countOf(part) / 5
      const y = concatenateForward(
        [x, x].map((values) => ({ x: values, channels: 5 })),
        rows,
      )
      const [words = new Uint32Array()] = ys
      if (spikes) expect(words).toEqual(packSpikes(y, imagesOf(part), y.length / imagesOf(part)))
      else expectClose(floatsOf(words), y)
      expectClose(dxs[0] ?? [], totalOf(concatenateBackward(dys[0] ?? [], [5, 5], rows)))
    }
  })

  it('gives a single part back, and refuses parts that do not fit together', () => {
    const graph = new Graph()
    const x = graph.activation('f32', shape, 'x')
    expect(traceConcatenate(graph, [x])).toBe(x)
    expect(() => traceConcatenate(graph, [])).toThrow(ShapeError)
    for (const other of [{ steps: 1 }, { batch: 1 }, { height: 4 }, { width: 4 }])
      expect(() => traceConcatenate(graph, [x, graph.activation('f32', { ...shape, ...other }, 'y')])).toThrow(
        ShapeError,
      )
    expect(() => traceConcatenate(graph, [x, graph.activation('spikes', shape, 'y')])).toThrow(ShapeError)
  })
})

describe('unpacking of spikes', () => {
  it('leaves currents as they are', () => {
    const graph = new Graph()
    const x = graph.activation('f32', shape, 'x')
    expect(traceUnpack(graph, x)).toBe(x)
  })
})
