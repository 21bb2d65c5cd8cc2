/**
 * The surrogate family of sheet 12, section 3.3: what takes the place of the step function's derivative in the backward
 * pass. Each is one file in `shaders/lib/surrogate/` with the derivative and, where there is one, the primitive.
 */
import { OptionError } from '../../errors.js'

interface NumberRange {
  readonly default: number
  readonly above?: number
  readonly least?: number
  readonly integer?: boolean
}

interface SurrogateDefinition {
  /** Width and shape, in the order in which the shader gets them (alpha, alpha1, alpha2, alpha3). */
  readonly numbers: Readonly<Record<string, NumberRange>>
  /** It has a primitive, so that a neuron may emit it instead of spikes. */
  readonly soft: boolean
  /** Its first number can be trained. */
  readonly learnable?: boolean
}

const positive = (value: number): NumberRange => ({ default: value, above: 0 })
const atLeast0 = (value: number): NumberRange => ({ default: value, least: 0 })

/** Names and defaults as in the sheet; the first number is the width. */
export const surrogates = {
  atan: { numbers: { alpha: positive(2) }, soft: true, learnable: true },
  sigmoid: { numbers: { alpha: positive(4) }, soft: true },
  softsign: { numbers: { alpha: positive(2) }, soft: true },
  fast_sigmoid: { numbers: { slope: positive(25) }, soft: true },
  superspike: { numbers: { alpha: positive(1) }, soft: true },
  triangle: { numbers: { alpha: positive(1) }, soft: true },
  /** `threshold` is the neuron's unless given. */
  bellec: { numbers: { gamma: positive(0.3), threshold: positive(1) }, soft: true },
  rect: { numbers: { alpha: positive(1) }, soft: true },
  gate: { numbers: { alpha: positive(2) }, soft: true },
  gaussian: { numbers: { sigma: positive(0.4) }, soft: true },
  erf: { numbers: { alpha: positive(2) }, soft: true },
  multi_gaussian: {
    numbers: { sigma: positive(0.5), height: atLeast0(0.15), scale: positive(6), gamma: positive(0.5) },
    soft: true,
  },
  piecewise_exp: { numbers: { alpha: positive(1) }, soft: true },
  leaky: { numbers: { width: positive(1), slope: atLeast0(0.01) }, soft: true },
  leaky_krelu: { numbers: { leak: atLeast0(0), slope: positive(1) }, soft: true },
  log_tailed_relu: { numbers: { alpha: atLeast0(0) }, soft: true },
  sign_log_abs: { numbers: { alpha: positive(1) }, soft: true },
  s2nn: { numbers: { alpha: positive(4), beta: positive(1) }, soft: true },
  q_pseudo_spike: { numbers: { alpha: { default: 2, above: 1 } }, soft: true },
  fourier: { numbers: { terms: { default: 2, least: 2, integer: true }, period: positive(8) }, soft: true },
  clipped_inverse: { numbers: { alpha: positive(0.3) }, soft: false },
  ste: { numbers: {}, soft: true },
  relu_like: { numbers: { alpha: positive(2) }, soft: false },
  escape_rate: { numbers: { beta: positive(1), slope: positive(25) }, soft: false },
  sparse_fast_sigmoid: { numbers: { slope: positive(25), bound: { default: 1 } }, soft: false },
} as const satisfies Record<string, SurrogateDefinition>

export type SurrogateName = keyof typeof surrogates
export const surrogateNames = Object.keys(surrogates) as SurrogateName[]

/** Other names in use. */
const aliases = { arctan: 'atan', rectangle: 'rect', quadraticGate: 'triangle' } as const
export type SurrogateAlias = keyof typeof aliases

type SurrogateNumbers<N extends SurrogateName> = Partial<Record<keyof (typeof surrogates)[N]['numbers'], number>>

/**
 * A surrogate by name, or by name with its numbers: `'atan'`, `{ name: 'fast_sigmoid', slope: 10 }`. With `learn` the
 * width of `atan` is a parameter of the layer (BrainCog).
 */
export type SurrogateOption =
  | SurrogateName
  | SurrogateAlias
  | { [N in SurrogateName]: { readonly name: N; readonly learn?: boolean } & SurrogateNumbers<N> }[SurrogateName]

export interface Surrogate {
  readonly name: SurrogateName
  /** As the shader gets them; unused ones are 0. */
  readonly numbers: readonly [number, number, number, number]
  readonly soft: boolean
  readonly learn: boolean
}

/** @throws OptionError unless the number lies in its range */
export function checkNumber(
  where: string,
  value: unknown,
  range: { above?: number; least?: number; below?: number; most?: number; integer?: boolean },
  advice = '',
): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new OptionError(where, `must be a finite number; got ${String(value)}.`, advice)
  const { above, least, below, most, integer } = range
  const bounds = [
    ...(above === undefined ? [] : [{ holds: value > above, text: `above ${above}` }]),
    ...(least === undefined ? [] : [{ holds: value >= least, text: `at least ${least}` }]),
    ...(below === undefined ? [] : [{ holds: value < below, text: `below ${below}` }]),
    ...(most === undefined ? [] : [{ holds: value <= most, text: `at most ${most}` }]),
    ...(integer ? [{ holds: Number.isInteger(value), text: 'a whole number' }] : []),
  ]
  if (bounds.some(({ holds }) => !holds))
    throw new OptionError(where, `must be ${bounds.map(({ text }) => text).join(' and ')}; got ${value}.`, advice)
  return value
}

const advice = `Choose one of ${surrogateNames.join(', ')}.`

/**
 * @param threshold the neuron's, where it has one
 * @throws OptionError on an unknown name, an unknown number, or one out of its range
 */
export function resolveSurrogate(where: string, option: SurrogateOption, threshold: number | undefined): Surrogate {
  const given: Readonly<Record<string, unknown>> = typeof option === 'string' ? { name: option } : option
  const { name: called, learn = false, ...numbers } = given
  const name = Object.hasOwn(aliases, String(called)) ? aliases[called as SurrogateAlias] : called
  if (typeof name !== 'string' || !Object.hasOwn(surrogates, name))
    throw new OptionError(where, `must name a surrogate; got ${String(called)}.`, advice)
  const definition: SurrogateDefinition = surrogates[name as SurrogateName]
  for (const key of Object.keys(numbers))
    if (!Object.hasOwn(definition.numbers, key))
      throw new OptionError(
        `${where}.${key}`,
        `is no number of ${name}.`,
        `It has ${Object.keys(definition.numbers).join(', ') || 'none'}.`,
      )
  if (learn && !definition.learnable)
    throw new OptionError(`${where}.learn`, `is possible for atan only; got ${name}.`, 'Give the width as a number.')
  const values = Object.entries(definition.numbers).map(([key, range]) => {
    const standard = name === 'bellec' && key === 'threshold' ? (threshold ?? range.default) : range.default
    return checkNumber(`${where}.${key}`, numbers[key] ?? standard, range)
  })
  const [a = 0, b = 0, c = 0, d = 0] = values
  return { name: name as SurrogateName, numbers: [a, b, c, d], soft: definition.soft, learn: learn === true }
}

/** Name of the shader file. */
export const surrogateShader = (name: SurrogateName): string => `lib/surrogate/${name}`
