/** The parallel spiking neuron (sheet 12, section 3.2): H = W X + b over time, s = 1 where H >= 0. */
import { accumulate, at, type Numbers, requireLength } from '../array.js'
import { surrogateNamed } from '../surrogates.js'

/** @param weights `[T, T + 1]`: W, and b in the last column */
export interface PsnExtent {
  readonly timeSteps: number
  readonly neurons: number
}

/** H `[T, neurons]` of x `[T, neurons]`. */
export function psnMembrane(x: Numbers, weights: Numbers, { timeSteps, neurons }: PsnExtent): Float64Array {
  requireLength('psn oracle', 'x', x, timeSteps * neurons)
  requireLength('psn oracle', 'weights', weights, timeSteps * (timeSteps + 1))
  const membrane = new Float64Array(timeSteps * neurons)
  for (let t = 0; t < timeSteps; t++)
    for (let n = 0; n < neurons; n++) {
      let h = at(weights, t * (timeSteps + 1) + timeSteps)
      for (let s = 0; s < timeSteps; s++) h += at(weights, t * (timeSteps + 1) + s) * at(x, s * neurons + n)
      membrane[t * neurons + n] = h
    }
  return membrane
}

/** gh = dy g'(H); dx = W^T gh, dW = gh x^T, db = sum of gh. */
export function psnGradients(
  x: Numbers,
  weights: Numbers,
  dy: Numbers,
  surrogate: { readonly name: string; readonly numbers: readonly number[] },
  extent: PsnExtent,
): { dx: Float64Array; dWeights: Float64Array } {
  const { timeSteps, neurons } = extent
  const membrane = psnMembrane(x, weights, extent)
  const { derivative } = surrogateNamed(surrogate.name)
  const dx = new Float64Array(x.length)
  const dWeights = new Float64Array(weights.length)
  for (let t = 0; t < timeSteps; t++)
    for (let n = 0; n < neurons; n++) {
      const gh = at(dy, t * neurons + n) * derivative(at(membrane, t * neurons + n), ...surrogate.numbers)
      const row = t * (timeSteps + 1)
      accumulate(dWeights, row + timeSteps, gh)
      for (let s = 0; s < timeSteps; s++) {
        accumulate(dx, s * neurons + n, at(weights, row + s) * gh)
        accumulate(dWeights, row + s, gh * at(x, s * neurons + n))
      }
    }
  return { dx, dWeights }
}
