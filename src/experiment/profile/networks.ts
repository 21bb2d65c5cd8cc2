/** Networks that can be profiled by name, without data. */
import {
  averagePool,
  batchNorm,
  conv2d,
  globalAveragePool,
  type Layer,
  lif,
  linear,
  sequential,
} from '../../nn/index.js'
import { Model } from '../../nn/model.js'
import type { Gpu } from '../../runtime/gpu.js'
import { handMadeModel, handMadeParameters } from '../network.js'

export interface NetworkSize {
  readonly timeSteps: number
  /** Side of the square image. */
  readonly side: number
  readonly inputChannels: number
  /** Channels of the first convolution. */
  readonly width: number
  readonly classes: number
}

/** A size at which a network is commonly timed. */
export const usualSize: NetworkSize = { timeSteps: 4, side: 28, inputChannels: 1, width: 32, classes: 10 }

/**
 * The network of `bench/training-step.ts`: convolutions of 3x3 with `width`, 2·`width` and 4·`width` channels, each with
 * batch norm and LIF (tau 2, arctan surrogate, hard reset without gradient); 2x2 average pooling after the first two,
 * global average pooling, linear.
 */
export function convLif(width: number, classes: number): Layer {
  const block = (channels: number): Layer =>
    sequential(conv2d(channels), batchNorm(), lif({ tau: 2, surrogate: 'arctan', detachReset: true }))
  return sequential(
    block(width),
    averagePool(2),
    block(2 * width),
    averagePool(2),
    block(4 * width),
    globalAveragePool(),
    linear(classes),
  )
}

const builders = {
  'conv-lif': (gpu: Gpu, size: NetworkSize): Model =>
    new Model(gpu, {
      layer: convLif(size.width, size.classes),
      input: { height: size.side, width: size.side, channels: size.inputChannels, perStep: false },
      classes: size.classes,
      timeSteps: size.timeSteps,
      statistics: 'pooled',
      architecture: `conv-lif ${size.width}`,
    }),
  'hand-made': (gpu: Gpu, size: NetworkSize): Model => {
    const { side, inputChannels, timeSteps, classes, width } = size
    const input = { height: side, width: side, channels: inputChannels, perStep: false }
    const parameters = handMadeParameters(width, inputChannels, classes)
    return handMadeModel(gpu, parameters, { input, classes, timeSteps, layout: { mean: [], deviation: [] } }, 'pooled')
  },
} as const

export type NetworkName = keyof typeof builders
export const networkNames = Object.keys(builders) as readonly NetworkName[]
export const isNetworkName = (name: string): name is NetworkName => Object.hasOwn(builders, name)

export const namedNetwork = (gpu: Gpu, name: NetworkName, size: NetworkSize): Model => builders[name](gpu, size)
