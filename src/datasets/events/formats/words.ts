/** Views of little-endian words over a chunk's bytes, for hot loops. */

/** The bytes in memory of their own, which begins where every word may. `Buffer.slice` would share it. */
function aligned(bytes: Uint8Array, from: number, length: number): ArrayBuffer {
  const copy = new Uint8Array(length)
  copy.set(bytes.subarray(from, from + length))
  return copy.buffer
}

/** The `count` 16-bit words from byte `from` on; copied where they do not lie on an even address. */
export function words16(bytes: Uint8Array, from: number, count: number): Uint16Array {
  const start = bytes.byteOffset + from
  return start % 2 === 0
    ? new Uint16Array(bytes.buffer, start, count)
    : new Uint16Array(aligned(bytes, from, 2 * count))
}

/** The `count` 32-bit words from byte `from` on; copied where they do not lie on an address divisible by 4. */
export function words32(bytes: Uint8Array, from: number, count: number): Int32Array {
  const start = bytes.byteOffset + from
  return start % 4 === 0 ? new Int32Array(bytes.buffer, start, count) : new Int32Array(aligned(bytes, from, 4 * count))
}
