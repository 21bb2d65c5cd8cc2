import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { traceConcatenate, traceUnpack } from '../../src/ops/concatenate.js'
import { type ActivationShape, imagesOf, pixelsOf } from '../../src/ops/op.js'
import { dot } from '../../src/testing/gradient.js'
import { packSpikes } from '../../src/testing/oracle/dissimilarity.js'
import { concatenateBackward, concatenateForward } from '../../src/testing/oracle/elementwise.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'
import { floatsOf, type LinearRun, runLinear, totalOf } from '../support/linear-op.js'
import { activationShape, check, countOf, randomSeed } from '../support/op-run.js'

interface ConcatenateCase {
  readonly shape: ActivationShape
  readonly channels: readonly number[]
  readonly spikes: boolean
  readonly readers?: number
  readonly density?: number
  readonly seed: number
}

/** Everything is moved, or added to one other number without rounding: results are exactly the oracle's. */
async function expectConcatenate(run: ConcatenateCase, minimumSlabs = 1): Promise<void> {
  const { shape, channels, spikes } = run
  const total = channels.reduce((sum, count) => sum + count, 0)
  const rows = imagesOf(shape) * pixelsOf(shape)
  const linear: LinearRun = {
    ...run,
    inputs: channels.map((count) => ({ shape: { ...shape, channels: count }, spikes })),
    outputSize: rows * total,
    trace: traceConcatenate,
    minimumSlabs,
  }
  const { xs, ys, dys, dxs, slabs } = await runLinear(await testGpu(), linear)
  expect(slabs).toBeGreaterThanOrEqual(minimumSlabs)
  const y = concatenateForward(
    xs.map((x, k) => ({ x, channels: channels[k] ?? 0 })),
    rows,
  )
  for (const words of ys) {
    if (spikes) expect(words).toEqual(packSpikes(y, imagesOf(shape), y.length / imagesOf(shape)))
    else expectClose(floatsOf(words), y)
  }
  const dy = totalOf(dys)
  concatenateBackward(dy, channels, rows).forEach((dx, k) => {
    expectClose(dxs[k] ?? [], dx)
  })
  // <dy, y> = <dx, x>: exact too, as no sum of these multiples of 1/64 rounds in float64
  expect(dxs.reduce((sum, dx, k) => sum + dot(dx, xs[k] ?? []), 0)).toBe(dot(dy, y))
}

const channelCount = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 32, 33)

const concatenateCase = (spikes: boolean): fc.Arbitrary<ConcatenateCase> =>
  fc
    .record({
      shape: activationShape({ channels: 1 }),
      channels: fc.array(channelCount, { minLength: 2, maxLength: 5 }),
      readers: fc.constantFrom(1, 1, 2),
      density: fc.constantFrom(0.1, 0.5, 1),
      seed: randomSeed,
    })
    .map((drawn) => ({ ...drawn, spikes }))
    .filter(({ shape, channels }) => countOf(shape) * channels.reduce((sum, count) => sum + count, 0) <= 8000)

const shape: ActivationShape = { steps: 3, batch: 2, height: 3, width: 5, channels: 1 }

describe('concatenation', () => {
  it('joins the bits of spikes with any channel counts, and splits the gradient', async () => {
    await check(concatenateCase(true), (run) => expectConcatenate(run), 30, 81)
  })

  it('joins currents, and splits the gradient', async () => {
    await check(concatenateCase(false), (run) => expectConcatenate(run), 20, 82)
  })

  it('does so in 1, 2 and 3 slabs', async () => {
    for (const spikes of [true, false])
      for (const slabs of [1, 2, 3]) {
        await expectConcatenate({ shape, channels: [3, 7, 33], spikes, seed: 3 }, slabs)
        await expectConcatenate({ shape, channels: [8, 4], spikes, readers: 2, seed: 4 }, slabs)
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
  it('gives a zero or a one for every neuron, and its gradient unchanged', async () => {
    const cases = fc.record({
      shape: activationShape(),
      density: fc.constantFrom(0, 0.3, 1),
      readers: fc.constantFrom(1, 2),
      slabs: fc.integer({ min: 1, max: 3 }),
      seed: randomSeed,
    })
    await check(cases, async ({ slabs, ...run }) => {
      const { xs, ys, dys, dxs } = await runLinear(await testGpu(), {
        ...run,
        inputs: [{ shape: run.shape, spikes: true }],
        outputSize: countOf(run.shape),
        trace: (graph, [x]) => traceUnpack(graph, x ?? graph.raw('f32', 0, 'none')),
        minimumSlabs: Math.min(slabs, run.shape.steps),
      })
      for (const y of ys) expectClose(floatsOf(y), xs[0] ?? [])
      expectClose(dxs[0] ?? [], totalOf(dys))
    })
  })

  it('leaves currents as they are', () => {
    const graph = new Graph()
    const x = graph.activation('f32', shape, 'x')
    expect(traceUnpack(graph, x)).toBe(x)
  })
})
