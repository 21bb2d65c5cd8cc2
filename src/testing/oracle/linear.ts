/** Fully connected layer; its weights are those of a 1 x 1 convolution. */
import { accumulate, at, type Numbers, requireIntegers, requireLength } from './array.js'

export interface LinearExtent {
  /** T·B. */
  readonly rows: number
  readonly inputs: number
  readonly outputs: number
}

/**
 * y = x·w + bias.
 * @param x `[rows, inputs]` @param w `[inputs, outputs]` @param bias `[outputs]`, or null for none
 * @returns `[rows, outputs]` @throws ShapeError when a length disagrees with the extent
 */
export function linearForward(x: Numbers, w: Numbers, bias: Numbers | null, extent: LinearExtent): Float64Array {
  const { rows, inputs, outputs } = extent
  requireIntegers('linear oracle', { rows, inputs, outputs })
  requireLength('linear oracle', 'x', x, rows * inputs)
  requireLength('linear oracle', 'w', w, inputs * outputs)
  if (bias) requireLength('linear oracle', 'bias', bias, outputs)
  const y = new Float64Array(rows * outputs)
  for (let row = 0; row < rows; row++)
    for (let o = 0; o < outputs; o++) {
      let sum = bias ? at(bias, o) : 0
      for (let i = 0; i < inputs; i++) sum += at(x, row * inputs + i) * at(w, i * outputs + o)
      y[row * outputs + o] = sum
    }
  return y
}

/** Gradients of `linearForward`: dx `[rows, inputs]`, dw `[inputs, outputs]`, dbias `[outputs]`. */
export function linearBackward(
  dy: Numbers,
  x: Numbers,
  w: Numbers,
  extent: LinearExtent,
): { dx: Float64Array; dw: Float64Array; dbias: Float64Array } {
  const { rows, inputs, outputs } = extent
  requireIntegers('linear oracle', { rows, inputs, outputs })
  requireLength('linear oracle', 'dy', dy, rows * outputs)
  requireLength('linear oracle', 'x', x, rows * inputs)
  requireLength('linear oracle', 'w', w, inputs * outputs)
  const dx = new Float64Array(rows * inputs)
  const dw = new Float64Array(inputs * outputs)
  const dbias = new Float64Array(outputs)
  for (let row = 0; row < rows; row++)
    for (let o = 0; o < outputs; o++) {
      const gradient = at(dy, row * outputs + o)
      accumulate(dbias, o, gradient)
      for (let i = 0; i < inputs; i++) {
        accumulate(dx, row * inputs + i, gradient * at(w, i * outputs + o))
        accumulate(dw, i * outputs + o, gradient * at(x, row * inputs + i))
      }
    }
  return { dx, dw, dbias }
}
