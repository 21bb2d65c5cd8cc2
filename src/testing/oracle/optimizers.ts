/** One update of AdamW and of SGD with momentum, and clipping by the norm of the whole gradient. */
import { OptionError } from '../../errors.js'
import { at, type Numbers, requireIntegers, requireLength } from './array.js'

export interface OracleAdamwSettings {
  readonly learningRate: number
  /** Default 0.9. */
  readonly beta1?: number
  /** Default 0.999. */
  readonly beta2?: number
  /** Default 1e-8. */
  readonly epsilon?: number
  /** Default 0.01. */
  readonly weightDecay?: number
}

export interface AdamwState {
  readonly weights: Float64Array
  /** Running mean of the gradient. */
  readonly first: Float64Array
  /** Running mean of its square. */
  readonly second: Float64Array
}

/**
 * AdamW with bias correction and decoupled decay (Loshchilov & Hutter 2019):
 * w ← w − lr·decay·w − lr·m̂/(sqrt(v̂) + epsilon).
 * @param state weights and moments, all of one length; not changed @param step number of this update, from 1
 * @throws ShapeError when lengths differ, OptionError when step is below 1
 */
export function adamwStep(
  state: Readonly<Record<keyof AdamwState, Numbers>>,
  gradient: Numbers,
  step: number,
  settings: OracleAdamwSettings,
): AdamwState {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = settings
  requireIntegers('adamw oracle', { step })
  const size = state.weights.length
  requireLength('adamw oracle', 'gradient', gradient, size)
  requireLength('adamw oracle', 'first', state.first, size)
  requireLength('adamw oracle', 'second', state.second, size)
  const first = Float64Array.from(gradient, (g, i) => beta1 * at(state.first, i) + (1 - beta1) * g)
  const second = Float64Array.from(gradient, (g, i) => beta2 * at(state.second, i) + (1 - beta2) * g * g)
  const weights = Float64Array.from(state.weights, (w, i) => {
    const mean = at(first, i) / (1 - beta1 ** step)
    const square = at(second, i) / (1 - beta2 ** step)
    return w - learningRate * weightDecay * w - (learningRate * mean) / (Math.sqrt(square) + epsilon)
  })
  return { weights, first, second }
}

export interface OracleSgdSettings {
  readonly learningRate: number
  /** Default 0. */
  readonly momentum?: number
  /** Added to the gradient as weightDecay·w; default 0. */
  readonly weightDecay?: number
  /** Look ahead by one velocity; default false. */
  readonly nesterov?: boolean
}

export interface SgdState {
  readonly weights: Float64Array
  /** 0 before the first update. */
  readonly velocity: Float64Array
}

/**
 * g ← g + decay·w; u ← momentum·u + g; w ← w − lr·u, or w − lr·(g + momentum·u) with nesterov (Sutskever et al. 2013).
 * @param state weights and velocity of one length; not changed @throws ShapeError when lengths differ
 */
export function sgdStep(
  state: Readonly<Record<keyof SgdState, Numbers>>,
  gradient: Numbers,
  settings: OracleSgdSettings,
): SgdState {
  const { learningRate, momentum = 0, weightDecay = 0, nesterov = false } = settings
  requireLength('sgd oracle', 'gradient', gradient, state.weights.length)
  requireLength('sgd oracle', 'velocity', state.velocity, state.weights.length)
  const decayed = Float64Array.from(gradient, (g, i) => g + weightDecay * at(state.weights, i))
  const velocity = decayed.map((g, i) => momentum * at(state.velocity, i) + g)
  const weights = Float64Array.from(state.weights, (w, i) => {
    const direction = nesterov ? at(decayed, i) + momentum * at(velocity, i) : at(velocity, i)
    return w - learningRate * direction
  })
  return { weights, velocity }
}

/**
 * Scales all gradients together so that their common Euclidean norm is at most `maxNorm` (Pascanu et al. 2013).
 * @returns the norm before, the factor in (0, 1], and scaled copies
 * @throws OptionError unless maxNorm is positive
 */
export function clipGlobalNorm(
  gradients: readonly Numbers[],
  maxNorm: number,
): { norm: number; factor: number; gradients: Float64Array[] } {
  if (!(maxNorm > 0)) throw new OptionError('clip oracle', `maxNorm must be positive; got ${maxNorm}.`)
  let squares = 0
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) squares += at(gradient, i) ** 2
  const norm = Math.sqrt(squares)
  const factor = norm > maxNorm ? maxNorm / norm : 1
  return { norm, factor, gradients: gradients.map((gradient) => Float64Array.from(gradient, (g) => g * factor)) }
}
