/** Networks that are profiled by name, without data. */
import type { Model } from '../../nn/model.js'
import type { Gpu } from '../../runtime/gpu.js'
import { type NetworkName, namedNetwork } from '../named-network.js'

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

/** A network by name for images of a size. */
export function networkOfSize(gpu: Gpu, name: NetworkName, size: NetworkSize): Model {
  const { side, inputChannels, timeSteps, classes, width } = size
  const input = { height: side, width: side, channels: inputChannels, perStep: false }
  const shape = { input, classes, timeSteps, layout: { mean: [], deviation: [] } }
  return namedNetwork(gpu, name, width, shape, 'pooled')
}
