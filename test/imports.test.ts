import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Folders in import order: each may use only those before it. Files directly in src/ belong to no layer. */
const order = [
  'testing',
  'archives',
  'host',
  'runtime',
  'ops',
  'graph',
  'nn',
  'datasets',
  'learning',
  'nas',
  'properties',
  'report',
  'experiment',
  'cli',
]
/** Dynamic imports that only ever run in Node, and the host's implementation of the search's ledger. */
const allowed = new Set([
  'src/runtime/gpu.ts -> host',
  'src/datasets/load.ts -> host',
  'src/datasets/events/open-event-file.ts -> host',
  'src/host/node/sqlite-ledger.ts -> nas',
])
/** What hosts implement: interfaces of higher layers, as types. */
const hostMayImplement = ['nas', 'datasets']
const nodeOnly = ['host', 'cli']

interface Import {
  readonly file: string
  readonly target: string
  readonly typeOnly: boolean
}

const files = readdirSync('src', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.gen.ts'))
  .map((entry) => join(entry.parentPath, entry.name))

const imports = files.flatMap((file): Import[] => {
  const text = readFileSync(file, 'utf8')
  const matches = text.matchAll(/(import|export)\s+(type\s+)?[^'"`;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)/g)
  return [...matches].map((match) => ({ file, target: match[3] ?? match[4] ?? '', typeOnly: match[2] !== undefined }))
})

const layerOf = (path: string): string | null => {
  const parts = normalize(path).split('/')
  return parts.length > 2 ? (parts[1] ?? null) : null
}

describe('imports', () => {
  it('finds the files it is meant to check', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(imports.length).toBeGreaterThan(400)
  })

  it('point only to folders earlier in the order', () => {
    const wrong = imports.flatMap(({ file, target, typeOnly }) => {
      if (!target.startsWith('.')) return []
      const from = layerOf(file)
      const to = layerOf(join(dirname(file), target))
      if (from === null || to === null || from === to) return []
      if (typeOnly && from === 'host' && hostMayImplement.includes(to)) return []
      if (allowed.has(`${file} -> ${to}`)) return []
      return order.indexOf(to) < order.indexOf(from) ? [] : [`${file} imports ${target}`]
    })
    expect(wrong).toEqual([])
  })

  it('knows every folder', () => {
    const folders = new Set(files.map(layerOf).filter((layer) => layer !== null))
    expect([...folders].filter((folder) => !order.includes(folder))).toEqual([])
  })

  it('keep Node’s modules in the folders that only run in Node', () => {
    const wrong = imports.filter(
      ({ file, target }) => target.startsWith('node:') && !nodeOnly.includes(layerOf(file) ?? ''),
    )
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([])
  })
})
