/** Numbers that most neurons share: threshold, reset, rest, leak and the membrane before the first step. */
import type { NumberParameter, ResetMode } from '../definition.js'

type Numbers = Readonly<Record<string, number>>

/** The reset potential where the reset is hard, else 0. */
export const restingValue = ({ resetPotential = 0 }: Numbers, reset: ResetMode): number =>
  reset === 'hard' ? resetPotential : 0

/** `threshold`, and `resetPotential`: the value after a hard reset. */
export const firingNumbers = {
  threshold: { default: 1 },
  resetPotential: { default: 0 },
} as const satisfies Record<string, NumberParameter>

/**
 * The firing numbers, `restPotential` (where the leak goes; default: the reset potential with hard reset, else 0) and
 * `initialPotential` (before the first step; the same default).
 */
export const membraneNumbers = {
  ...firingNumbers,
  restPotential: { default: restingValue },
  initialPotential: { default: restingValue },
} as const satisfies Record<string, NumberParameter>

type MembraneNumbers = Readonly<Record<keyof typeof membraneNumbers, number>>

/** What `lib/reset` and a leak read. */
export const membraneConstants = ({ threshold, resetPotential, restPotential }: MembraneNumbers) => ({
  threshold,
  resetPotential,
  restPotential,
})

export const initialPotential = (numbers: Readonly<Record<'initialPotential', number>>): number =>
  numbers.initialPotential

/** Time constant of a leak in steps, above 1, and the factor beta = 1 - 1/tau that it means; beta may be given instead. */
export const leakNumbers = {
  tau: { default: 2, above: 1, advice: 'Use 2 for the usual leak; beta: 0 means no memory at all.' },
  beta: { default: ({ tau = 2 }: Numbers) => 1 - 1 / tau, least: 0, most: 1 },
} as const satisfies Record<string, NumberParameter>

/** k = 1/tau, or 1 - beta where beta was given. */
export const leak = ({ tau, beta }: Readonly<Record<'tau' | 'beta', number>>): number =>
  beta === 1 - 1 / tau ? 1 / tau : 1 - beta

export const zero = (): number => 0
