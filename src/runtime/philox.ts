/**
 * Philox4x32-10, the project's one source of randomness (Salmon et al., SC 2011).
 *
 * A number is a pure function of (seed, stream, draw, step, element), so it never depends on the order in which
 * things are drawn. `shaders/lib/philox.wgsl` is the same generator on the GPU and gives the same bits.
 */

/** Stream numbers: one for each kind of thing that is drawn. Add at the end, never renumber. */
export const RandomStream = {
  rateEncoder: 0,
  parameter: 1,
  dropPath: 2,
  shuffle: 3,
  // 4 is spent
  evolution: 5,
  split: 6,
  syntheticData: 7,
  bootstrap: 8,
  batchSelection: 9,
  signedRateEncoder: 10,
  connectivity: 11,
  // 100 to 199: augmentations, one each, so that adding one to a pipeline leaves the numbers of the others as they were
  crop: 100,
  flip: 101,
  flipVertical: 102,
  shift: 103,
  roll: 104,
  rotate: 105,
  shear: 106,
  affine: 107,
  cutOut: 108,
  erasing: 109,
  gaussianNoise: 110,
  saltAndPepper: 111,
  randAugment: 112,
  spatioTemporalCrop: 113,
  eventInvert: 114,
  eventDrift: 115,
  dropEvents: 116,
  dropTime: 117,
  dropArea: 118,
  eventDrop: 119,
  timeJitter: 120,
  polarityFlip: 121,
  mixUp: 122,
  cutMix: 123,
  eventMix: 124,
  neuromorphicAugmentation: 125,
  deterministicTransform: 126,
} as const

/** A 64-bit seed as two unsigned 32-bit words, low first. */
export type Seed = readonly [low: number, high: number]

const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const W0 = 0x9e3779b9
const W1 = 0xbb67ae85

/** High 32 bits of the product of two unsigned 32-bit integers, from 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const cross = aLow * bHigh + (middle % 0x10000)
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0
}

/** One block of four unsigned 32-bit numbers, written to `out[at..at+3]`. */
export function philoxBlock(
  seed: Seed,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  out: Uint32Array,
  at = 0,
): void {
  let k0 = seed[0] >>> 0
  let k1 = seed[1] >>> 0
  let x0 = c0 >>> 0
  let x1 = c1 >>> 0
  let x2 = c2 >>> 0
  let x3 = c3 >>> 0
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(x0, M0)
    const low0 = Math.imul(x0, M0) >>> 0
    const high1 = multiplyHigh(x2, M1)
    const low1 = Math.imul(x2, M1) >>> 0
    x0 = (high1 ^ x1 ^ k0) >>> 0
    x1 = low1
    x2 = (high0 ^ x3 ^ k1) >>> 0
    x3 = low0
    k0 = (k0 + W0) >>> 0
    k1 = (k1 + W1) >>> 0
  }
  out[at] = x0
  out[at + 1] = x1
  out[at + 2] = x2
  out[at + 3] = x3
}

/** Fills an array with unsigned 32-bit numbers: element i is lane i mod 4 of counter (floor(i/4), step, draw, stream). */
export function philoxFill(seed: Seed, stream: number, draw: number, step: number, count: number): Uint32Array {
  const out = new Uint32Array(Math.ceil(count / 4) * 4)
  for (let block = 0; block * 4 < count; block++) philoxBlock(seed, block, step, draw, stream, out, block * 4)
  return out.subarray(0, count)
}

/** A 24-bit uniform number in [0, 1) from an unsigned 32-bit one; exact in float32. */
export const toUnit = (word: number): number => (word >>> 8) / 0x1000000

/**
 * A sequential view of one (seed, stream, draw): numbers come in order and the position can be saved and restored,
 * which is what a search needs to resume.
 */
export class RandomSequence {
  readonly seed: Seed
  readonly stream: number
  readonly draw: number
  /** Index of the next number; save it and pass it back to continue. */
  position: number
  private readonly block = new Uint32Array(4)
  private loaded = -1

  constructor(seed: Seed, stream: number, draw = 0, position = 0) {
    this.seed = seed
    this.stream = stream
    this.draw = draw
    this.position = position
  }

  /** Next unsigned 32-bit number. */
  nextWord(): number {
    const index = Math.floor(this.position / 4)
    if (index !== this.loaded) {
      // the block index may pass 2^32 in principle; its high part goes into the step word
      philoxBlock(this.seed, index >>> 0, Math.floor(index / 0x100000000), this.draw, this.stream, this.block)
      this.loaded = index
    }
    const word = this.block[this.position % 4] ?? 0
    this.position++
    return word
  }

  /** Next uniform number in [0, 1), 24 bits. */
  next(): number {
    return toUnit(this.nextWord())
  }

  /** Uniform integer in [0, bound); unbiased. */
  integer(bound: number): number {
    const limit = 0x100000000 - (0x100000000 % bound)
    for (;;) {
      const word = this.nextWord()
      if (word < limit) return word % bound
    }
  }

  /** A random permutation of 0..count-1 (Fisher–Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i)
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const held = order[i] as number
      order[i] = order[j] as number
      order[j] = held
    }
    return order
  }
}

/** 32-bit FNV-1a of a string's UTF-16 code units; names a draw by a path. */
export function hashText(text: string, start = 0x811c9dc5): number {
  let hash = start
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  return hash >>> 0
}

/** A seed from a number and any text (a genome's key, a purpose): different texts give unrelated streams. */
export function deriveSeed(seed: number | Seed, text = ''): Seed {
  const base: Seed = typeof seed === 'number' ? [seed >>> 0, Math.floor(seed / 0x100000000) >>> 0] : seed
  if (text === '') return base
  const mixed = new Uint32Array(4)
  philoxBlock(base, hashText(text), hashText(text, 0x9747b28c), text.length, 0xffffffff, mixed)
  return [mixed[0] as number, mixed[1] as number]
}
