/** Layers as plain functions from a scope and a value to a value, and how to chain them. */
import { OptionError, ShapeError } from '../errors.js'
import { type CombineEdge, traceCombine } from '../ops/combine.js'
import { traceUnpack } from '../ops/concatenate.js'
import { traceConvolution } from '../ops/convolution.js'
import { traceFlatten } from '../ops/flatten.js'
import { defaultLif, type LifParameters, traceLif } from '../ops/lif.js'
import { pixelsOf, shapeOf, type Value } from '../ops/op.js'
import { traceAveragePool, traceGlobalAveragePool } from '../ops/pooling.js'
import { fanInUniform } from './parameters.js'
import type { Scope } from './scope.js'

/** A part of a network. `moments` of a convolution travel with its output so that a batch norm need not read it again. */
export type Layer = (scope: Scope, x: Value) => Value

const momentsOf = new WeakMap<Value, Value>()

export interface ConvolutionOptions {
  /** Side of the window: 1, 3, 5, ... */
  readonly kernel?: number
  readonly stride?: number
  /** Zeros around the image; default keeps the side at stride 1. */
  readonly padding?: number
}

/** Convolution without bias: spikes or currents `[T, B, CI, H, W]` to currents `[T, B, channels, OH, OW]`. */
export function conv2d(channels: number, options: ConvolutionOptions = {}): Layer {
  const { kernel = 3, stride = 1 } = options
  const padding = options.padding ?? Math.floor(kernel / 2)
  if (!Number.isInteger(channels) || channels < 1)
    throw new OptionError('conv2d.channels', `must be a positive integer; got ${channels}.`)
  return (scope, x) => {
    const input = shapeOf(x)
    const weights = scope.convolutionWeights('weight', kernel, input.channels, channels)
    const { y, moments } = traceConvolution(scope.graph, x, [weights], {
      kernel,
      stride,
      padding,
      branches: [{ channels, crop: 0 }],
      moments: scope.mode === 'train',
    })
    if (moments) momentsOf.set(y, moments)
    scope.recordConvolution({
      macs: pixelsOf(shapeOf(y)) * channels * kernel * kernel * input.channels,
      source: x.dtype === 'spikes' ? x : null,
      constant: x.dtype !== 'spikes' && input.steps === 1,
    })
    return y
  }
}

/** Batch norm of a current, per step or pooled over time as the scope says. */
export const batchNorm = (): Layer => (scope, x) =>
  traceCombine(scope.graph, [{ x, norm: scope.batchNorm(x, momentsOf.get(x) ?? null) }], 'normalised')

/** A population of LIF neurons: current to spikes. A constant current is repeated over the scope's time steps. */
export const lif =
  (parameters: Partial<LifParameters> = {}): Layer =>
  (scope, x) => {
    const { spikes } = traceLif(scope.graph, x, {
      parameters: { ...defaultLif, ...parameters },
      timeSteps: scope.timeSteps,
    })
    scope.record(spikes)
    return spikes
  }

/** Mean over size×size windows; spikes become real values. */
export const averagePool =
  (size: number): Layer =>
  (scope, x) =>
    traceAveragePool(scope.graph, traceUnpack(scope.graph, x), size)

/** Mean over the whole image: `[T, B, C, H, W]` to `[T, B, C, 1, 1]`. */
export const globalAveragePool = (): Layer => (scope, x) => traceGlobalAveragePool(scope.graph, x)

/** Everything of a sample in one channel axis: `[T, B, C, H, W]` to `[T, B, H·W·C, 1, 1]`, channel-last order; moves nothing. */
export const flatten = (): Layer => (scope, x) => traceFlatten(scope.graph, traceUnpack(scope.graph, x))

/** Linear layer with bias on `[T, B, C, 1, 1]`. */
export const linear =
  (outputs: number): Layer =>
  (scope, input) => {
    const x = traceUnpack(scope.graph, input)
    const shape = shapeOf(x)
    if (pixelsOf(shape) !== 1)
      throw new ShapeError(
        'linear',
        `needs one pixel a sample; got ${shape.height}x${shape.width}.`,
        'Put globalAvgPool() before it.',
      )
    const weights = scope.parameter('weight', [1, 1, shape.channels, outputs], fanInUniform(shape.channels))
    const bias = scope.parameter('bias', [outputs], fanInUniform(shape.channels))
    scope.recordConvolution({ macs: shape.channels * outputs, source: null, constant: false })
    return traceConvolution(
      scope.graph,
      x,
      [weights],
      { kernel: 1, stride: 1, padding: 0, branches: [{ channels: outputs, crop: 0 }], moments: false },
      bias,
    ).y
  }

/** Sum of the outputs of branches that all read the same input; shapes must agree. */
export const residual =
  (...branches: readonly Layer[]): Layer =>
  (scope, x) => {
    const edges = branches.map(
      (branch, index): CombineEdge => ({ x: traceUnpack(scope.graph, branch(scope.child(`branch${index}`), x)) }),
    )
    return traceCombine(scope.graph, edges, 'sum')
  }

/** Passes its input on. */
export const identity = (): Layer => (_, x) => x

/** Layers one after the other; parameters are named by position. */
export const sequential =
  (...layers: readonly Layer[]): Layer =>
  (scope, x) =>
    layers.reduce((value, layer, index) => layer(scope.child(String(index)), value), x)
