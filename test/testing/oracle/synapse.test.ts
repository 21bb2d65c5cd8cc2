import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../../src/errors.js'
import { checkAdjoint, checkGradient } from '../../../src/testing/gradient.js'
import { type ConvolutionExtent, convolutionForward } from '../../../src/testing/oracle/convolution.js'
import { linearForward } from '../../../src/testing/oracle/linear.js'
import {
  addBias,
  biasGradient,
  biasSize,
  type SynapseExtent,
  synapseForward,
  synapseInputGradient,
  synapseOutput,
  synapseSizes,
  synapseWeightGradient,
} from '../../../src/testing/oracle/synapse.js'
import { numbers, product } from '../support.js'

const single: SynapseExtent = {
  kind: 'convolution',
  images: 1,
  height: 1,
  width: 4,
  inputChannels: 1,
  outputChannels: 1,
  groups: 1,
  kernel: [1, 2],
  stride: [1, 1],
  padding: [0, 0],
  dilation: [1, 1],
  outputPadding: [0, 0],
}

describe('synapse oracle', () => {
  it('slides a dilated window', () => {
    expect([...synapseForward([1, 2, 3, 4], [1, 10], { ...single, dilation: [1, 2] })]).toEqual([31, 42])
    expect([...synapseForward([1, 2, 3, 4], [1, 10], { ...single, padding: [0, 1], stride: [1, 2] })]).toEqual([
      10, 32, 4,
    ])
  })

  it('spreads each input over the window when transposed', () => {
    const extent: SynapseExtent = { ...single, kind: 'transposed', width: 3, stride: [1, 2] }
    expect([...synapseForward([1, 2, 3], [1, 10], extent)]).toEqual([1, 10, 2, 20, 3, 30])
    expect([...synapseForward([1, 2, 3], [1, 10], { ...extent, stride: [1, 1] })]).toEqual([1, 12, 23, 30])
    expect([...synapseForward([1, 2, 3], [1, 10], { ...extent, padding: [0, 1], outputPadding: [0, 1] })]).toEqual([
      10, 2, 20, 3, 30,
    ])
  })

  it('keeps groups apart', () => {
    const extent: SynapseExtent = {
      ...single,
      width: 1,
      kernel: [1, 1],
      inputChannels: 4,
      outputChannels: 2,
      groups: 2,
    }
    // weights [2 inputs of a group, 2 outputs]
    expect([...synapseForward([1, 2, 3, 4], [1, 10, 100, 1000], extent)]).toEqual([1 + 200, 30 + 4000])
  })

  it('has weights of its own for each pixel of a locally connected layer', () => {
    const extent: SynapseExtent = { ...single, kind: 'local', width: 3 }
    expect([...synapseForward([1, 2, 3], [1, 10, 100, 1000], extent)]).toEqual([21, 3200])
    expect(biasSize(extent)).toBe(2)
    expect([...addBias([21, 3200, 1, 1], [0.5, 0.25])]).toEqual([21.5, 3200.25, 1.5, 1.25])
    expect([...biasGradient([1, 2, 3, 4], 2)]).toEqual([4, 6])
  })

  it('is the square convolution where that is asked for, and the linear layer on one pixel', () => {
    const square: ConvolutionExtent = {
      images: 2,
      height: 5,
      width: 6,
      inputChannels: 3,
      outputChannels: 2,
      kernelHeight: 3,
      kernelWidth: 3,
      stride: 2,
      padding: 1,
      crop: 0,
    }
    const extent: SynapseExtent = {
      ...single,
      ...square,
      kernel: [3, 3],
      stride: [2, 2],
      padding: [1, 1],
    }
    const x = numbers(2 * 30 * 3, 1)
    const w = numbers(9 * 6, 2)
    expect(synapseForward(x, w, extent)).toEqual(convolutionForward(x, w, square))
    const flat: SynapseExtent = { ...single, images: 3, width: 1, kernel: [1, 1], inputChannels: 60, outputChannels: 4 }
    const wide = numbers(240, 3)
    const expected = linearForward(x, wide, null, { rows: 3, inputs: 60, outputs: 4 })
    synapseForward(x, wide, flat).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 12)
    })
  })

  const pair = (most: number, least = 1) =>
    fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
  const extents = fc
    .record({
      kind: fc.constantFrom('convolution' as const, 'transposed' as const, 'local' as const),
      images: fc.integer({ min: 1, max: 2 }),
      height: fc.integer({ min: 1, max: 5 }),
      width: fc.integer({ min: 1, max: 5 }),
      inputs: fc.integer({ min: 1, max: 2 }),
      outputs: fc.integer({ min: 1, max: 3 }),
      groups: fc.integer({ min: 1, max: 3 }),
      kernel: pair(3),
      stride: pair(3),
      padding: pair(2, 0),
      dilation: pair(2),
    })
    .map(
      ({ inputs, outputs, ...drawn }): SynapseExtent => ({
        ...drawn,
        inputChannels: inputs * drawn.groups,
        outputChannels: outputs * drawn.groups,
        outputPadding: [0, 0],
      }),
    )
    .filter((extent) => {
      try {
        return synapseOutput(extent).height > 0
      } catch {
        return false
      }
    })

  it('has gradients that are the adjoints of the forward maps', () => {
    fc.assert(
      fc.property(extents, (extent) => {
        const sizes = synapseSizes(extent)
        const x = numbers(sizes.input, 1)
        const w = numbers(sizes.weights, 2)
        const y = numbers(sizes.output, 3)
        checkAdjoint({
          forward: (input) => synapseForward(input, w, extent),
          adjoint: (dy) => synapseInputGradient(dy, w, extent),
          x,
          y,
        })
        checkAdjoint({
          forward: (weights) => synapseForward(x, weights, extent),
          adjoint: (dy) => synapseWeightGradient(dy, x, extent),
          x: w,
          y,
        })
      }),
      { numRuns: 60 },
    )
  })

  it('is its own transpose: the input gradient of a convolution spreads as a transposed one does', () => {
    const extent: SynapseExtent = { ...single, height: 6, width: 5, kernel: [3, 2], stride: [2, 1], padding: [1, 1] }
    const out = synapseOutput(extent)
    const dy = numbers(out.height * out.width, 4)
    const w = numbers(6, 5)
    const back: SynapseExtent = { ...extent, kind: 'transposed', ...out, outputPadding: [1, 0] }
    expect(synapseOutput(back)).toEqual({ height: 6, width: 5 })
    expect(synapseForward(dy, w, back)).toEqual(synapseInputGradient(dy, w, extent))
  })

  it('has gradients that finite differences confirm', () => {
    for (const kind of ['convolution', 'transposed', 'local'] as const) {
      const extent: SynapseExtent = {
        ...single,
        kind,
        height: 3,
        images: 2,
        inputChannels: 2,
        outputChannels: 4,
        groups: 2,
      }
      const sizes = synapseSizes(extent)
      const x = numbers(sizes.input, 1)
      const w = numbers(sizes.weights, 2)
      const dy = numbers(sizes.output, 3)
      checkGradient((input) => product(synapseForward(input, w, extent), dy), x, synapseInputGradient(dy, w, extent))
      checkGradient((some) => product(synapseForward(x, some, extent), dy), w, synapseWeightGradient(dy, x, extent))
    }
  })

  it('refuses arrays of a wrong length, groups that do not divide, and extents without an output', () => {
    expect(() => synapseForward([1], [1, 1], single)).toThrow(ShapeError)
    expect(() => synapseForward([1, 2, 3, 4], [1], single)).toThrow(ShapeError)
    expect(() => synapseInputGradient([1], [1, 1], single)).toThrow(ShapeError)
    expect(() => synapseWeightGradient([1, 1, 1], [1], single)).toThrow(ShapeError)
    expect(() => synapseOutput({ ...single, kernel: [2, 2] })).toThrow(OptionError)
    expect(() => synapseOutput({ ...single, groups: 2 })).toThrow(OptionError)
    expect(() => synapseOutput({ ...single, dilation: [1, 0] })).toThrow(OptionError)
  })
})
