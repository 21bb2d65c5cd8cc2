/** Operations that treat every number, channel or image on its own: sign clip, affine, drop-path, sum, concatenation. */
import { ShapeError } from '../../errors.js'
import { accumulate, at, type Numbers, requireLength } from './array.js'

/** What may pass: every current, only positive or only negative ones (sheet 00, section 1.1). */
export type OracleClipSign = 'neutral' | 'excitatory' | 'inhibitory'

const passes = (value: number, sign: OracleClipSign): boolean =>
  sign === 'neutral' || (sign === 'excitatory' ? value > 0 : value < 0)

/** max(x, 0) for excitatory, min(x, 0) for inhibitory, x for neutral; NaN stays NaN. */
export const signClipForward = (x: Numbers, sign: OracleClipSign): Float64Array =>
  Float64Array.from(x, (value) => (passes(value, sign) || Number.isNaN(value) ? value : 0))

/** dL/dx; the derivative of a clip at exactly 0 is taken as 0. @throws ShapeError when the lengths differ */
export function signClipBackward(dy: Numbers, x: Numbers, sign: OracleClipSign): Float64Array {
  requireLength('sign-clip oracle', 'dy', dy, x.length)
  return Float64Array.from(dy, (gradient, i) => (passes(at(x, i), sign) ? gradient : 0))
}

/** y = scale[c]·x + shift[c]. @param x `[..., C]` @throws ShapeError when x holds no whole number of channels */
export function affineForward(x: Numbers, scale: Numbers, shift: Numbers): Float64Array {
  requireLength('affine oracle', 'shift', shift, scale.length)
  requireWhole('affine oracle', x.length, scale.length)
  return Float64Array.from(x, (value, i) => at(scale, i % scale.length) * value + at(shift, i % scale.length))
}

/** Gradients of `affineForward`: dx of x's shape, dscale and dshift `[C]`. */
export function affineBackward(
  dy: Numbers,
  x: Numbers,
  scale: Numbers,
): { dx: Float64Array; dscale: Float64Array; dshift: Float64Array } {
  requireLength('affine oracle', 'dy', dy, x.length)
  requireWhole('affine oracle', x.length, scale.length)
  const dscale = new Float64Array(scale.length)
  const dshift = new Float64Array(scale.length)
  const dx = Float64Array.from(dy, (gradient, i) => {
    const c = i % scale.length
    accumulate(dscale, c, gradient * at(x, i))
    accumulate(dshift, c, gradient)
    return gradient * at(scale, c)
  })
  return { dx, dscale, dshift }
}

/**
 * Multiplies each image by its factor: 0 where the path is dropped, 1/(1 − p) where it stays. Its own adjoint, so the
 * backward pass is the same call on dy.
 * @param x `[T, B, ...]` @param factors `[T, B]`
 */
export function dropPath(x: Numbers, factors: Numbers): Float64Array {
  requireWhole('drop-path oracle', x.length, factors.length)
  const perImage = x.length / factors.length
  return Float64Array.from(x, (value, i) => value * at(factors, Math.floor(i / perImage)))
}

/** Element-wise sum of one or more arrays of one shape; the gradient of every term is dy itself. */
export function addAll(terms: readonly Numbers[]): Float64Array {
  const sum = new Float64Array(terms[0]?.length ?? 0)
  for (const [k, term] of terms.entries()) {
    requireLength('add oracle', `term ${k}`, term, sum.length)
    for (let i = 0; i < sum.length; i++) accumulate(sum, i, at(term, i))
  }
  return sum
}

/** Rows of a channel-last array and the channels each of them has. */
export interface ChannelPart {
  readonly x: Numbers
  readonly channels: number
}

/** Puts `[rows, C_k]` arrays side by side: `[rows, sum of C_k]`. @throws ShapeError when the row counts differ */
export function concatenateForward(parts: readonly ChannelPart[], rows: number): Float64Array {
  for (const [k, part] of parts.entries())
    requireLength('concatenate oracle', `part ${k}`, part.x, rows * part.channels)
  const total = parts.reduce((sum, part) => sum + part.channels, 0)
  const y = new Float64Array(rows * total)
  let offset = 0
  for (const { x, channels } of parts) {
    for (let row = 0; row < rows; row++)
      for (let c = 0; c < channels; c++) y[row * total + offset + c] = at(x, row * channels + c)
    offset += channels
  }
  return y
}

/** Splits dL/dy `[rows, sum of C_k]` into the gradient of each part. @throws ShapeError on a wrong length */
export function concatenateBackward(dy: Numbers, channels: readonly number[], rows: number): Float64Array[] {
  const total = channels.reduce((sum, count) => sum + count, 0)
  requireLength('concatenate oracle', 'dy', dy, rows * total)
  let offset = 0
  return channels.map((count) => {
    const start = offset
    offset += count
    return Float64Array.from({ length: rows * count }, (_, i) =>
      at(dy, Math.floor(i / count) * total + start + (i % count)),
    )
  })
}

/** @throws ShapeError unless `length` is a whole, positive multiple of `divisor` */
function requireWhole(where: string, length: number, divisor: number): void {
  if (divisor < 1 || length % divisor !== 0) {
    throw new ShapeError(where, `the input's size must be a multiple of ${divisor}; got ${length}.`)
  }
}
