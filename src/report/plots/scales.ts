/** Where things go on an axis, worked out before drawing so that labels can keep clear of each other. */

/**
 * The range of the values with a margin of 6 %, never empty.
 *
 * @param values finite numbers; none gives 0..1
 */
export function paddedDomain(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return [0, 1]
  const margin = high > low ? 0.06 * (high - low) : Math.max(0.05 * Math.abs(high), 1e-3)
  return [low - margin, high + margin]
}

/** How an axis writes its numbers: thousands as k, M, G from 10 000 on, plain digits below (never "milli"). */
export function axisNumbers(domain: readonly [number, number]): { readonly labelExpr: string } {
  const large = Math.max(Math.abs(domain[0]), Math.abs(domain[1])) >= 10_000
  return { labelExpr: large ? "format(datum.value, '~s')" : "format(datum.value, '~g')" }
}

export interface EndLabel {
  readonly label: string
  readonly value: number
}

/**
 * Moves labels at the ends of lines apart until they are `gap` pixels from each other.
 *
 * @param domain values at the bottom and the top of the plot
 * @param height pixels between them
 * @returns the labels with `at`, the value at whose height each is to be written
 */
export function spreadLabels<L extends EndLabel>(
  labels: readonly L[],
  domain: readonly [number, number],
  height: number,
  gap = 15,
): (L & { readonly at: number })[] {
  const scale = height / (domain[1] - domain[0])
  const sorted = [...labels].sort((a, b) => b.value - a.value)
  const pixels = sorted.map((label) => (domain[1] - label.value) * scale)
  for (let i = 1; i < pixels.length; i++) pixels[i] = Math.max(pixels[i] ?? 0, (pixels[i - 1] ?? 0) + gap)
  for (let i = pixels.length - 1; i >= 0; i--) {
    const floor = i === pixels.length - 1 ? height : (pixels[i + 1] ?? height) - gap
    pixels[i] = Math.min(pixels[i] ?? 0, floor)
  }
  return sorted.map((label, i) => ({ ...label, at: domain[1] - (pixels[i] ?? 0) / scale }))
}

/** At most `limit` indices out of `count`, evenly spread, in order. */
export function evenlyChosen(count: number, limit: number): number[] {
  const shown = Math.min(count, limit)
  return Array.from({ length: shown }, (_, i) => Math.floor((i * count) / shown))
}
