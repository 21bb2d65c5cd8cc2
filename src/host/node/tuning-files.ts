/** Tuning tables in the cache folder, one file for each adapter. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../../errors.js'
import { writeTextWhole } from './run-folder.js'

const cap = 4 * 2 ** 20

/** NEUROMOTIF_CACHE, else ~/.cache/neuromotif; the name of the adapter is hashed, whatever characters it has. */
export const tuningFile = (adapter: string): string =>
  join(
    process.env.NEUROMOTIF_CACHE || join(homedir(), '.cache', 'neuromotif'),
    'tuning',
    `${createHash('sha256').update(adapter).digest('hex').slice(0, 16)}.json`,
  )

/** A `TuningStorage` on disk. */
export const tuningFiles = {
  /** @throws ConfigError when the file is larger than any table */
  load(adapter: string): string | null {
    const file = tuningFile(adapter)
    if (!existsSync(file)) return null
    if (statSync(file).size > cap)
      throw new ConfigError(file, `must be a tuning table of at most ${cap} bytes.`, 'Delete it.')
    return readFileSync(file, 'utf8')
  },
  /** @throws DiskError */
  save(adapter: string, text: string): void {
    writeTextWhole(tuningFile(adapter), text)
  },
}
