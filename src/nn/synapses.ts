/** Synapses as layers: from spikes or real values to currents. All read spikes as bits and skip what is silent. */
import { OptionError, ShapeError } from '../errors.js'
import { traceConvolution } from '../ops/convolution.js'
import { type ActivationShape, neuronsOf, pixelsOf, shapeOf, type Value } from '../ops/op.js'
import {
  type Pair,
  type SynapseKind,
  type SynapseWindow,
  traceLinear,
  traceSynapse,
  windowProducts,
} from '../ops/synapse.js'
import { biasDimensions, synapseOutput, weightDimensions } from '../ops/synapse-geometry.js'
import type { Layer } from './layers.js'
import { type Mask, maskedWeights } from './masks.js'
import { keepMoments } from './moments.js'
import { fanInUniform, type Initializer } from './parameters.js'
import type { Scope } from './scope.js'
import { pairOf, type Sides } from './sides.js'

export type { Sides } from './sides.js'

export interface ConvolutionOptions {
  /** Sides of the window; default 3. */
  readonly kernel?: Sides
  /** Default 1. */
  readonly stride?: Sides
  /** Zeros around the image; default keeps the sides at stride 1 and an odd window. */
  readonly padding?: Sides
  /** Distance of neighbouring taps; default 1. */
  readonly dilation?: Sides
  /** Stretches of channels that do not see each other; default 1. As many as channels: depth-wise. */
  readonly groups?: number
  /** Default false: a batch norm that follows has one. */
  readonly bias?: boolean
  /** Which of its weights there are; default: all. */
  readonly mask?: Mask
}

export interface TransposedConvolutionOptions extends ConvolutionOptions {
  /** Rows and columns added at the end, to tell apart which side a stride had reduced; default 0. */
  readonly outputPadding?: Sides
}

function windowOf(options: TransposedConvolutionOptions): SynapseWindow {
  const kernel = pairOf(options.kernel ?? 3)
  const dilation = pairOf(options.dilation ?? 1)
  const keeping: Pair = [
    Math.floor((dilation[0] * (kernel[0] - 1)) / 2),
    Math.floor((dilation[1] * (kernel[1] - 1)) / 2),
  ]
  return {
    kernel,
    dilation,
    stride: pairOf(options.stride ?? 1),
    padding: options.padding === undefined ? keeping : pairOf(options.padding),
    groups: options.groups ?? 1,
    outputPadding: pairOf(options.outputPadding ?? 0),
  }
}

/** Whether the kernels for plain square windows serve it. */
const isPlain = ({ kernel, stride, padding, dilation, groups }: SynapseWindow): boolean =>
  groups === 1 &&
  [kernel, stride, padding].every(([rows, columns]) => rows === columns) &&
  dilation.every((distance) => distance === 1)

function requireChannels(where: string, channels: number): void {
  if (!Number.isInteger(channels) || channels < 1)
    throw new OptionError(`${where}.channels`, `must be a positive integer; got ${channels}.`)
}

/** Where a synapse gets its weights and its bias from, once their dimensions are known. */
export interface WeightSource {
  /** With the share of the products that are a synapse of their own. */
  weights(dimensions: readonly number[], initial: Initializer): { readonly weights: Value; readonly share: number }
  /** Null for none. */
  readonly bias: ((dimensions: readonly number[], initial: Initializer) => Value) | null
}

/** Weights and bias as parameters of the scope, some of the weights left out. */
const ownWeights = (scope: Scope, { bias, mask }: Pick<ConvolutionOptions, 'bias' | 'mask'>): WeightSource => ({
  weights: (dimensions, initial) =>
    maskedWeights(scope, scope.parameter('weight', dimensions, initial), dimensions, mask),
  bias: bias ? (dimensions, initial) => scope.parameter('bias', dimensions, initial) : null,
})

/** Tells counters and energy figures of a synapse's work. */
export function recordWork(scope: Scope, x: Value, macs: number): void {
  const spikes = x.dtype === 'spikes'
  scope.recordConvolution({ macs, source: spikes ? x : null, constant: !spikes && shapeOf(x).steps === 1 })
}

function plainConvolution(
  scope: Scope,
  x: Value,
  channels: number,
  window: SynapseWindow,
  source: WeightSource,
): Value {
  const { channels: inputs } = shapeOf(x)
  const [kernel, stride, padding] = [window.kernel[0], window.stride[0], window.padding[0]]
  const fanIn = fanInUniform(inputs * kernel * kernel)
  const { weights, share } = source.weights([kernel, kernel, inputs, channels], fanIn)
  const { y, moments } = traceConvolution(
    scope.graph,
    x,
    [weights],
    { kernel, stride, padding, branches: [{ channels, crop: 0 }], moments: scope.mode === 'train' && !source.bias },
    source.bias?.([channels], fanIn) ?? null,
  )
  if (moments) keepMoments(y, moments)
  recordWork(scope, x, Math.round(share * pixelsOf(shapeOf(y)) * channels * kernel * kernel * inputs))
  return y
}

function windowed(
  scope: Scope,
  kind: SynapseKind,
  where: string,
  x: Value,
  channels: number,
  window: SynapseWindow,
  source: WeightSource,
): Value {
  const input = shapeOf(x)
  const output = synapseOutput(where, kind, window, input, channels)
  const fanIn = fanInUniform((window.kernel[0] * window.kernel[1] * input.channels) / window.groups)
  const { weights, share } = source.weights(weightDimensions(kind, window, input, output), fanIn)
  const shift = source.bias?.(biasDimensions(kind, output), fanIn) ?? null
  recordWork(scope, x, Math.round(share * windowProducts(kind, window, input, output)))
  return traceSynapse(scope.graph, kind, x, weights, channels, window, shift)
}

/** The convolution of a window, by the kernels that serve it best. */
export const convolve = (
  scope: Scope,
  where: string,
  x: Value,
  channels: number,
  window: SynapseWindow,
  source: WeightSource,
): Value =>
  isPlain(window) && !(source.bias && x.dtype === 'spikes')
    ? plainConvolution(scope, x, channels, window, source)
    : windowed(scope, 'convolution', where, x, channels, window, source)

/**
 * Convolution: spikes or currents `[T, B, CI, H, W]` to currents `[T, B, channels, OH, OW]`.
 * Weights `[kh, kw, CI/groups, channels]`, uniform ±1/sqrt(fan in).
 * @throws OptionError on a number out of range, ShapeError when the window does not fit or the groups do not divide
 */
export function conv2d(channels: number, options: ConvolutionOptions = {}): Layer {
  requireChannels('conv2d', channels)
  const window = windowOf(options)
  return (scope, x) => convolve(scope, 'conv2d', x, channels, window, ownWeights(scope, options))
}

/** Convolution along one axis: images `[T, B, CI, 1, L]`. Options count along that axis. */
export function conv1d(
  channels: number,
  options: Omit<ConvolutionOptions, 'kernel' | 'stride' | 'padding' | 'dilation'> & {
    readonly kernel?: number
    readonly stride?: number
    readonly padding?: number
    readonly dilation?: number
  } = {},
): Layer {
  requireChannels('conv1d', channels)
  const { kernel = 3, stride = 1, dilation = 1 } = options
  const padding = options.padding ?? Math.floor((dilation * (kernel - 1)) / 2)
  const along = (size: number, across: number): Pair => [across, size]
  const layer = conv2d(channels, {
    ...options,
    kernel: along(kernel, 1),
    stride: along(stride, 1),
    padding: along(padding, 0),
    dilation: along(dilation, 1),
  })
  return (scope, x) => {
    const { height, width } = shapeOf(x)
    if (height !== 1)
      throw new ShapeError('conv1d', `needs images of height 1; got ${height}x${width}.`, 'Use conv2d for images.')
    return layer(scope, x)
  }
}

/** Convolution of each channel by itself, `multiplier` outputs each: `[T, B, C, H, W]` to `[T, B, C·multiplier, OH, OW]`. */
export function depthwiseConv2d(
  options: Omit<ConvolutionOptions, 'groups'> & { readonly multiplier?: number } = {},
): Layer {
  const { multiplier = 1, ...rest } = options
  requireChannels('depthwiseConv2d.multiplier', multiplier)
  return (scope, x) => {
    const { channels } = shapeOf(x)
    return conv2d(channels * multiplier, { ...rest, groups: channels })(scope, x)
  }
}

/**
 * Transposed convolution, which spreads instead of gathering: `[T, B, CI, H, W]` to `[T, B, channels, OH, OW]` with
 * OH = (H − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1. Weights `[kh, kw, CI/groups, channels]`.
 * @throws OptionError on a number out of range, ShapeError when no output is left or the groups do not divide
 */
export function convTranspose2d(channels: number, options: TransposedConvolutionOptions = {}): Layer {
  requireChannels('convTranspose2d', channels)
  const window = windowOf(options)
  return (scope, x) => windowed(scope, 'transposed', 'convTranspose2d', x, channels, window, ownWeights(scope, options))
}

/**
 * A convolution whose weights differ from pixel to pixel: weights `[OH, OW, kh, kw, CI/groups, channels]`, bias
 * `[OH, OW, channels]`. Its size follows the image, so the layer cannot be used at another one.
 * @throws OptionError on a number out of range, ShapeError when the window does not fit or the groups do not divide
 */
export function locallyConnected2d(channels: number, options: ConvolutionOptions = {}): Layer {
  requireChannels('locallyConnected2d', channels)
  const window = windowOf(options)
  return (scope, x) => windowed(scope, 'local', 'locallyConnected2d', x, channels, window, ownWeights(scope, options))
}

export const onePixel = (where: string, shape: ActivationShape): void => {
  if (pixelsOf(shape) !== 1)
    throw new ShapeError(
      where,
      `needs one pixel a sample; got ${shape.height}x${shape.width}.`,
      'Put flatten() or globalAveragePool() before it.',
    )
}

/** Fully connected layer on spikes or currents `[T, B, C, 1, 1]`, with bias unless told otherwise. */
export function linear(outputs: number, options: { readonly bias?: boolean; readonly mask?: Mask } = {}): Layer {
  requireChannels('linear', outputs)
  return (scope, x) => {
    const shape = shapeOf(x)
    onePixel('linear', shape)
    const inputs = neuronsOf(shape)
    const source = ownWeights(scope, { bias: true, ...options })
    const { weights, share } = source.weights([1, 1, inputs, outputs], fanInUniform(inputs))
    const bias = source.bias?.([outputs], fanInUniform(inputs)) ?? null
    recordWork(scope, x, Math.round(share * inputs * outputs))
    return traceLinear(scope.graph, x, weights, outputs, bias)
  }
}
