import { LedgerError } from '../errors.js'
import {
  checkNextGeneration,
  type GenerationRecord,
  type Ledger,
  type RunStatus,
  type StoredEvaluation,
  type Strategy,
  takenIdentity,
  takenRun,
  unknownRun,
} from './ledger.js'

interface MemoryRun {
  readonly configuration: string
  status: RunStatus
  readonly generations: Record<Strategy, string[]>
}

/**
 * A ledger that lives as long as the process: for pages, examples and tests. Records are kept as text, so that what
 * is read back is what a file would give, and no caller can change what is stored.
 */
export class MemoryLedger implements Ledger {
  readonly location = 'memory'
  private readonly stored = new Map<string, MemoryRun>()
  private readonly evaluations = new Map<string, string>()
  private closed = false

  runs(): readonly string[] {
    this.checkOpen()
    return [...this.stored.keys()].sort()
  }

  configuration(run: string): string | undefined {
    this.checkOpen()
    return this.stored.get(run)?.configuration
  }

  createRun(run: string, configuration: string): void {
    this.checkOpen()
    if (this.stored.has(run)) throw takenRun(this.location, run)
    this.stored.set(run, { configuration, status: 'running', generations: { evolution: [], random: [] } })
  }

  status(run: string): RunStatus | undefined {
    this.checkOpen()
    return this.stored.get(run)?.status
  }

  setStatus(run: string, status: RunStatus): void {
    this.find(run).status = status
  }

  findEvaluation(identity: string): StoredEvaluation | undefined {
    this.checkOpen()
    const text = this.evaluations.get(identity)
    return text === undefined ? undefined : (JSON.parse(text) as StoredEvaluation)
  }

  recordEvaluation(evaluation: StoredEvaluation): void {
    this.find(evaluation.run)
    if (this.evaluations.has(evaluation.identity)) throw takenIdentity(this.location, evaluation.architectureKey)
    this.evaluations.set(evaluation.identity, JSON.stringify(evaluation))
  }

  generations(run: string, strategy: Strategy): readonly GenerationRecord[] {
    return this.find(run).generations[strategy].map((text) => JSON.parse(text) as GenerationRecord)
  }

  commitGeneration(run: string, generation: GenerationRecord): void {
    const list = this.find(run).generations[generation.strategy]
    checkNextGeneration(this.location, run, generation, list.length)
    list.push(JSON.stringify(generation))
  }

  close(): void {
    this.closed = true
  }

  private find(run: string): MemoryRun {
    this.checkOpen()
    const found = this.stored.get(run)
    if (found === undefined) throw unknownRun(this.location, run, this.runs())
    return found
  }

  private checkOpen(): void {
    if (this.closed) throw new LedgerError(this.location, 'must be open; it was closed.', 'Make a new ledger.')
  }
}
