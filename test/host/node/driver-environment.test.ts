import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FileFormatError } from '../../../src/errors.js'
import { applyDriverEnvironment, readDriverEnvironment } from '../../../src/host/node/driver-environment.js'

let folder = ''
let file = ''

/** A note as set-up writes it, for a driver whose manifest exists. */
function note(more: Record<string, unknown> = {}): void {
  const manifest = join(folder, 'icd.json')
  writeFileSync(manifest, '{}')
  const variables = { VK_DRIVER_FILES: manifest, MESA_SHADER_CACHE_DIR: join(folder, 'mesa') }
  const base = { version: 1, route: 'user-packages', adapter: 'llvmpipe', fingerprint: 'f', variables }
  const libraries = { loader: null, libraryPath: [folder], libraryPathNeeded: false }
  writeFileSync(file, JSON.stringify({ ...base, ...libraries, ...more }))
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromotif-driver-'))
  file = join(folder, 'environment.json')
  for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'MESA_SHADER_CACHE_DIR', 'LD_LIBRARY_PATH']) {
    vi.stubEnv(name, undefined)
  }
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

describe('readDriverEnvironment', () => {
  it('is null when set-up never ran', () => {
    expect(readDriverEnvironment(file)).toBeNull()
    expect(applyDriverEnvironment(file)).toBe('ready')
  })

  it('refuses a damaged file by name, place and remedy', () => {
    writeFileSync(file, '{ "version": 1,')
    expect(() => readDriverEnvironment(file)).toThrow(FileFormatError)
    note({ libraryPath: 'one' })
    expect(() => readDriverEnvironment(file)).toThrow(/libraryPath.*npm run setup/)
    note({ version: 2 })
    expect(() => readDriverEnvironment(file)).toThrow(/version/)
  })
})

describe('applyDriverEnvironment', () => {
  it('sets what is noted and may be called again', () => {
    note()
    expect(applyDriverEnvironment(file)).toBe('ready')
    expect(applyDriverEnvironment(file)).toBe('ready')
    expect(process.env.VK_DRIVER_FILES).toBe(join(folder, 'icd.json'))
    expect(process.env.MESA_SHADER_CACHE_DIR).toBe(join(folder, 'mesa'))
  })

  it('leaves what the user has set', () => {
    note()
    vi.stubEnv('MESA_SHADER_CACHE_DIR', '/mine')
    vi.stubEnv('VK_ICD_FILENAMES', '/mine.json')
    applyDriverEnvironment(file)
    expect(process.env.MESA_SHADER_CACHE_DIR).toBe('/mine')
    expect(process.env.VK_DRIVER_FILES).toBeUndefined()
  })

  it('leaves out a driver that is gone', () => {
    note({ libraryPathNeeded: true })
    rmSync(join(folder, 'icd.json'))
    expect(applyDriverEnvironment(file)).toBe('ready')
    expect(process.env.VK_DRIVER_FILES).toBeUndefined()
  })

  it('wants a restart only while LD_LIBRARY_PATH lacks what the driver needs', () => {
    note({ libraryPathNeeded: true })
    expect(applyDriverEnvironment(file)).toBe('restart')
    vi.stubEnv('LD_LIBRARY_PATH', `/other:${folder}`)
    expect(applyDriverEnvironment(file)).toBe('ready')
    vi.stubEnv('LD_LIBRARY_PATH', '/other')
    vi.stubEnv('NEUROMOTIF_DRIVER_RESTARTED', '1')
    expect(applyDriverEnvironment(file)).toBe('ready')
  })
})
