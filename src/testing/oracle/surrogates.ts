/**
 * Surrogate derivatives of the spike's step function (sheet 12, section 3.3; the gate: sheet 00, section 5).
 * x is the membrane minus the threshold; alpha is the width parameter.
 */
import { OptionError } from '../../errors.js'
import { errorFunction } from './error-function.js'

export interface Surrogate {
  /** g', what the backward pass uses. */
  readonly derivative: (x: number, alpha: number) => number
  /** g, the smooth function whose derivative it is. */
  readonly primitive: (x: number, alpha: number) => number
  /** Points where g' jumps or bends: finite differences must keep away from them. */
  readonly kinks: (alpha: number) => readonly number[]
  readonly defaultAlpha: number
}

const logistic = (y: number): number => 1 / (1 + Math.exp(-y))

/** A triangle of height alpha on |x| < 1/alpha. */
const triangle: Omit<Surrogate, 'defaultAlpha'> = {
  derivative: (x, a) => Math.max(0, a - a * a * Math.abs(x)),
  primitive: (x, a) => {
    if (x <= -1 / a) return 0
    return x >= 1 / a ? 1 : (-a * a * Math.abs(x) * x) / 2 + a * x + 0.5
  },
  kinks: (a) => [-1 / a, 0, 1 / a],
}

export const surrogates = {
  quadraticGate: { ...triangle, defaultAlpha: 2 },
  triangle: { ...triangle, defaultAlpha: 1 },
  arctan: {
    derivative: (x, a) => a / 2 / (1 + ((Math.PI * a * x) / 2) ** 2),
    primitive: (x, a) => Math.atan((Math.PI * a * x) / 2) / Math.PI + 0.5,
    kinks: () => [],
    defaultAlpha: 2,
  },
  sigmoid: {
    derivative: (x, a) => a * logistic(a * x) * (1 - logistic(a * x)),
    primitive: (x, a) => logistic(a * x),
    kinks: () => [],
    defaultAlpha: 4,
  },
  rectangle: {
    derivative: (x, a) => (Math.abs(x) < 1 / (2 * a) ? a : 0),
    primitive: (x, a) => Math.min(1, Math.max(0, a * x + 0.5)),
    kinks: (a) => [-1 / (2 * a), 1 / (2 * a)],
    defaultAlpha: 1,
  },
  softsign: {
    derivative: (x, a) => a / (2 * (1 + a * Math.abs(x)) ** 2),
    primitive: (x, a) => ((a * x) / (1 + a * Math.abs(x)) + 1) / 2,
    kinks: () => [0],
    defaultAlpha: 2,
  },
  fastSigmoid: {
    derivative: (x, a) => 1 / (1 + a * Math.abs(x)) ** 2,
    primitive: (x, a) => x / (1 + a * Math.abs(x)),
    kinks: () => [0],
    defaultAlpha: 25,
  },
  piecewiseExponential: {
    derivative: (x, a) => (a / 2) * Math.exp(-a * Math.abs(x)),
    primitive: (x, a) => (x >= 0 ? 1 - Math.exp(-a * x) / 2 : Math.exp(a * x) / 2),
    kinks: () => [0],
    defaultAlpha: 1,
  },
  errorFunction: {
    derivative: (x, a) => (a / Math.sqrt(Math.PI)) * Math.exp(-a * a * x * x),
    primitive: (x, a) => (1 + errorFunction(a * x)) / 2,
    kinks: () => [],
    defaultAlpha: 2,
  },
} as const satisfies Record<string, Surrogate>

export type OracleSurrogateName = keyof typeof surrogates

/** @throws OptionError when no surrogate has this name */
export function surrogateNamed(name: string): Surrogate {
  if (!Object.hasOwn(surrogates, name)) {
    const known = Object.keys(surrogates).join(', ')
    throw new OptionError('surrogate', `must be one of ${known}; got ${name}.`)
  }
  return surrogates[name as OracleSurrogateName]
}
