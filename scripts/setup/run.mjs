import { join } from 'node:path'
import { ensureBuild } from './build.mjs'
import { runCommand, SetupError } from './command.mjs'
import { ensureDriver } from './driver.mjs'
import { ensurePackages } from './packages.mjs'
import { root } from './paths.mjs'

/**
 * All steps of the set-up; each looks first and does nothing when nothing is to be done.
 * @returns the exit status
 */
export async function runSetup({ build = false } = {}) {
  try {
    ensurePackages(root)
    runCommand(process.execPath, [join(root, 'scripts/generate-kernels.mjs')], { cwd: root })
    await ensureDriver()
    if (build) ensureBuild(root)
    return 0
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`setup: ${error.message}`)
    return 1
  }
}
