/**
 * Unpacks LZF (Lehmann's LibLZF): control bytes below 32 are followed by so many literal bytes and one more; others give
 * length and distance of a copy from what is already there.
 * @param limit largest size; data that run on are refused
 * @returns null when the data are damaged
 */
export function unpackLzf(packed: Uint8Array, limit: number): Uint8Array | null {
  const out = new Uint8Array(limit)
  let to = 0
  for (let at = 0; at < packed.length; ) {
    const control = packed[at++] as number
    if (control < 32) {
      const length = control + 1
      if (at + length > packed.length || to + length > limit) return null
      out.set(packed.subarray(at, at + length), to)
      at += length
      to += length
      continue
    }
    let length = control >> 5
    if (length === 7) length += packed[at++] ?? 0
    length += 2
    const from = to - (((control & 31) << 8) | (packed[at++] ?? 0)) - 1
    if (from < 0 || at > packed.length || to + length > limit) return null
    // the copy may overlap itself, which repeats it
    for (let i = 0; i < length; i++) out[to + i] = out[from + i] as number
    to += length
  }
  return out.subarray(0, to)
}
