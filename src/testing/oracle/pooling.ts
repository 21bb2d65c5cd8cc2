/** Averages: over k x k windows, over whole images, over time; each with its gradient. */
import { ShapeError } from '../../errors.js'
import { accumulate, at, type Numbers, requireIntegers, requireLength } from './array.js'

export interface PoolExtent {
  /** T·B. */
  readonly images: number
  readonly height: number
  readonly width: number
  readonly channels: number
  /** Side of the window and stride. */
  readonly window: number
}

/** Visits every input element with the output element whose window it lies in. */
function forEachPair(extent: PoolExtent, visit: (input: number, output: number) => void): void {
  const { images, height, width, channels, window } = extent
  for (let image = 0; image < images; image++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        for (let c = 0; c < channels; c++) {
          const outRow = Math.floor(row / window)
          const outColumn = Math.floor(column / window)
          const output = ((image * (height / window) + outRow) * (width / window) + outColumn) * channels + c
          visit(((image * height + row) * width + column) * channels + c, output)
        }
}

/** @throws ShapeError unless both sides are multiples of the window */
function poolSizes(extent: PoolExtent): { input: number; output: number } {
  const { images, height, width, channels, window } = extent
  requireIntegers('average-pool oracle', { images, height, width, channels, window })
  if (height % window !== 0 || width % window !== 0) {
    throw new ShapeError(
      'average-pool oracle',
      `height and width must be multiples of the window ${window}; got ${height} x ${width}.`,
    )
  }
  const input = images * height * width * channels
  return { input, output: input / (window * window) }
}

/** Mean over windows of k x k. @param x `[T·B, H, W, C]` @returns `[T·B, H/k, W/k, C]` */
export function averagePoolForward(x: Numbers, extent: PoolExtent): Float64Array {
  const sizes = poolSizes(extent)
  requireLength('average-pool oracle', 'x', x, sizes.input)
  const y = new Float64Array(sizes.output)
  forEachPair(extent, (i, o) => accumulate(y, o, at(x, i) / extent.window ** 2))
  return y
}

/** dL/dx `[T·B, H, W, C]` of `averagePoolForward`. */
export function averagePoolBackward(dy: Numbers, extent: PoolExtent): Float64Array {
  const sizes = poolSizes(extent)
  requireLength('average-pool oracle', 'dy', dy, sizes.output)
  const dx = new Float64Array(sizes.input)
  forEachPair(extent, (i, o) => accumulate(dx, i, at(dy, o) / extent.window ** 2))
  return dx
}

export interface GlobalPoolExtent {
  /** T·B. */
  readonly images: number
  /** H·W. */
  readonly positions: number
  readonly channels: number
}

/** Mean over all positions. @param x `[T·B, H, W, C]` @returns `[T·B, C]` */
export function globalAveragePoolForward(x: Numbers, extent: GlobalPoolExtent): Float64Array {
  const { images, positions, channels } = extent
  requireIntegers('global-average-pool oracle', { images, positions, channels })
  requireLength('global-average-pool oracle', 'x', x, images * positions * channels)
  const y = new Float64Array(images * channels)
  for (let image = 0; image < images; image++)
    for (let p = 0; p < positions; p++)
      for (let c = 0; c < channels; c++)
        accumulate(y, image * channels + c, at(x, (image * positions + p) * channels + c) / positions)
  return y
}

/** dL/dx `[T·B, H, W, C]` of `globalAveragePoolForward`. */
export function globalAveragePoolBackward(dy: Numbers, extent: GlobalPoolExtent): Float64Array {
  const { images, positions, channels } = extent
  requireIntegers('global-average-pool oracle', { images, positions, channels })
  requireLength('global-average-pool oracle', 'dy', dy, images * channels)
  return Float64Array.from({ length: images * positions * channels }, (_, i) => {
    const image = Math.floor(i / (positions * channels))
    return at(dy, image * channels + (i % channels)) / positions
  })
}

/** Mean over T. @param x `[T, ...]` @returns `[...]` */
export function timeMeanForward(x: Numbers, timeSteps: number): Float64Array {
  requireIntegers('time-mean oracle', { timeSteps })
  const size = Math.floor(x.length / timeSteps)
  requireLength('time-mean oracle', 'x', x, size * timeSteps)
  const y = new Float64Array(size)
  for (let i = 0; i < x.length; i++) accumulate(y, i % size, at(x, i) / timeSteps)
  return y
}

/** dL/dx `[T, ...]` of `timeMeanForward`: dy/T at every step. */
export function timeMeanBackward(dy: Numbers, timeSteps: number): Float64Array {
  requireIntegers('time-mean oracle', { timeSteps })
  return Float64Array.from({ length: dy.length * timeSteps }, (_, i) => at(dy, i % dy.length) / timeSteps)
}
