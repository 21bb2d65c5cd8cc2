import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../scripts/setup/build.mjs'
import { readTar, unpackTar } from '../../scripts/setup/tar.mjs'
import * as source from '../../src/index.js'
import * as testingSource from '../../src/properties/index.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** A project that has only the tarball and the packages it depends on. */
let project = ''
let packed: string[] = []

/** Runs JavaScript in that project and returns what it prints, parsed. */
const evaluate = (code: string) =>
  JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: project, encoding: 'utf8' }))
const runBin = (...args: string[]) =>
  execFileSync(process.execPath, [join(project, 'node_modules/neuromotif', manifest.bin.neuromotif), ...args], {
    cwd: project,
    encoding: 'utf8',
  })

beforeAll(() => {
  ensureBuild(root)
  project = mkdtempSync(join(tmpdir(), 'neuromotif-package-'))
  const npm = process.env.npm_execpath
  const packing = ['pack', '--pack-destination', project, '--silent', '--ignore-scripts']
  if (npm) execFileSync(process.execPath, [npm, ...packing], { cwd: root })
  else execFileSync('npm', packing, { cwd: root, shell: process.platform === 'win32' })
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz')) ?? 'no tarball'
  const files = readTar(gunzipSync(readFileSync(join(project, tarball))))
  packed = files.map((file) => file.name.replace(/^package\//, ''))
  unpackTar(files, join(project, 'unpacked'))
  // moved and not linked: Node resolves imports from where a file really is
  const modules = join(project, 'node_modules')
  mkdirSync(modules)
  renameSync(join(project, 'unpacked/package'), join(modules, 'neuromotif'))
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction')
  }
  writeFileSync(join(project, 'package.json'), '{"type":"module"}')
})
afterAll(() => {
  if (project) rmSync(project, { recursive: true, force: true })
})

describe('the packed package', () => {
  it('holds the build, the shaders and the papers, and none of the sources and tests', () => {
    for (const name of [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/testing.js',
      'dist/cli.js',
      'package.json',
      'LICENSE',
    ]) {
      expect(packed).toContain(name)
    }
    expect(packed.some((name) => name.startsWith('shaders/') && name.endsWith('.wgsl'))).toBe(true)
    expect(packed.filter((name) => /^(src|test|scripts|node_modules|bench)\//.test(name))).toEqual([])
  })

  it('has a file behind every path in its manifest', () => {
    const paths = [manifest.main, manifest.types, manifest.bin.neuromotif]
    for (const target of Object.values(manifest.exports)) {
      paths.push(...(typeof target === 'string' ? [target] : Object.values(target as Record<string, string>)))
    }
    for (const path of paths) expect(existsSync(join(project, 'node_modules/neuromotif', path)), path).toBe(true)
  })

  it('exports the same names as the sources', () => {
    expect(evaluate("console.log(JSON.stringify(Object.keys(await import('neuromotif')).sort()))")).toEqual(
      Object.keys(source).sort(),
    )
    expect(evaluate("console.log(JSON.stringify(Object.keys(await import('neuromotif/testing')).sort()))")).toEqual(
      Object.keys(testingSource).sort(),
    )
  })

  it('works: an error and the generator of the installed package behave as those here', () => {
    const code = `import { philoxFill, ShapeError } from 'neuromotif'
      const error = new ShapeError('dense', 'w must be [2, 3].')
      console.log(JSON.stringify({ words: [...philoxFill([1, 2], 3, 4, 5, 6)], code: error.code, name: error.name }))`
    const words = [...source.philoxFill([1, 2], 3, 4, 5, 6)]
    expect(evaluate(code)).toEqual({ words, code: 'E_SHAPE', name: 'ShapeError' })
  })

  it('does not let inner files be imported', () => {
    const code = "console.log(JSON.stringify(await import('neuromotif/dist/cli.js').catch((error) => error.code)))"
    expect(evaluate(code)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it('has a command that prints its help and its version', () => {
    expect(runBin('--help')).toMatch(/usage/i)
    expect(runBin('--version').trim()).toBe(manifest.version)
  })

  it('has a command that a shell can start', () => {
    expect(readFileSync(join(project, 'node_modules/neuromotif', manifest.bin.neuromotif), 'utf8')).toMatch(
      /^#!\/usr\/bin\/env node\n/,
    )
  })
})
