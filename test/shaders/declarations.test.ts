import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WgslReflect } from 'wgsl_reflect/wgsl_reflect.module.js'
import { neuronRegistry } from '../../src/ops/neuron/definition.js'
import type { KernelDefinition } from '../../src/runtime/kernel.js'
import { shaderSource, specializeShader } from '../../src/runtime/shader.js'
import { declaredKernels, flagCombinations } from '../support/kernels.js'

const root = join(import.meta.dirname, '../..')
const kernels = await declaredKernels()
const byName = kernels.map((kernel) => [kernel.name ?? kernel.shader, kernel] as const)

const filesUnder = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => file.replaceAll('\\', '/'))
    .sort()

/** First and last set of flags, and a few between: the declarations of a file depend on few of its flags. */
function someFlags(kernel: KernelDefinition) {
  const all = flagCombinations(kernel)
  const step = Math.max(1, Math.floor(all.length / 7))
  return all.filter((_, index) => index % step === 0 || index === all.length - 1)
}

const accessOf = { read: 'read', read_write: 'write' } as const

interface Declared {
  readonly binding: number
  readonly name: string
  readonly access: string
}

/** Module-level text: function bodies go, since the reflector's parser lacks some expressions and Dawn checks those. */
function withoutBodies(code: string): string {
  const kept: string[] = []
  let depth = 0
  let inFunction = false
  for (const line of code.split('\n')) {
    const starts = depth === 0 && /^fn /.test(line)
    if (starts) inFunction = true
    if (!inFunction || starts) kept.push(starts ? line.replace(/\{.*$/, '{}') : line)
    for (const character of line) depth += Number(character === '{') - Number(character === '}')
    if (depth === 0) inFunction = false
  }
  return kept.join('\n')
}

/** What the WGSL text really declares. */
function reflect(code: string) {
  const found = new WgslReflect(withoutBodies(code))
  const block = found.uniforms.find((uniform) => uniform.type.name === 'Parameters')
  const bindings: Declared[] = [
    ...found.storage.map(({ binding, name, access }) => ({
      binding,
      name,
      access: accessOf[access as keyof typeof accessOf] ?? access,
    })),
    ...found.uniforms
      .filter((uniform) => uniform !== block)
      .map(({ binding, name }) => ({ binding, name, access: 'uniform' })),
  ]
  return {
    bindings: bindings.sort((a, b) => a.binding - b.binding),
    groups: new Set([...found.storage, ...found.uniforms].map(({ group }) => group)),
    block: block && {
      binding: block.binding,
      fields: (block.members ?? []).map(({ name, type }) => [name, type.name]),
    },
    offsets: (block?.members ?? []).map(({ offset }) => offset),
    entries: found.entry.compute.map(({ name, workgroupSize }) => [name, workgroupSize]),
  }
}

/** Bindings named in the header comment: `// in 0 x ...  out 1 y ...` or `// in 0 x0, 1 x1 ...`. */
function headerBindings(text: string): { binding: number; name: string; direction: string }[] {
  const header = text.slice(0, text.search(/^[^/]/m))
  return header.split('\n').flatMap((line) => {
    if (!/^\/\/ +(in|out|io) /.test(line)) return []
    let direction = ''
    return [...line.matchAll(/(?:\b(in|out|io)\s+|,\s*)(\d+)\s+([A-Za-z_]\w*)/g)].map((match) => {
      direction = match[1] ?? direction
      return { binding: Number(match[2]), name: match[3] ?? '', direction }
    })
  })
}

describe.each(byName)('kernel %s', (_, kernel) => {
  const { shader } = kernel
  it('declares in TypeScript what its WGSL declares, for every kind of flags', () => {
    const names = Object.entries(kernel.bindings)
    for (const flags of someFlags(kernel)) {
      const found = reflect(specializeShader(shader, flags))
      expect(found.bindings).toEqual(names.map(([name, access], binding) => ({ binding, name, access })))
      expect(found.groups).toEqual(new Set([0]))
      expect(found.block).toEqual({ binding: names.length, fields: Object.entries(kernel.parameters) })
      expect(found.offsets).toEqual(found.offsets.map((_, index) => index * 4))
      expect(found.entries).toEqual([['main', [kernel.workgroupSize, 1, 1]]])
    }
  })

  it('names its bindings in the header comment', () => {
    const header = headerBindings(shaderSource(shader))
    const declared = Object.entries(kernel.bindings).map(([name, access], binding) => ({ binding, name, access }))
    expect(header.map(({ binding, name }) => `${binding} ${name}`)).toEqual(
      declared.map(({ binding, name }) => `${binding} ${name}`),
    )
    header.forEach(({ direction }, index) => {
      expect(direction === 'in').toBe(declared[index]?.access !== 'write')
    })
  })

  it('uses every flag it declares, and begins with its own name', () => {
    const text = shaderSource(shader)
    expect(text.startsWith(`// ${shader} — `)).toBe(true)
    for (const [flag, standard] of Object.entries(kernel.flags)) {
      const sets = flagCombinations(kernel)
      // of the neurons that share a scaffold, each leaves some of its flags no choice
      if (kernel.name && sets.every((set) => set[flag] === standard)) continue
      const matters = sets.some(
        (set) => specializeShader(shader, set) !== specializeShader(shader, { ...set, [flag]: standard }),
      )
      expect(matters, `${flag} changes nothing`).toBe(true)
    }
  })
})

describe('shader files', () => {
  it('are declared by exactly one kernel each', () => {
    const files = filesUnder('shaders', '.wgsl')
      .map((file) => file.replace(/\.wgsl$/, ''))
      .filter((file) => !file.startsWith('lib/'))
    expect([...new Set(kernels.map(({ shader }) => shader))].sort()).toEqual(files)
    expect(new Set(kernels.map(({ name, shader }) => name ?? shader)).size).toBe(kernels.length)
    const source = filesUnder('src', '.ts')
      .filter((file) => !file.endsWith('.gen.ts'))
      .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
      .join('\n')
    const mentions = [...new Set([...source.matchAll(/shader: '([^']+)'/g)].map((match) => match[1]))].sort()
    expect(mentions).toEqual(files)
  })

  it('are all reached: each file in lib/ is included by some kernel', () => {
    const inText = filesUnder('shaders', '.wgsl').flatMap((file) =>
      [...readFileSync(join(root, 'shaders', file), 'utf8').matchAll(/#include "([^"$]+)"/g)].map((match) => match[1]),
    )
    const surrogates = kernels.flatMap((kernel) => flagCombinations(kernel).map(({ SURROGATE }) => SURROGATE))
    const snippets = [...neuronRegistry.values()].map(({ snippet }) => snippet)
    const included = [...inText, ...surrogates, ...snippets].filter((name) => name !== undefined)
    const library = filesUnder('shaders/lib', '.wgsl').map((file) => `lib/${file.replace(/\.wgsl$/, '')}`)
    expect([...new Set(included)].sort()).toEqual(library)
  })
})
