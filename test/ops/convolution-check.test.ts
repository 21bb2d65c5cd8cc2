import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { type ConvolutionAttributes, traceConvolution } from '../../src/ops/convolution.js'
import { shapeOf } from '../../src/ops/op.js'

interface Wish extends Partial<Omit<ConvolutionAttributes, 'bias'>> {
  readonly side?: number
  readonly spikes?: boolean
  /** Elements of each weight tensor and of the bias. */
  readonly weights?: readonly number[]
  readonly bias?: number
}

/** Traces a convolution of `[2, 3, 4, side, side]` with 3x3 windows into 5 channels, unless wished otherwise. */
function trace({ side = 6, spikes = false, weights = [180], bias, ...attributes }: Wish) {
  const graph = new Graph()
  const shape = { steps: 2, batch: 3, height: side, width: side, channels: 4 }
  return traceConvolution(
    graph,
    graph.activation(spikes ? 'spikes' : 'f32', shape, 'x'),
    weights.map((elements) => graph.raw('f32', elements, 'weights')),
    { kernel: 3, stride: 1, padding: 1, branches: [{ channels: 5, crop: 0 }], moments: false, ...attributes },
    bias === undefined ? null : graph.raw('f32', bias, 'bias'),
  )
}

const one = (channels: number, crop = 0) => [{ channels, crop }]
const two = [
  { channels: 5, crop: 0 },
  { channels: 5, crop: 1 },
]

describe('traceConvolution', () => {
  it('gives the shape of the output', () => {
    const same = trace({ bias: 5 })
    expect(shapeOf(same.y)).toEqual({ steps: 2, batch: 3, height: 6, width: 6, channels: 5 })
    expect(same.moments).toBeNull()
    const half = trace({ kernel: 1, stride: 2, padding: 0, branches: two, weights: [20, 20], moments: true })
    expect(shapeOf(half.y)).toEqual({ steps: 2, batch: 3, height: 3, width: 3, channels: 10 })
    // 6 images of one strip, mean and deviations, 10 channels padded to 12
    expect(half.moments?.elements).toBe(6 * 2 * 12)
  })

  it.each<[string, Wish]>([
    ['kernel must be an integer of at least 1; got 0', { kernel: 0 }],
    ['kernel must be an integer of at least 1; got 1.5', { kernel: 1.5 }],
    ['stride must be an integer of at least 1; got 0', { stride: 0 }],
    ['stride must be an integer of at least 1; got NaN', { stride: Number.NaN }],
    ['padding must be an integer of at least 0; got -1', { padding: -1 }],
    ['branches must be an integer of at least 1; got 0', { branches: [], weights: [] }],
    ['channels must be an integer of at least 1; got 2.5', { branches: one(2.5) }],
    ['channels must be an integer of at least 1; got 0', { branches: one(0) }],
    ['crop must be an integer of at least 0; got -1', { branches: one(5, -1) }],
    ['a bias goes with one branch', { spikes: true, bias: 5 }],
    ['a bias goes with one branch', { kernel: 1, stride: 2, padding: 0, branches: two, weights: [20, 20], bias: 10 }],
  ])('refuses what is out of range: %s', (message, wish) => {
    expect(() => trace(wish)).toThrow(OptionError)
    expect(() => trace(wish)).toThrow(message)
  })

  it.each<[string, Wish]>([
    ['a 3x3 window must fit into 2x2', { side: 2, padding: 0 }],
    ['a 3x3 window must fit into 1x1', { side: 1, branches: one(5, 1) }],
    [
      'all branches must give the same side; 5x5 gives 3x3 and 2x2',
      { side: 5, kernel: 1, stride: 2, padding: 0, branches: two, weights: [20, 20] },
    ],
    ['needs 2 weight tensors, one a branch; got 1', { kernel: 1, stride: 2, padding: 0, branches: two, weights: [20] }],
    ['weights must be [k, k, CI, CO] = [3, 3, 4, 5], 180 numbers; got 179', { weights: [179] }],
    ['weights must be [k, k, CI, CO] = [3, 3, 4, 5], 180 numbers; got 225', { weights: [225] }],
    ['bias must be [CO], 5 numbers; got 4', { bias: 4 }],
  ])('refuses what does not fit together: %s', (message, wish) => {
    expect(() => trace(wish)).toThrow(ShapeError)
    expect(() => trace(wish)).toThrow(message)
  })
})
