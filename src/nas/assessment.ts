import { GenomeError, LedgerError, LimitError, type NeuromotifError, NumericError } from '../errors.js'
import { decode } from './decode.js'
import { evaluationIdentity, type Strategy } from './ledger.js'
import { checkOutcome } from './objectives.js'
import { unbuildableKey } from './reproduction.js'
import type { SearchPlan } from './search-options.js'
import type { ArchitectureSpec, GenomeFailure, GenomeOutcome } from './types.js'

/** A genome's outcome and where it came from. */
export interface Assessment {
  readonly key: string
  readonly outcome: GenomeOutcome
  /** From the ledger, and not merely the replay of this very request. */
  readonly cached: boolean
  readonly seconds: number
}

/**
 * The outcome of a genome: from the ledger when its architecture is known there, else from the evaluator, and then in
 * the ledger before this returns.
 *
 * A genome that cannot be built, does not fit or gives numbers that are none has that as its outcome. Any other error
 * (a lost device, a full disk) says nothing about the genome: it is passed on and nothing is recorded.
 *
 * @param ordinal position of the request in its strategy
 */
export async function assess(
  plan: SearchPlan,
  strategy: Strategy,
  ordinal: number,
  genome: readonly number[],
): Promise<Assessment> {
  const { ledger, run } = plan
  const decoded = decodeOrFail(genome, plan)
  const identity = evaluationIdentity(plan.space, plan.evaluator, decoded.key)
  const known = ledger.findEvaluation(identity)
  if (known !== undefined) {
    const replay = known.run === run && known.strategy === strategy && known.ordinal === ordinal
    return { key: decoded.key, outcome: known.outcome, cached: !replay, seconds: known.seconds }
  }
  const start = performance.now()
  const outcome = decoded.failure ?? (await evaluate(plan, decoded.architecture))
  const seconds = (performance.now() - start) / 1000
  ledger.recordEvaluation({ identity, architectureKey: decoded.key, genome, outcome, seconds, run, strategy, ordinal })
  return { key: decoded.key, outcome, cached: false, seconds }
}

/** The recorded outcome of a key that a committed generation names. @throws LedgerError when it is gone */
export function recall(plan: SearchPlan, key: string): GenomeOutcome {
  const known = plan.ledger.findEvaluation(evaluationIdentity(plan.space, plan.evaluator, key))
  if (known !== undefined) return known.outcome
  throw new LedgerError(
    plan.ledger.location,
    `run "${plan.run}" names the architecture ${key}, whose evaluation must be there; it is missing.`,
    'Restore a copy of the ledger, or start a new one.',
  )
}

type Decoded =
  | { readonly key: string; readonly architecture: ArchitectureSpec; readonly failure: null }
  | { readonly key: string; readonly architecture: null; readonly failure: GenomeFailure }

function decodeOrFail(genome: readonly number[], plan: SearchPlan): Decoded {
  try {
    const architecture = decode(genome, plan.space, plan.genes)
    return { key: architecture.key, architecture, failure: null }
  } catch (error) {
    if (!(error instanceof GenomeError)) throw error
    const failure = { status: 'failed', kind: 'unbuildable', reason: error.message } as const
    return { key: unbuildableKey(genome), architecture: null, failure }
  }
}

async function evaluate(plan: SearchPlan, architecture: ArchitectureSpec): Promise<GenomeOutcome> {
  try {
    const outcome = await plan.evaluator.evaluate(architecture)
    checkOutcome(architecture.key, outcome)
    return outcome
  } catch (error) {
    const kind = failureKind(error)
    if (kind === null) throw error
    return { status: 'failed', kind, reason: (error as NeuromotifError).message }
  }
}

function failureKind(error: unknown): GenomeFailure['kind'] | null {
  if (error instanceof GenomeError) return 'unbuildable'
  if (error instanceof LimitError) return 'out-of-memory'
  return error instanceof NumericError ? 'numeric' : null
}
