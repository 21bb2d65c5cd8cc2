import type { Strategy } from './ledger.js'
import type { GenomeOutcome } from './types.js'

/** An outcome is in the ledger; sent after it is durable. */
export interface EvaluationEvent {
  readonly type: 'evaluation'
  readonly strategy: Strategy
  readonly generation: number
  /** Genomes of the strategy that have an outcome now, out of `total`. */
  readonly count: number
  readonly total: number
  /** The outcome was known: nothing was run for it. */
  readonly cached: boolean
  readonly key: string
  readonly outcome: GenomeOutcome
  /** Time of the evaluation when it was run. */
  readonly seconds: number
}

/** A generation is in the ledger; sent after it is durable. */
export interface GenerationEvent {
  readonly type: 'generation'
  readonly strategy: Strategy
  readonly number: number
  readonly total: number
  /** The best survivor and its objectives in minimised form; null when none has a score. */
  readonly best: { readonly id: number; readonly key: string; readonly objectives: readonly number[] } | null
  readonly hypervolume: number | null
  /** Of this generation. */
  readonly cacheHits: number
  readonly individuals: number
}

/** Committed generations were found and are continued. */
export interface ResumeEvent {
  readonly type: 'resume'
  readonly strategy: Strategy
  readonly generation: number
  readonly count: number
}

export type SearchEvent = EvaluationEvent | GenerationEvent | ResumeEvent
