/** Parameters of the leaky integrate-and-fire neuron in full, and its two common settings. */
import type { ResetMode } from './neuron/definition.js'
import { lif } from './neuron/models/lif.js'
import { type Neuron, resolveNeuron } from './neuron/resolve.js'
import { type SurrogateAlias, type SurrogateName, type SurrogateOption, surrogates } from './neuron/surrogate.js'

export interface LifParameters {
  /** Membrane time constant in steps, above 1. */
  readonly tau: number
  readonly threshold: number
  /** Value after a hard reset, and then the rest potential; otherwise the rest potential is 0. */
  readonly resetPotential: number
  readonly reset: ResetMode
  /** No gradient through the reset. */
  readonly detachReset: boolean
  /** Input is scaled by 1/tau as the leak is. */
  readonly decayInput: boolean
  /** Fires only above the threshold, not at it. */
  readonly strict: boolean
  readonly surrogate: SurrogateName | SurrogateAlias
  /** Width of the surrogate: its first number. */
  readonly alpha: number
}

/** The neuron of MSE-NAS (sheet 00, section 5): tau 2, threshold 0.5 (strict), hard reset to 0, detached, triangle 2. */
export const mseNasLif: LifParameters = {
  tau: 2,
  threshold: 0.5,
  resetPotential: 0,
  reset: 'hard',
  detachReset: true,
  decayInput: true,
  strict: true,
  surrogate: 'triangle',
  alpha: 2,
}

/** The common default (sheet 12): tau 2, threshold 1 (inclusive), hard reset to 0, arctan surrogate. */
export const defaultLif: LifParameters = {
  ...mseNasLif,
  threshold: 1,
  strict: false,
  detachReset: false,
  surrogate: 'atan',
}

/** Name of the surrogate's width. */
function widthOf(surrogate: string): string | undefined {
  const known: Readonly<Record<string, { readonly numbers: object }>> = surrogates
  return Object.hasOwn(known, surrogate) ? Object.keys(known[surrogate]?.numbers ?? {})[0] : 'alpha'
}

/** The neuron of these parameters. @throws OptionError naming the parameter that is out of range */
export function lifNeuron({ surrogate, alpha, ...parameters }: LifParameters): Neuron {
  const width = widthOf(surrogate)
  const option = { name: surrogate, ...(width === undefined ? {} : { [width]: alpha }) } as SurrogateOption
  return resolveNeuron(lif, { ...parameters, surrogate: option })
}
