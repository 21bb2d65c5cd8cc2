import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import * as nn from '../../src/nn/index.js'
import { defaultLif, type LifParameters, lifNeuron } from '../../src/ops/lif.js'
import { type ActivationShape, neuronsOf } from '../../src/ops/op.js'
import { countOf, drawNumbers, drawSpikes } from '../../src/properties/op-run.js'
import { type RecurrentExtent, recurrentBackward, recurrentForward } from '../../src/testing/oracle/recurrent.js'
import type { SynapseExtent } from '../../src/testing/oracle/synapse.js'
import { compareSpikes, expectClose } from '../../src/testing/tolerance.js'
import { runLayer, traceLayer } from '../support/layer-run.js'

const image: ActivationShape = { steps: 5, batch: 2, height: 3, width: 4, channels: 6 }
const flat: ActivationShape = { ...image, height: 1, width: 1, channels: 33 }

/** On one step: the images are the batch. */
const feedbackExtent = (shape: ActivationShape, more: Partial<SynapseExtent>): SynapseExtent => ({
  kind: 'convolution',
  images: shape.batch,
  height: shape.height,
  width: shape.width,
  inputChannels: shape.channels,
  outputChannels: shape.channels,
  groups: 1,
  kernel: [1, 1],
  stride: [1, 1],
  padding: [0, 0],
  dilation: [1, 1],
  outputPadding: [0, 0],
  ...more,
})

interface Case {
  readonly shape: ActivationShape
  readonly feedback: nn.Layer
  readonly extent: SynapseExtent
}

const cases: Readonly<Record<string, Case>> = {
  dense: { shape: flat, feedback: nn.linear(33, { bias: false }), extent: feedbackExtent(flat, {}) },
  convolutional: {
    shape: image,
    feedback: nn.conv2d(6),
    extent: feedbackExtent(image, { kernel: [3, 3], padding: [1, 1] }),
  },
  'element-wise': {
    shape: image,
    feedback: nn.elementwiseFeedback(),
    extent: feedbackExtent(image, { groups: 6 }),
  },
}

const soft: Partial<LifParameters> = { reset: 'soft', detachReset: false }

describe.each(Object.entries(cases))('%s recurrence', (_, { shape, feedback, extent }) => {
  it.each([
    ['hard reset', {}, 0, 1],
    ['soft reset through which gradients flow', soft, 0, 2],
    ['lateral inhibition', {}, 0.25, 3],
  ] as const)('has the spikes and gradients of the oracle: %s', async (_name, changes, inhibition, slabs) => {
    const parameters = { ...defaultLif, threshold: 0.5, ...changes }
    const x = drawNumbers(8, 0, countOf(shape), 1.5)
    const layer = nn.recurrent({ feedback, neuron: lifNeuron(parameters), inhibition })
    const result = await runLayer({ layer, input: shape, x, minimumSlabs: slabs })
    const weights = result.parameters['feedback.weight'] ?? new Float32Array()
    const sequence: RecurrentExtent = { timeSteps: shape.steps, feedback: extent, inhibition }
    const replayed = recurrentForward(x, weights, parameters, sequence, result.y)
    const free = replayed.membrane.map((h) => Number(parameters.strict ? h > 0.5 : h >= 0.5))
    const { illegal } = compareSpikes(result.y, free, replayed.membrane, 0.5, 1e-4)
    expect(illegal).toEqual([])
    const rate = Array.from(result.y).reduce((sum, s) => sum + s, 0) / result.y.length
    expect(rate).toBeGreaterThan(0.05)
    const back = recurrentBackward(result.dy, replayed, weights, parameters, sequence)
    expectClose(result.dx, back.dx, { absolute: 1e-4, relative: 1e-3 })
    expectClose(result.gradients['feedback.weight'] ?? [], back.dweights, { absolute: 1e-3, relative: 1e-3 })
    expect(Math.max(...back.dweights.map(Math.abs))).toBeGreaterThan(1e-2)
  })
})

describe('a recurrent layer', () => {
  it('without feedback is the population that runs over all steps at once', async () => {
    const x = drawNumbers(9, 0, countOf(image), 1.5)
    const stepwise = await runLayer({ layer: nn.recurrent({}), input: image, x })
    const whole = await runLayer({ layer: nn.lif(defaultLif), input: image, x })
    expect(Array.from(stepwise.y)).toEqual(Array.from(whole.y))
    expectClose(stepwise.dx, whole.dx, { absolute: 1e-6 })
  })

  it('reads spikes through its input layer, and depends on no later step', async () => {
    const x = drawSpikes(9, 0, countOf(flat), 0.3)
    const layer = nn.recurrent({
      input: nn.linear(20),
      feedback: nn.linear(20),
      neuron: lifNeuron({ ...defaultLif, threshold: 0.2 }),
    })
    const before = await runLayer({ layer, input: flat, x, spikes: true })
    const changed = x.map((value, i) => (i >= 3 * flat.batch * neuronsOf(flat) ? 1 - value : value))
    const after = await runLayer({ layer, input: flat, x: changed, spikes: true })
    const until = 3 * flat.batch * 20
    expect(Array.from(after.y).slice(0, until)).toEqual(Array.from(before.y).slice(0, until))
    expect(Array.from(after.y)).not.toEqual(Array.from(before.y))
    expect(before.convolutions.map(({ path, macs }) => [path, macs])).toEqual([
      ['input', 33 * 20],
      ['feedback', 20 * 20],
    ])
    // the input layer's gradient goes on to the spikes it read
    expect(before.dx.some((value) => value !== 0)).toBe(true)
  })

  it('repeats a constant current', async () => {
    const single = { ...flat, steps: 1 }
    const x = drawNumbers(7, 0, countOf(single), 1.5)
    const layer = nn.recurrent({ feedback: nn.linear(33, { bias: false }) })
    const constant = await runLayer({ layer, input: single, x, timeSteps: 5 })
    const repeated = Float64Array.from({ length: 5 * x.length }, (_, i) => x[i % x.length] ?? Number.NaN)
    const whole = await runLayer({ layer, input: flat, x: repeated })
    expect(Array.from(constant.y)).toEqual(Array.from(whole.y))
    const summed = Float64Array.from(x, (_, i) =>
      [0, 1, 2, 3, 4].reduce((sum, t) => sum + (whole.dx[t * x.length + i] ?? Number.NaN), 0),
    )
    expectClose(constant.dx, summed, { absolute: 1e-4 })
  })

  it('refuses what cannot be fed back', () => {
    expect(() => nn.recurrent({ inhibition: Number.NaN })).toThrow(OptionError)
    expect(() => traceLayer(nn.recurrent({}), flat, 'spikes')).toThrow(/needs a current, not spikes/)
    expect(() => traceLayer(nn.recurrent({ feedback: nn.linear(5) }), flat)).toThrow(ShapeError)
    expect(() => traceLayer(nn.recurrent({}), flat, 'f32', 3)).toThrow(/3 steps, or of one; got 5/)
  })
})
