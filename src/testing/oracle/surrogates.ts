/**
 * The surrogate family (sheet 12, section 3.3): derivatives that take the place of the step function's, and their
 * primitives. x is the membrane minus the threshold; the numbers that follow it are those of the sheet, in its order.
 */
import { OptionError } from '../../errors.js'
import { errorFunction } from './error-function.js'

export interface Surrogate {
  /** g', what the backward pass uses. */
  readonly derivative: (x: number, ...numbers: number[]) => number
  /** g, the function whose derivative it is; null where the sheet has none. */
  readonly primitive: ((x: number, ...numbers: number[]) => number) | null
  /** Points where g' jumps or bends: finite differences must keep away from them. */
  readonly kinks: (...numbers: number[]) => readonly number[]
  readonly defaults: readonly number[]
  /** g'(-x) = g'(x). */
  readonly even: boolean
  /** g rises by 1 from -infinity to infinity. */
  readonly normalised: boolean
}

const logistic = (y: number): number => 1 / (1 + Math.exp(-y))
/** Density of the normal distribution with mean 0. */
const density = (x: number, sigma: number): number =>
  Math.exp(-(x * x) / (2 * sigma * sigma)) / (sigma * Math.sqrt(2 * Math.PI))
/** Integral of the standard normal density. */
const normal = (y: number): number => (1 + errorFunction(y / Math.SQRT2)) / 2
const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x))

/** Primitive of a triangle of height a on |x| < 1/a. */
function triangleIntegral(x: number, a: number): number {
  if (x <= -1 / a) return 0
  return x >= 1 / a ? 1 : (-a * a * Math.abs(x) * x) / 2 + a * x + 0.5
}

const bell = { even: true, normalised: true } as const
const even = { even: true, normalised: false } as const
const oneSided = { even: false, normalised: false } as const
const smooth = () => []
const atZero = () => [0]

const bellShaped = {
  atan: {
    derivative: (x, a = 2) => a / 2 / (1 + ((Math.PI * a * x) / 2) ** 2),
    primitive: (x, a = 2) => Math.atan((Math.PI * a * x) / 2) / Math.PI + 0.5,
    kinks: smooth,
    defaults: [2],
    ...bell,
  },
  sigmoid: {
    derivative: (x, a = 4) => a * logistic(a * x) * (1 - logistic(a * x)),
    primitive: (x, a = 4) => logistic(a * x),
    kinks: smooth,
    defaults: [4],
    ...bell,
  },
  softsign: {
    derivative: (x, a = 2) => a / (2 * (1 + a * Math.abs(x)) ** 2),
    primitive: (x, a = 2) => ((a * x) / (1 + a * Math.abs(x)) + 1) / 2,
    kinks: atZero,
    defaults: [2],
    ...bell,
  },
  triangle: {
    derivative: (x, a = 1) => Math.max(0, a - a * a * Math.abs(x)),
    primitive: (x, a = 1) => triangleIntegral(x, a),
    kinks: (a = 1) => [-1 / a, 0, 1 / a],
    defaults: [1],
    ...bell,
  },
  rect: {
    derivative: (x, a = 1) => (Math.abs(x) < 1 / (2 * a) ? a : 0),
    primitive: (x, a = 1) => clamp(a * x + 0.5, 0, 1),
    kinks: (a = 1) => [-1 / (2 * a), 1 / (2 * a)],
    defaults: [1],
    ...bell,
  },
  gaussian: {
    derivative: (x, sigma = 0.4) => density(x, sigma),
    primitive: (x, sigma = 0.4) => normal(x / sigma),
    kinks: smooth,
    defaults: [0.4],
    ...bell,
  },
  erf: {
    derivative: (x, a = 2) => (a / Math.sqrt(Math.PI)) * Math.exp(-a * a * x * x),
    primitive: (x, a = 2) => (1 + errorFunction(a * x)) / 2,
    kinks: smooth,
    defaults: [2],
    ...bell,
  },
  piecewise_exp: {
    derivative: (x, a = 1) => (a / 2) * Math.exp(-a * Math.abs(x)),
    primitive: (x, a = 1) => (x >= 0 ? 1 - Math.exp(-a * x) / 2 : Math.exp(a * x) / 2),
    kinks: atZero,
    defaults: [1],
    ...bell,
  },
  q_pseudo_spike: {
    derivative: (x, a = 2) => (1 + (2 * Math.abs(x)) / (a - 1)) ** -a,
    primitive: (x, a = 2) => {
      const tail = (1 + (2 * Math.abs(x)) / (a - 1)) ** (1 - a) / 2
      return x < 0 ? tail : 1 - tail
    },
    kinks: atZero,
    defaults: [2],
    ...bell,
  },
} as const satisfies Record<string, Surrogate>

const evenShaped = {
  fast_sigmoid: {
    derivative: (x, k = 25) => 1 / (1 + k * Math.abs(x)) ** 2,
    primitive: (x, k = 25) => x / (1 + k * Math.abs(x)),
    kinks: atZero,
    defaults: [25],
    ...even,
  },
  superspike: {
    derivative: (x, a = 1) => a / (1 + Math.abs(x)) ** 2,
    primitive: (x, a = 1) => (a * x) / (1 + Math.abs(x)),
    kinks: atZero,
    defaults: [1],
    ...even,
  },
  bellec: {
    derivative: (x, gamma = 0.3, threshold = 1) => (gamma / threshold) * Math.max(0, 1 - Math.abs(x) / threshold),
    primitive: (x, gamma = 0.3, threshold = 1) => gamma * triangleIntegral(x, 1 / threshold),
    kinks: (_gamma, threshold = 1) => [-threshold, 0, threshold],
    defaults: [0.3, 1],
    ...even,
  },
  gate: {
    derivative: (x, a = 2) => (Math.abs(x) < 1 / a ? 1 : 0),
    primitive: (x, a = 2) => clamp(x, -1 / a, 1 / a) + 1 / a,
    kinks: (a = 2) => [-1 / a, 1 / a],
    defaults: [2],
    ...even,
  },
  multi_gaussian: {
    derivative: (x, sigma = 0.5, h = 0.15, s = 6, gamma = 0.5) =>
      gamma * ((1 + h) * density(x, sigma) - h * density(x - sigma, s * sigma) - h * density(x + sigma, s * sigma)),
    primitive: (x, sigma = 0.5, h = 0.15, s = 6, gamma = 0.5) =>
      gamma *
      ((1 + h) * normal(x / sigma) - h * normal((x - sigma) / (s * sigma)) - h * normal((x + sigma) / (s * sigma))),
    kinks: smooth,
    defaults: [0.5, 0.15, 6, 0.5],
    ...even,
  },
  leaky: {
    derivative: (x, w = 1, c = 0.01) => (Math.abs(x) < w ? 1 / (2 * w) : c),
    primitive: (x, w = 1, c = 0.01) => {
      if (x < -w) return c * x + c * w
      return x > w ? c * x - c * w + 1 : x / (2 * w) + 0.5
    },
    kinks: (w = 1) => [-w, w],
    defaults: [1, 0.01],
    ...even,
  },
  sign_log_abs: {
    derivative: (x, a = 1) => a / (1 + a * Math.abs(x)),
    primitive: (x, a = 1) => (x >= 0 ? 1 : -1) * Math.log(1 + a * Math.abs(x)),
    kinks: atZero,
    defaults: [1],
    ...even,
  },
  fourier: {
    derivative: (x, n = 2, period = 8) => {
      let sum = 0
      for (let i = 1; i <= n - 1; i++) sum += Math.cos(((2 * i - 1) * 2 * Math.PI * x) / period)
      return (4 / period) * sum
    },
    primitive: (x, n = 2, period = 8) => {
      let sum = 0
      for (let i = 1; i <= n - 1; i++) sum += Math.sin(((2 * i - 1) * 2 * Math.PI * x) / period) / (2 * i - 1)
      return 0.5 + (2 / Math.PI) * sum
    },
    kinks: smooth,
    defaults: [2, 8],
    ...even,
  },
  clipped_inverse: {
    derivative: (x, a = 0.3) => (x === 0 ? a : Math.min(1 / Math.abs(x), a)),
    primitive: null,
    kinks: (a = 0.3) => [-1 / a, 1 / a],
    defaults: [0.3],
    ...even,
  },
  ste: { derivative: () => 1, primitive: (x) => x, kinks: smooth, defaults: [], ...even },
} as const satisfies Record<string, Surrogate>

const oneSidedShaped = {
  leaky_krelu: {
    derivative: (x, leak = 0, k = 1) => (x >= 0 ? k : leak),
    primitive: (x, leak = 0, k = 1) => (x >= 0 ? k : leak) * x,
    kinks: atZero,
    defaults: [0, 1],
    ...oneSided,
  },
  log_tailed_relu: {
    derivative: (x, a = 0) => {
      if (x <= 0) return a
      return x <= 1 ? 1 : 1 / x
    },
    primitive: (x, a = 0) => {
      if (x <= 0) return a * x
      return x <= 1 ? x : Math.log(x) + 1
    },
    kinks: () => [0, 1],
    defaults: [0],
    ...oneSided,
  },
  s2nn: {
    derivative: (x, a = 4, b = 1) => (x < 0 ? a * logistic(a * x) * (1 - logistic(a * x)) : b / (x + 1)),
    primitive: (x, a = 4, b = 1) => (x < 0 ? logistic(a * x) : b * Math.log(x + 1) + 0.5),
    kinks: atZero,
    defaults: [4, 1],
    ...oneSided,
  },
  relu_like: { derivative: (x, a = 2) => (x > 0 ? a : 0), primitive: null, kinks: atZero, defaults: [2], ...oneSided },
  escape_rate: {
    derivative: (x, b = 1, slope = 25) => slope * Math.exp(-b * Math.abs(x - 1)),
    primitive: null,
    kinks: () => [1],
    defaults: [1, 25],
    ...oneSided,
  },
  sparse_fast_sigmoid: {
    derivative: (x, k = 25, bound = 1) => (x > bound ? 1 / (1 + k * Math.abs(x)) ** 2 : 0),
    primitive: null,
    kinks: (_k, bound = 1) => [bound],
    defaults: [25, 1],
    ...oneSided,
  },
} as const satisfies Record<string, Surrogate>

export const surrogates = { ...bellShaped, ...evenShaped, ...oneSidedShaped } as const satisfies Record<
  string,
  Surrogate
>

export type OracleSurrogateName = keyof typeof surrogates

/** @throws OptionError when no surrogate has this name */
export function surrogateNamed(name: string): Surrogate {
  if (!Object.hasOwn(surrogates, name)) {
    const known = Object.keys(surrogates).join(', ')
    throw new OptionError('surrogate', `must be one of ${known}; got ${name}.`)
  }
  return surrogates[name as OracleSurrogateName]
}

/** dg/da of arctan: a learned width gets the gradient of the spike times this (BrainCog; sheet 12, section 3.3). */
export const atanWidthSlope = (x: number, a: number): number => x / 2 / (1 + ((Math.PI * a * x) / 2) ** 2)
