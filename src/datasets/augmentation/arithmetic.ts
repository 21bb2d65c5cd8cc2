/** Arithmetic that must come out the same everywhere. */

/** floor(a · b / c), exact for whole numbers below 2^32 with a < c: the product may need 64 bits, a double has 53. */
export function multiplyDivide(a: number, b: number, c: number): number {
  const product = a * b
  if (product < Number.MAX_SAFE_INTEGER) return Math.floor(product / c)
  // long division in two digits of base 2^16
  const low = b % 65536
  const upper = a * ((b - low) / 65536)
  const high = Math.floor(upper / c)
  return high * 65536 + Math.floor(((upper - high * c) * 65536 + a * low) / c)
}

/** Rounds away the last bits, in which the mathematical functions of different engines may differ. */
export const settle = (value: number): number => Math.round(value * 0x100000) / 0x100000

/** Rounds to the nearest whole number, halves to the even one. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1
  return below % 2 === 0 ? below : below + 1
}

/** The remainder in [0, size), also of negative numbers. */
export const wrapped = (value: number, size: number): number => ((value % size) + size) % size
