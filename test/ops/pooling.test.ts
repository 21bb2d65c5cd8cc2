import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { type ActivationShape, imagesOf, pixelsOf, type Value } from '../../src/ops/op.js'
import { traceAveragePool, traceGlobalAveragePool } from '../../src/ops/pooling.js'
import { traceTimeMean } from '../../src/ops/time-mean.js'
import { dot } from '../../src/testing/gradient.js'
import {
  averagePoolBackward,
  averagePoolForward,
  globalAveragePoolBackward,
  globalAveragePoolForward,
  timeMeanBackward,
  timeMeanForward,
} from '../../src/testing/oracle/pooling.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'
import { floatsOf, type LinearResult, type LinearRun, runLinear, totalOf } from '../support/linear-op.js'
import { activationShape, check, countOf, randomSeed } from '../support/op-run.js'

/** Sums of a few numbers below 2. */
const rounding = { absolute: 1e-5 }

interface Averaging {
  readonly shape: ActivationShape
  readonly spikes: boolean
  readonly readers: number
  readonly slabs: number
  readonly seed: number
}

const averaging = (shape: fc.Arbitrary<ActivationShape>, spikes: fc.Arbitrary<boolean>): fc.Arbitrary<Averaging> =>
  fc
    .record({
      shape,
      spikes,
      readers: fc.constantFrom(1, 1, 2),
      slabs: fc.integer({ min: 1, max: 3 }),
      seed: randomSeed,
    })
    .map((drawn) => ({ ...drawn, slabs: Math.min(drawn.slabs, drawn.shape.steps) }))

/** Runs an average and checks it against the oracle's two functions and by the dot test. */
async function expectAverage(
  run: Averaging,
  outputSize: number,
  trace: (graph: Graph, x: Value) => Value,
  forward: (x: Float64Array) => Float64Array,
  backward: (dy: Float64Array) => Float64Array,
): Promise<LinearResult> {
  const linear: LinearRun = {
    inputs: [run],
    outputSize,
    trace: (graph, [x]) => trace(graph, x ?? graph.raw('f32', 0, 'none')),
    readers: run.readers,
    minimumSlabs: run.slabs,
    seed: run.seed,
  }
  const result = await runLinear(await testGpu(), linear)
  const [x = new Float64Array()] = result.xs
  const [dx = new Float32Array()] = result.dxs
  const y = forward(x)
  for (const words of result.ys) expectClose(floatsOf(words), y, rounding)
  const dy = totalOf(result.dys)
  expectClose(dx, backward(dy), rounding)
  const scale = 1 + Math.sqrt(dot(y, y) * dot(dy, dy))
  expectClose([dot(dx, x)], [dot(dy, floatsOf(result.ys[0] ?? new Uint32Array()))], { absolute: 1e-5 * scale })
  return result
}

describe('average pooling', () => {
  it('is the mean of each window, with its gradient', async () => {
    const cases = fc
      .tuple(
        fc.integer({ min: 1, max: 4 }),
        activationShape({ height: 1, width: 1 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(([window, shape, rows, columns]) => ({ ...shape, height: window * rows, width: window * columns, window }))
      .filter((shape) => countOf(shape) <= 8000)
      .chain((drawn) => averaging(fc.constant(drawn), fc.constant(false)).map((run) => ({ run, window: drawn.window })))
    await check(
      cases,
      async ({ run, window }) => {
        const { height, width, channels } = run.shape
        const extent = { images: imagesOf(run.shape), height, width, channels, window }
        await expectAverage(
          run,
          countOf(run.shape) / window ** 2,
          (graph, x) => traceAveragePool(graph, x, window),
          (x) => averagePoolForward(x, extent),
          (dy) => averagePoolBackward(dy, extent),
        )
      },
      25,
      91,
    )
  })

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
        await expectAverage(
          { shape, spikes: false, readers, slabs: 2, seed: channels },
          4 * 2 * 3 * channels,
          (graph, x) => traceAveragePool(graph, x, 2),
          (x) => averagePoolForward(cropped(x), extent),
          (dy) => spread(averagePoolBackward(dy, extent)),
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
  const expectGlobal = (run: Averaging): Promise<LinearResult> => {
    const { channels } = run.shape
    const extent = { images: imagesOf(run.shape), positions: pixelsOf(run.shape), channels }
    return expectAverage(
      run,
      extent.images * channels,
      traceGlobalAveragePool,
      (x) => globalAveragePoolForward(x, extent),
      (dy) => globalAveragePoolBackward(dy, extent),
    )
  }

  it('is the firing rate of each channel, with its gradient', async () => {
    await check(averaging(activationShape(), fc.constant(true)), async (run) => {
      await expectGlobal(run)
    })
  })

  it('is the mean current of each channel', async () => {
    await check(averaging(activationShape(), fc.constant(false)), async (run) => {
      await expectGlobal(run)
    })
  })

  it('is the current itself where an image has one pixel', () => {
    const graph = new Graph()
    const x = graph.activation('f32', { steps: 2, batch: 1, height: 1, width: 1, channels: 5 }, 'x')
    expect(traceGlobalAveragePool(graph, x)).toBe(x)
  })
})

describe('mean over time', () => {
  it('is that of the oracle in any number of slabs, with its gradient', async () => {
    const shapes = fc
      .tuple(activationShape(), fc.constantFrom(2, 3, 7))
      .map(([shape, steps]) => ({ ...shape, steps }))
      .filter((shape) => countOf(shape) <= 8000)
    await check(averaging(shapes, fc.constant(false)), async (run) => {
      const { steps } = run.shape
      const { slabs } = await expectAverage(
        run,
        countOf(run.shape) / steps,
        traceTimeMean,
        (x) => timeMeanForward(x, steps),
        (dy) => timeMeanBackward(dy, steps),
      )
      expect(slabs).toBeGreaterThanOrEqual(run.slabs)
    })
  })

  it('is the value itself where there is one step', () => {
    const graph = new Graph()
    const x = graph.activation('f32', { steps: 1, batch: 3, height: 1, width: 1, channels: 5 }, 'x')
    expect(traceTimeMean(graph, x)).toBe(x)
  })
})
