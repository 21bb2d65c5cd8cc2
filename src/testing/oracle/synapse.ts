/**
 * Synapses that look at their input through a window: convolution with groups, dilation and rectangular windows, its
 * transpose, and the locally connected layer (a convolution whose weights differ from pixel to pixel). Forward and all
 * gradients in float64; a linear layer is the 1 x 1 window on an image of one pixel.
 */
import { OptionError } from '../../errors.js'
import { accumulate, at, type Numbers, requireIntegers, requireLength } from './array.js'

/** Rows and columns. */
export type OraclePair = readonly [number, number]

export interface SynapseExtent {
  /** `local`: each output pixel has weights of its own. */
  readonly kind: 'convolution' | 'transposed' | 'local'
  /** T·B. */
  readonly images: number
  readonly height: number
  readonly width: number
  readonly inputChannels: number
  readonly outputChannels: number
  /** Channels are cut into this many stretches; output stretch g sees input stretch g only. */
  readonly groups: number
  readonly kernel: OraclePair
  readonly stride: OraclePair
  readonly padding: OraclePair
  readonly dilation: OraclePair
  /** Rows and columns added at the end of a transposed convolution's output, below the stride. */
  readonly outputPadding: OraclePair
}

const where = 'synapse oracle'

/** Rows and columns of the output. @throws OptionError when no output is left or a number is out of range */
export function synapseOutput(extent: SynapseExtent): { height: number; width: number } {
  const { images, height, width, inputChannels, outputChannels, groups } = extent
  requireIntegers(where, { images, height, width, inputChannels, outputChannels, groups })
  if (inputChannels % groups !== 0 || outputChannels % groups !== 0) {
    throw new OptionError(where, `${groups} groups must divide ${inputChannels} and ${outputChannels} channels.`)
  }
  const [rows = 0, columns = 0] = [height, width].map((side, axis) => {
    const [k = 0, s = 0, p = 0, d = 0, extra = 0] = [
      extent.kernel,
      extent.stride,
      extent.padding,
      extent.dilation,
      extent.outputPadding,
    ].map((pair) => pair[axis])
    requireIntegers(where, { kernel: k, stride: s, dilation: d })
    requireIntegers(where, { padding: p, outputPadding: extra }, 0)
    const reach = d * (k - 1)
    return extent.kind === 'transposed'
      ? (side - 1) * s - 2 * p + reach + 1 + extra
      : Math.floor((side + 2 * p - reach - 1) / s) + 1
  })
  if (rows < 1 || columns < 1) throw new OptionError(where, `some output must be left; got ${rows} x ${columns}.`)
  return { height: rows, width: columns }
}

/** Element counts of the input, the weights and the output. */
export function synapseSizes(extent: SynapseExtent): { input: number; weights: number; output: number } {
  const out = synapseOutput(extent)
  const [kernelHeight, kernelWidth] = extent.kernel
  const copies = extent.kind === 'local' ? out.height * out.width : 1
  return {
    input: extent.images * extent.height * extent.width * extent.inputChannels,
    weights: copies * kernelHeight * kernelWidth * (extent.inputChannels / extent.groups) * extent.outputChannels,
    output: extent.images * out.height * out.width * extent.outputChannels,
  }
}

type Visit = (input: number, weight: number, output: number) => void

/** Visits every product once: flat indices into x, w and y. Products with padding are left out. */
function forEachProduct(extent: SynapseExtent, visit: Visit): void {
  const out = synapseOutput(extent)
  const { kernel, stride, padding, dilation, groups, inputChannels, outputChannels } = extent
  const inputs = inputChannels / groups
  const outputs = outputChannels / groups
  // a window slides over the larger side, the input of a convolution and the output of its transpose
  const transposed = extent.kind === 'transposed'
  const coarse = transposed ? extent : out
  const fine = transposed ? out : extent
  for (let image = 0; image < extent.images; image++)
    for (let row = 0; row < coarse.height; row++)
      for (let column = 0; column < coarse.width; column++)
        for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
          const fineRow = row * stride[0] - padding[0] + Math.floor(tap / kernel[1]) * dilation[0]
          const fineColumn = column * stride[1] - padding[1] + (tap % kernel[1]) * dilation[1]
          if (fineRow < 0 || fineRow >= fine.height || fineColumn < 0 || fineColumn >= fine.width) continue
          const coarsePixel = row * coarse.width + column
          const finePixel = fineRow * fine.width + fineColumn
          const coarseAt = image * coarse.height * coarse.width + coarsePixel
          const fineAt = image * fine.height * fine.width + finePixel
          const [inputPixel, outputPixel] = transposed ? [coarseAt, fineAt] : [fineAt, coarseAt]
          const weightTap = (extent.kind === 'local' ? coarsePixel : 0) * kernel[0] * kernel[1] + tap
          for (let o = 0; o < outputChannels; o++)
            for (let i = 0; i < inputs; i++)
              visit(
                inputPixel * inputChannels + Math.floor(o / outputs) * inputs + i,
                (weightTap * inputs + i) * outputChannels + o,
                outputPixel * outputChannels + o,
              )
        }
}

/**
 * convolution: y[n, r, c, o] = sum over taps and i of x[n, r·stride + kr·dilation − padding, ..., i] · w[kr, kc, i, o],
 * i over the input channels of o's group. transposed: y[n, r·stride + kr·dilation − padding, ..., o] += x[n, r, c, i] · w[kr, kc, i, o].
 * @param x `[T·B, H, W, CI]` @param w `[kh, kw, CI/G, CO]`, local `[H', W', kh, kw, CI/G, CO]` @returns y `[T·B, H', W', CO]`
 * @throws ShapeError when a length disagrees with the extent
 */
export function synapseForward(x: Numbers, w: Numbers, extent: SynapseExtent): Float64Array {
  const sizes = synapseSizes(extent)
  requireLength(where, 'x', x, sizes.input)
  requireLength(where, 'w', w, sizes.weights)
  const y = new Float64Array(sizes.output)
  forEachProduct(extent, (i, j, o) => accumulate(y, o, at(x, i) * at(w, j)))
  return y
}

/** dL/dx, of x's shape, from dL/dy and w. @throws ShapeError on a wrong length */
export function synapseInputGradient(dy: Numbers, w: Numbers, extent: SynapseExtent): Float64Array {
  const sizes = synapseSizes(extent)
  requireLength(where, 'dy', dy, sizes.output)
  requireLength(where, 'w', w, sizes.weights)
  const dx = new Float64Array(sizes.input)
  forEachProduct(extent, (i, j, o) => accumulate(dx, i, at(dy, o) * at(w, j)))
  return dx
}

/** dL/dw, of w's shape, from dL/dy and x. @throws ShapeError on a wrong length */
export function synapseWeightGradient(dy: Numbers, x: Numbers, extent: SynapseExtent): Float64Array {
  const sizes = synapseSizes(extent)
  requireLength(where, 'dy', dy, sizes.output)
  requireLength(where, 'x', x, sizes.input)
  const dw = new Float64Array(sizes.weights)
  forEachProduct(extent, (i, j, o) => accumulate(dw, j, at(dy, o) * at(x, i)))
  return dw
}

/** Numbers of a bias: one a channel, in a locally connected layer one a neuron. */
export function biasSize(extent: SynapseExtent): number {
  const out = synapseOutput(extent)
  return extent.outputChannels * (extent.kind === 'local' ? out.height * out.width : 1)
}

/** y + bias, repeated over everything the bias does not tell apart. */
export const addBias = (y: Numbers, bias: Numbers): Float64Array =>
  Float64Array.from(y, (value, i) => value + at(bias, i % bias.length))

/** dL/dbias of `addBias`. */
export function biasGradient(dy: Numbers, size: number): Float64Array {
  const db = new Float64Array(size)
  for (let i = 0; i < dy.length; i++) accumulate(db, i % size, at(dy, i))
  return db
}
