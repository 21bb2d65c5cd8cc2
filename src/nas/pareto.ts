import { OptionError } from '../errors.js'
import { nonDominatedFronts } from './dominance.js'
import { type Individual, isScored, type ScoredIndividual } from './individual.js'
import type { StrategyResult } from './search.js'

/**
 * The individuals that no other one of the strategy beats: one for each architecture, sorted by their objectives.
 * Failures are never among them.
 */
export function paretoFront(result: Pick<StrategyResult, 'individuals'>): readonly ScoredIndividual[] {
  const architectures = new Map<string, ScoredIndividual>()
  for (const each of result.individuals) {
    if (isScored(each) && !architectures.has(each.key)) architectures.set(each.key, each)
  }
  const candidates = [...architectures.values()]
  const [front = []] = nonDominatedFronts(candidates.map(({ objectives }) => ({ objectives })))
  return front.map((place) => candidates[place] as ScoredIndividual).sort(byObjectives)
}

function byObjectives(a: ScoredIndividual, b: ScoredIndividual): number {
  for (let j = 0; j < a.objectives.length; j++) {
    const difference = (a.objectives[j] as number) - (b.objectives[j] as number)
    if (difference !== 0) return difference
  }
  return a.id - b.id
}

/**
 * An individual and all its ancestors, each once, by id; so the individual comes last.
 * @throws OptionError when there is no such id
 */
export function lineage(result: Pick<StrategyResult, 'individuals'>, id: number): readonly Individual[] {
  const found = new Set<number>()
  const waiting = [id]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue
    const individual = result.individuals[next]
    if (individual === undefined) {
      throw new OptionError('lineage', `id must be below ${result.individuals.length}; got ${next}.`)
    }
    found.add(next)
    waiting.push(...individual.parents)
  }
  return [...found].sort((a, b) => a - b).map((each) => result.individuals[each] as Individual)
}
