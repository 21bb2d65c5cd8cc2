import { LedgerError } from '../../errors.js'
import { applicationId, type Connection, checkIdentity, schemaVersion, value } from './sqlite-file.js'

const tables = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE runs (
    name TEXT PRIMARY KEY,
    configuration TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('running', 'interrupted', 'finished')),
    checksum TEXT NOT NULL,
    created TEXT NOT NULL
  );
  CREATE TABLE evaluations (
    hash TEXT PRIMARY KEY,
    identity TEXT NOT NULL,
    architecture_key TEXT NOT NULL,
    genome TEXT NOT NULL,
    outcome TEXT NOT NULL,
    seconds REAL NOT NULL,
    run TEXT NOT NULL REFERENCES runs (name),
    strategy TEXT NOT NULL CHECK (strategy IN ('evolution', 'random')),
    ordinal INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    created TEXT NOT NULL
  );
  CREATE TABLE generations (
    run TEXT NOT NULL REFERENCES runs (name),
    strategy TEXT NOT NULL CHECK (strategy IN ('evolution', 'random')),
    number INTEGER NOT NULL,
    individuals TEXT NOT NULL,
    survivors TEXT NOT NULL,
    random_position INTEGER NOT NULL,
    reference TEXT NOT NULL,
    hypervolume REAL,
    best INTEGER,
    repeats INTEGER NOT NULL,
    cache_hits INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    created TEXT NOT NULL,
    PRIMARY KEY (run, strategy, number)
  );
  INSERT INTO meta VALUES ('writer', 'neuromotif'), ('schema', '${schemaVersion}');
`

/** True for a file without any table, such as a new one. */
export function isBlank(connection: Connection): boolean {
  return value(connection, 'SELECT count(*) FROM sqlite_master') === 0
}

/** Makes the tables of a new ledger, all at once: a kill in between leaves a blank file, never half a ledger. */
export function createTables(connection: Connection): void {
  connection.exec('BEGIN EXCLUSIVE')
  connection.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion};`)
  connection.exec(tables)
  connection.exec('COMMIT')
}

/** @throws LedgerError when the file is no ledger of this version, or its pages or rows contradict each other */
export function checkWhole(path: string, connection: Connection): void {
  checkIdentity(path, value(connection, 'PRAGMA application_id'), value(connection, 'PRAGMA user_version'))
  const found = value(connection, 'PRAGMA integrity_check(1)')
  if (found === 'ok') return
  throw new LedgerError(
    path,
    `must be whole; the file is damaged (${String(found).replaceAll('\n', ' ')}).`,
    'It was left as it is; restore a copy or start a new ledger.',
  )
}
