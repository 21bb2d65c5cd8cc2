/** One training step of a small spiking convolutional network in float64, put together from the oracles. */
import { ShapeError } from '../errors.js'
import { type Numbers, requireIntegers } from './oracle/array.js'
import { type BatchNormExtent, type BatchNormResult, batchNormBackward, batchNormForward } from './oracle/batch-norm.js'
import {
  type ConvolutionExtent,
  convolutionForward,
  convolutionInputGradient,
  convolutionWeightGradient,
} from './oracle/convolution.js'
import { crossEntropy } from './oracle/cross-entropy.js'
import { type LifResult, type LifRun, lifBackward, lifForward, type OracleLifParameters } from './oracle/lif.js'
import { linearBackward, linearForward } from './oracle/linear.js'
import {
  globalAveragePoolBackward,
  globalAveragePoolForward,
  timeMeanBackward,
  timeMeanForward,
} from './oracle/pooling.js'

export interface ReferenceExtent {
  readonly timeSteps: number
  readonly batch: number
  readonly height: number
  readonly width: number
  readonly inputChannels: number
  /** Channels of the first and of the second convolution. */
  readonly channels: readonly [number, number]
  readonly classes: number
}

/** Trainable arrays: convolutions `[3, 3, CI, CO]`, batch norms `[C]`, linear `[C, classes]` and `[classes]`. */
export interface ReferenceWeights<Values = Numbers> {
  readonly convolution1: Values
  readonly gamma1: Values
  readonly beta1: Values
  readonly convolution2: Values
  readonly gamma2: Values
  readonly beta2: Values
  readonly linear: Values
  readonly bias: Values
}

export interface ReferenceOptions {
  readonly extent: ReferenceExtent
  readonly lif: OracleLifParameters
  /** Label smoothing; default 0. */
  readonly smoothing?: number
  /** Default `perStep`. */
  readonly statistics?: BatchNormExtent['statistics']
  /** Spikes `[T, B, H, W, C]` another device computed; each layer then goes on from those. */
  readonly replay?: { readonly layer1?: Numbers; readonly layer2?: Numbers }
}

/** What a layer convolution → batch norm → LIF computed. */
export interface ReferenceLayer extends LifResult {
  readonly normalised: BatchNormResult
}

export interface ReferenceStep {
  readonly loss: number
  readonly correct: number
  /** Mean over time, `[B, classes]`. */
  readonly logits: Float64Array
  readonly gradients: ReferenceWeights<Float64Array>
  /** dL/dx, of x's shape. */
  readonly inputGradient: Float64Array
  readonly layer1: ReferenceLayer
  readonly layer2: ReferenceLayer
}

/** The extents of one layer; `steps` is 1 where its input stays the same over time. */
function layerExtents(options: ReferenceOptions, steps: number, inputChannels: number, channels: number) {
  const { timeSteps, batch, height, width } = options.extent
  const convolution: ConvolutionExtent = {
    images: steps * batch,
    height,
    width,
    inputChannels,
    outputChannels: channels,
    kernelHeight: 3,
    kernelWidth: 3,
    stride: 1,
    padding: 1,
    crop: 0,
  }
  const norm: BatchNormExtent = {
    timeSteps: steps,
    positions: batch * height * width,
    channels,
    statistics: options.statistics ?? 'perStep',
  }
  return { convolution, norm, lif: { timeSteps, neurons: batch * height * width * channels } }
}

type LayerExtents = ReturnType<typeof layerExtents>

function layerForward(
  x: Numbers,
  w: Numbers,
  gamma: Numbers,
  beta: Numbers,
  extents: LayerExtents,
  lif: OracleLifParameters,
  replaySpikes: Numbers | undefined,
) {
  const normalised = batchNormForward(convolutionForward(x, w, extents.convolution), gamma, beta, extents.norm)
  const run: LifRun = replaySpikes ? { ...extents.lif, replaySpikes } : extents.lif
  const backward = (spikeGradient: Numbers) => {
    const { inputGradient } = lifBackward(normalised.y, spikeGradient, lif, run)
    const { dx, dgamma, dbeta } = batchNormBackward(inputGradient, normalised, gamma, extents.norm)
    return {
      dx: convolutionInputGradient(dx, w, extents.convolution),
      dw: convolutionWeightGradient(dx, x, extents.convolution),
      dgamma,
      dbeta,
    }
  }
  return { layer: { ...lifForward(normalised.y, lif, run), normalised }, backward }
}

/**
 * convolution 3x3 → batch norm → LIF, twice, then global average pool → linear → mean over time → cross-entropy;
 * forward and backward.
 * @param x `[T, B, H, W, CI]`, or `[B, H, W, CI]` for an image repeated at every step (the first layer's convolution
 * and batch norm then run once)
 * @param labels `[B]`
 * @throws ShapeError or OptionError when an array disagrees with the extent
 */
export function referenceTrainStep(
  x: Numbers,
  labels: Numbers,
  weights: ReferenceWeights,
  options: ReferenceOptions,
): ReferenceStep {
  const { timeSteps, batch, height, width, inputChannels, channels, classes } = options.extent
  requireIntegers('referenceTrainStep', { timeSteps, batch, height, width, inputChannels, classes })
  const imageElements = batch * height * width * inputChannels
  if (x.length !== imageElements && x.length !== timeSteps * imageElements) {
    throw new ShapeError(
      'referenceTrainStep',
      `x must hold ${imageElements} numbers, or ${timeSteps} times as many; got ${x.length}.`,
    )
  }
  const { lif } = options
  const extents1 = layerExtents(options, x.length / imageElements, inputChannels, channels[0])
  const extents2 = layerExtents(options, timeSteps, channels[0], channels[1])
  const poolExtent = { images: timeSteps * batch, positions: height * width, channels: channels[1] }
  const linearExtent = { rows: timeSteps * batch, inputs: channels[1], outputs: classes }

  const { convolution1, gamma1, beta1, convolution2, gamma2, beta2 } = weights
  const first = layerForward(x, convolution1, gamma1, beta1, extents1, lif, options.replay?.layer1)
  const second = layerForward(first.layer.spikes, convolution2, gamma2, beta2, extents2, lif, options.replay?.layer2)
  const pooled = globalAveragePoolForward(second.layer.spikes, poolExtent)
  const logits = timeMeanForward(linearForward(pooled, weights.linear, weights.bias, linearExtent), timeSteps)
  const { loss, correct, gradient } = crossEntropy(logits, labels, classes, options.smoothing)

  const head = linearBackward(timeMeanBackward(gradient, timeSteps), pooled, weights.linear, linearExtent)
  const back2 = second.backward(globalAveragePoolBackward(head.dx, poolExtent))
  const back1 = first.backward(back2.dx)
  return {
    loss,
    correct,
    logits,
    gradients: {
      convolution1: back1.dw,
      gamma1: back1.dgamma,
      beta1: back1.dbeta,
      convolution2: back2.dw,
      gamma2: back2.dgamma,
      beta2: back2.dbeta,
      linear: head.dw,
      bias: head.dbias,
    },
    inputGradient: back1.dx,
    layer1: first.layer,
    layer2: second.layer,
  }
}
