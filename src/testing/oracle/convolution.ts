/** Two-dimensional convolution (cross-correlation, no bias) of channel-last images: forward and both gradients. */
import { OptionError } from '../../errors.js'
import { accumulate, at, type Numbers, requireIntegers, requireLength } from './array.js'

export interface ConvolutionExtent {
  /** T·B. */
  readonly images: number
  readonly height: number
  readonly width: number
  readonly inputChannels: number
  readonly outputChannels: number
  readonly kernelHeight: number
  readonly kernelWidth: number
  readonly stride: number
  /** Zeros on each of the four sides, added after cropping. */
  readonly padding: number
  /** First rows and columns left out of the input: 1 in the second branch of FactorizedReduce (sheet 00, 1.3). */
  readonly crop: number
}

/** Rows and columns of the output. @throws OptionError when an extent is not an integer or no output is left */
export function convolutionOutput(extent: ConvolutionExtent): { height: number; width: number } {
  const { crop, padding, stride, ...positive } = extent
  requireIntegers('convolution oracle', { ...positive, stride })
  requireIntegers('convolution oracle', { crop, padding }, 0)
  const side = (size: number, kernel: number): number => Math.floor((size - crop + 2 * padding - kernel) / stride) + 1
  const height = side(extent.height, extent.kernelHeight)
  const width = side(extent.width, extent.kernelWidth)
  if (crop >= Math.min(extent.height, extent.width) || height < 1 || width < 1) {
    throw new OptionError(
      'convolution oracle',
      `crop and kernel must leave some output; got ${height} x ${width} from an image of ${extent.height} x ${extent.width}.`,
      'Use a smaller kernel or crop, or more padding.',
    )
  }
  return { height, width }
}

type Visit = (input: number, weight: number, output: number) => void

/** Visits every product of the convolution once: flat indices into x, w and y. Products with padding are left out. */
function forEachProduct(extent: ConvolutionExtent, visit: Visit): void {
  const { images, height, width, inputChannels, outputChannels, kernelHeight, kernelWidth } = extent
  const out = convolutionOutput(extent)
  for (let image = 0; image < images; image++)
    for (let outRow = 0; outRow < out.height; outRow++)
      for (let outColumn = 0; outColumn < out.width; outColumn++)
        for (let tapRow = 0; tapRow < kernelHeight; tapRow++)
          for (let tapColumn = 0; tapColumn < kernelWidth; tapColumn++) {
            const row = extent.crop + outRow * extent.stride + tapRow - extent.padding
            const column = extent.crop + outColumn * extent.stride + tapColumn - extent.padding
            // what was cropped away counts as padding, so it is zero too
            if (row < extent.crop || row >= height || column < extent.crop || column >= width) continue
            for (let ci = 0; ci < inputChannels; ci++)
              for (let co = 0; co < outputChannels; co++)
                visit(
                  ((image * height + row) * width + column) * inputChannels + ci,
                  ((tapRow * kernelWidth + tapColumn) * inputChannels + ci) * outputChannels + co,
                  ((image * out.height + outRow) * out.width + outColumn) * outputChannels + co,
                )
          }
}

/** Element counts of the input, the weights and the output. */
export function convolutionSizes(extent: ConvolutionExtent): { input: number; weights: number; output: number } {
  const out = convolutionOutput(extent)
  return {
    input: extent.images * extent.height * extent.width * extent.inputChannels,
    weights: extent.kernelHeight * extent.kernelWidth * extent.inputChannels * extent.outputChannels,
    output: extent.images * out.height * out.width * extent.outputChannels,
  }
}

/**
 * y[i,r,c,co] = sum over taps and ci of x[i, crop + r·stride + kr − padding, crop + c·stride + kc − padding, ci] · w[kr,kc,ci,co].
 * @param x `[T·B, H, W, CI]` @param w `[kh, kw, CI, CO]` @returns y `[T·B, H', W', CO]`
 * @throws ShapeError when a length disagrees with the extent
 */
export function convolutionForward(x: Numbers, w: Numbers, extent: ConvolutionExtent): Float64Array {
  const sizes = convolutionSizes(extent)
  requireLength('convolution oracle', 'x', x, sizes.input)
  requireLength('convolution oracle', 'w', w, sizes.weights)
  const y = new Float64Array(sizes.output)
  forEachProduct(extent, (i, j, o) => accumulate(y, o, at(x, i) * at(w, j)))
  return y
}

/** dL/dx `[T·B, H, W, CI]` from dL/dy and w; zero in the cropped rows and columns. @throws ShapeError on a wrong length */
export function convolutionInputGradient(dy: Numbers, w: Numbers, extent: ConvolutionExtent): Float64Array {
  const sizes = convolutionSizes(extent)
  requireLength('convolution oracle', 'dy', dy, sizes.output)
  requireLength('convolution oracle', 'w', w, sizes.weights)
  const dx = new Float64Array(sizes.input)
  forEachProduct(extent, (i, j, o) => accumulate(dx, i, at(dy, o) * at(w, j)))
  return dx
}

/** dL/dw `[kh, kw, CI, CO]` from dL/dy and x. @throws ShapeError on a wrong length */
export function convolutionWeightGradient(dy: Numbers, x: Numbers, extent: ConvolutionExtent): Float64Array {
  const sizes = convolutionSizes(extent)
  requireLength('convolution oracle', 'dy', dy, sizes.output)
  requireLength('convolution oracle', 'x', x, sizes.input)
  const dw = new Float64Array(sizes.weights)
  forEachProduct(extent, (i, j, o) => accumulate(dw, j, at(dy, o) * at(x, i)))
  return dw
}
