import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import * as nn from '../../src/nn/index.js'
import type { PoolWindow } from '../../src/ops/window-pooling.js'
import { poolExtent, runPool } from '../../src/properties/families/windows.js'
import { checkAdjoint, checkGradient, dot } from '../../src/testing/gradient.js'
import {
  maxPoolBackward,
  maxPoolForward,
  windowMeanBackward,
  windowMeanForward,
  windowPoolOutput,
} from '../../src/testing/oracle/window-pooling.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'
import { traceLayer } from '../support/layer-run.js'

describe('largest value under a window', () => {
  it('belongs to the first spike, or to the first pixel of a silent window', () => {
    const extent = { ...poolExtent({ shape: { steps: 1, batch: 1, height: 2, width: 4, channels: 1 }, window: two }) }
    expect([...maxPoolForward([0, 0, 0, 1, 0, 0, 1, 1], extent)]).toEqual([0, 1])
    expect([...maxPoolBackward([5, 7], [0, 0, 0, 1, 0, 0, 1, 1], extent)]).toEqual([5, 0, 0, 7, 0, 0, 0, 0])
  })
})

const two: PoolWindow = { kernel: [2, 2], stride: [2, 2], padding: [0, 0], countPadding: true }

describe('mean under a window', () => {
  // the kernels cut rows into strips of at most sixteen pixels
  it.each([
    [16, 2, 2, 0],
    [17, 3, 2, 1],
    [37, 5, 3, 2],
    [67, 1, 3, 0],
  ])(
    'holds for rows of %i pixels under windows of %i, %i apart, padded by %i',
    async (width, kernel, stride, padding) => {
      const shape = { steps: 2, batch: 1, height: kernel, width, channels: 4 }
      const window = {
        kernel: [kernel, kernel],
        stride: [stride, stride],
        padding: [padding, padding],
        countPadding: false,
      } as const
      const drawn = { shape, window, spikes: false, readers: 2, slabs: 1, density: 1, seed: 303 }
      const { extent, ys, x, dx, dy } = await runPool(await testGpu(), drawn, 'average')
      for (const y of ys) expectClose(y, windowMeanForward(x, extent), { absolute: 1e-5 })
      expectClose(dx, windowMeanBackward(dy, extent), { absolute: 1e-5 })
    },
  )
})

describe('the oracle of pooling', () => {
  it('has gradients that finite differences and the adjoint confirm', () => {
    const shape = { steps: 1, batch: 2, height: 4, width: 5, channels: 2 }
    const window: PoolWindow = { kernel: [3, 2], stride: [2, 1], padding: [1, 1], countPadding: false }
    const extent = poolExtent({ shape, window })
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
