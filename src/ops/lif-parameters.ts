/** Parameters of the leaky integrate-and-fire neuron, and its two common settings. */
import { OptionError } from '../errors.js'

/** Steps whose membranes the backward kernel can hold; longer slabs are cut by the planner. */
export const maxStepsPerSlab = 40

export const surrogateNames = ['quadraticGate', 'arctan', 'sigmoid', 'rectangle'] as const
export type SurrogateName = (typeof surrogateNames)[number]
export type ResetMode = 'hard' | 'soft' | 'none'

export interface LifParameters {
  /** Membrane time constant in steps, above 1 (1 means no memory and is allowed with decayInput). */
  readonly tau: number
  readonly threshold: number
  /** Value after a hard reset, and the rest potential. */
  readonly resetPotential: number
  readonly reset: ResetMode
  /** No gradient through the reset. */
  readonly detachReset: boolean
  /** Input is scaled by 1/tau as the leak is. */
  readonly decayInput: boolean
  /** Fires only above the threshold, not at it. */
  readonly strict: boolean
  readonly surrogate: SurrogateName
  /** Width parameter of the surrogate. */
  readonly alpha: number
}

/** The neuron of MSE-NAS (sheet 00, section 5): tau 2, threshold 0.5 (strict), hard reset to 0, detached, quadratic gate. */
export const mseNasLif: LifParameters = {
  tau: 2,
  threshold: 0.5,
  resetPotential: 0,
  reset: 'hard',
  detachReset: true,
  decayInput: true,
  strict: true,
  surrogate: 'quadraticGate',
  alpha: 2,
}

/** The common default (sheet 12): tau 2, threshold 1 (inclusive), hard reset to 0, arctan surrogate. */
export const defaultLif: LifParameters = {
  ...mseNasLif,
  threshold: 1,
  strict: false,
  detachReset: false,
  surrogate: 'arctan',
}

/** @throws OptionError naming the parameter that is out of range */
export function checkLif(parameters: LifParameters): LifParameters {
  const { tau, threshold, resetPotential, alpha } = parameters
  for (const [name, value] of Object.entries({ tau, threshold, resetPotential, alpha })) {
    if (!Number.isFinite(value)) throw new OptionError(`lif.${name}`, `must be a finite number; got ${value}.`)
  }
  if (tau < 1) throw new OptionError('lif.tau', `must be at least 1 step; got ${tau}.`, 'Use 2 for the usual leak.')
  if (parameters.reset === 'hard' && threshold <= resetPotential) {
    throw new OptionError(
      'lif.threshold',
      `must lie above the reset potential ${resetPotential}; got ${threshold}.`,
      'A neuron reset to its threshold would fire for ever.',
    )
  }
  if (alpha <= 0) throw new OptionError('lif.alpha', `must be positive; got ${alpha}.`)
  return parameters
}
