import { philoxFill, RandomStream, toUnit } from '../../src/runtime/philox.js'
import type { LifResult, LifRun, OracleLifParameters } from '../../src/testing/oracle/lif.js'
import { surrogateNamed } from '../../src/testing/oracle/surrogates.js'

/** Numbers uniform in [-bound, bound): another draw gives others. */
export const numbers = (size: number, draw: number, bound = 1): Float64Array =>
  Float64Array.from(
    philoxFill([2024, 0], RandomStream.syntheticData, draw, 0, size),
    (word) => (2 * toUnit(word) - 1) * bound,
  )

/** Element i, as a number even under strict index checks. */
export const get = (values: ArrayLike<number>, i: number): number => values[i] ?? Number.NaN

export const product = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += get(a, i) * get(b, i)
  return sum
}

/** @throws Error for a surrogate that has none */
export function primitiveOf(name: string): (x: number, ...numbers: number[]) => number {
  const { primitive } = surrogateNamed(name)
  if (!primitive) throw new Error(`${name} has no primitive`)
  return primitive
}

/**
 * A smooth stand-in for a LIF population: at the point where `base` was computed it has the same spikes and membrane,
 * and its true derivative is what the surrogate promises, s = s0 + g(h - threshold) - g(h0 - threshold). Finite
 * differences of it therefore check a surrogate gradient without using any backward formula.
 */
export function straightThroughLif(x: ArrayLike<number>, p: OracleLifParameters, run: LifRun, base: LifResult) {
  const { timeSteps, neurons } = run
  const hard = p.reset === 'hard' ? p.resetPotential : 0
  const rest = p.restPotential ?? hard
  const primitive = primitiveOf(p.surrogate)
  const spikes = new Float64Array(timeSteps * neurons)
  const final = new Float64Array(neurons)
  for (let n = 0; n < neurons; n++) {
    let v = run.initialMembrane ? get(run.initialMembrane, n) : hard
    for (let t = 0; t < timeSteps; t++) {
      const i = t * neurons + n
      const input = get(x, x.length === neurons ? n : i)
      const h = p.decayInput ? v + (input - (v - rest)) / p.tau : v - (v - rest) / p.tau + input
      const s0 = get(base.spikes, i)
      const s = s0 + primitive(h - p.threshold, p.alpha) - primitive(get(base.membrane, i) - p.threshold, p.alpha)
      spikes[i] = s
      const resetting = p.detachReset ? s0 : s
      if (p.reset === 'hard') v = (1 - resetting) * h + resetting * p.resetPotential
      else if (p.reset === 'soft') v = h - resetting * p.threshold
      else v = h
    }
    final[n] = v
  }
  return { spikes, final }
}
