/** Convolution over depth, rows and columns, of volumes whose slices lie in the channels. */
import { OptionError, ShapeError } from '../errors.js'
import { traceDepthWeights } from '../ops/made-weights.js'
import { shapeOf } from '../ops/op.js'
import type { Pair } from '../ops/synapse.js'
import type { Layer } from './layers.js'
import { fanInUniform } from './parameters.js'
import { convolve, type WeightSource } from './synapses.js'

type Triple = readonly [depth: number, rows: number, columns: number]

export interface VolumeOptions {
  /** Slices of the input: its channels are slice by slice, `[T, B, depth·C, H, W]`. */
  readonly depth: number
  /** Sides of the window over depth, rows and columns; default 3. */
  readonly kernel?: number | Triple
  /** Default 1. */
  readonly stride?: number | Triple
  /** Zeros around the volume; default keeps the sides at stride 1 and an odd window. */
  readonly padding?: number | Triple
  /** Default false. */
  readonly bias?: boolean
}

const triple = (sides: number | Triple): Triple => (typeof sides === 'number' ? [sides, sides, sides] : sides)
const flat = ([, rows, columns]: Triple): Pair => [rows, columns]

function checkDepth(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new OptionError(`conv3d.${name}`, `must be a whole number from ${least}; got ${value}.`)
}

/**
 * Three-dimensional convolution: volumes `[T, B, depth·C, H, W]`, slice d's channel c at d·C + c, to
 * `[T, B, OD·channels, OH, OW]`. Weights `[kd, kh, kw, C, channels]`, uniform ±1/sqrt(fan in), and one bias a channel. It
 * runs as a flat convolution of all slices, whose weights are 0 where the window does not reach: right, and quick for as
 * few slices as the window has taps; of more, depth/kd times the products are done.
 * @throws OptionError on a number out of range, ShapeError when the window does not fit or depth divides no channels
 */
export function conv3d(channels: number, options: VolumeOptions): Layer {
  const { depth, bias = false } = options
  const kernel = triple(options.kernel ?? 3)
  const stride = triple(options.stride ?? 1)
  const padding = triple(options.padding ?? (kernel.map((side) => Math.floor((side - 1) / 2)) as unknown as Triple))
  checkDepth('channels', channels, 1)
  checkDepth('depth', depth, 1)
  checkDepth('kernel', kernel[0], 1)
  checkDepth('stride', stride[0], 1)
  checkDepth('padding', padding[0], 0)
  const outputDepth = Math.floor((depth + 2 * padding[0] - kernel[0]) / stride[0]) + 1
  if (outputDepth < 1)
    throw new ShapeError('conv3d', `a window of ${kernel[0]} does not fit ${depth} slices.`, 'Use a smaller kernel.')
  const along = { depth, outputDepth, taps: kernel[0], stride: stride[0], padding: padding[0] }
  const single = { depth: 1, outputDepth, taps: 1, stride: 0, padding: 0, positions: 1, channels: 1 }
  const window = {
    kernel: flat(kernel),
    stride: flat(stride),
    padding: flat(padding),
    dilation: [1, 1] as const,
    groups: 1,
    outputPadding: [0, 0] as const,
  }
  return (scope, x) => {
    const inputs = shapeOf(x).channels / depth
    if (!Number.isInteger(inputs))
      throw new ShapeError('conv3d', `needs channels in ${depth} slices; got ${shapeOf(x).channels}.`)
    const initial = fanInUniform(kernel[0] * kernel[1] * kernel[2] * inputs)
    const source: WeightSource = {
      weights() {
        const own = scope.parameter('weight', [...kernel, inputs, channels], initial)
        const extent = { ...along, positions: kernel[1] * kernel[2], channels: inputs, outputs: channels }
        return { weights: traceDepthWeights(scope.graph, own, extent), share: Math.min(1, kernel[0] / depth) }
      },
      // each slice of the output has the same
      bias: bias
        ? () =>
            traceDepthWeights(scope.graph, scope.parameter('bias', [channels], initial), {
              ...single,
              outputs: channels,
            })
        : null,
    }
    return convolve(scope, 'conv3d', x, outputDepth * channels, window, source)
  }
}
