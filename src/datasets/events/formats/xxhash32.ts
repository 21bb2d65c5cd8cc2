/** xxHash of 32 bits (Collet, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md), LZ4's checksum. */

const [prime1, prime2, prime3, prime4, prime5] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1]

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24)

const round = (lane: number, input: number): number =>
  Math.imul(rotate((lane + Math.imul(input, prime2)) | 0, 13), prime1)

/** Hash with seed 0 of the bytes `[from, to)`, unsigned. */
export function xxHash32(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let at = from
  let hash = prime5
  if (to - from >= 16) {
    let [a, b, c, d] = [prime1 + prime2, prime2, 0, -prime1]
    for (; at + 16 <= to; at += 16) {
      a = round(a, word(bytes, at))
      b = round(b, word(bytes, at + 4))
      c = round(c, word(bytes, at + 8))
      d = round(d, word(bytes, at + 12))
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)
  }
  hash = (hash + (to - from)) | 0
  for (; at + 4 <= to; at += 4) hash = Math.imul(rotate((hash + Math.imul(word(bytes, at), prime3)) | 0, 17), prime4)
  for (; at < to; at++) hash = Math.imul(rotate((hash + Math.imul(bytes[at] as number, prime5)) | 0, 11), prime1)
  hash = Math.imul(hash ^ (hash >>> 15), prime2)
  hash = Math.imul(hash ^ (hash >>> 13), prime3)
  return (hash ^ (hash >>> 16)) >>> 0
}
