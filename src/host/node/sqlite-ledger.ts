import { createHash } from 'node:crypto'
import { LedgerError, OptionError } from '../../errors.js'
import { canonicalJson } from '../../nas/canonical.js'
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
} from '../../nas/ledger.js'
import {
  type Connection,
  connect,
  firstRow,
  guarded,
  inspectHeader,
  isBusy,
  loadLibsql,
  settledPath,
  value,
} from './sqlite-file.js'
import { type LedgerLock, lockLedger } from './sqlite-lock.js'
import { checkWhole, createTables, isBlank } from './sqlite-schema.js'

export interface SqliteLedgerOptions {
  /** Only read, also while another process writes; every write throws LedgerError. */
  readonly readOnly?: boolean
  /** Largest size of the file in bytes; a write beyond it throws DiskError. At least 65536. */
  readonly maximumBytes?: number
}

/** Ledgers this process writes: reading a file's header while it is open here would drop the system's locks on it. */
const openHere = new Set<string>()

/**
 * Opens a ledger in one SQLite file, or makes it. Write-ahead log with full synchronisation: what a method has
 * written survives a kill and a power loss. One process writes at a time (`<path>-lock`); any number may read.
 *
 * @throws LedgerError when it is held by another process, damaged, of a newer format or no ledger at all
 * @throws DiskError when the path cannot be used
 * @throws MissingDependencyError when libsql is not installed
 */
export async function openSqliteLedger(path: string, options: SqliteLedgerOptions = {}): Promise<SqliteLedger> {
  const { readOnly = false, maximumBytes = null } = options
  if (maximumBytes !== null && !(Number.isSafeInteger(maximumBytes) && maximumBytes >= 65536)) {
    throw new OptionError('maximumBytes', `must be an integer of at least 65536; got ${maximumBytes}.`)
  }
  const database = await loadLibsql()
  const location = settledPath(path)
  if (readOnly) {
    const connection = connect(database, location, 'ro')
    try {
      guarded(location, 'read', () => checkWhole(location, connection))
    } catch (error) {
      connection.close()
      throw error
    }
    return new SqliteLedger(location, connection, null)
  }
  if (openHere.has(location)) {
    throw new LedgerError(location, 'must have one writer at a time; this process has it open.', 'Close it first.')
  }
  inspectHeader(location)
  const lock = lockLedger(database, location)
  let connection: Connection | null = null
  try {
    const opened = connect(database, location, 'rwc')
    connection = opened
    guarded(location, 'open', () => {
      if (isBlank(opened)) {
        createTables(opened)
        // before the check below: libsql keeps the check's read open when the journal changes after it
        value(opened, writeAhead)
      }
      checkWhole(location, opened)
      value(opened, writeAhead)
      opened.exec('PRAGMA synchronous = FULL')
      opened.exec('PRAGMA foreign_keys = ON')
      const pageSize = value(opened, 'PRAGMA page_size') as number
      if (maximumBytes !== null) value(opened, `PRAGMA max_page_count = ${Math.floor(maximumBytes / pageSize)}`)
    })
    openHere.add(location)
    return new SqliteLedger(location, opened, lock)
  } catch (error) {
    connection?.close()
    lock.release()
    throw error
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

type EvaluationRow = [string, string, string, string, number, string, Strategy, number, string]
type GenerationRow = [number, string, string, number, string, number | null, number | null, number, number, string]

/** A ledger in a file; made by `openSqliteLedger`. */
export class SqliteLedger implements Ledger {
  private closed = false

  constructor(
    readonly location: string,
    private readonly connection: Connection,
    private readonly lock: LedgerLock | null,
  ) {}

  runs(): readonly string[] {
    return this.read(() => {
      const rows = this.connection.prepare('SELECT name FROM runs').raw().all() as [string][]
      return rows.map(([name]) => name).sort()
    })
  }

  configuration(run: string): string | undefined {
    return this.read(() => {
      const row = firstRow(this.connection, 'SELECT configuration, checksum FROM runs WHERE name = ?', [run])
      if (row === undefined) return undefined
      const [configuration, checksum] = row as [string, string]
      this.verify(`run "${run}"`, [run, configuration], checksum)
      return configuration
    })
  }

  createRun(run: string, configuration: string): void {
    this.write('add a run to', () => {
      if (this.exists(run)) throw takenRun(this.location, run)
      const row = [run, configuration, 'running', this.checksum([run, configuration]), new Date().toISOString()]
      this.connection.prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?)').run(row)
    })
  }

  status(run: string): RunStatus | undefined {
    return this.read(() => {
      const row = firstRow(this.connection, 'SELECT status FROM runs WHERE name = ?', [run])
      return (row as [RunStatus] | undefined)?.[0]
    })
  }

  setStatus(run: string, status: RunStatus): void {
    this.write('write the state to', () => {
      this.demand(run)
      this.connection.prepare('UPDATE runs SET status = ? WHERE name = ?').run([status, run])
    })
  }

  findEvaluation(identity: string): StoredEvaluation | undefined {
    return this.read(() => {
      const row = firstRow(
        this.connection,
        'SELECT identity, architecture_key, genome, outcome, seconds, run, strategy, ordinal, checksum ' +
          'FROM evaluations WHERE hash = ?',
        [digest(identity)],
      ) as EvaluationRow | undefined
      if (row === undefined) return undefined
      const [found, architectureKey, genome, outcome, seconds, run, strategy, ordinal, checksum] = row
      const where = `the evaluation of ${architectureKey}`
      this.verify(where, [found, architectureKey, genome, outcome, seconds, run, strategy, ordinal], checksum)
      if (found !== identity) throw this.damaged(where)
      const parsed = { genome: JSON.parse(genome), outcome: JSON.parse(outcome) }
      return { identity, architectureKey, ...parsed, seconds, run, strategy, ordinal }
    })
  }

  recordEvaluation(evaluation: StoredEvaluation): void {
    this.write('write an evaluation to', () => {
      const { identity, architectureKey, seconds, run, strategy, ordinal } = evaluation
      this.demand(run)
      const hash = digest(identity)
      if (firstRow(this.connection, 'SELECT 1 FROM evaluations WHERE hash = ?', [hash]) !== undefined) {
        throw takenIdentity(this.location, architectureKey)
      }
      const texts = [canonicalJson(evaluation.genome), canonicalJson(evaluation.outcome)]
      const row = [identity, architectureKey, ...texts, seconds, run, strategy, ordinal]
      this.connection
        .prepare('INSERT INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run([hash, ...row, this.checksum(row), new Date().toISOString()])
    })
  }

  generations(run: string, strategy: Strategy): readonly GenerationRecord[] {
    return this.read(() => {
      this.demand(run)
      const rows = this.connection
        .prepare(
          'SELECT number, individuals, survivors, random_position, reference, hypervolume, best, repeats, ' +
            'cache_hits, checksum FROM generations WHERE run = ? AND strategy = ? ORDER BY number',
        )
        .raw()
        .all([run, strategy]) as GenerationRow[]
      return rows.map((row, i) => this.generation(run, strategy, row, i + 1))
    })
  }

  commitGeneration(run: string, generation: GenerationRecord): void {
    this.write('write a generation to', () => {
      this.demand(run)
      const { strategy } = generation
      const query = 'SELECT coalesce(max(number), 0) FROM generations WHERE run = ? AND strategy = ?'
      const [last] = firstRow(this.connection, query, [run, strategy]) as [number]
      checkNextGeneration(this.location, run, generation, last)
      const row = [
        generation.number,
        canonicalJson(generation.individuals),
        canonicalJson(generation.survivors),
        generation.randomPosition,
        canonicalJson(generation.reference),
        generation.hypervolume,
        generation.best,
        generation.repeats,
        generation.cacheHits,
      ]
      this.connection
        .prepare('INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run([run, strategy, ...row, this.checksum([run, strategy, ...row]), new Date().toISOString()])
    })
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    openHere.delete(this.location)
    try {
      // a whole file that can be copied; without it the log beside it would have to travel along
      if (this.lock !== null) guarded(this.location, 'close', () => value(this.connection, checkpoint))
    } catch (error) {
      // a reader still needs the log: it stays beside the file, and the next writer merges it
      if (!isBusy((error as Error).cause)) throw error
    } finally {
      this.connection.close()
      this.lock?.release()
    }
  }

  private generation(run: string, strategy: Strategy, row: GenerationRow, expected: number): GenerationRecord {
    const [number, individuals, survivors, randomPosition, reference, hypervolume, best, repeats, cacheHits] = row
    const where = `${strategy} generation ${expected} of run "${run}"`
    this.verify(where, [run, strategy, ...row.slice(0, -1)], row[9])
    if (number !== expected) throw this.damaged(where)
    const parsed = {
      individuals: JSON.parse(individuals),
      survivors: JSON.parse(survivors),
      reference: JSON.parse(reference),
    }
    return { strategy, number, ...parsed, randomPosition, hypervolume, best, repeats, cacheHits }
  }

  private exists(run: string): boolean {
    return firstRow(this.connection, 'SELECT 1 FROM runs WHERE name = ?', [run]) !== undefined
  }

  private demand(run: string): void {
    if (!this.exists(run)) throw unknownRun(this.location, run, this.runs())
  }

  private checksum(row: readonly unknown[]): string {
    return digest(canonicalJson(row))
  }

  private verify(where: string, row: readonly unknown[], checksum: string): void {
    if (this.checksum(row) !== checksum) throw this.damaged(where)
  }

  private damaged(where: string): LedgerError {
    return new LedgerError(
      this.location,
      `${where} must be as it was written; it has been altered or is missing.`,
      'Restore a copy of the file, or start a new ledger.',
    )
  }

  private read<T>(work: () => T): T {
    this.checkOpen()
    return guarded(this.location, 'read', work)
  }

  /** All of the work in one transaction, or none of it. */
  private write(verb: string, work: () => void): void {
    this.checkOpen()
    if (this.lock === null) {
      throw new LedgerError(this.location, 'must be open for writing; it was opened read-only.', 'Open it again.')
    }
    guarded(this.location, verb, () => {
      this.connection.exec('BEGIN IMMEDIATE')
      try {
        work()
        this.connection.exec('COMMIT')
      } catch (error) {
        // a full disk ends the transaction by itself
        if (this.connection.inTransaction) this.connection.exec('ROLLBACK')
        throw error
      }
    })
  }

  private checkOpen(): void {
    if (this.closed) throw new LedgerError(this.location, 'must be open; it was closed.', 'Open it again.')
  }
}

const checkpoint = 'PRAGMA wal_checkpoint(TRUNCATE)'
const writeAhead = 'PRAGMA journal_mode = WAL'
