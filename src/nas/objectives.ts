import { NumericError, OptionError } from '../errors.js'
import type { GenomeOutcome, GenomeScore, IndicatorName, ObjectiveName } from './types.js'

export const objectiveNames: readonly ObjectiveName[] = ['fitness', 'parameters', 'synapticOperations', 'energy']

export type Direction = 'higher' | 'lower'

/**
 * Which end of an indicator means more distinct responses (sheet 00, sections 4.2 and 4.3). Sums and means of
 * similarities (Jaccard, cosine, Pearson): lower; distances (Manhattan, Hamming): higher. Log-determinants: higher,
 * those of Jaccard matrices included. The matrix has ones on its diagonal, so its determinant is largest when the
 * similarities beside the diagonal vanish and falls to zero when two samples respond alike, which section 4.3 scores
 * with minus infinity: the worst value, not the best.
 */
export const indicatorDirections: Readonly<Record<IndicatorName, Direction>> = {
  jaccardSum: 'lower',
  jaccardLogdet: 'higher',
  manhattanSum: 'higher',
  cosineSum: 'lower',
  pearsonSum: 'lower',
  lspLogdet: 'higher',
  jaccardMean: 'lower',
  jaccardLogdetClean: 'higher',
  hammingMean: 'higher',
  cosineMean: 'lower',
  pearsonMean: 'lower',
  sahdLogdet: 'higher',
}

/** What a search optimises. */
export interface Goal {
  readonly objectives: readonly ObjectiveName[]
  readonly indicator: IndicatorName
  readonly direction: Direction
}

/** How an outcome enters the ranking: one value an objective, all to be minimised, or the reason why there is none. */
export type Standing =
  | { readonly objectives: readonly number[]; readonly failure: null }
  | { readonly objectives: null; readonly failure: string }

/**
 * @throws OptionError when the evaluator did not compute the chosen indicator
 */
export function standingOf(outcome: GenomeOutcome, goal: Goal): Standing {
  if (outcome.status === 'failed') return { objectives: null, failure: `${outcome.kind}: ${outcome.reason}` }
  const objectives: number[] = []
  for (const objective of goal.objectives) {
    const value = minimised(outcome, objective, goal)
    if (value === null) return { objectives: null, failure: `numeric: ${goal.indicator} is not finite` }
    objectives.push(value)
  }
  return { objectives, failure: null }
}

function minimised(score: GenomeScore, objective: ObjectiveName, goal: Goal): number | null {
  if (objective === 'energy') return score.energyPicojoules
  if (objective !== 'fitness') return score[objective]
  const indicator = score.indicators[goal.indicator]
  if (indicator === undefined) {
    throw new OptionError(
      'indicator',
      `must be one that the evaluator computes; ${goal.indicator} is missing beside ` +
        `${Object.keys(score.indicators).join(', ') || 'no other'}.`,
      'Choose one of those, or let the evaluator compute it.',
    )
  }
  if (indicator.mean === null) return null
  // `0 -` and not a sign change: minus zero would be another text in an export
  return goal.direction === 'higher' ? 0 - indicator.mean : indicator.mean
}

/**
 * Guards the ledger against numbers that are none.
 * @throws NumericError when a score holds NaN, an infinity or a negative size
 */
export function checkOutcome(key: string, outcome: GenomeOutcome): void {
  if (outcome.status === 'failed') return
  const { parameters, macsPerStep, lifPopulations, synapticOperations, energyPicojoules, firingRate } = outcome
  const sizes = { parameters, macsPerStep, lifPopulations, synapticOperations, energyPicojoules, firingRate }
  for (const [name, size] of Object.entries(sizes)) {
    if (!(Number.isFinite(size) && size >= 0)) throw notFinite(key, name, size, 'a finite number of at least 0')
  }
  for (const [name, { mean, standardError }] of Object.entries(outcome.indicators)) {
    for (const number of [mean, standardError]) {
      if (number !== null && !Number.isFinite(number)) throw notFinite(key, name, number, 'finite or null')
    }
  }
}

const notFinite = (key: string, name: string, found: number, expected: string): NumericError =>
  new NumericError(`score of ${key}`, `${name} must be ${expected}; got ${found}.`)
