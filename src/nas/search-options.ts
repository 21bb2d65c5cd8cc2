import { GenomeError, LedgerError, OptionError } from '../errors.js'
import { canonicalJson } from './canonical.js'
import { decode } from './decode.js'
import { type GenomeOptions, geneBounds, genomeChoices } from './genome.js'
import type { Ledger } from './ledger.js'
import { type Direction, type Goal, indicatorDirections, objectiveNames } from './objectives.js'
import type { SearchEvent } from './search-events.js'
import {
  type CellType,
  type GenomeEvaluator,
  type IndicatorName,
  indicatorNames,
  type ObjectiveName,
  type SearchSpace,
} from './types.js'

/** `active`: at least one gene that matters changes; `reference`: the polynomial mutation of the release. */
export type MutationName = 'active' | 'reference'

export interface SearchOptions {
  readonly space: SearchSpace
  readonly evaluator: GenomeEvaluator
  /** Where everything is kept; a run that is already there is continued. */
  readonly ledger: Ledger
  /** Motifs and cell types that genomes may use; all but the null motif when left out. */
  readonly genes?: GenomeOptions
  /** Name of the run inside the ledger; runs of one ledger share their evaluations. Default `default`. */
  readonly run?: string
  /** Non-negative integer below 2^53. Default 99, as the release. */
  readonly seed?: number
  /** Survivors of each generation, at least 2. Default 50. */
  readonly population?: number
  /** Children of each generation, at least 1. Default 50. */
  readonly offspring?: number
  /** Generations, the initial population being the first. Default 100, unless `maxEvaluations` is given. */
  readonly generations?: number
  /**
   * Budget in place of `generations`: genomes asked for, whether their outcome is known already or not. Only whole
   * generations are run, so up to `offspring - 1` stay unspent and a later, larger budget continues exactly.
   */
  readonly maxEvaluations?: number
  /** What to optimise; the first decides which individual is called the best. Default fitness alone. */
  readonly objectives?: readonly ObjectiveName[]
  /** The indicator that is the fitness. Default manhattanSum. */
  readonly indicator?: IndicatorName
  /** Which end of the indicator is better. Default from `indicatorDirections`. */
  readonly direction?: Direction
  /** Default `active`. */
  readonly mutation?: MutationName
  /** Also draw as many genomes at random, after the evolution, from the same cache. Default false. */
  readonly baseline?: boolean
  readonly onEvent?: (event: SearchEvent) => void
  /** Stops the search after the evaluation in progress. */
  readonly signal?: AbortSignal
}

/** Options with their defaults, checked. */
export interface SearchPlan extends Goal {
  readonly space: SearchSpace
  readonly evaluator: GenomeEvaluator
  readonly ledger: Ledger
  readonly genes: GenomeOptions
  readonly run: string
  readonly seed: number
  readonly population: number
  readonly offspring: number
  readonly generations: number
  readonly mutation: MutationName
  readonly baseline: boolean
  readonly onEvent: (event: SearchEvent) => void
  readonly signal: AbortSignal | null
  /** Canonical JSON of all that must be equal for a run to be continued. */
  readonly configuration: string
}

/**
 * Checks options and fills in defaults.
 * @throws OptionError naming the option, what it must be and what it is
 */
export function planSearch(options: SearchOptions): SearchPlan {
  const run = options.run ?? 'default'
  if (typeof run !== 'string' || run.trim() === '') throw new OptionError('run', 'must be a name; got an empty text.')
  const seed = integer('seed', options.seed ?? 99, 0)
  const population = integer('population', options.population ?? 50, 2)
  const offspring = integer('offspring', options.offspring ?? 50, 1)
  const objectives = [...(options.objectives ?? (['fitness'] as const))]
  const known = objectives.every((name) => objectiveNames.includes(name))
  if (objectives.length === 0 || !known || new Set(objectives).size !== objectives.length) {
    const found = objectives.join(', ') || 'none'
    throw new OptionError('objectives', `must be different names out of ${objectiveNames.join(', ')}; got ${found}.`)
  }
  const indicator = oneOf('indicator', options.indicator ?? 'manhattanSum', indicatorNames)
  const genes = checkedGenes(options.space, options.genes ?? {})
  const plan = {
    space: options.space,
    genes,
    evaluator: options.evaluator,
    ledger: options.ledger,
    run,
    seed,
    population,
    offspring,
    generations: generationsOf(options, population, offspring),
    objectives,
    indicator,
    direction: oneOf('direction', options.direction ?? indicatorDirections[indicator], ['higher', 'lower']),
    mutation: oneOf('mutation', options.mutation ?? 'active', ['active', 'reference']),
    baseline: options.baseline ?? false,
    onEvent: options.onEvent ?? (() => {}),
    signal: options.signal ?? null,
  }
  return { ...plan, configuration: configurationOf(plan) }
}

/** @throws OptionError for a space or a choice of genes that no genome can fit */
function checkedGenes(space: SearchSpace, options: GenomeOptions): Required<GenomeOptions> {
  const { motifs, cellTypes } = genomeChoices(options)
  try {
    decode(
      geneBounds(space.cells, options).map(({ low }) => low),
      space,
      options,
    )
  } catch (error) {
    // this one genome may well be impossible; that is an outcome and no wrong option
    if (!(error instanceof GenomeError)) throw error
  }
  return { motifs, cellTypes: cellTypes as readonly CellType[] }
}

function generationsOf(options: SearchOptions, population: number, offspring: number): number {
  if (options.maxEvaluations === undefined) return integer('generations', options.generations ?? 100, 1)
  if (options.generations !== undefined) {
    throw new OptionError('maxEvaluations', 'must not be given together with generations.', 'Give one of the two.')
  }
  const budget = integer('maxEvaluations', options.maxEvaluations, population)
  return 1 + Math.floor((budget - population) / offspring)
}

/** The budget is left out, so that a run can be made longer, and so is the baseline, which can be added later. */
function configurationOf(plan: Omit<SearchPlan, 'configuration'>): string {
  const { space, genes, seed, population, offspring, objectives, mutation } = plan
  const fitness = objectives.includes('fitness') ? { indicator: plan.indicator, direction: plan.direction } : null
  const evaluator = plan.evaluator.identity
  return canonicalJson({
    version: 1,
    space,
    genes,
    evaluator,
    seed,
    population,
    offspring,
    objectives,
    fitness,
    mutation,
  })
}

/**
 * Starts the plan's run in its ledger, or makes sure that the one that is there is the same.
 * @throws LedgerError naming every setting that differs
 */
export function enterRun(plan: SearchPlan): void {
  const { ledger, run, configuration } = plan
  const stored = ledger.configuration(run)
  if (stored === undefined) {
    ledger.createRun(run, configuration)
    return
  }
  if (stored === configuration) return
  const differences = compare(JSON.parse(stored), JSON.parse(configuration), '')
  throw new LedgerError(
    ledger.location,
    `run "${run}" must be continued with its own settings: ${differences.join('; ')}.`,
    'Use those settings, or give this search another run name or ledger.',
  )
}

function compare(stored: unknown, given: unknown, path: string): string[] {
  if (isRecord(stored) && isRecord(given)) {
    const names = [...new Set([...Object.keys(stored), ...Object.keys(given)])].sort()
    return names.flatMap((name) => compare(stored[name], given[name], path === '' ? name : `${path}.${name}`))
  }
  const [before, now] = [JSON.stringify(stored), JSON.stringify(given)]
  return before === now ? [] : [`${path} is ${before ?? 'not set'} there and ${now ?? 'not set'} here`]
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function integer(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new OptionError(name, `must be an integer of at least ${least}; got ${String(value)}.`)
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value
  throw new OptionError(name, `must be one of ${allowed.join(', ')}; got ${String(value)}.`)
}
