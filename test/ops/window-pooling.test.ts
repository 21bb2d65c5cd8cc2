import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import * as nn from '../../src/nn/index.js'
import { type ActivationShape, imagesOf, neuronsOf } from '../../src/ops/op.js'
import { type PoolWindow, traceMaxPool, traceWindowMean } from '../../src/ops/window-pooling.js'
import { floatsOf, runLinear, totalOf } from '../../src/properties/linear-op.js'
import { activationShape, check, randomSeed } from '../../src/properties/op-run.js'
import { checkAdjoint, checkGradient, dot } from '../../src/testing/gradient.js'
import { unpackSpikes } from '../../src/testing/oracle/dissimilarity.js'
import {
  maxPoolBackward,
  maxPoolForward,
  type WindowPoolExtent,
  windowMeanBackward,
  windowMeanForward,
  windowPoolOutput,
} from '../../src/testing/oracle/window-pooling.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'
import { traceLayer } from '../support/layer-run.js'

interface PoolCase {
  readonly shape: ActivationShape
  readonly window: PoolWindow
  readonly spikes: boolean
  readonly readers: number
  readonly slabs: number
  readonly density: number
  readonly seed: number
}

const extentOf = ({ shape, window }: Pick<PoolCase, 'shape' | 'window'>): WindowPoolExtent => ({
  ...window,
  images: imagesOf(shape),
  height: shape.height,
  width: shape.width,
  channels: shape.channels,
})

const pair = (...sizes: number[]) => fc.tuple(fc.constantFrom(...sizes), fc.constantFrom(...sizes))

const poolCase: fc.Arbitrary<PoolCase> = fc
  .record({
    shape: activationShape(),
    window: fc.record({
      kernel: pair(1, 2, 3, 5),
      stride: pair(1, 2, 3),
      padding: pair(0, 0, 1, 2),
      countPadding: fc.boolean(),
    }),
    spikes: fc.boolean(),
    readers: fc.constantFrom(1, 2),
    slabs: fc.integer({ min: 1, max: 3 }),
    density: fc.constantFrom(0, 0.1, 0.5, 1),
    seed: randomSeed,
  })
  .map((drawn) => ({ ...drawn, slabs: Math.min(drawn.slabs, drawn.shape.steps) }))
  .filter((run) => {
    try {
      return windowPoolOutput(extentOf(run)).height > 0
    } catch {
      return false
    }
  })

async function runPool(run: PoolCase, kind: 'max' | 'average') {
  const extent = extentOf(run)
  const out = windowPoolOutput(extent)
  const trace = kind === 'max' ? traceMaxPool : traceWindowMean
  const output = { ...run.shape, ...out }
  const result = await runLinear(await testGpu(), {
    inputs: [run],
    outputSize: imagesOf(output) * neuronsOf(output),
    trace: (graph, [x]) => trace(graph, x ?? graph.raw('f32', 0, 'none'), run.window),
    readers: run.readers,
    minimumSlabs: run.slabs,
    density: run.density,
    seed: run.seed,
  })
  const bits = kind === 'max' && run.spikes
  const ys = result.ys.map((words) =>
    bits ? unpackSpikes(words, imagesOf(output), neuronsOf(output)) : floatsOf(words),
  )
  return { extent, ys, x: result.xs[0] ?? [], dx: result.dxs[0] ?? [], dy: totalOf(result.dys) }
}

describe('largest value under a window', () => {
  it('is that of the oracle, the OR of spikes, and gives its gradient to the first', async () => {
    await check(
      poolCase,
      async (run) => {
        const { extent, ys, x, dx, dy } = await runPool(run, 'max')
        for (const y of ys) expectClose(y, maxPoolForward(x, extent))
        expectClose(dx, maxPoolBackward(dy, x, extent))
      },
      40,
      301,
    )
  })

  it('belongs to the first spike, or to the first pixel of a silent window', () => {
    const extent = { ...extentOf({ shape: { steps: 1, batch: 1, height: 2, width: 4, channels: 1 }, window: two }) }
    expect([...maxPoolForward([0, 0, 0, 1, 0, 0, 1, 1], extent)]).toEqual([0, 1])
    expect([...maxPoolBackward([5, 7], [0, 0, 0, 1, 0, 0, 1, 1], extent)]).toEqual([5, 0, 0, 7, 0, 0, 0, 0])
  })
})

const two: PoolWindow = { kernel: [2, 2], stride: [2, 2], padding: [0, 0], countPadding: true }

describe('mean under a window', () => {
  it('is that of the oracle, for spikes and for real values, with a gradient that is its adjoint', async () => {
    await check(
      poolCase,
      async (run) => {
        const { extent, ys, x, dx, dy } = await runPool(run, 'average')
        for (const y of ys) expectClose(y, windowMeanForward(x, extent), { absolute: 1e-5 })
        expectClose(dx, windowMeanBackward(dy, extent), { absolute: 1e-5 })
        const forward = dot(dy, ys[0] ?? [])
        expectClose([dot(dx, x)], [forward], { absolute: 1e-4 + 1e-5 * Math.sqrt(dot(dy, dy) * dot(x, x)) })
      },
      40,
      302,
    )
  })
})

describe('the oracle of pooling', () => {
  it('has gradients that finite differences and the adjoint confirm', () => {
    const shape = { steps: 1, batch: 2, height: 4, width: 5, channels: 2 }
    const window: PoolWindow = { kernel: [3, 2], stride: [2, 1], padding: [1, 1], countPadding: false }
    const extent = extentOf({ shape, window })
    const out = windowPoolOutput(extent)
    const x = Float64Array.from({ length: 80 }, (_, i) => Math.sin(i * i))
    const dy = Float64Array.from({ length: 4 * out.height * out.width }, (_, i) => Math.cos(i))
    checkGradient((values) => dot(maxPoolForward(values, extent), dy), x, maxPoolBackward(dy, x, extent))
    checkAdjoint({
      forward: (values) => windowMeanForward(values, extent),
      adjoint: (values) => windowMeanBackward(values, extent),
      x,
      y: dy,
    })
  })
})

describe('pooling layers', () => {
  const shape = { steps: 2, batch: 1, height: 5, width: 4, channels: 3 }

  it('keep spikes as bits or make real values, of the sides that windows leave', () => {
    expect(traceLayer(nn.maxPool(2), shape, 'spikes')).toMatchObject({
      dtype: 'spikes',
      shape: { height: 2, width: 2 },
    })
    expect(traceLayer(nn.maxPool(3, { stride: 1, padding: 1 }), shape)).toMatchObject({ dtype: 'f32', shape })
    expect(traceLayer(nn.averagePool([1, 2], { stride: 2 }), shape, 'spikes')).toMatchObject({
      dtype: 'f32',
      shape: { height: 3, width: 2 },
    })
    expect(traceLayer(nn.globalAveragePool(), shape)).toMatchObject({ shape: { height: 1, width: 1, channels: 3 } })
  })

  it('refuse windows that make no sense', () => {
    for (const size of [0, 1.5, Number.NaN]) expect(() => traceLayer(nn.maxPool(size), shape)).toThrow(OptionError)
    expect(() => traceLayer(nn.averagePool(2, { stride: 0 }), shape)).toThrow(OptionError)
    expect(() => traceLayer(nn.maxPool(2, { padding: 2 }), shape)).toThrow(/padding: must be an integer from 0 to 1/)
    expect(() => traceLayer(nn.maxPool(6), shape)).toThrow(ShapeError)
  })
})
