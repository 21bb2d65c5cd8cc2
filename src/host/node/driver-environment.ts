/** The graphics driver that set-up found or brought along: environment variables that must be there before Dawn loads. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants, homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { FileFormatError } from '../../errors.js'

const schema = z.object({
  version: z.literal(1),
  /** `system`, `user-packages` (Mesa unpacked in the cache folder) or `swiftshader`. */
  route: z.string(),
  /** Name of the adapter that came up. */
  adapter: z.string(),
  variables: z.record(z.string(), z.string()),
  /** A Vulkan loader library that came with the driver; null: the system's. */
  loader: z.string().nullable(),
  /** Folders of the driver's libraries. */
  libraryPath: z.array(z.string()),
  /** Whether those must be in LD_LIBRARY_PATH, because the driver does not name them itself. */
  libraryPathNeeded: z.boolean(),
})

/** What `npm run setup` noted about this machine's driver. */
export type DriverEnvironment = z.infer<typeof schema>

/** Marks a process that was started again, so that it never happens twice. */
const restartedMark = 'NEUROMOTIF_DRIVER_RESTARTED'

/** `environment.json` in the cache folder: NEUROMOTIF_CACHE, else ~/.cache/neuromotif. */
export const driverEnvironmentFile = (): string =>
  join(process.env.NEUROMOTIF_CACHE || join(homedir(), '.cache', 'neuromotif'), 'environment.json')

/**
 * What set-up noted; null when it never ran, which is fine on a machine with a driver of its own.
 * @throws FileFormatError when the file is damaged
 */
export function readDriverEnvironment(file = driverEnvironmentFile()): DriverEnvironment | null {
  if (!existsSync(file)) return null
  const advice = 'Delete the file and run "npm run setup" in a clone of Neuromotif.'
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new FileFormatError(file, 'must be JSON and cannot be parsed.', advice, { cause })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const first = parsed.error.issues[0]
  const place = first?.path.join('.') || 'the whole'
  throw new FileFormatError(file, `must be what set-up writes; at ${place}: ${first?.message}.`, advice)
}

/** Whether Dawn will find the loader beside its own binary. */
function loaderIsBesideDawn(): boolean {
  try {
    const dawn = dirname(createRequire(import.meta.url).resolve('webgpu'))
    const folders = [dawn, join(dawn, 'dist')]
    return folders.some((folder) => existsSync(join(folder, `${process.platform}-${process.arch}`, 'libvulkan.so.1')))
  } catch {
    // `webgpu` cannot be resolved: loading it will say so, better than this could
    return true
  }
}

/**
 * Sets the noted variables in `process.env`, before Dawn is loaded; what the user has set wins, and a driver whose files
 * are gone is left out. Cheap and harmless to call again.
 *
 * LD_LIBRARY_PATH is the one thing that a running process cannot change for itself: where the driver needs it and it is
 * not set, the answer is `restart`, and a command line then calls `restartWithDriver`.
 */
export function applyDriverEnvironment(file = driverEnvironmentFile()): 'ready' | 'restart' {
  const noted = readDriverEnvironment(file)
  if (noted === null) return 'ready'
  const present = (noted.variables.VK_DRIVER_FILES ?? '').split(':').every((path) => path === '' || existsSync(path))
  for (const [name, value] of Object.entries(noted.variables)) {
    if (name === 'VK_DRIVER_FILES' && (!present || process.env.VK_ICD_FILENAMES)) continue
    process.env[name] ??= value
  }
  if (!present || noted.libraryPath.length === 0 || process.env[restartedMark]) return 'ready'
  const current = (process.env.LD_LIBRARY_PATH ?? '').split(':')
  if (noted.libraryPath.every((folder) => current.includes(folder))) return 'ready'
  return noted.libraryPathNeeded || (noted.loader !== null && !loaderIsBesideDawn()) ? 'restart' : 'ready'
}

/**
 * Runs this very program again with the driver's folders in LD_LIBRARY_PATH and ends with its exit status. For command
 * lines only: a library must not start its caller twice. Costs about 90 ms.
 */
export function restartWithDriver(file = driverEnvironmentFile()): Promise<never> {
  const folders = readDriverEnvironment(file)?.libraryPath ?? []
  const libraryPath = [...folders, ...(process.env.LD_LIBRARY_PATH ?? '').split(':')].filter(Boolean).join(':')
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, LD_LIBRARY_PATH: libraryPath, [restartedMark]: '1' },
  })
  // a terminal sends Ctrl-C to the child as well; this process only has to outlive it
  process.on('SIGINT', () => {})
  process.on('SIGTERM', (signal) => child.kill(signal))
  return new Promise((_, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}
