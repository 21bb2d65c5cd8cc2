import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { withDriver } from './driver.mjs'
import { environmentFile, readJson, root } from './paths.mjs'
import { runSetup } from './run.mjs'
import { closingLine } from './summary.mjs'

/** Runs a Node program with the driver's environment and passes signals on; resolves to its exit status. */
function runNode(args, cwd = process.cwd()) {
  const driver = readJson(environmentFile())
  return new Promise((settle) => {
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: 'inherit',
      env: driver?.version === 1 ? withDriver(driver) : process.env,
    })
    // a terminal sends Ctrl-C to the child as well; this process only has to outlive it
    const ignore = () => {}
    const pass = (signal) => child.kill(signal)
    process.on('SIGINT', ignore)
    process.on('SIGTERM', pass)
    const finish = (status) => {
      process.off('SIGINT', ignore)
      process.off('SIGTERM', pass)
      settle(status)
    }
    child.on('error', (error) => {
      console.error(`launch: ${error.message}`)
      finish(1)
    })
    child.on('exit', (code, signal) => finish(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
}

/** Sets up, builds and runs the command line with these arguments. */
export async function startProduct(args) {
  const status = await runSetup({ build: true })
  return status === 0 ? runNode([join(root, 'dist/cli.js'), ...args]) : status
}

/** Sets up and runs vitest; whatever happens, the last line says how many tests passed and failed. */
export async function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'neuromotif-test-'))
  let status = 1
  let report = null
  try {
    status = await runSetup()
    if (status === 0) {
      const file = join(folder, 'report.json')
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
      status = await runNode([join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...args], root)
      report = readJson(file)
    }
  } catch (error) {
    console.error(error)
    status = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  process.stdout.write(`\n${closingLine(report, status)}\n`)
  return status
}
