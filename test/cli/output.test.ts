/** What the command line prints: JSON on request, help, the version. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { version } from '../../src/version.js'
import { expectRefusal, filesBelow, makeFolder, removeFolder, runCli, succeed, tinySearch } from '../support/cli.js'

let folder = ''
beforeAll(() => {
  folder = makeFolder()
})
afterAll(() => removeFolder(folder))

/** Standard output as the one document that it must be. */
async function json(args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await succeed(folder, [...args, '--json'])
  return JSON.parse(stdout)
}

describe('--help and --version', () => {
  it.each([
    [[]],
    [['doctor']],
    [['search']],
    [['train']],
    [['eval']],
    [['profile']],
    [['check']],
    [['data']],
    [['data', 'list']],
    [['data', 'get']],
    [['data', 'info']],
  ])('explains %s', async (command) => {
    const { stdout, stderr } = await succeed(folder, [...command, '--help'])
    expect(stdout).toMatch(/^Usage: neuromotif/)
    expect(stderr).toBe('')
  })

  it('names the version of the manifest', async () => {
    const manifest = JSON.parse(readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'))
    expect(version).toBe(manifest.version)
    expect((await succeed(folder, ['--version'])).stdout).toBe(`${manifest.version}\n`)
  })

  it('shows what there is and fails when no command is given', async () => {
    const { code, stdout, stderr } = await runCli(folder, [])
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/Usage: neuromotif[\s\S]*doctor[\s\S]*search/)
  })
})

describe('--json prints one document', () => {
  it('of doctor', async () => {
    const facts = await json(['doctor'])
    expect(facts).toMatchObject({ neuromotif: version, node: process.version })
    expect(facts.adapter).not.toBe('')
    expect(facts.storageBuffers).toBeGreaterThanOrEqual(8)
  })

  it('of data list and data info', async () => {
    const rows = (await json(['data', 'list'])) as unknown as { name: string; found: string | null }[]
    expect(rows.find(({ name }) => name === 'digits')?.found).toMatch(/digits8x8/)
    expect(rows.find(({ name }) => name === 'moving-shapes')?.found).toBe('generated')
    expect(await json(['data', 'info', 'digits'])).toMatchObject({ name: 'digits' })
  })

  it('of search, train and eval, and trains the winner of a run to the accuracy that eval reports', async () => {
    const search = (await json(tinySearch('digits', '--out', 'run', '--no-baseline'))) as {
      winner: { key: string; genome: number[] }
      networks: { kind: string; accuracy: number; loss: number }[]
    }
    expect(search.networks.map(({ kind }) => kind)).toEqual(['winner'])
    const html = readFileSync(`${folder}/run/report.html`, 'utf8')
    expect(html).toContain(search.winner.key)
    expect(html).not.toMatch(/<(script|link|img|iframe|source|object|embed|video|audio)\b[^>]*\s(src|href|data)=/i)
    expect(html).not.toMatch(/@import|url\(\s*['"]?(https?:)?\/\//i)

    // the winner's own settings and seed: the very training of the search once more
    const training = await json(['train', 'run', '--out', 'training'])
    expect(training).toMatchObject({ key: search.winner.key, samples: 256 })
    expect(training.accuracy).toBe(search.networks[0]?.accuracy)
    expect(training.loss).toBe(search.networks[0]?.loss)
    expect(filesBelow(folder)).toContain('training/model.safetensors')

    for (const file of [
      'training/model.safetensors',
      'training/training.safetensors',
      'run/checkpoints/winner-1.safetensors',
    ]) {
      const evaluation = await json(['eval', file])
      expect(evaluation, file).toMatchObject({ dataset: 'digits', split: 'test', samples: 500 })
      expect(evaluation.accuracy, file).toBe(training.accuracy)
      expect(evaluation.loss, file).toBe(training.loss)
    }

    const genome = search.winner.genome.join(',')
    const typed = ['train', genome, '--dataset', 'digits', '--width', '2', '--steps', '1', '--samples', '256']
    const again = await json([...typed, '--out', 'typed'])
    expect(again).toMatchObject({ key: search.winner.key, accuracy: training.accuracy, loss: training.loss })
  })

  it('of an error, beside the message', async () => {
    const result = await runCli(folder, ['data', 'info', 'fashon-mnist', '--json'])
    expectRefusal(result, 1, /E_DATASET/)
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'E_DATASET' } })
  })
})
