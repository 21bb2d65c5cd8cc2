/**
 * What a search writes down while it runs: every evaluation, every generation, and the configuration they belong to.
 * An implementation is synchronous and durable: when a write returns, it is where it is meant to stay.
 */
import { LedgerError } from '../errors.js'
import { canonicalJson } from './canonical.js'
import type { GenomeEvaluator, GenomeOutcome, SearchSpace } from './types.js'

/** Who asked for a genome: the evolutionary search or the random baseline beside it. */
export type Strategy = 'evolution' | 'random'
export const strategies: readonly Strategy[] = ['evolution', 'random']

/** One evaluation as it is kept. All runs of a ledger share them. */
export interface StoredEvaluation {
  /** From `evaluationIdentity`: two genomes with one identity have one outcome. */
  readonly identity: string
  readonly architectureKey: string
  /** The genome that was evaluated; others may decode to the same architecture. */
  readonly genome: readonly number[]
  readonly outcome: GenomeOutcome
  /** Wall-clock time of the evaluation. */
  readonly seconds: number
  /** The request that caused the evaluation: a replay of it after a crash is no cache hit. */
  readonly run: string
  readonly strategy: Strategy
  readonly ordinal: number
}

/** One genome a strategy asked for. */
export interface IndividualRecord {
  /** Position among all genomes the strategy asked for, from 0; the initial population comes first. */
  readonly id: number
  readonly genome: readonly number[]
  /** Canonical key of the decoded architecture, or `unbuildable:` and the genome. */
  readonly key: string
  /** Ids of the two parents; empty in the initial population and in random search. */
  readonly parents: readonly number[]
}

/** A member of the population after selection. */
export interface SurvivorRecord {
  readonly id: number
  /** Front it is in, 0 the best. */
  readonly rank: number
  /** Crowding distance in its whole front; null stands for infinity. */
  readonly crowding: number | null
}

/** One generation, complete: with the earlier ones it is all that is needed to continue. */
export interface GenerationRecord {
  readonly strategy: Strategy
  /** From 1; 1 is the initial population. */
  readonly number: number
  /** The genomes asked for in this generation, in order. */
  readonly individuals: readonly IndividualRecord[]
  readonly survivors: readonly SurvivorRecord[]
  /** Position of the strategy's random sequence after this generation. */
  readonly randomPosition: number
  /** Reference point of the hypervolume, one value an objective (minimised form); null before anything has a score. */
  readonly reference: readonly number[] | null
  /** Hypervolume of the survivors; null without a reference point. */
  readonly hypervolume: number | null
  /** Id of the best survivor by the first objective; null when none has a score. */
  readonly best: number | null
  /** How many of the individuals have a key that this strategy had met before. */
  readonly repeats: number
  /** How many of the individuals took their outcome from the ledger; depends on what it held before the run. */
  readonly cacheHits: number
}

/** How far a run has come; for listings, a resume does not need it. */
export type RunStatus = 'running' | 'interrupted' | 'finished'

/** Storage of searches. All methods throw LedgerError or DiskError, and leave what is stored intact when they do. */
export interface Ledger {
  /** Where it is: a path, or `memory`. */
  readonly location: string
  /** Names of the runs, sorted. */
  runs(): readonly string[]
  /** Canonical JSON of the run's configuration; undefined when there is no such run. */
  configuration(run: string): string | undefined
  /** Starts a run. @throws LedgerError when its name is taken */
  createRun(run: string, configuration: string): void
  status(run: string): RunStatus | undefined
  setStatus(run: string, status: RunStatus): void
  /** The evaluation of this identity, from whichever run. */
  findEvaluation(identity: string): StoredEvaluation | undefined
  /** Adds an evaluation, durably. @throws LedgerError when the identity is already there */
  recordEvaluation(evaluation: StoredEvaluation): void
  /** The run's generations of one strategy, by number. */
  generations(run: string, strategy: Strategy): readonly GenerationRecord[]
  /** Adds the next generation, all of it or nothing. @throws LedgerError when it is not the next one */
  commitGeneration(run: string, generation: GenerationRecord): void
  /** Releases the storage; further use throws LedgerError. Closing twice is harmless. */
  close(): void
}

/**
 * What a score depends on, as one text: the architecture's canonical key, the search space around it and everything
 * the evaluator says about itself (sheet 00, section 2: a cache that outlives one run).
 */
export function evaluationIdentity(
  space: SearchSpace,
  evaluator: Pick<GenomeEvaluator, 'identity'>,
  architectureKey: string,
): string {
  return canonicalJson({ architecture: architectureKey, space, evaluator: evaluator.identity })
}

/** @throws LedgerError unless `number` follows `last` */
export function checkNextGeneration(location: string, run: string, record: GenerationRecord, last: number): void {
  if (record.number === last + 1) return
  throw new LedgerError(
    location,
    `the next ${record.strategy} generation of run "${run}" must be ${last + 1}; got ${record.number}.`,
    'Something else has written this run; open the ledger again and resume.',
  )
}

export const unknownRun = (location: string, run: string, known: readonly string[]): LedgerError =>
  new LedgerError(
    location,
    `run "${run}" must exist; found ${known.length === 0 ? 'none' : known.map((name) => `"${name}"`).join(', ')}.`,
    'Give the name of a run of this ledger.',
  )

export const takenRun = (location: string, run: string): LedgerError =>
  new LedgerError(
    location,
    `a new run must have a new name; "${run}" exists.`,
    'Resume it with its configuration or choose another name.',
  )

export const takenIdentity = (location: string, key: string): LedgerError =>
  new LedgerError(
    location,
    `an evaluation is recorded once; ${key} is already here.`,
    'Look it up with findEvaluation first.',
  )
