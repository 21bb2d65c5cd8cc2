import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runNpm } from './command.mjs'

/**
 * Installs the packages of package-lock.json unless node_modules already holds them.
 * The stamp in node_modules is the checksum of the lock file it was installed from; a folder without one, installed by
 * hand, is accepted when npm wrote it after the lock file.
 * @returns whether anything was installed
 */
export function ensurePackages(folder, install = (cwd) => runNpm(['ci', '--no-audit', '--no-fund'], { cwd })) {
  const lockFile = join(folder, 'package-lock.json')
  const stamp = join(folder, 'node_modules', '.neuromotif-lock')
  const installed = join(folder, 'node_modules', '.package-lock.json')
  const sha256 = createHash('sha256').update(readFileSync(lockFile)).digest('hex')
  if (existsSync(stamp)) {
    if (readFileSync(stamp, 'utf8') === sha256) return false
  } else if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockFile).mtimeMs) {
    writeFileSync(stamp, sha256)
    return false
  }
  console.error('setup: installing packages (npm ci)')
  install(folder)
  writeFileSync(stamp, sha256)
  return true
}
