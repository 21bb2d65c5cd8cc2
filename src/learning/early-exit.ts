/** Early exit of networks with BNTT (sheet 16, section 3.7): which time steps a trained network can do without. */

import type { Model } from '../nn/model.js'
import { exitSteps } from '../nn/norm-folding.js'

export interface EarlyExit {
  /** Steps that remain, from 1 to T: what `evaluate` takes as `steps`. */
  readonly steps: number
  /** Paths of the BNTT layers, in the order of the network. */
  readonly layers: readonly string[]
  /** Mean |gamma| of each layer and step, `[layers][T]`, for a plot. */
  readonly means: readonly (readonly number[])[]
}

/**
 * The steps that remain when the longest run of last steps in which every BNTT layer's mean |gamma| is below the threshold
 * is left out. It follows from the weights alone.
 *
 * @throws OptionError when the network has no BNTT layer, or the threshold is not positive and finite
 */
export async function earlyExit(model: Model, threshold = 0.1): Promise<EarlyExit> {
  const entries = [...model.parameters].filter(({ path }) => path.split('.').at(-1) === 'stepGamma')
  const weights = entries.length > 0 ? await model.memory.read('weights') : new Float32Array()
  const gammas = entries.map(({ shape, offset, elements }) => ({
    gamma: weights.subarray(offset, offset + elements),
    channels: shape.at(-1) ?? 1,
  }))
  const { steps, means } = exitSteps(gammas, threshold)
  const layers = entries.map(({ path }) => path.split('.').slice(0, -1).join('.') || 'bntt')
  return { steps, layers, means }
}
