import { LimitError } from '../../src/errors.js'
import type { ArchitectureSpec, GenomeEvaluator, GenomeOutcome, SearchSpace } from '../../src/nas/types.js'
import { hashText } from '../../src/runtime/philox.js'

export const standInSpace: SearchSpace = {
  semantics: 'clean',
  cells: 4,
  width: 4,
  side: 16,
  inputChannels: 1,
  classes: 3,
  event: false,
}

/** Fitness as a pure function of the architecture's key, with every kind of failure among the outcomes. */
export function standInOutcome(architecture: ArchitectureSpec): GenomeOutcome {
  const { key, parameters, macsPerStep, lifPopulations } = architecture
  const hash = hashText(key)
  if (hash % 11 === 0) return { status: 'failed', kind: 'silent', reason: 'no population fires' }
  if (hash % 13 === 0) throw new LimitError('stand-in', 'it does not fit.')
  const rate = ((hash >>> 8) % 1000) / 1000
  const ones = [...key].filter((letter) => letter === '1').length
  const mean = hash % 17 === 0 ? null : ones + rate
  return {
    status: 'scored',
    indicators: {
      manhattanSum: { mean, standardError: 0.5 },
      cosineMean: { mean: rate, standardError: null },
    },
    parameters,
    macsPerStep,
    lifPopulations,
    synapticOperations: rate * macsPerStep,
    energyPicojoules: 4.6 * macsPerStep * (1 - rate),
    firingRate: rate,
  }
}

export class StandInEvaluator implements GenomeEvaluator {
  readonly identity
  /** Keys in the order in which they were evaluated. */
  readonly evaluated: string[] = []

  constructor(
    name = 'stand-in',
    private readonly before: (count: number) => Promise<void> | void = () => {},
  ) {
    this.identity = { name, timeSteps: 4 }
  }

  async evaluate(architecture: ArchitectureSpec): Promise<GenomeOutcome> {
    await this.before(this.evaluated.length)
    this.evaluated.push(architecture.key)
    return standInOutcome(architecture)
  }
}
