import { canonicalJson } from './canonical.js'
import { evaluationIdentity, type GenerationRecord, type Ledger, strategies, unknownRun } from './ledger.js'
import type { GenomeEvaluator, SearchSpace } from './types.js'

/**
 * A run of a ledger as one text: sorted keys, stable order, and nothing that depends on time, on the machine or on
 * what else the ledger holds. Two runs with the same settings and budget give the same text, however often they were
 * interrupted. Evaluations of a generation that was not finished are left out.
 *
 * @param run name of the run, `default` when left out
 * @throws LedgerError when there is no such run, or the ledger is damaged
 */
export function exportArchive(ledger: Ledger, run = 'default'): string {
  const text = ledger.configuration(run)
  if (text === undefined) throw unknownRun(ledger.location, run, ledger.runs())
  const configuration = JSON.parse(text) as { space: SearchSpace; evaluator: GenomeEvaluator['identity'] }
  const { space, evaluator } = configuration
  const generations = strategies.flatMap((strategy) => ledger.generations(run, strategy))
  const keys = [...new Set(generations.flatMap((each) => each.individuals.map(({ key }) => key)))].sort()
  const evaluations = keys.map((key) => {
    const found = ledger.findEvaluation(evaluationIdentity(space, { identity: evaluator }, key))
    return { key, outcome: found?.outcome ?? null }
  })
  const archive = { format: 'neuromotif-archive', version: 1, configuration, generations: generations.map(timeless) }
  return `${canonicalJson({ ...archive, evaluations }, 1)}\n`
}

/** Without the cache hits: they depend on what other runs had put into the ledger. */
function timeless({ cacheHits: _, ...record }: GenerationRecord): Omit<GenerationRecord, 'cacheHits'> {
  return record
}
