import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import * as nn from '../../src/nn/index.js'
import { type ActivationShape, imagesOf } from '../../src/ops/op.js'
import { countOf, drawNumbers, drawSpikes } from '../../src/properties/op-run.js'
import {
  addBias,
  biasGradient,
  type SynapseExtent,
  synapseForward,
  synapseInputGradient,
  synapseWeightGradient,
} from '../../src/testing/oracle/synapse.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { runLayer, traceLayer } from '../support/layer-run.js'

const image: ActivationShape = { steps: 2, batch: 3, height: 5, width: 6, channels: 8 }
const line: ActivationShape = { ...image, height: 1, width: 9 }
const flat: ActivationShape = { ...image, height: 1, width: 1, channels: 45 }

interface Case {
  readonly layer: nn.Layer
  readonly input: ActivationShape
  readonly weights: readonly number[]
  readonly extent: Pick<SynapseExtent, 'kind' | 'kernel' | 'outputChannels'> & Partial<SynapseExtent>
}

const cases: Readonly<Record<string, Case>> = {
  'conv2d, plain': {
    layer: nn.conv2d(5, { bias: true }),
    input: image,
    weights: [3, 3, 8, 5],
    extent: { kind: 'convolution', kernel: [3, 3], padding: [1, 1], outputChannels: 5 },
  },
  'conv2d with an oblong window, dilation and groups': {
    layer: nn.conv2d(6, { kernel: [3, 1], dilation: [2, 1], stride: [1, 2], groups: 2, bias: true }),
    input: image,
    weights: [3, 1, 4, 6],
    extent: {
      kind: 'convolution',
      kernel: [3, 1],
      padding: [2, 0],
      dilation: [2, 1],
      stride: [1, 2],
      groups: 2,
      outputChannels: 6,
    },
  },
  conv1d: {
    layer: nn.conv1d(3, { kernel: 5, stride: 2 }),
    input: line,
    weights: [1, 5, 8, 3],
    extent: { kind: 'convolution', kernel: [1, 5], padding: [0, 2], stride: [1, 2], outputChannels: 3 },
  },
  depthwiseConv2d: {
    layer: nn.depthwiseConv2d({ kernel: 3, multiplier: 2 }),
    input: image,
    weights: [3, 3, 1, 16],
    extent: { kind: 'convolution', kernel: [3, 3], padding: [1, 1], groups: 8, outputChannels: 16 },
  },
  convTranspose2d: {
    layer: nn.convTranspose2d(4, { stride: 2, outputPadding: 1, bias: true }),
    input: image,
    weights: [3, 3, 8, 4],
    extent: {
      kind: 'transposed',
      kernel: [3, 3],
      padding: [1, 1],
      stride: [2, 2],
      outputPadding: [1, 1],
      outputChannels: 4,
    },
  },
  locallyConnected2d: {
    layer: nn.locallyConnected2d(3, { kernel: 3, padding: 0, bias: true }),
    input: image,
    weights: [3, 4, 3, 3, 8, 3],
    extent: { kind: 'local', kernel: [3, 3], outputChannels: 3 },
  },
  linear: {
    layer: nn.linear(7),
    input: flat,
    weights: [1, 1, 45, 7],
    extent: { kind: 'convolution', kernel: [1, 1], outputChannels: 7 },
  },
  'linear behind flatten, without bias': {
    layer: nn.sequential(nn.flatten(), nn.linear(7, { bias: false })),
    input: image,
    weights: [1, 1, 240, 7],
    extent: { kind: 'convolution', kernel: [1, 1], height: 1, width: 1, inputChannels: 240, outputChannels: 7 },
  },
}

describe.each(Object.entries(cases))('%s', (_, { layer, input, weights, extent }) => {
  it.each([true, false])('has the output and the gradients of its weights (spikes: %s)', async (spikes) => {
    const x = spikes ? drawSpikes(5, 0, countOf(input), 0.3) : drawNumbers(5, 0, countOf(input), 1)
    const result = await runLayer({ layer, input, x, spikes })
    const [w = ''] = Object.keys(result.parameters).filter((path) => path.endsWith('weight'))
    const [b] = Object.keys(result.parameters).filter((path) => path.endsWith('bias'))
    expect(result.shapes[w]).toEqual(weights)
    const full: SynapseExtent = {
      images: imagesOf(input),
      height: input.height,
      width: input.width,
      inputChannels: input.channels,
      groups: 1,
      stride: [1, 1],
      padding: [0, 0],
      dilation: [1, 1],
      outputPadding: [0, 0],
      ...extent,
    }
    const weight = result.parameters[w] ?? []
    const current = synapseForward(x, weight, full)
    const rounding = { absolute: 1e-4, relative: 1e-5 }
    expectClose(result.y, b ? addBias(current, result.parameters[b] ?? []) : current, rounding)
    expectClose(result.dx, synapseInputGradient(result.dy, weight, full), rounding)
    expectClose(result.gradients[w] ?? [], synapseWeightGradient(result.dy, x, full), rounding)
    if (b) expectClose(result.gradients[b] ?? [], biasGradient(result.dy, result.gradients[b]?.length ?? 0), rounding)
    const fanIn = (weights.at(-2) ?? 0) * full.kernel[0] * full.kernel[1]
    expect(Math.max(...Array.from(weight, Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(fanIn))
    expect(Math.max(...Array.from(weight, Math.abs))).toBeGreaterThan(0.5 / Math.sqrt(fanIn))
    const [record] = result.convolutions
    expect(record?.source !== null).toBe(spikes)
    expect(record?.constant).toBe(false)
  })
})

describe('synapse layers', () => {
  it('count the multiply-adds of one sample and step', async () => {
    const macsOf = async (layer: nn.Layer) =>
      (await runLayer({ layer, input: image, x: new Float64Array(countOf(image)) })).convolutions[0]?.macs
    expect(await macsOf(nn.conv2d(4, { kernel: [3, 1], groups: 2 }))).toBe(30 * 3 * 4 * 4)
    expect(await macsOf(nn.convTranspose2d(4, { stride: 2 }))).toBe(30 * 9 * 8 * 4)
    expect(await macsOf(nn.locallyConnected2d(4, { padding: 0 }))).toBe(12 * 9 * 8 * 4)
  })

  it('refuse what makes no sense, in words', () => {
    expect(() => nn.conv2d(0)).toThrow(OptionError)
    expect(() => nn.linear(1.5)).toThrow(OptionError)
    const refused = (layer: nn.Layer, input = image) => expect(() => traceLayer(layer, input))
    refused(nn.conv2d(4, { kernel: [9, 3], padding: 0 })).toThrow(ShapeError)
    refused(nn.conv2d(4, { groups: 3 })).toThrow(/E_SHAPE conv2d: 3 groups must divide the 8 channels/)
    refused(nn.conv2d(4, { dilation: 0, padding: 0 })).toThrow(OptionError)
    refused(nn.conv2d(4, { stride: [1, -1] })).toThrow(OptionError)
    refused(nn.convTranspose2d(4, { stride: 2, outputPadding: 2 })).toThrow(OptionError)
    refused(nn.convTranspose2d(4, { kernel: 1, padding: 3 })).toThrow(ShapeError)
    refused(nn.locallyConnected2d(4, { kernel: 6, padding: 0 })).toThrow(ShapeError)
    refused(nn.conv1d(4)).toThrow(/height 1; got 5x6/)
    refused(nn.linear(4)).toThrow(/one pixel a sample; got 5x6/)
  })
})
