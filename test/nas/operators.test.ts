import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GenomeError, OptionError } from '../../src/errors.js'
import {
  crossAt,
  type GeneRange,
  mutateActiveGenes,
  mutateAnyGenes,
  mutateGene,
  twoPointCrossover,
  uniformGenome,
} from '../../src/nas/operators.js'
import { RandomSequence, RandomStream } from '../../src/runtime/philox.js'

const randomSequence = (seed = 1, position = 0) => new RandomSequence([seed, 0], RandomStream.evolution, 0, position)

/** Three cells of twenty genes and the cell type. */
const ranges: GeneRange[] = [
  ...Array.from({ length: 60 }, (_, i) => {
    if (i % 20 === 0) return { lower: 1, upper: 5 }
    return i % 20 === 19 ? { lower: 0, upper: 3 } : { lower: 0, upper: 1 }
  }),
  { lower: 2, upper: 4 },
]

/** Probability of every new value, with u integrated over a fine grid. */
function mutationDistribution(x: number, lo: number, hi: number, cells = 20000): number[] {
  const counts = new Array<number>(hi - lo + 1).fill(0)
  for (let i = 0; i < cells; i++) {
    const at = mutateGene(x, lo, hi, (i + 0.5) / cells) - lo
    counts[at] = (counts[at] as number) + 1 / cells
  }
  return counts
}

const inRange = (genome: readonly number[]) =>
  genome.every((gene, i) => {
    const range = ranges[i] as GeneRange
    return Number.isInteger(gene) && gene >= range.lower && gene <= range.upper && !Object.is(gene, -0)
  })

describe('uniform genome', () => {
  it('draws every value of a gene equally often', () => {
    const random = randomSequence()
    const counts = new Uint32Array(4)
    for (let i = 0; i < 8000; i++) {
      const gene = uniformGenome([{ lower: -1, upper: 2 }], random)[0] as number
      counts[gene + 1] = (counts[gene + 1] as number) + 1
    }
    // five standard deviations of a binomial count
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(8000 * 0.25 * 0.75))
  })

  it('stays inside the ranges and continues from a saved position', () => {
    const random = randomSequence(7)
    const first = uniformGenome(ranges, random)
    const saved = random.position
    const second = uniformGenome(ranges, random)
    expect(inRange(first)).toBe(true)
    expect(second).not.toEqual(first)
    expect(uniformGenome(ranges, randomSequence(7, saved))).toEqual(second)
  })

  it('refuses a range without integers', () => {
    expect(() => uniformGenome([{ lower: 2, upper: 1 }], randomSequence())).toThrow(OptionError)
    expect(() => uniformGenome([{ lower: 0.5, upper: 1 }], randomSequence())).toThrow(OptionError)
  })
})

describe('crossover', () => {
  it('exchanges the genes between the cuts 2 and 7', () => {
    const [a, b] = crossAt([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [10, 11, 12, 13, 14, 15, 16, 17, 18, 19], 2, 7)
    expect(a).toEqual([0, 1, 12, 13, 14, 15, 16, 7, 8, 9])
    expect(b).toEqual([10, 11, 2, 3, 4, 5, 6, 17, 18, 19])
  })

  it('draws every pair of cuts out of 1..n-1 equally often', () => {
    const random = randomSequence(3)
    const counts = new Map<string, number>()
    const rounds = 6000
    for (let i = 0; i < rounds; i++) {
      const child = twoPointCrossover([0, 0, 0, 0, 0], [1, 1, 1, 1, 1], random)[0].join('')
      counts.set(child, (counts.get(child) ?? 0) + 1)
    }
    expect([...counts.keys()].sort()).toEqual(['00010', '00100', '00110', '01000', '01100', '01110'])
    for (const count of counts.values()) {
      expect(Math.abs(count - rounds / 6)).toBeLessThan(5 * Math.sqrt((rounds * 5) / 36))
    }
  })

  it('copies genomes too short for two cuts and refuses unequal lengths', () => {
    expect(twoPointCrossover([1, 2], [3, 4], randomSequence())).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(() => twoPointCrossover([1, 2, 3], [1, 2], randomSequence())).toThrow(GenomeError)
  })
})

describe('polynomial mutation of a gene', () => {
  it.each([
    [0, 0, 1, 0.1, 0],
    [0, 0, 1, 0.8, 0],
    [0, 0, 1, 0.9, 1],
    [1, 0, 1, 0.1, 0],
    [3, 1, 5, 0.2, 2],
    [3, 1, 5, 0.02, 1],
    [3, 1, 5, 0.93, 5],
    [2, 0, 3, 0.97, 3],
  ])('takes %i in %i..%i with u = %f to %i', (x, lo, hi, u, expected) => {
    expect(mutateGene(x, lo, hi, u)).toBe(expected)
  })

  it('flips a binary gene with probability 0.157, either way', () => {
    expect(mutationDistribution(0, 0, 1)[1]).toBeCloseTo(0.157, 3)
    expect(mutationDistribution(1, 0, 1)[0]).toBeCloseTo(0.157, 3)
  })

  it('has the measured distributions for 0..3 and 1..5', () => {
    const close = (found: number[], percent: number[]) =>
      percent.forEach((value, i) => {
        expect(Math.abs((found[i] as number) * 100 - value)).toBeLessThan(0.06)
      })
    close(mutationDistribution(0, 0, 3), [70.7, 21.7, 6.6, 1])
    close(mutationDistribution(3, 1, 5), [9.5, 22.2, 36.7, 22.2, 9.5])
  })

  it('stays in range, never falls as u rises, and is symmetric', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3, max: 3 }),
        fc.nat(6),
        fc.nat(6),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (lo, size, place, u1, u2) => {
          const hi = lo + size
          const x = lo + (place % (size + 1))
          const low = mutateGene(x, lo, hi, Math.min(u1, u2))
          const high = mutateGene(x, lo, hi, Math.max(u1, u2))
          expect(low).toBeGreaterThanOrEqual(lo)
          expect(high).toBeLessThanOrEqual(hi)
          expect(low).toBeLessThanOrEqual(high)
        },
      ),
    )
    const forward = mutationDistribution(2, 0, 3)
    const mirrored = mutationDistribution(1, 0, 3).reverse()
    forward.forEach((value, i) => {
      expect(value).toBeCloseTo(mirrored[i] as number, 3)
    })
  })

  it('refuses a gene outside its range and a u outside 0..1', () => {
    expect(() => mutateGene(2, 0, 1, 0.5)).toThrow(GenomeError)
    expect(() => mutateGene(Number.NaN, 0, 1, 0.5)).toThrow(GenomeError)
    expect(() => mutateGene(0, 0, 1, Number.NaN)).toThrow(OptionError)
  })
})

describe('mutation of any gene', () => {
  it('changes the expected number of genes on average', () => {
    const random = randomSequence(5)
    const binary = Array.from({ length: 50 }, () => ({ lower: 0, upper: 1 }))
    const zeros = binary.map(() => 0)
    let changed = 0
    const rounds = 4000
    for (let i = 0; i < rounds; i++) changed += mutateAnyGenes(zeros, binary, random).reduce((a, b) => a + b, 0)
    expect(Math.abs(changed / rounds - 0.157)).toBeLessThan(5 * Math.sqrt(0.157 / rounds))
  })

  it('refuses a genome of another length or a probability above 1', () => {
    expect(() => mutateAnyGenes([1], ranges, randomSequence())).toThrow(GenomeError)
    const genome = uniformGenome(ranges, randomSequence())
    expect(() => mutateAnyGenes(genome, ranges, randomSequence(), { probability: 1.5 })).toThrow(OptionError)
  })
})

describe('mutation of active genes', () => {
  const active = [0, 1, 5, 19, 20, 40, 60]
  const activeGenes = () => active
  // gene 19 counts modulo 2 only, as a back gene does
  const key = (genome: readonly number[]) =>
    active.map((i) => (i === 19 ? (genome[i] as number) % 2 : genome[i])).join()

  it('always changes the key and touches nothing inactive', () => {
    fc.assert(
      fc.property(fc.nat(1e6), (seed) => {
        const random = randomSequence(seed)
        const genome = uniformGenome(ranges, random)
        const child = mutateActiveGenes(genome, ranges, random, { activeGenes, key })
        expect(key(child)).not.toBe(key(genome))
        expect(inRange(child)).toBe(true)
        child.forEach((gene, i) => {
          if (!active.includes(i)) expect(gene).toBe(genome[i])
        })
      }),
    )
  })

  it('changes two active genes on average, at least one', () => {
    const random = randomSequence(11)
    const binary = Array.from({ length: 30 }, () => ({ lower: 0, upper: 1 }))
    const zeros = binary.map(() => 0)
    const options = { activeGenes: () => binary.map((_, i) => i), key: (genome: readonly number[]) => genome.join() }
    let changed = 0
    const rounds = 2000
    for (let i = 0; i < rounds; i++) {
      const ones = mutateActiveGenes(zeros, binary, random, options).reduce((a, b) => a + b, 0)
      expect(ones).toBeGreaterThanOrEqual(1)
      changed += ones
    }
    expect(Math.abs(changed / rounds - 2)).toBeLessThan(5 / Math.sqrt(rounds))
  })

  it('says so when nothing can change the key', () => {
    const genome = uniformGenome(ranges, randomSequence())
    const mutate = (genes: number[], name: string) =>
      mutateActiveGenes(genome, ranges, randomSequence(), { activeGenes: () => genes, key: () => name })
    expect(() => mutate([1], 'same')).toThrow(/must change the key/)
    expect(() => mutate([], 'same')).toThrow(GenomeError)
    expect(() => mutate([99], 'same')).toThrow(GenomeError)
    expect(() =>
      mutateActiveGenes(genome, ranges, randomSequence(), { activeGenes, key, expectedChanges: 0.5 }),
    ).toThrow(OptionError)
  })
})
