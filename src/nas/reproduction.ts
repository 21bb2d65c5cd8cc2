import { GenomeError } from '../errors.js'
import type { RandomSequence } from '../runtime/philox.js'
import { activeGenes, canonicalKey, geneBounds } from './genome.js'
import { type Individual, rated } from './individual.js'
import { mate } from './mating.js'
import { type GeneRange, type Genome, mutateActiveGenes, mutateAnyGenes, uniformGenome } from './operators.js'
import type { SearchPlan } from './search-options.js'

/** A genome to be assessed, and the ids of its parents. */
export interface Proposal {
  readonly genome: Genome
  readonly parents: readonly number[]
}

/** Uniform random genomes: the initial population, and all of random search. */
export function initialGenomes(plan: SearchPlan, count: number, random: RandomSequence): Proposal[] {
  const ranges = geneRanges(plan)
  return Array.from({ length: count }, () => ({ genome: uniformGenome(ranges, random), parents: [] }))
}

/**
 * Children of the survivors by the sheet's mating loop; fewer than wanted when a small space has no more new ones.
 * With `active` mutation a child whose architecture is in the population already counts as a duplicate.
 *
 * @param crowding of each survivor, from the last selection
 */
export function offspringOf(
  plan: SearchPlan,
  survivors: readonly Individual[],
  crowding: readonly number[],
  random: RandomSequence,
): Proposal[] {
  const count = plan.objectives.length
  const population = survivors.map((each, i) => ({
    ...rated(each, count),
    genome: each.genome,
    crowding: crowding[i] ?? Number.POSITIVE_INFINITY,
  }))
  const ranges = geneRanges(plan)
  const key = (genome: Genome) => keyOf(genome, plan)
  const shared = { count: plan.offspring }
  const options =
    plan.mutation === 'reference'
      ? { ...shared, mutate: (genome: Genome, draws: RandomSequence) => mutateAnyGenes(genome, ranges, draws) }
      : {
          ...shared,
          identity: key,
          mutate: (genome: Genome, draws: RandomSequence) =>
            mutateActiveGenes(genome, ranges, draws, { key, activeGenes: (each) => activeOf(each, plan) }),
        }
  return mate(population, options, random).children.map(({ genome, parents }) => ({
    genome,
    parents: parents.map((place) => (survivors[place] as Individual).id),
  }))
}

/** Canonical key of a genome; of one that describes no network, a text that only it has. */
export function keyOf(genome: Genome, plan: Pick<SearchPlan, 'space' | 'genes'>): string {
  try {
    return canonicalKey(genome, plan.space, plan.genes)
  } catch (error) {
    if (error instanceof GenomeError) return unbuildableKey(genome)
    throw error
  }
}

export const unbuildableKey = (genome: Genome): string => `unbuildable:${genome.join(',')}`

function activeOf(genome: Genome, plan: SearchPlan): readonly number[] {
  try {
    return activeGenes(genome, plan.space, plan.genes)
  } catch (error) {
    // whatever makes it unreadable may be in any gene
    if (error instanceof GenomeError) return genome.map((_, position) => position)
    throw error
  }
}

const geneRanges = (plan: SearchPlan): GeneRange[] =>
  geneBounds(plan.space.cells, plan.genes).map(({ low, high }) => ({ lower: low, upper: high }))
