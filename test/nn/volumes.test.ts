/** Convolution over depth, held against a direct one. */
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import * as nn from '../../src/nn/index.js'
import type { ActivationShape } from '../../src/ops/op.js'
import { countOf, drawNumbers, drawSpikes } from '../../src/properties/op-run.js'
import { dot } from '../../src/testing/gradient.js'
import { type OracleVolume, volumeConvolution } from '../../src/testing/oracle/made-weights.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { runLayer, traceLayer } from '../support/layer-run.js'

interface Case {
  readonly depth: number
  readonly channels: number
  readonly outputs: number
  readonly options: Omit<nn.VolumeOptions, 'depth'>
  readonly kernel: readonly [number, number, number]
  readonly stride: readonly [number, number, number]
  readonly padding: readonly [number, number, number]
}

const cases: Readonly<Record<string, Case>> = {
  'the usual cube': {
    depth: 4,
    channels: 2,
    outputs: 3,
    options: {},
    kernel: [3, 3, 3],
    stride: [1, 1, 1],
    padding: [1, 1, 1],
  },
  'strides and sides that differ': {
    depth: 5,
    channels: 1,
    outputs: 2,
    options: { kernel: [2, 3, 1], stride: [2, 1, 2], padding: [1, 0, 0] },
    kernel: [2, 3, 1],
    stride: [2, 1, 2],
    padding: [1, 0, 0],
  },
}

describe.each(Object.entries(cases))(
  'conv3d, %s',
  (_, { depth, channels, outputs, options, kernel, stride, padding }) => {
    const shape: ActivationShape = { steps: 2, batch: 2, height: 4, width: 3, channels: depth * channels }
    const volume: OracleVolume = { images: 4, sides: [depth, 4, 3], channels, outputs, kernel, stride, padding }

    it.each([true, false])('has the currents and gradients of a direct one, of spikes: %s', async (spikes) => {
      const x = spikes ? drawSpikes(3, 0, countOf(shape), 0.3) : drawNumbers(3, 0, countOf(shape))
      const layer = nn.conv3d(outputs, { depth, ...options, bias: !spikes })
      const result = await runLayer({ layer, input: shape, x, spikes })
      const { weight = new Float32Array(), bias } = result.parameters
      expect(result.shapes.weight).toEqual([...kernel, channels, outputs])
      const expected = volumeConvolution(x, weight, volume).map((value, i) => value + (bias?.[i % outputs] ?? 0))
      expect(result.y.length).toBe(expected.length)
      expectClose(result.y, expected, { absolute: 1e-4 })
      // linear in either: along any direction the gradient is the difference itself
      const along = (inputs: ArrayLike<number>, weights: ArrayLike<number>) =>
        dot(volumeConvolution(inputs, weights, volume), result.dy)
      for (const seed of [1, 2, 3, 4, 5, 6]) {
        const moved = drawNumbers(seed, 1, countOf(shape))
        expect(dot(result.dx, moved)).toBeCloseTo(along(moved, weight), 2)
        const turned = drawNumbers(seed, 2, weight.length)
        expect(dot(result.gradients.weight ?? [], turned)).toBeCloseTo(along(x, turned), 2)
      }
      const total = result.dy.reduce((sum, dy) => sum + dy, 0)
      if (!spikes) expect(result.gradients.bias?.reduce((sum, db) => sum + db, 0)).toBeCloseTo(total, 3)
    })
  },
)

describe('conv3d', () => {
  it('counts the products of its own window, and refuses what does not fit', async () => {
    const shape: ActivationShape = { steps: 1, batch: 1, height: 4, width: 4, channels: 12 }
    const { convolutions } = await runLayer({
      layer: nn.conv3d(2, { depth: 6 }),
      input: shape,
      x: new Float64Array(countOf(shape)),
    })
    expect(convolutions[0]?.macs).toBe(27 * 2 * 2 * 6 * 16)
    expect(() => nn.conv3d(2, { depth: 0 })).toThrow(OptionError)
    expect(() => nn.conv3d(2, { depth: 2, kernel: [4, 3, 3], padding: 0 })).toThrow(ShapeError)
    expect(() => traceLayer(nn.conv3d(2, { depth: 5 }), shape)).toThrow(/channels in 5 slices; got 12/)
  })
})
