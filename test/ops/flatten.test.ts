import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Graph } from '../../src/graph/graph.js'
import { traceFlatten } from '../../src/ops/flatten.js'
import { imagesOf, neuronsOf, shapeOf } from '../../src/ops/op.js'
import { floatsOf, runLinear, totalOf } from '../../src/properties/linear-op.js'
import { activationShape, check, countOf, randomSeed } from '../../src/properties/op-run.js'
import { packSpikes } from '../../src/testing/oracle/dissimilarity.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

const cases = fc.record({
  shape: activationShape(),
  spikes: fc.boolean(),
  readers: fc.constantFrom(1, 2, 3),
  slabs: fc.integer({ min: 1, max: 3 }),
  seed: randomSeed,
})

describe('flatten', () => {
  it('is the same memory with one axis, and so is its gradient', async () => {
    await check(cases, async ({ shape, spikes, slabs, ...run }) => {
      const { xs, ys, dys, dxs } = await runLinear(await testGpu(), {
        ...run,
        inputs: [{ shape, spikes }],
        outputSize: countOf(shape),
        trace: (graph, [x]) => traceFlatten(graph, x ?? graph.raw('f32', 0, 'none')),
        minimumSlabs: Math.min(slabs, shape.steps),
      })
      const x = xs[0] ?? new Float64Array()
      for (const y of ys) {
        if (spikes) expect(y).toEqual(packSpikes(x, imagesOf(shape), neuronsOf(shape)))
        else expectClose(floatsOf(y), x)
      }
      expectClose(dxs[0] ?? [], totalOf(dys))
    })
  })

  it('puts height, width and channels into channels', () => {
    const graph = new Graph()
    const x = graph.activation('f32', { steps: 2, batch: 3, height: 4, width: 5, channels: 6 }, 'x')
    const y = traceFlatten(graph, x)
    expect(shapeOf(y)).toEqual({ steps: 2, batch: 3, height: 1, width: 1, channels: 120 })
    expect(traceFlatten(graph, y)).toBe(y)
  })
})
