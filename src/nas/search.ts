/** The search: evolve, keep everything in a ledger, continue where an earlier process stopped. Sheet 00, sections 3 and 7. */
import { bestOf, type Individual, type ScoredIndividual } from './individual.js'
import type { GenerationRecord, Strategy } from './ledger.js'
import type { Goal } from './objectives.js'
import { enterRun, planSearch, type SearchOptions, type SearchPlan } from './search-options.js'
import { StrategyRun } from './strategy.js'

/** How often an outcome was known when it was asked for. */
export interface CacheReport {
  readonly requests: number
  readonly hits: number
  /** hits / requests; 0 without requests */
  readonly hitRate: number
  /** Requests whose architecture the same strategy had asked for before; the other hits are from elsewhere. */
  readonly repeats: number
}

export interface StrategyResult {
  readonly strategy: Strategy
  readonly generations: readonly GenerationRecord[]
  /** Every genome asked for, by id. */
  readonly individuals: readonly Individual[]
  /** The population after the last generation. */
  readonly survivors: readonly Individual[]
  /** The best by the first objective of all individuals; null when none has a score. */
  readonly best: ScoredIndividual | null
  readonly hypervolume: number | null
  readonly cache: CacheReport
}

export interface SearchResult extends Goal {
  readonly run: string
  readonly evolution: StrategyResult
  /** Null when no baseline was asked for. */
  readonly random: StrategyResult | null
  /** Reference point of every hypervolume of the run; null when no genome has a score. */
  readonly reference: readonly number[] | null
}

/**
 * Searches for the genome with the best objectives: NSGA-II with the sheet's operators (with one objective it is the
 * elitist 50 + 50 of the release), then, if asked for, random search with as many genomes in each generation.
 *
 * Every outcome is in the ledger before it is reported, every generation is committed as a whole, and a run that is
 * found in the ledger is continued: the result is the one of an uninterrupted run. Budgets count genomes asked for.
 * Genomes without a score (unbuildable, silent, out of memory, ...) rank after all others.
 *
 * @throws OptionError for options out of range
 * @throws LedgerError when the ledger is damaged, or holds the run with other settings
 * @throws DiskError when the ledger cannot be written; what was reported is safe
 * @throws InterruptedError when the signal is raised; call again with the same options to continue
 */
export async function runSearch(options: SearchOptions): Promise<SearchResult> {
  const plan = planSearch(options)
  enterRun(plan)
  plan.ledger.setStatus(plan.run, 'running')
  try {
    const evolution = await complete(new StrategyRun(plan, 'evolution'))
    const reference = referenceOf(evolution)
    const budget = evolution.records.map((record) => record.individuals.length)
    const random = plan.baseline ? await complete(new StrategyRun(plan, 'random', budget, reference)) : null
    plan.ledger.setStatus(plan.run, 'finished')
    return {
      run: plan.run,
      objectives: plan.objectives,
      indicator: plan.indicator,
      direction: plan.direction,
      evolution: resultOf(evolution),
      random: random && resultOf(random),
      reference: reference ?? (random && referenceOf(random)),
    }
  } catch (error) {
    markInterrupted(plan)
    throw error
  }
}

async function complete(run: StrategyRun): Promise<StrategyRun> {
  while (!run.finished) await run.advance()
  return run
}

const referenceOf = (run: StrategyRun): readonly number[] | null => run.records.at(-1)?.reference ?? null

function resultOf(run: StrategyRun): StrategyResult {
  const { strategy, records, individuals, survivors } = run
  const hits = records.reduce((sum, record) => sum + record.cacheHits, 0)
  const repeats = records.reduce((sum, record) => sum + record.repeats, 0)
  const requests = individuals.length
  return {
    strategy,
    generations: records,
    individuals,
    survivors,
    best: bestOf(individuals),
    hypervolume: records.at(-1)?.hypervolume ?? null,
    cache: { requests, hits, hitRate: requests === 0 ? 0 : hits / requests, repeats },
  }
}

/** The status is for listings only; failing to write it must not hide why the search stopped. */
function markInterrupted(plan: SearchPlan): void {
  try {
    plan.ledger.setStatus(plan.run, 'interrupted')
  } catch {
    // the ledger itself is what failed; the error under way says so
  }
}
