/** Numbers as f16 storage keeps them. */
const largest = 65504

/** To the nearest whole number, ties to even. */
function toEven(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below
}

/**
 * The half nearest to a number, ties to even; numbers beyond 65504 are kept as that, and what is not finite as NaN.
 * @param x in float64
 */
export function toHalf(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN
  const magnitude = Math.abs(x)
  // halves lie 2^-24 apart up to 2^-14
  const spacing = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.max(magnitude, 2 ** -30)))) - 10)
  return Math.sign(x) * Math.min(largest, toEven(magnitude / spacing) * spacing)
}

/**
 * What storing a number as f16 costs at most: 2^-11 of itself, or all of a number below 2^-14, where an adapter may
 * flush to zero.
 */
export const halfError = { relative: 2 ** -11, absolute: 2 ** -14 } as const
