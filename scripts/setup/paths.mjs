import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Where things that outlive a checkout are kept. `src/host/node/driver-environment.ts` computes the same folder. */
export const cacheFolder = () => process.env.NEUROMOTIF_CACHE || join(homedir(), '.cache', 'neuromotif')

export const environmentFile = () => join(cacheFolder(), 'environment.json')

/** Parsed JSON, or null when the file is missing or damaged: set-up then simply does its work again. */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

/** Writes through a temporary name: a reader sees the old file or the new one, never half of it. */
export function writeJson(file, value) {
  mkdirSync(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}`
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`)
  renameSync(temporary, file)
}
