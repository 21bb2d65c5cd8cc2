/** Encoders of values into spikes (sheet 12, section 3.5), and the generator of random numbers that the rate code uses. */
import { OptionError } from '../../errors.js'
import { at, type Numbers, requireIntegers } from './array.js'

/** One block of Philox4x32-10 (Salmon et al., SC 2011), in exact integers. */
export function philoxReference(key: readonly [number, number], counter: readonly number[]): number[] {
  const word = 0xffffffffn
  let [a = 0n, b = 0n, c = 0n, d = 0n] = counter.map(BigInt)
  let [k0, k1] = [BigInt(key[0]), BigInt(key[1])]
  for (let round = 0; round < 10; round++) {
    const [p, q] = [a * 0xd2511f53n, c * 0xcd9e8d57n]
    ;[a, b, c, d] = [(q >> 32n) ^ b ^ k0, q & word, (p >> 32n) ^ d ^ k1, p & word]
    k0 = (k0 + 0x9e3779b9n) & word
    k1 = (k1 + 0xbb67ae85n) & word
  }
  return [a, b, c, d].map(Number)
}

/** u of element i at step t of a draw of a stream, the rate code's unless given, in [0, 1) with 24 bits. */
export function rateUniform(
  seed: readonly [number, number],
  draw: number,
  step: number,
  element: number,
  stream = 0,
): number {
  const block = philoxReference(seed, [Math.floor(element / 4), step, draw, stream])
  return Math.floor(at(block, element % 4) / 256) / 2 ** 24
}

/** Halves to the even number. */
const roundEven = (value: number): number => {
  const below = Math.floor(value)
  if (value - below !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}

function requireUnit(values: Numbers): void {
  for (let i = 0; i < values.length; i++) {
    const value = at(values, i)
    if (!(value >= 0 && value <= 1)) throw new OptionError('encoder oracle', `inputs lie in [0, 1]; ${i} is ${value}.`)
  }
}

/** s = 1 where u < x. @param x `[N]`, or `[T, N]` @returns `[T, N]` */
export function rateEncode(
  x: Numbers,
  timeSteps: number,
  neurons: number,
  seed: readonly [number, number],
  draw = 0,
): Float64Array {
  requireIntegers('encoder oracle', { timeSteps, neurons })
  requireUnit(x)
  return Float64Array.from({ length: timeSteps * neurons }, (_, k) => {
    const [t, i] = [Math.floor(k / neurons), k % neurons]
    return Number(rateUniform(seed, draw, t, i) < at(x, x.length === neurons ? i : k))
  })
}

/** sign(x) where 2 u ≤ |x|, else 0 (sheet 16, section 3.5), u of stream 10. @param x `[N]`, or `[T, N]` @returns `[T, N]` */
export function signedRateEncode(
  x: Numbers,
  timeSteps: number,
  neurons: number,
  seed: readonly [number, number],
  draw = 0,
): Float64Array {
  requireIntegers('encoder oracle', { timeSteps, neurons })
  return Float64Array.from({ length: timeSteps * neurons }, (_, k) => {
    const [t, i] = [Math.floor(k / neurons), k % neurons]
    const value = at(x, x.length === neurons ? i : k)
    return 2 * rateUniform(seed, draw, t, i, 10) <= Math.abs(value) ? Math.sign(value) : 0
  })
}

export interface OracleLatency {
  readonly form: 'linear' | 'log' | 'threshold'
  /** Of the form `threshold`: t = tau ln(x / (x - theta)). */
  readonly tau?: number
  readonly theta?: number
  /** Stretches times so that the latest is the last step. */
  readonly normalise?: boolean
  /** Elements below theta are silent. */
  readonly drop?: boolean
  /** Elements below it are silent, in any form. */
  readonly cutoff?: number
}

/** Time of each element before it is rounded, `[N]`; NaN where it is silent. */
export function latencyTimes(x: Numbers, timeSteps: number, options: OracleLatency): Float64Array {
  requireIntegers('encoder oracle', { timeSteps })
  requireUnit(x)
  const last = timeSteps - 1
  const { form, tau = 1, theta = 0.01, normalise = false, drop = false, cutoff = 0 } = options
  const times = Float64Array.from(x, (value) => {
    if (form === 'linear') return last * (1 - value)
    if (form === 'log') return last - Math.log((Math.exp(last) - 1) * value + 1)
    const clamped = Math.max(value, theta + 1e-7)
    return tau * Math.log(clamped / (clamped - theta))
  })
  const latest = times.reduce((a, b) => Math.max(a, b), 0)
  return times.map((time, i) => {
    const value = at(x, i)
    if ((form === 'threshold' && drop && value < theta) || value < cutoff) return Number.NaN
    return normalise && latest > 0 ? (time * last) / latest : time
  })
}

/** Spikes `[T, N]` at given times `[N]`; NaN and times past the last step give none. */
export function spikesAt(times: Numbers, timeSteps: number): Float64Array {
  const spikes = new Float64Array(timeSteps * times.length)
  for (let i = 0; i < times.length; i++) {
    const step = roundEven(at(times, i))
    if (step >= 0 && step < timeSteps) spikes[step * times.length + i] = 1
  }
  return spikes
}

/**
 * Step of each value of one sample in a rank-order code (sheet 14, section 3.6), NaN where it is silent.
 * @param x `[pixels, channels]` @returns the same
 */
export function rankOrderSteps(x: Numbers, channels: number, timeSteps: number): Float64Array {
  requireIntegers('encoder oracle', { channels, timeSteps })
  const pixels = x.length / channels
  // channel, row, column: the order of equal values
  const order = Array.from({ length: x.length }, (_, k) => (k % pixels) * channels + Math.floor(k / pixels))
  const sorted = order.filter((i) => at(x, i) > 0).sort((a, b) => at(x, b) - at(x, a))
  const perStep = Math.max(1, Math.floor(sorted.length / timeSteps))
  const steps = new Float64Array(x.length).fill(Number.NaN)
  sorted.slice(0, timeSteps * perStep).forEach((i, rank) => {
    steps[i] = Math.floor(rank / perStep)
  })
  return steps
}

/** Spike at t where (T - t - 1) < x T ≤ T - t with amplitude 1 / (t + 1); 0 is silent. @returns `[T, N]` */
export function weightedTtfsEncode(x: Numbers, timeSteps: number): Float64Array {
  requireUnit(x)
  const values = new Float64Array(timeSteps * x.length)
  for (let t = 0; t < timeSteps; t++)
    for (let i = 0; i < x.length; i++) {
      const scaled = at(x, i) * timeSteps
      if (timeSteps - t - 1 < scaled && scaled <= timeSteps - t && scaled > 0) values[t * x.length + i] = 1 / (t + 1)
    }
  return values
}

/** Bit K-1-(t mod K) of min(2^K - 1, floor(x 2^K)), times 2^-(1 + t mod K) if weighted. @returns `[T, N]` */
export function phaseEncode(x: Numbers, timeSteps: number, bits: number, weighted = false): Float64Array {
  requireUnit(x)
  requireIntegers('encoder oracle', { timeSteps, bits })
  return Float64Array.from({ length: timeSteps * x.length }, (_, k) => {
    const phase = Math.floor(k / x.length) % bits
    const level = Math.min(2 ** bits - 1, Math.floor(at(x, k % x.length) * 2 ** bits))
    const bit = Math.floor(level / 2 ** (bits - 1 - phase)) % 2
    return weighted ? bit * 2 ** -(1 + phase) : bit
  })
}

/** n = ceil(most x) spikes, ISI = ceil(longest - (longest - shortest) x) steps apart, from step 0. @returns `[T, N]` */
export function burstEncode(x: Numbers, timeSteps: number, most = 5, shortest = 2, longest = timeSteps): Float64Array {
  requireUnit(x)
  const spikes = new Float64Array(timeSteps * x.length)
  for (let i = 0; i < x.length; i++) {
    const value = at(x, i)
    const count = Math.ceil(most * value)
    const interval = count > 1 ? Math.ceil(longest - (longest - shortest) * value) : longest
    for (let k = 0; k < count; k++) if (k * interval < timeSteps) spikes[k * interval * x.length + i] = 1
  }
  return spikes
}

export interface OraclePopulation {
  /** m, at least 3. */
  readonly fields: number
  readonly low: number
  readonly high: number
  readonly beta: number
}

/** Centre and width of the Gaussian receptive fields, i = 1..m. */
export function receptiveFields({ fields, low, high, beta }: OraclePopulation) {
  requireIntegers('encoder oracle', { fields }, 3)
  const spacing = (high - low) / (fields - 2)
  const centres = Array.from({ length: fields }, (_, i) => low + ((2 * (i + 1) - 3) / 2) * spacing)
  return { centres, width: spacing / beta }
}

/** exp(-(x - mu)^2 / 2 sigma^2) of every field. @returns `[N, m]` */
export function populationActivation(x: Numbers, options: OraclePopulation): Float64Array {
  const { centres, width } = receptiveFields(options)
  const { fields } = options
  return Float64Array.from({ length: x.length * fields }, (_, k) => {
    const distance = (at(x, Math.floor(k / fields)) - at(centres, k % fields)) / width
    return Math.exp(-0.5 * distance * distance)
  })
}

/** dL/dx from dL/dact `[N, m]`. @returns `[N]` */
export function populationGradient(x: Numbers, gradient: Numbers, options: OraclePopulation): Float64Array {
  const { centres, width } = receptiveFields(options)
  const activation = populationActivation(x, options)
  const { fields } = options
  const dx = new Float64Array(x.length)
  for (let k = 0; k < activation.length; k++) {
    const i = Math.floor(k / fields)
    dx[i] = at(dx, i) + at(gradient, k) * at(activation, k) * ((at(centres, k % fields) - at(x, i)) / width ** 2)
  }
  return dx
}

export interface OracleDelta {
  readonly theta: number
  /** The input before the first is the first; else 0. */
  readonly padding: boolean
  /** -1 where the input falls. */
  readonly offSpikes: boolean
}

/** Change from step to step against a threshold. @param x `[T, N]` @returns `[T, N]` of -1, 0, 1 */
export function deltaEncode(x: Numbers, neurons: number, { theta, padding, offSpikes }: OracleDelta): Float64Array {
  return Float64Array.from(x, (value, k) => {
    const before = k >= neurons ? at(x, k - neurons) : padding ? value : 0
    const change = value - before
    return change >= theta ? 1 : change <= -theta && offSpikes ? -1 : 0
  })
}

/** Send-on-delta: a reference follows the input by theta a spike, from the first value. @returns `[T, N]` of -1, 0, 1 */
export function sendOnDeltaEncode(x: Numbers, neurons: number, theta: number): Float64Array {
  const reference = Float64Array.from({ length: neurons }, (_, i) => at(x, i))
  return Float64Array.from(x, (value, k) => {
    const i = k % neurons
    const change = value - at(reference, i)
    const spike = change >= theta ? 1 : change <= -theta ? -1 : 0
    reference[i] = at(reference, i) + theta * spike
    return spike
  })
}
