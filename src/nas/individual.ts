import type { Rated } from './dominance.js'
import type { GenomeOutcome } from './types.js'

/** A genome that a strategy asked for, with all that is known of it. */
export interface Individual {
  /** Position among the genomes of its strategy, from 0. */
  readonly id: number
  /** Generation it was made in, from 1. */
  readonly generation: number
  readonly genome: readonly number[]
  readonly key: string
  /** Ids of its two parents; empty in the initial population and in random search. */
  readonly parents: readonly number[]
  readonly outcome: GenomeOutcome
  /** In minimised form, in the order of the search's objectives; null when there is a failure. */
  readonly objectives: readonly number[] | null
  /** Why it has no place among the scored ones; null when it has. */
  readonly failure: string | null
}

export type ScoredIndividual = Individual & { readonly objectives: readonly number[]; readonly failure: null }

export const isScored = (individual: Individual): individual is ScoredIndividual => individual.objectives !== null

/** For selection: a failure is a broken constraint, so it ranks after every individual that has a score. */
export function rated(individual: Individual, objectiveCount: number): Rated {
  if (individual.objectives !== null) return { objectives: individual.objectives, violation: 0 }
  return { objectives: new Array<number>(objectiveCount).fill(Number.POSITIVE_INFINITY), violation: 1 }
}

/** The one with the smallest first objective, the earlier of equals; null when none has a score. */
export function bestOf(individuals: readonly Individual[]): ScoredIndividual | null {
  let best: ScoredIndividual | null = null
  for (const each of individuals) {
    if (!isScored(each)) continue
    const [mine = 0, held = 0] = [each.objectives[0], best?.objectives[0]]
    if (best === null || mine < held || (mine === held && each.id < best.id)) best = each
  }
  return best
}

/**
 * Reference point of the hypervolume: in every objective the worst value of the first generation with a score, moved
 * outwards by a tenth of that generation's range (where it has no range: by a tenth of the value, at least by 1), so
 * that its extreme points count too. It is never moved afterwards.
 *
 * @returns `[m]`; null when none of the individuals has a score
 */
export function referencePoint(individuals: readonly Individual[], objectiveCount: number): number[] | null {
  const scored = individuals.filter(isScored)
  if (scored.length === 0) return null
  return Array.from({ length: objectiveCount }, (_, j) => {
    const values = scored.map((each) => each.objectives[j] as number)
    const worst = Math.max(...values)
    const range = worst - Math.min(...values)
    return worst + (range > 0 ? range / 10 : Math.max(1, Math.abs(worst) / 10))
  })
}
