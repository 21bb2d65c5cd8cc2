import { describe, expect, it } from 'vitest'
import { ShapeError } from '../../../src/errors.js'
import { checkAdjoint, checkGradient } from '../../../src/testing/gradient.js'
import { convolutionForward } from '../../../src/testing/oracle/convolution.js'
import { linearBackward, linearForward } from '../../../src/testing/oracle/linear.js'
import { numbers, product } from '../support.js'

const extent = { rows: 4, inputs: 3, outputs: 5 }
const x = numbers(12, 1)
const w = numbers(15, 2)
const bias = numbers(5, 3)
const dy = numbers(20, 4)

describe('linear', () => {
  it('multiplies rows by [inputs, outputs] and adds the bias', () => {
    const small = { rows: 2, inputs: 2, outputs: 1 }
    expect([...linearForward([1, 2, 3, 4], [10, 1], [0.5], small)]).toEqual([12.5, 34.5])
    expect([...linearForward([1, 2, 3, 4], [10, 1], null, small)]).toEqual([12, 34])
  })

  it('is a 1 x 1 convolution', () => {
    const convolution = {
      images: 4,
      height: 1,
      width: 1,
      inputChannels: 3,
      outputChannels: 5,
      kernelHeight: 1,
      kernelWidth: 1,
      stride: 1,
      padding: 0,
      crop: 0,
    }
    expect(linearForward(x, w, null, extent)).toEqual(convolutionForward(x, w, convolution))
  })

  it('has the adjoints and the finite differences as its gradients', () => {
    const gradients = linearBackward(dy, x, w, extent)
    checkAdjoint({
      forward: (values) => linearForward(values, w, null, extent),
      adjoint: (values) => linearBackward(values, x, w, extent).dx,
      x,
      y: dy,
    })
    checkAdjoint({
      forward: (values) => linearForward(x, values, null, extent),
      adjoint: (values) => linearBackward(values, x, w, extent).dw,
      x: w,
      y: dy,
    })
    checkGradient((values) => product(linearForward(x, w, values, extent), dy), bias, gradients.dbias)
  })

  it('refuses arrays of a wrong length', () => {
    expect(() => linearForward(x, bias, null, extent)).toThrow(ShapeError)
    expect(() => linearForward(x, w, [1], extent)).toThrow(ShapeError)
    expect(() => linearBackward([1], x, w, extent)).toThrow(ShapeError)
  })
})
