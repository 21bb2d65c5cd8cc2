import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { installPackages, unpackPackages } from './apt.mjs'
import { SetupError } from './command.mjs'
import { cacheFolder, environmentFile, readJson, root, writeJson } from './paths.mjs'
import { choosePlan } from './plan.mjs'
import { unpackSwiftShader } from './swiftshader.mjs'
import { assumptions, driverFingerprint, findLoader, gatherFacts } from './system.mjs'

const systemDriver = { variables: {}, loader: null, libraryPath: [] }

/** Puts a loader library where Dawn looks first, beside its own binary; false when the folder is not ours to write. */
function linkLoader(loader) {
  const link = join(root, 'node_modules/webgpu/dist', `linux-${process.arch}`, 'libvulkan.so.1')
  try {
    const present = lstatSync(link, { throwIfNoEntry: false })
    if (present?.isSymbolicLink() && readlinkSync(link) === loader) return true
    // the system's own loader is found without a link; an old link would hide it
    if (present?.isSymbolicLink()) rmSync(link)
    if (loader !== null) symlinkSync(loader, link)
    return true
  } catch {
    return false
  }
}

/** The process environment with what a driver needs; variables the user has set win. */
export function withDriver(driver, env = process.env) {
  const result = { ...env }
  for (const [name, value] of Object.entries(driver.variables)) {
    if (name === 'VK_DRIVER_FILES' && result.VK_ICD_FILENAMES) continue
    result[name] ??= value
  }
  if (driver.libraryPathNeeded) {
    result.LD_LIBRARY_PATH = [...driver.libraryPath, ...(env.LD_LIBRARY_PATH ?? '').split(':')]
      .filter(Boolean)
      .join(':')
  }
  return result
}

/** The adapter that comes up with a driver, asked in a process of its own: { adapter } or { adapter: null, said }. */
function probe(driver) {
  const program = fileURLToPath(new URL('./probe.mjs', import.meta.url))
  const result = spawnSync(process.execPath, [program], {
    cwd: root,
    env: withDriver(driver),
    encoding: 'utf8',
    timeout: 120_000,
  })
  const said = (result.error?.message ?? result.stderr ?? '').trim()
  try {
    return { adapter: JSON.parse(result.stdout)?.adapter ?? null, said }
  } catch {
    return { adapter: null, said: said || `the probe ended with ${result.signal ?? `status ${result.status}`}` }
  }
}

async function confirm(question) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return !/^n/i.test((await terminal.question(`${question} [Y/n] `)).trim())
  } finally {
    terminal.close()
  }
}

const announcement = {
  apt: (plan) =>
    `install ${plan.packages.join(' and ')} with apt-get${plan.suite ? ` from ${plan.suite}` : ''} (about 55 MB to download)`,
  'user-packages': (plan) =>
    `download ${plan.packages.join(' and ')} and what they need (about 60 MB) into ${cacheFolder()}; nothing is installed on the system`,
  swiftshader: (plan) =>
    `download the SwiftShader software driver from npm (68 MB) into ${cacheFolder()}; it works, but is several times slower than Mesa's. ${plan.advice}`,
}

const routes = { apt: installPackages, 'user-packages': unpackPackages, swiftshader: unpackSwiftShader }

function save(route, driver, adapter) {
  const variables = { ...driver.variables, MESA_SHADER_CACHE_DIR: join(cacheFolder(), 'mesa') }
  mkdirSync(variables.MESA_SHADER_CACHE_DIR, { recursive: true })
  writeJson(environmentFile(), {
    version: 1,
    route,
    adapter,
    fingerprint: driverFingerprint(),
    variables,
    loader: driver.loader,
    libraryPath: driver.libraryPath,
    libraryPathNeeded: Boolean(driver.libraryPathNeeded),
  })
}

/** Whether what an earlier run found still stands: same machine state, and its files are there. */
function stillStands(stored) {
  if (stored?.version !== 1 || stored.fingerprint !== driverFingerprint()) return false
  const files = [stored.loader, ...(stored.variables?.VK_DRIVER_FILES?.split(':') ?? [])].filter(Boolean)
  return files.every((file) => existsSync(file)) && (linkLoader(stored.loader) || Boolean(stored.libraryPathNeeded))
}

/**
 * Makes sure that a WebGPU adapter comes up, and notes in environment.json how.
 * @returns whether anything was done
 * @throws SetupError when no route gives an adapter, or the user declines
 */
export async function ensureDriver() {
  if (process.platform !== 'linux' || stillStands(readJson(environmentFile()))) return false
  linkLoader(null)
  let found = assumptions().has('no-driver') ? { adapter: null, said: '' } : probe(systemDriver)
  const failed = []
  for (;;) {
    const facts = gatherFacts(found.adapter)
    const plan = choosePlan(facts, failed)
    if (plan.route === 'none') {
      save('system', systemDriver, found.adapter)
      console.error(`setup: WebGPU adapter: ${found.adapter}`)
      return true
    }
    if (plan.route === 'advise') {
      throw new SetupError(
        `no WebGPU adapter: ${plan.reason}. ${plan.advice}${found.said ? `\nThe driver said: ${found.said}` : ''}`,
      )
    }
    console.error(`setup: no WebGPU adapter: ${plan.reason}.`)
    console.error(`setup: to get one, set-up will ${announcement[plan.route](plan)}`)
    if (plan.ask && !(await confirm('Go on?'))) throw new SetupError(`stopped, nothing was installed. ${plan.advice}`)
    try {
      const driver = routes[plan.route](plan, facts.system)
      found = tryDriver(plan.route, driver)
      if (found.adapter !== null) return true
      console.error(`setup: the driver is there, but no adapter comes up. ${found.said}`)
    } catch (error) {
      if (!(error instanceof SetupError)) throw error
      console.error(`setup: ${error.message}`)
    }
    failed.push(plan.packages.length === 1 ? 'loader' : plan.route)
  }
}

/** Links, asks and saves; LD_LIBRARY_PATH only when it does not work without. */
function tryDriver(route, driver) {
  // a loader of the system may be older than the driver wants, so a loader that came along is always preferred
  const linked = linkLoader(driver.loader)
  let found = linked || findLoader() ? probe(driver) : { adapter: null, said: '' }
  if (found.adapter === null && driver.libraryPath.length > 0) {
    driver.libraryPathNeeded = true
    found = probe(driver)
  }
  if (found.adapter !== null) {
    save(route === 'apt' ? 'system' : route, driver, found.adapter)
    console.error(`setup: WebGPU adapter: ${found.adapter}${driver.loader ? ` (in ${dirname(driver.loader)})` : ''}`)
  }
  return found
}
