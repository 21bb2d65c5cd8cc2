/** From parents to children: tournament, pairing, duplicate elimination. Sheet 00 (MSE-NAS), section 3. */
import { OptionError } from '../errors.js'
import type { RandomSequence } from '../runtime/philox.js'
import { dominates, type Rated } from './dominance.js'
import { type Genome, twoPointCrossover } from './operators.js'

/** An individual as the tournament sees it: its crowding is the one from the last `survive`. */
export interface Contestant extends Rated {
  readonly crowding: number
}

export interface Parent extends Contestant {
  readonly genome: Genome
}

/**
 * The winner of two: the dominating one, else the one with the larger crowding, else a fair coin.
 *
 * Random numbers are drawn only for the coin.
 */
export function tournament<C extends Contestant>(x: C, y: C, random: RandomSequence): C {
  if (dominates(x, y)) return x
  if (dominates(y, x)) return y
  if (x.crowding > y.crowding) return x
  if (y.crowding > x.crowding) return y
  return random.integer(2) === 0 ? x : y
}

export interface MatingOptions {
  /** Number of children wanted. */
  readonly count: number
  readonly mutate: (genome: Genome, random: RandomSequence) => Genome
  /** Text equal for genomes that count as duplicates; the genes themselves when left out. */
  readonly identity?: (genome: Genome) => string
  /** Probability that a pair is crossed at all; 1 as in the release. */
  readonly crossoverProbability?: number
  readonly maximumRounds?: number
}

export interface Child {
  readonly genome: Genome
  /** Positions of its two parents in the population. */
  readonly parents: readonly [number, number]
}

export interface Brood {
  /** At most `count`; fewer when the rounds were used up because too many children were duplicates. */
  readonly children: readonly Child[]
  readonly rounds: number
  readonly duplicates: number
}

/**
 * The mating loop: until there are enough children, pair the winners of tournaments over random permutations of the
 * population, cross and mutate them, and drop every child equal to a parent or to another child.
 *
 * @throws OptionError if the population is empty or an option is out of range
 */
export function mate(population: readonly Parent[], options: MatingOptions, random: RandomSequence): Brood {
  const { count, mutate, identity = genesText, crossoverProbability = 1, maximumRounds = 100 } = options
  checkOptions(population.length, count, crossoverProbability, maximumRounds)
  const seen = new Set(population.map((parent) => identity(parent.genome)))
  const children: Child[] = []
  let rounds = 0
  let duplicates = 0
  while (children.length < count && rounds < maximumRounds) {
    rounds++
    const winners = drawParents(population, Math.ceil((count - children.length) / 2), random)
    for (let pair = 0; pair + 1 < winners.length; pair += 2) {
      const parents = [winners[pair] as number, winners[pair + 1] as number] as const
      const [a, b] = parents.map((index) => (population[index] as Parent).genome) as [Genome, Genome]
      const crossed = random.next() < crossoverProbability ? twoPointCrossover(a, b, random) : [a, b]
      for (const genome of crossed.map((each) => mutate(each, random))) {
        const name = identity(genome)
        if (seen.has(name)) duplicates++
        else {
          seen.add(name)
          children.push({ genome, parents })
        }
      }
    }
  }
  return { children: children.slice(0, count), rounds, duplicates }
}

/** Positions of 2 x matings tournament winners; everybody takes part once before anybody takes part twice. */
function drawParents(population: readonly Parent[], matings: number, random: RandomSequence): number[] {
  const entrants: number[] = []
  while (entrants.length < 4 * matings) entrants.push(...random.permutation(population.length))
  const winners: number[] = []
  for (let i = 0; i < 4 * matings; i += 2) {
    const x = entrants[i] as number
    const y = entrants[i + 1] as number
    winners.push(tournament(population[x] as Parent, population[y] as Parent, random) === population[x] ? x : y)
  }
  return winners
}

const genesText = (genome: Genome): string => genome.join(',')

function checkOptions(parents: number, count: number, crossoverProbability: number, maximumRounds: number): void {
  const where = 'mate'
  if (parents === 0) throw new OptionError(where, 'the population must have at least one member; got none.')
  for (const [name, value] of Object.entries({ count, maximumRounds })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new OptionError(where, `${name} must be a positive integer; got ${value}.`)
    }
  }
  if (!(crossoverProbability >= 0 && crossoverProbability <= 1)) {
    throw new OptionError(where, `crossoverProbability must be in 0..1; got ${crossoverProbability}.`)
  }
}
