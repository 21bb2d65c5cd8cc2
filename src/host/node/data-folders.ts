import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DiskError } from '../../errors.js'

/**
 * The folder in which fetched data are kept: `NEUROMOTIF_CACHE`, else the cache folder of the XDG base directory
 * specification, `~/.cache/neuromotif/data` unless `XDG_CACHE_HOME` says otherwise.
 */
export function defaultDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment.NEUROMOTIF_CACHE
  if (own) return resolve(own)
  const xdg = environment.XDG_CACHE_HOME
  // the specification has relative paths ignored
  const base = xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache')
  return join(base, 'neuromotif', 'data')
}

/**
 * A folder under `assets/` of this package, wherever the package was put and however its code is bundled.
 * @throws DiskError when the package was installed without it
 */
export function assetFolder(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const candidate = join(folder, 'assets', name)
    if (existsSync(candidate)) return candidate
    const above = dirname(folder)
    if (above === folder) break
    folder = above
  }
  throw new DiskError(`assets/${name}`, 'this folder of the package is missing.', 'Install neuromotif again.')
}
