/** Random numbers of one transform for one sample in one epoch. */
import { deriveSeed, philoxBlock, type Seed, toUnit } from '../../runtime/philox.js'

/** Uniform numbers in order, and what is made of them. */
export class Draws {
  /** Next uniform number in [0, 1). */
  readonly next: () => number

  constructor(next: () => number) {
    this.next = next
  }

  /** Whole number in [0, count): floor(u · count). */
  integer(count: number): number {
    return Math.floor(this.next() * count)
  }

  /** True with the given probability: u < p. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  /** Standard normal number (Box & Muller 1958, the cosine of each pair). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()))
    return radius * Math.cos(2 * Math.PI * this.next())
  }

  /** Beta(shape, shape): a share in [0, 1]; small shapes lie near the ends, 1 is uniform. */
  beta(shape: number): number {
    const [a, b] = [this.gamma(shape), this.gamma(shape)]
    // both vanish only for tiny shapes, where a share is 0 or 1
    return a + b > 0 ? a / (a + b) : Number(this.chance(0.5))
  }

  /** Gamma(shape, 1) (Marsaglia & Tsang, ACM TOMS 26, 2000). */
  private gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.next()) ** (1 / shape)
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = this.normal()
      const v = (1 + c * x) ** 3
      if (v > 0 && Math.log(1 - this.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
    }
  }

  /** `count` different indices of `[0, total)`: the first steps of a Fisher-Yates shuffle, in the order drawn. */
  indices(total: number, count: number): Uint32Array {
    const pool = Uint32Array.from({ length: total }, (_, i) => i)
    for (let i = 0; i < count; i++) {
      const j = i + this.integer(total - i)
      const held = pool[i] as number
      pool[i] = pool[j] as number
      pool[j] = held
    }
    return pool.subarray(0, count)
  }
}

/** What a sample's numbers are a function of. */
export interface SampleKey {
  readonly seed: Seed
  /** Index in the split, from 0. */
  readonly sample: number
  /** Pass over the data, from 0. */
  readonly epoch: number
}

/**
 * The numbers of a transform: element i is lane i mod 4 of the Philox counter (floor(i / 4), sample, epoch, stream).
 * They depend on nothing else, so neither the batch nor the number of workers nor their order changes them.
 *
 * @param occurrence how many transforms of the same name stand before this one; each has a seed of its own
 */
export function sampleDraws({ seed, sample, epoch }: SampleKey, stream: number, occurrence = 0): Draws {
  const key = occurrence === 0 ? seed : deriveSeed(seed, `occurrence ${occurrence}`)
  const block = new Uint32Array(4)
  let position = 0
  return new Draws(() => {
    const lane = position & 3
    if (lane === 0) philoxBlock(key, position >>> 2, sample, epoch, stream, block)
    position++
    return toUnit(block[lane] as number)
  })
}
