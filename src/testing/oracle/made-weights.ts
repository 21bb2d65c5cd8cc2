/** Weights made from other weights. */
import { at, type Numbers, requireLength } from './array.js'

export interface OracleDepth {
  readonly depth: number
  readonly outputDepth: number
  readonly taps: number
  readonly stride: number
  readonly padding: number
  readonly positions: number
  readonly channels: number
  readonly outputs: number
}

/** Calls with every flat place that has a tap, and the tap's own place. */
function eachTap(extent: OracleDepth, visit: (flat: number, place: number) => void): void {
  const { depth, outputDepth, taps, stride, padding, positions, channels, outputs } = extent
  for (let e = 0; e < outputDepth; e++)
    for (let k = 0; k < taps; k++) {
      const d = e * stride + k - padding
      if (d < 0 || d >= depth) continue
      for (let n = 0; n < positions; n++)
        for (let c = 0; c < channels; c++)
          for (let o = 0; o < outputs; o++)
            visit(
              (((n * depth + d) * channels + c) * outputDepth + e) * outputs + o,
              ((k * positions + n) * channels + c) * outputs + o,
            )
    }
}

/** A window over depth laid out flat. @param weights `[taps, positions, C, O]` @returns `[positions, depth, C, outputDepth, O]` */
export function depthWeights(weights: Numbers, extent: OracleDepth): Float64Array {
  const { depth, outputDepth, taps, positions, channels, outputs } = extent
  requireLength('depth weights', 'weights', weights, taps * positions * channels * outputs)
  const flat = new Float64Array(positions * depth * channels * outputDepth * outputs)
  eachTap(extent, (to, from) => {
    flat[to] = at(weights, from)
  })
  return flat
}

/** @param gradient of the flat weights @returns of the window's own */
export function depthWeightsGradient(gradient: Numbers, extent: OracleDepth): Float64Array {
  const { taps, positions, channels, outputs } = extent
  const own = new Float64Array(taps * positions * channels * outputs)
  eachTap(extent, (from, to) => {
    own[to] = at(own, to) + at(gradient, from)
  })
  return own
}

export interface OracleVolume {
  readonly images: number
  readonly sides: readonly [depth: number, height: number, width: number]
  readonly channels: number
  readonly outputs: number
  readonly kernel: readonly [number, number, number]
  readonly stride: readonly [number, number, number]
  readonly padding: readonly [number, number, number]
}

/**
 * Three-dimensional convolution of volumes whose slices are channels.
 * @param x `[images, H, W, D, C]` @param weights `[kd, kh, kw, C, O]` @returns `[images, OH, OW, OD, O]`
 */
export function volumeConvolution(x: Numbers, weights: Numbers, volume: OracleVolume): Float64Array {
  const { images, sides, channels, outputs, kernel, stride, padding } = volume
  const [depth, height, width] = sides
  const made = sides.map(
    (side, axis) => Math.floor((side + 2 * at(padding, axis) - at(kernel, axis)) / at(stride, axis)) + 1,
  )
  const [od = 0, oh = 0, ow = 0] = made
  const y = new Float64Array(images * oh * ow * od * outputs)
  const source = (image: number, place: readonly number[], c: number): number => {
    const [d = 0, i = 0, j = 0] = place
    if (place.some((index, axis) => index < 0 || index >= at(sides, axis))) return 0
    return at(x, (((image * height + i) * width + j) * depth + d) * channels + c)
  }
  for (let k = 0; k < y.length; k++) {
    const o = k % outputs
    const e = Math.floor(k / outputs) % od
    const q = Math.floor(k / (outputs * od)) % ow
    const r = Math.floor(k / (outputs * od * ow)) % oh
    const image = Math.floor(k / (outputs * od * ow * oh))
    let sum = 0
    for (let a = 0; a < kernel[0]; a++)
      for (let b = 0; b < kernel[1]; b++)
        for (let f = 0; f < kernel[2]; f++)
          for (let c = 0; c < channels; c++) {
            const place = [
              e * stride[0] + a - padding[0],
              r * stride[1] + b - padding[1],
              q * stride[2] + f - padding[2],
            ]
            const weight = at(weights, (((a * kernel[1] + b) * kernel[2] + f) * channels + c) * outputs + o)
            sum += weight * source(image, place, c)
          }
    y[k] = sum
  }
  return y
}
