/** erf in float64; JavaScript has none. */

/**
 * The error function, 2/sqrt(pi) times the integral of exp(−u²) from 0 to x.
 * Series erf(x) = 2/sqrt(pi) · exp(−x²) · sum of 2^n x^(2n+1) / (1·3·…·(2n+1)) (Abramowitz & Stegun 7.1.6): all terms
 * have one sign, so nothing cancels.
 */
export function errorFunction(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  // 1 − |erf| is below 1e-17 from here on
  if (Math.abs(x) > 6) return Math.sign(x)
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}
