import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
// as types only: the compiler checks these two, and nothing of them runs here
import type {} from '../../examples/own-device.js'
import type {} from '../../examples/ten-lines.js'

const read = (file: string) => readFileSync(file, 'utf8').trim()

/** The TypeScript blocks of a page. */
const blocksOf = (page: string): string[] =>
  [...read(page).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => (match[1] ?? '').trim())

/** An example as a user would write it: from the package, without the comment that says where it is shown. */
const asShown = (name: string): string =>
  read(`examples/${name}.ts`)
    .replace(/^\/\/.*\n/, '')
    .replace("'../src/index.js'", "'neuromotif'")
    .replace("'../src/properties/index.js'", "'neuromotif/testing'")
    .trim()

/** Text without its line breaks: the name a module is imported by decides where the formatter breaks the import. */
const unwrapped = (text: string): string => text.replace(/\s+/g, ' ').replaceAll(', }', ' }')

/** Runs an example in a process of its own and returns what it prints. */
function run(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'neuromotif-example-'))
  // standard error goes to a file: Dawn's own remarks are none of the example's output
  const errors = openSync(join(folder, 'errors.txt'), 'w')
  try {
    return execFileSync(process.execPath, ['--import', 'tsx', `examples/${name}.ts`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', errors],
    })
  } finally {
    closeSync(errors)
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('what the documents show', () => {
  it.each([
    ['README.md', 'ten-lines'],
    ['README.md', 'own-device'],
    ['docs/data.md', 'own-data'],
    ['docs/data.md', 'event-file'],
    ['docs/data.md', 'events-to-tensors'],
    ['docs/kernels.md', 'own-kernel'],
    ['docs/kernels.md', 'own-neuron'],
    ['docs/kernels.md', 'check-own-kernel'],
  ])('%s shows examples/%s.ts as it is', (page, name) => {
    expect(blocksOf(page).map(unwrapped)).toContain(unwrapped(asShown(name)))
  })

  it('docs/kernels.md shows a kernel as it is', () => {
    expect(read('docs/kernels.md')).toContain(`\`\`\`wgsl\n${read('shaders/elementwise/time_mean.wgsl')}\n\`\`\``)
  })

  it('every command shown exists, with the options shown', () => {
    const source = ['doctor', 'search', 'train', 'eval', 'profile', 'check', 'tune', 'data']
      .map((command) => read(`src/cli/commands/${command}.ts`))
      .join('\n')
    for (const page of ['README.md', 'docs/data.md', 'docs/kernels.md']) {
      const lines = read(page)
        .split('\n')
        .filter((line) => /^\$ (npx neuromotif|npm start --) /.test(line))
      if (page === 'README.md') expect(lines.length).toBeGreaterThan(5)
      for (const line of lines) {
        const [command = '', ...rest] = line.replace(/^\$ (npx neuromotif|npm start --) /, '').split(' ')
        expect(source).toContain(`.command('${command}')`)
        for (const option of rest.filter((word) => word.startsWith('--'))) expect(source, line).toContain(`'${option}`)
      }
    }
  })
})

describe('examples', () => {
  it('ten lines train a network that reads most of the digits', () => {
    const printed = /^accuracy ([\d.]+)$/m.exec(run('ten-lines'))
    expect(Number(printed?.[1])).toBeGreaterThan(0.7)
  })

  it('a device of the user works', () => {
    expect(run('own-device').trim()).not.toBe('')
  })
})
