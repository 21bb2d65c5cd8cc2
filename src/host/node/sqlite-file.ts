import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type Libsql from 'libsql'
import { DiskError, LedgerError, MissingDependencyError, NeuromotifError } from '../../errors.js'

export type Connection = Libsql.Database
export type ConnectionConstructor = typeof Libsql

/** Marks our files among all SQLite files: "NMLG" in the header. */
export const applicationId = 0x4e4d4c47
export const schemaVersion = 1

const magic = 'SQLite format 3\0'

/** Loads the database package. @throws MissingDependencyError */
export async function loadLibsql(): Promise<ConnectionConstructor> {
  try {
    return (await import('libsql')).default
  } catch (cause) {
    throw new MissingDependencyError(
      'libsql',
      'must be installed with its binary for this platform to keep a search on disk.',
      'Run: npm install libsql',
      { cause },
    )
  }
}

/** The one name of a file: absolute, symbolic links of the file or its folder followed. @throws DiskError */
export function settledPath(path: string): string {
  const absolute = resolve(path)
  try {
    if (existsSync(absolute)) return realpathSync(absolute)
    return join(realpathSync(dirname(absolute)), basename(absolute))
  } catch (cause) {
    throw new DiskError(path, 'its folder must exist; it does not.', 'Make the folder or check the path.', { cause })
  }
}

/** Opens a connection that never waits long for a lock. @throws DiskError | LedgerError */
export function connect(
  database: ConnectionConstructor,
  path: string,
  mode: 'ro' | 'rw' | 'rwc',
  timeout = 0,
): Connection {
  // as a URI, so that no path is taken for a special name such as ":memory:"
  return guarded(path, 'open', () => new database(`${pathToFileURL(path).href}?mode=${mode}`, { timeout }))
}

/**
 * First row of a query, as a list. Reads to the end: the library's own `get` stops after one row and leaves the query
 * open until garbage is collected, and an open query keeps the write-ahead log from being emptied.
 */
export function firstRow(connection: Connection, query: string, parameters: readonly unknown[] = []): unknown {
  return connection.prepare(query).raw().all(parameters)[0]
}

/** First column of the first row of a query. */
export function value(connection: Connection, query: string): unknown {
  return (firstRow(connection, query) as unknown[] | undefined)?.[0]
}

/**
 * Looks at a file's first bytes without opening it as a database, so that what is not ours is never touched.
 * @throws LedgerError when there is something that is no ledger, or one of a newer version
 * @throws DiskError when the file cannot be read
 */
export function inspectHeader(path: string): 'absent' | 'empty' | 'ledger' {
  const header = Buffer.alloc(100)
  let length = 0
  try {
    if (!existsSync(path)) return 'absent'
    if (!statSync(path).isFile()) {
      throw new DiskError(path, 'must be a plain file; it is not.', 'Choose another path for the ledger.')
    }
    const file = openSync(path, 'r')
    try {
      length = readSync(file, header, 0, header.length, 0)
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    if (cause instanceof NeuromotifError) throw cause
    throw new DiskError(path, `could not be read: ${(cause as Error).message}.`, 'Check its permissions.', { cause })
  }
  if (length === 0) return 'empty'
  if (length < header.length || header.toString('latin1', 0, 16) !== magic) {
    throw new LedgerError(path, 'must be a search ledger; the file is not a database or is damaged.', elsewhere)
  }
  checkIdentity(path, header.readInt32BE(68), header.readInt32BE(60))
  return 'ledger'
}

const elsewhere = 'It was left as it is; choose another path or restore a copy.'

/** @throws LedgerError unless the file is a ledger of a version that this program knows */
export function checkIdentity(path: string, application: unknown, version: unknown): void {
  if (application !== applicationId) {
    throw new LedgerError(path, 'must be a search ledger; it is a database of something else.', elsewhere)
  }
  if (version !== schemaVersion) {
    throw new LedgerError(
      path,
      `must have ledger format ${schemaVersion}; it has ${String(version)}.`,
      'Use the version of neuromotif that wrote it, or start a new ledger.',
    )
  }
}

/** Runs database work and turns the library's errors into ones that say what to do. @throws DiskError | LedgerError */
export function guarded<T>(path: string, verb: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw cause instanceof NeuromotifError ? cause : translated(path, verb, cause)
  }
}

export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error))

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '')

function translated(path: string, verb: string, cause: unknown): NeuromotifError {
  const code = codeOf(cause)
  const message = cause instanceof Error ? cause.message : String(cause)
  if (code === 'SQLITE_FULL') {
    const advice = 'What was written before is intact: make room, then resume.'
    return new DiskError(path, `could not ${verb} it: the disk or the ledger's size limit is full.`, advice, { cause })
  }
  if (isBusy(cause)) {
    const advice = 'Wait for the other process to end, or choose another ledger.'
    return new LedgerError(path, `could not ${verb} it: another process is using it.`, advice, { cause })
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return new LedgerError(path, `could not ${verb} it: the file is damaged (${message}).`, elsewhere, { cause })
  }
  if (/^SQLITE_(IOERR|CANTOPEN|READONLY|PERM|NOLFS)/.test(code) || message.includes('ConnectionFailed')) {
    const advice = 'Check the path, its permissions and the disk.'
    return new DiskError(path, `could not ${verb} it: ${message}.`, advice, { cause })
  }
  return new LedgerError(path, `could not ${verb} it: ${message}.`, 'Check that nothing else changes the file.', {
    cause,
  })
}
