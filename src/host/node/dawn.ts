/** Dawn in Node: the only place that loads the `webgpu` package. */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { AdapterError, MissingDependencyError } from '../../errors.js'

// Dawn is torn down under a live device when the object that create() returned is collected: hold every one for ever.
const keptAlive: unknown[] = []

export interface DawnOptions {
  /** `null` compiles shaders without any GPU: for checks only. */
  readonly backend?: 'default' | 'null'
  /** Timestamps in nanoseconds instead of 65.5 us steps. */
  readonly preciseTimestamps?: boolean
}

/**
 * A WebGPU entry point on Dawn.
 * @throws MissingDependencyError when the `webgpu` package is absent or has no binary for this platform
 */
export async function createDawn(options: DawnOptions = {}): Promise<GPU> {
  let dawn: { create(flags: string[]): GPU; globals: Record<string, unknown> }
  try {
    dawn = (await import('webgpu')) as unknown as typeof dawn
  } catch (cause) {
    throw new MissingDependencyError(
      'webgpu',
      `the npm package "webgpu" (Dawn) could not be loaded on ${process.platform}-${process.arch}.`,
      'Run "npm install webgpu"; it has binaries for Linux, macOS and Windows.',
      { cause },
    )
  }
  for (const [name, value] of Object.entries(dawn.globals)) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  }
  const flags: string[] = []
  if (options.backend === 'null') flags.push('backend=null')
  if (options.preciseTimestamps ?? true) flags.push('disable-dawn-features=timestamp_quantization')
  const gpu = dawn.create(flags)
  keptAlive.push(gpu)
  return gpu
}

/**
 * Runs `work` while native code's writes to standard error go to a file, and returns what was written.
 * Dawn explains a missing driver only there, and prints harmless noise at every adapter request. Linux only;
 * elsewhere `work` simply runs.
 */
export async function captureNativeErrors<T>(work: () => Promise<T>): Promise<{ result: T; text: string }> {
  if (process.platform !== 'linux' || !existsSync('/proc/self/fd/2')) return { result: await work(), text: '' }
  // a plain file opened again has a position of its own, and would overwrite what standard output writes to it
  if (fstatSync(2).isFile()) return { result: await work(), text: '' }
  const file = join(tmpdir(), `neuromotif-stderr-${process.pid}-${Date.now()}`)
  let saved: number
  try {
    saved = openSync('/proc/self/fd/2', 'a')
  } catch {
    // a standard error that is a socket (a child of Node) cannot be opened again: leave it alone
    return { result: await work(), text: '' }
  }
  closeSync(2)
  openSync(file, 'a')
  try {
    const result = await work()
    return { result, text: readFileSync(file, 'utf8') }
  } finally {
    closeSync(2)
    openSync(`/proc/self/fd/${saved}`, 'a')
    closeSync(saved)
    rmSync(file, { force: true })
  }
}

/** Why there is no adapter, in words: the loader, the driver, or its age. */
export function explainMissingAdapter(nativeText: string): AdapterError {
  const drivers = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [],
  )
  const named = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'].find((name) => process.env[name])
  const missing = named && (process.env[named] ?? '').split(delimiter).find((path) => path && !existsSync(path))
  if (missing)
    return new AdapterError(
      'WebGPU',
      `an adapter is needed and none was found: ${named} names ${missing}, which is not there.`,
      `Correct ${named} or unset it.`,
    )
  const reason = /Couldn't load Vulkan|libvulkan/.test(nativeText)
    ? 'the Vulkan loader library (libvulkan.so.1) is missing.'
    : /IndexingRequired|ArrayDynamicIndexing/i.test(nativeText)
      ? 'the Vulkan driver that was found is too old (Mesa 23 or newer is needed).'
      : drivers.length === 0
        ? 'no Vulkan driver is installed.'
        : `no usable GPU was found (drivers present: ${drivers.join(', ')}).`
  const advice =
    process.platform === 'linux'
      ? 'Run "npm run setup" in a clone, or install the packages mesa-vulkan-drivers and libvulkan1 (from backports on Debian 12); on a machine with a GPU, its vendor driver.'
      : 'Update the graphics driver; Metal (macOS) or Direct3D 12 (Windows) must be available.'
  return new AdapterError('WebGPU', `an adapter is needed and none was found: ${reason}`, advice)
}
