import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { runCommand } from './command.mjs'

const listFiles = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    : []

/** Checksum of all that decides what the build produces. */
export function sourceChecksum(folder) {
  const files = [
    ...listFiles(join(folder, 'src')),
    ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsdown.config.ts'].map((name) => join(folder, name)),
  ]
    .filter((file) => existsSync(file))
    .sort()
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(`${relative(folder, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  return hash.digest('hex')
}

/**
 * Builds dist/ unless it was built from these very sources.
 * @returns whether it was built
 */
export function ensureBuild(
  folder,
  build = (cwd) =>
    runCommand(process.execPath, [join(cwd, 'node_modules/tsdown/dist/run.mjs'), '--logLevel', 'warn'], { cwd }),
) {
  const stamp = join(folder, 'dist', '.sources')
  const checksum = sourceChecksum(folder)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === checksum) return false
  console.error('setup: building dist/')
  build(folder)
  writeFileSync(stamp, checksum)
  return true
}
