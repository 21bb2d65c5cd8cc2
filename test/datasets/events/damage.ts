/** Damaged copies of recordings, the same ones every time. */
import { RandomSequence } from '../../../src/runtime/philox.js'

/** A stream of its own for tests; the library's are below 1000. */
const testStream = 7001

export type Damage = 'cut' | 'bytes' | 'bits' | 'header' | 'removed' | 'repeated' | 'zeros' | 'ones' | 'noise'
export const damages: readonly Damage[] = [
  'cut',
  'bytes',
  'bits',
  'header',
  'removed',
  'repeated',
  'zeros',
  'ones',
  'noise',
]

const changes: Readonly<Record<Damage, (bytes: Uint8Array, random: RandomSequence) => Uint8Array>> = {
  cut: (bytes, random) => bytes.slice(0, random.integer(bytes.length + 1)),
  bytes: (bytes, random) => scattered(bytes, random, () => random.integer(256)),
  bits: (bytes, random) => scattered(bytes, random, (byte) => byte ^ (1 << random.integer(8))),
  header: (bytes, random) => {
    const head = scattered(bytes.slice(0, 300), random, () => random.integer(256))
    const out = bytes.slice()
    out.set(head)
    return out
  },
  removed: (bytes, random) => {
    const [from, to] = span(bytes.length, random)
    return joined(bytes.subarray(0, from), bytes.subarray(to))
  },
  repeated: (bytes, random) => {
    const [from, to] = span(bytes.length, random)
    return joined(bytes.subarray(0, to), bytes.subarray(from))
  },
  zeros: (bytes, random) => bytes.slice().fill(0, ...span(bytes.length, random)),
  ones: (bytes, random) => bytes.slice().fill(255, ...span(bytes.length, random)),
  noise: (bytes, random) => {
    const out = bytes.slice()
    const [from, to] = span(bytes.length, random)
    for (let i = from; i < to; i++) out[i] = random.integer(256)
    return out
  },
}

function scattered(bytes: Uint8Array, random: RandomSequence, change: (byte: number) => number): Uint8Array {
  const out = bytes.slice()
  if (out.length === 0) return out
  for (let left = 1 + random.integer(20); left > 0; left--) {
    const at = random.integer(out.length)
    out[at] = change(out[at] as number)
  }
  return out
}

function span(length: number, random: RandomSequence): [number, number] {
  const from = random.integer(length + 1)
  return [from, Math.min(length, from + random.integer(500))]
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}

/** Damaged copy number `index` of a recording, and how it was damaged. */
export function damaged(bytes: Uint8Array, index: number): { readonly bytes: Uint8Array; readonly damage: Damage } {
  const random = new RandomSequence([index, 1], testStream)
  const damage = damages[index % damages.length] ?? 'cut'
  return { damage, bytes: changes[damage](bytes, random) }
}
