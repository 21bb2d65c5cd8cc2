import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/errors.js'
import { mate, type Parent, tournament } from '../../src/nas/mating.js'
import { type Genome, mutateAnyGenes } from '../../src/nas/operators.js'
import { RandomSequence, RandomStream } from '../../src/runtime/philox.js'

const randomSequence = (seed = 1) => new RandomSequence([seed, 0], RandomStream.evolution)
const same = (genome: Genome) => genome

/** Parents whose genomes are constant, told apart by their value. */
const population = (count: number): Parent[] =>
  Array.from({ length: count }, (_, i) => ({
    genome: [i, i, i, i, i, i],
    objectives: [i % 3],
    crowding: i % 2,
  }))

describe('tournament', () => {
  const rated = (value: number, crowding: number, violation?: number) => ({
    objectives: [value],
    crowding,
    ...(violation === undefined ? {} : { violation }),
  })

  it('prefers the dominating, then the less crowded, without drawing', () => {
    const random = randomSequence()
    const worse = rated(2, Number.POSITIVE_INFINITY)
    const better = rated(1, 0)
    expect(tournament(worse, better, random)).toBe(better)
    expect(tournament(better, worse, random)).toBe(better)
    const lonely = rated(1, 5)
    expect(tournament(better, lonely, random)).toBe(lonely)
    expect(tournament(lonely, better, random)).toBe(lonely)
    const valid = rated(9, 0)
    expect(tournament(rated(1, 0, 0.5), valid, random)).toBe(valid)
    expect(random.position).toBe(0)
  })

  it('throws a fair coin for a tie, infinite crowding included', () => {
    const random = randomSequence()
    const x = rated(1, Number.POSITIVE_INFINITY)
    const y = rated(1, Number.POSITIVE_INFINITY)
    let wins = 0
    for (let i = 0; i < 2000; i++) if (tournament(x, y, random) === x) wins++
    expect(Math.abs(wins - 1000)).toBeLessThan(5 * Math.sqrt(500))
  })
})

describe('mating', () => {
  it('makes the wanted number of children, none a duplicate', () => {
    const parents = population(11)
    const brood = mate(parents, { count: 11, mutate: same }, randomSequence(2))
    const texts = brood.children.map(({ genome }) => genome.join())
    expect(texts).toHaveLength(11)
    expect(new Set([...texts, ...parents.map(({ genome }) => genome.join())]).size).toBe(22)
    for (const {
      genome,
      parents: [a, b],
    } of brood.children) {
      expect([...new Set(genome)].every((gene) => gene === a || gene === b)).toBe(true)
    }
  })

  it('lets everybody enter equally many tournaments', () => {
    // 24 matings take 96 entrants, so each of 16 parents enters 6 times: the best wins all 6, the worst none
    const parents = population(16).map((parent, i) => ({ ...parent, objectives: [i] }))
    const wins = new Uint32Array(16)
    const mutate = (genome: Genome) => {
      const parent = genome[0] as number
      wins[parent] = (wins[parent] as number) + 1
      return genome
    }
    mate(parents, { count: 48, mutate, crossoverProbability: 0, maximumRounds: 1 }, randomSequence(4))
    expect(wins.reduce((sum, count) => sum + count, 0)).toBe(48)
    expect(wins[0]).toBe(6)
    expect(wins[15]).toBe(0)
  })

  it('gives up after the rounds when every child is a duplicate', () => {
    const brood = mate(population(4), { count: 4, mutate: () => [0, 0, 0, 0, 0, 0] }, randomSequence())
    expect(brood.children).toEqual([])
    expect(brood.rounds).toBe(100)
    expect(brood.duplicates).toBe(400)
  })

  it('drops children of one identity', () => {
    const identity = (genome: Genome) => String(genome[0])
    const mutate = (genome: Genome, random: RandomSequence) => [10 + random.integer(3), ...genome.slice(1)]
    const { children } = mate(population(6), { count: 10, mutate, identity }, randomSequence())
    expect(children.map(({ genome }) => genome[0]).sort()).toEqual([10, 11, 12])
  })

  it('is the same again from the same seed', () => {
    const ranges = Array.from({ length: 6 }, () => ({ lower: 0, upper: 30 }))
    const options = {
      count: 9,
      mutate: (genome: Genome, random: RandomSequence) => mutateAnyGenes(genome, ranges, random),
    }
    const first = mate(population(10), options, randomSequence(8))
    expect(mate(population(10), options, randomSequence(8))).toEqual(first)
    expect(mate(population(10), options, randomSequence(9))).not.toEqual(first)
  })

  it('refuses an empty population and counts that are no counts', () => {
    const options = { count: 2, mutate: same }
    expect(() => mate([], options, randomSequence())).toThrow(OptionError)
    expect(() => mate(population(2), { ...options, count: 0 }, randomSequence())).toThrow(OptionError)
    expect(() => mate(population(2), { ...options, crossoverProbability: 2 }, randomSequence())).toThrow(OptionError)
  })
})
