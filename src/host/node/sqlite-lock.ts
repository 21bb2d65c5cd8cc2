import { LedgerError } from '../../errors.js'
import { type Connection, type ConnectionConstructor, connect, firstRow, guarded, isBusy } from './sqlite-file.js'

export interface LedgerLock {
  release(): void
}

/** How long a writer waits for another process that only looks at who holds the lock. */
const patience = 200

/**
 * Makes this process the only writer of a ledger. The lock is a write transaction kept open on a small database
 * beside it: the system ends it with the process, however that dies, so no stale lock can remain, and the process
 * number inside can still be read by whoever is refused. Readers of the ledger itself are not hindered.
 *
 * @throws LedgerError when another process holds it
 * @throws DiskError when the folder cannot be written
 */
export function lockLedger(database: ConnectionConstructor, path: string): LedgerLock {
  const lockPath = `${path}-lock`
  const connection = connect(database, lockPath, 'rwc', patience)
  try {
    guarded(lockPath, 'lock', () => {
      connection.exec('BEGIN IMMEDIATE')
      connection.exec('CREATE TABLE IF NOT EXISTS owner (process INTEGER NOT NULL, since TEXT NOT NULL)')
      connection.exec('DELETE FROM owner')
      connection.prepare('INSERT INTO owner VALUES (?, ?)').run([process.pid, new Date().toISOString()])
      connection.exec('COMMIT')
      connection.exec('BEGIN IMMEDIATE')
    })
  } catch (error) {
    const refusal = isBusy((error as Error).cause) ? held(path, connection, error) : error
    connection.close()
    throw refusal
  }
  return {
    release() {
      if (connection.inTransaction) connection.exec('ROLLBACK')
      connection.close()
    },
  }
}

function held(path: string, connection: Connection, cause: unknown): LedgerError {
  let owner = 'another process'
  try {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    const row = firstRow(connection, 'SELECT process, since FROM owner') as [number, string] | undefined
    if (row !== undefined) owner = `process ${row[0]} since ${row[1]}`
  } catch {
    // the owner is just writing its number: being refused is all there is to say
  }
  return new LedgerError(
    path,
    `must have one writer at a time; ${owner} holds it.`,
    'Wait until it ends, stop it, or give this search a ledger of its own.',
    { cause },
  )
}
