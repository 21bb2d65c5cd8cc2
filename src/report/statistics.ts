/** The few statistics a report computes itself, so that its sentences follow from its data. */

/** Arithmetic mean; null for no values. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Sample standard deviation (n - 1); null below two values. */
export function standardDeviation(values: readonly number[]): number | null {
  const centre = mean(values)
  if (centre === null || values.length < 2) return null
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1))
}

/** The finite numbers of a list of measures. */
export function finite(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value))
}

/**
 * 95 % interval of a proportion (Wilson, JASA 1927), as fractions.
 *
 * @param share observed fraction
 * @param trials number of samples, above 0
 */
export function wilsonInterval(share: number, trials: number): { readonly low: number; readonly high: number } {
  const z = 1.959964
  const scale = 1 + z ** 2 / trials
  const centre = (share + z ** 2 / (2 * trials)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2))
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}

/** How two groups of seeds compare. */
export type Separation = 'above' | 'below' | 'overlap' | 'too few'

/**
 * Whether every value of one group lies above (below) every value of the other. Below three values a group the answer
 * is "too few": two and two separate by chance once in six tries on either side.
 */
export function separation(ours: readonly number[], theirs: readonly number[]): Separation {
  if (ours.length < 3 || theirs.length < 3) return 'too few'
  if (Math.min(...ours) > Math.max(...theirs)) return 'above'
  if (Math.max(...ours) < Math.min(...theirs)) return 'below'
  return 'overlap'
}

/** Chance that two groups drawn alike separate completely in one given direction: 1 / binomial(n + m, n). */
export function chanceOfSeparation(n: number, m: number): number {
  let ways = 1
  for (let k = 1; k <= n; k++) ways = (ways * (m + k)) / k
  return 1 / ways
}

/** Mean dissimilarity of pairs of samples of one class, and of two classes; null where there is no such pair. */
export function classContrast(
  matrix: readonly (readonly (number | null)[])[],
  labels: readonly string[],
): { readonly within: number | null; readonly between: number | null } {
  const within: number[] = []
  const between: number[] = []
  matrix.forEach((row, i) => {
    row.forEach((value, j) => {
      if (value !== null && i !== j) (labels[i] === labels[j] ? within : between).push(value)
    })
  })
  return { within: mean(within), between: mean(between) }
}
