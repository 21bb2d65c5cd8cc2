let table: Float32Array | null = null

/**
 * A half-precision number (IEEE 754 binary16) by its bits; every one is exact in single precision.
 * @param bits 16 bits
 */
export function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** All 65,536 of them, for columns; made on first use, 256 kB. */
export function halfFloatTable(): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => halfFloat(bits))
  return table
}
