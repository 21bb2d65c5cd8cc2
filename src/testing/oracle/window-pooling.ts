/** Largest values and means over windows of any size, stride and padding, with their gradients. */
import { OptionError } from '../../errors.js'
import { accumulate, at, type Numbers, requireIntegers, requireLength } from './array.js'
import type { OraclePair } from './synapse.js'

export interface WindowPoolExtent {
  /** T·B. */
  readonly images: number
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly kernel: OraclePair
  readonly stride: OraclePair
  /** Fewer than the window has pixels on that axis. */
  readonly padding: OraclePair
  /** Whether a mean counts pixels outside the image, as zeros. */
  readonly countPadding: boolean
}

const where = 'window-pool oracle'

/** Rows and columns of the output; what is left over at the end is dropped. @throws OptionError when nothing is left */
export function windowPoolOutput(extent: WindowPoolExtent): { height: number; width: number } {
  const { images, height, width, channels, kernel, stride, padding } = extent
  requireIntegers(where, { images, height, width, channels, rows: kernel[0], columns: kernel[1] })
  const side = (size: number, axis: 0 | 1) => Math.floor((size + 2 * padding[axis] - kernel[axis]) / stride[axis]) + 1
  const out = { height: side(height, 0), width: side(width, 1) }
  if (out.height < 1 || out.width < 1 || padding[0] >= kernel[0] || padding[1] >= kernel[1])
    throw new OptionError(where, `every window must reach the image; got ${kernel} with padding ${padding}.`)
  return out
}

/** Calls visit with the flat index of every output and those of the inputs under its window, row by row. */
function forEachWindow(extent: WindowPoolExtent, visit: (output: number, inputs: readonly number[]) => void): void {
  const out = windowPoolOutput(extent)
  const { height, width, channels, kernel, stride, padding } = extent
  for (let image = 0; image < extent.images; image++)
    for (let pixel = 0; pixel < out.height * out.width; pixel++)
      for (let c = 0; c < channels; c++) {
        const inputs: number[] = []
        for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
          const row = Math.floor(pixel / out.width) * stride[0] - padding[0] + Math.floor(tap / kernel[1])
          const column = (pixel % out.width) * stride[1] - padding[1] + (tap % kernel[1])
          if (row < 0 || row >= height || column < 0 || column >= width) continue
          inputs.push(((image * height + row) * width + column) * channels + c)
        }
        visit((image * out.height * out.width + pixel) * channels + c, inputs)
      }
}

const sizes = (extent: WindowPoolExtent) => {
  const out = windowPoolOutput(extent)
  return {
    input: extent.images * extent.height * extent.width * extent.channels,
    output: extent.images * out.height * out.width * extent.channels,
  }
}

const divisor = ({ countPadding, kernel }: WindowPoolExtent, inside: number): number =>
  countPadding ? kernel[0] * kernel[1] : inside

/** @param x `[T·B, H, W, C]` @returns `[T·B, OH, OW, C]` @throws ShapeError when a length disagrees with the extent */
export function maxPoolForward(x: Numbers, extent: WindowPoolExtent): Float64Array {
  requireLength(where, 'x', x, sizes(extent).input)
  const y = new Float64Array(sizes(extent).output)
  forEachWindow(extent, (output, inputs) => {
    y[output] = Math.max(...inputs.map((i) => at(x, i)))
  })
  return y
}

/** dL/dx: all of dy goes to the first maximum of a window in row-major order (sheet 04). */
export function maxPoolBackward(dy: Numbers, x: Numbers, extent: WindowPoolExtent): Float64Array {
  requireLength(where, 'dy', dy, sizes(extent).output)
  requireLength(where, 'x', x, sizes(extent).input)
  const dx = new Float64Array(x.length)
  forEachWindow(extent, (output, inputs) => {
    const values = inputs.map((i) => at(x, i))
    accumulate(dx, inputs[values.indexOf(Math.max(...values))] ?? -1, at(dy, output))
  })
  return dx
}

/** @param x `[T·B, H, W, C]` @returns `[T·B, OH, OW, C]` @throws ShapeError when a length disagrees with the extent */
export function windowMeanForward(x: Numbers, extent: WindowPoolExtent): Float64Array {
  requireLength(where, 'x', x, sizes(extent).input)
  const y = new Float64Array(sizes(extent).output)
  forEachWindow(extent, (output, inputs) => {
    y[output] = inputs.reduce((sum, i) => sum + at(x, i), 0) / divisor(extent, inputs.length)
  })
  return y
}

/** dL/dx of `windowMeanForward`. */
export function windowMeanBackward(dy: Numbers, extent: WindowPoolExtent): Float64Array {
  requireLength(where, 'dy', dy, sizes(extent).output)
  const dx = new Float64Array(sizes(extent).input)
  forEachWindow(extent, (output, inputs) => {
    for (const i of inputs) accumulate(dx, i, at(dy, output) / divisor(extent, inputs.length))
  })
  return dx
}
