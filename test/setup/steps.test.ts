import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ensureBuild, sourceChecksum } from '../../scripts/setup/build.mjs'
import { withDriver } from '../../scripts/setup/driver.mjs'
import { ensurePackages } from '../../scripts/setup/packages.mjs'
import { closingLine } from '../../scripts/setup/summary.mjs'

let folder = ''
beforeEach(() => {
  // what the steps tell the user is not the tests' to print
  vi.spyOn(console, 'error').mockImplementation(() => {})
  folder = mkdtempSync(join(tmpdir(), 'neuromotif-steps-'))
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'package-lock.json'), '{"lockfileVersion":3}')
  writeFileSync(join(folder, 'src', 'index.ts'), 'export const one = 1\n')
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

describe('ensurePackages', () => {
  const installs: string[] = []
  const install = (cwd: string) => {
    installs.push(cwd)
    mkdirSync(join(cwd, 'node_modules'), { recursive: true })
  }
  beforeEach(() => {
    installs.length = 0
  })

  it('installs once, does nothing the second time and installs again when the lock file changes', () => {
    expect(ensurePackages(folder, install)).toBe(true)
    expect(ensurePackages(folder, install)).toBe(false)
    expect(installs).toEqual([folder])
    writeFileSync(join(folder, 'package-lock.json'), '{"lockfileVersion":3,"packages":{}}')
    expect(ensurePackages(folder, install)).toBe(true)
    expect(installs).toHaveLength(2)
  })

  it('accepts a folder that npm filled after the lock file was written, and no older one', () => {
    const marker = join(folder, 'node_modules', '.package-lock.json')
    mkdirSync(join(folder, 'node_modules'))
    writeFileSync(marker, '{}')
    utimesSync(join(folder, 'package-lock.json'), 2000, 2000)
    utimesSync(marker, 1000, 1000)
    expect(ensurePackages(folder, install)).toBe(true)
    rmSync(join(folder, 'node_modules', '.neuromotif-lock'))
    utimesSync(marker, 3000, 3000)
    expect(ensurePackages(folder, install)).toBe(false)
    expect(installs).toHaveLength(1)
  })

  it('leaves no stamp when the installation fails, so that the next run tries again', () => {
    const failing = () => {
      throw new Error('no network')
    }
    expect(() => ensurePackages(folder, failing)).toThrow('no network')
    expect(ensurePackages(folder, install)).toBe(true)
  })
})

describe('ensureBuild', () => {
  it('builds once, and again only when a source changes', () => {
    let builds = 0
    const build = (cwd: string) => {
      builds++
      mkdirSync(join(cwd, 'dist'), { recursive: true })
    }
    expect(ensureBuild(folder, build)).toBe(true)
    expect(ensureBuild(folder, build)).toBe(false)
    writeFileSync(join(folder, 'src', 'index.ts'), 'export const one = 2\n')
    expect(ensureBuild(folder, build)).toBe(true)
    expect(builds).toBe(2)
  })

  it('notices a file that moves without changing', () => {
    const before = sourceChecksum(folder)
    writeFileSync(join(folder, 'src', 'other.ts'), readFileSync(join(folder, 'src', 'index.ts')))
    rmSync(join(folder, 'src', 'index.ts'))
    expect(sourceChecksum(folder)).not.toBe(before)
  })
})

describe('withDriver', () => {
  const driver = {
    variables: { VK_DRIVER_FILES: '/cache/icd.json', MESA_SHADER_CACHE_DIR: '/cache/mesa' },
    loader: '/cache/lib/libvulkan.so.1',
    libraryPath: ['/cache/lib'],
  }

  it('adds what is missing and leaves what the user has set', () => {
    expect(withDriver(driver, {})).toEqual(driver.variables)
    expect(withDriver(driver, { VK_DRIVER_FILES: '/mine.json' })).toMatchObject({ VK_DRIVER_FILES: '/mine.json' })
    expect(withDriver(driver, { VK_ICD_FILENAMES: '/mine.json' })).not.toHaveProperty('VK_DRIVER_FILES')
  })

  it('touches LD_LIBRARY_PATH only when the driver needs it, and keeps what it holds', () => {
    expect(withDriver(driver, { LD_LIBRARY_PATH: '/opt' }).LD_LIBRARY_PATH).toBe('/opt')
    const needed = { ...driver, libraryPathNeeded: true }
    expect(withDriver(needed, { LD_LIBRARY_PATH: '/opt' }).LD_LIBRARY_PATH).toBe('/cache/lib:/opt')
    expect(withDriver(needed, {}).LD_LIBRARY_PATH).toBe('/cache/lib')
  })
})

describe('closingLine', () => {
  it('counts tests', () => {
    expect(closingLine({ numPassedTests: 12, numFailedTests: 0 }, 0)).toBe('12 passed, 0 failed')
    expect(closingLine({ numPassedTests: 3, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }, 1)).toBe(
      '3 passed, 2 failed, 2 skipped',
    )
  })

  it('counts a file that could not be loaded as one failure', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{ status: 'failed' }] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
    ]
    expect(closingLine({ numPassedTests: 1, numFailedTests: 1, testResults }, 1)).toBe('1 passed, 2 failed')
  })

  it('never says "0 failed" of a run that failed', () => {
    expect(closingLine(null, 1)).toBe('0 passed, 1 failed')
    expect(closingLine({ numPassedTests: 5, numFailedTests: 0 }, 134)).toBe('5 passed, 1 failed')
  })
})
