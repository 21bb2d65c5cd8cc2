import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../../src/errors.js'
import { checkAdjoint, checkGradient } from '../../../src/testing/gradient.js'
import {
  type ConvolutionExtent,
  convolutionForward,
  convolutionInputGradient,
  convolutionOutput,
  convolutionSizes,
  convolutionWeightGradient,
} from '../../../src/testing/oracle/convolution.js'
import { numbers, product } from '../support.js'

const single: ConvolutionExtent = {
  images: 1,
  height: 4,
  width: 4,
  inputChannels: 1,
  outputChannels: 1,
  kernelHeight: 3,
  kernelWidth: 3,
  stride: 2,
  padding: 1,
  crop: 1,
}
const counting = Float64Array.from({ length: 16 }, (_, i) => i + 1)
const tap = (row: number, column: number) => Float64Array.from({ length: 9 }, (_, i) => Number(i === row * 3 + column))

describe('convolution', () => {
  it("computes FactorizedReduce's second branch: the first row and column never count", () => {
    // what is left is 6 7 8 / 10 11 12 / 14 15 16
    expect(convolutionOutput(single)).toEqual({ height: 2, width: 2 })
    expect([...convolutionForward(counting, new Float64Array(9).fill(1), single)]).toEqual([34, 38, 50, 54])
    expect([...convolutionForward(counting, tap(0, 0), single)]).toEqual([0, 0, 0, 11])
    expect([...convolutionForward(counting, tap(2, 1), single)]).toEqual([10, 12, 0, 0])
  })

  it('computes its first branch: stride 2, nothing dropped', () => {
    const extent = { ...single, crop: 0 }
    expect([...convolutionForward(counting, tap(1, 1), extent)]).toEqual([1, 3, 9, 11])
    expect([...convolutionForward(counting, tap(0, 0), extent)]).toEqual([0, 0, 0, 6])
    expect([...convolutionForward(counting, tap(1, 2), extent)]).toEqual([2, 4, 10, 12])
  })

  it.each([2, 4, 6, 8, 14, 28, 32])('halves a side of %d in both branches', (side) => {
    for (const crop of [0, 1]) {
      const extent = { ...single, height: side, width: side, crop }
      expect(convolutionOutput(extent)).toEqual({ height: side / 2, width: side / 2 })
    }
  })

  it('reads weights as [kh, kw, CI, CO] and images channel-last', () => {
    const extent = {
      ...single,
      height: 1,
      width: 2,
      inputChannels: 2,
      outputChannels: 3,
      stride: 1,
      padding: 0,
      crop: 0,
      kernelHeight: 1,
      kernelWidth: 1,
    }
    expect([...convolutionForward([1, 2, 10, 20], [1, 2, 3, 4, 5, 6], extent)]).toEqual([9, 12, 15, 90, 120, 150])
    const wide = { ...extent, kernelWidth: 2, inputChannels: 1, outputChannels: 1 }
    expect([...convolutionForward([1, 2], [10, 1], wide)]).toEqual([12])
  })

  const extents = fc
    .record({
      images: fc.integer({ min: 1, max: 3 }),
      height: fc.integer({ min: 2, max: 7 }),
      width: fc.integer({ min: 2, max: 7 }),
      inputChannels: fc.integer({ min: 1, max: 3 }),
      outputChannels: fc.integer({ min: 1, max: 3 }),
      kernelHeight: fc.constantFrom(1, 2, 3, 5),
      kernelWidth: fc.constantFrom(1, 3),
      stride: fc.integer({ min: 1, max: 3 }),
      padding: fc.integer({ min: 0, max: 2 }),
      crop: fc.integer({ min: 0, max: 1 }),
    })
    .filter(
      (e) => e.height - e.crop + 2 * e.padding >= e.kernelHeight && e.width - e.crop + 2 * e.padding >= e.kernelWidth,
    )

  it('has gradients that are the adjoints of the forward maps', () => {
    fc.assert(
      fc.property(extents, (extent) => {
        const sizes = convolutionSizes(extent)
        const x = numbers(sizes.input, 1)
        const w = numbers(sizes.weights, 2)
        const y = numbers(sizes.output, 3)
        checkAdjoint({
          forward: (input) => convolutionForward(input, w, extent),
          adjoint: (dy) => convolutionInputGradient(dy, w, extent),
          x,
          y,
        })
        checkAdjoint({
          forward: (kernel) => convolutionForward(x, kernel, extent),
          adjoint: (dy) => convolutionWeightGradient(dy, x, extent),
          x: w,
          y,
        })
      }),
      { numRuns: 60 },
    )
  })

  it('has gradients that finite differences confirm', () => {
    const extent = { ...single, images: 2, inputChannels: 2, outputChannels: 3, width: 6 }
    const sizes = convolutionSizes(extent)
    const x = numbers(sizes.input, 1)
    const w = numbers(sizes.weights, 2)
    const dy = numbers(sizes.output, 3)
    checkGradient(
      (input) => product(convolutionForward(input, w, extent), dy),
      x,
      convolutionInputGradient(dy, w, extent),
    )
    checkGradient(
      (kernel) => product(convolutionForward(x, kernel, extent), dy),
      w,
      convolutionWeightGradient(dy, x, extent),
    )
  })

  it('refuses arrays of a wrong length, and extents without an output', () => {
    expect(() => convolutionForward(counting, tap(0, 0), { ...single, inputChannels: 2 })).toThrow(ShapeError)
    expect(() => convolutionForward(counting, [1], single)).toThrow(ShapeError)
    expect(() => convolutionInputGradient([1], tap(0, 0), single)).toThrow(ShapeError)
    expect(() => convolutionWeightGradient([1, 1, 1, 1], [1], single)).toThrow(ShapeError)
    expect(() => convolutionOutput({ ...single, kernelHeight: 9 })).toThrow(OptionError)
    expect(() => convolutionOutput({ ...single, stride: 0 })).toThrow(OptionError)
    expect(() => convolutionOutput({ ...single, crop: 4, padding: 3 })).toThrow(OptionError)
  })
})
