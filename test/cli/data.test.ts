import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dotRecording } from '../datasets/samples/trees.js'
import { expectRefusal, runCli } from '../support/cli.js'

let folder = ''
const environment = () => ({ NEUROMOTIF_CACHE: join(folder, 'cache') })
const run = (...args: string[]) => runCli(folder, ['data', ...args], environment())
const json = async (...args: string[]) => {
  const result = await run(...args, '--json')
  expect(result.code, result.stderr).toBe(0)
  return JSON.parse(result.stdout)
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromotif-data-'))
  for (const part of ['train', 'test']) {
    for (const [row, name] of ['left', 'right'].entries()) {
      mkdirSync(join(folder, 'own', part, name), { recursive: true })
      for (let i = 0; i < 6; i++)
        writeFileSync(join(folder, 'own', part, name, `${i}.bin`), dotRecording(33 * row, 34 + i))
    }
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('data', () => {
  it('remembers a folder, describes it, draws it and forgets it', async () => {
    const added = await json('add', 'mine', 'own', '--frames', '3', '--side', '10', '--title', 'My dots')
    expect(added).toMatchObject({ title: 'My dots', shape: { T: 3, H: 10, W: 10, C: 2 }, classes: ['left', 'right'] })
    const info = await json('info', 'mine')
    expect(info.fingerprint).toBe(added.fingerprint)
    expect(info.recorded.statistics.test).toMatchObject({ samples: 12, events: 2 * (34 + 35 + 36 + 37 + 38 + 39) })
    const shown = await json(
      'show',
      'mine',
      '--class',
      'right',
      '--count',
      '2',
      '--augment',
      'drop:0.5:0.5,flip:1',
      '--out',
      'dots.png',
    )
    expect(shown.samples.map((sample: { class: string }) => sample.class)).toEqual(['right', 'right'])
    expect([...readFileSync(join(folder, 'dots.png')).subarray(1, 4)]).toEqual([80, 78, 71])
    expect((await json('list')).find(({ name }: { name: string }) => name === 'mine').found).toBe(join(folder, 'own'))
    await json('remove', 'mine')
    expectRefusal(await run('info', 'mine'), 1, /"mine": is no data set/)
  })

  it('trains the same network wherever events are counted', async () => {
    const trained = async (out: string, ...args: string[]) => {
      const shape = ['--frames', '3', '--side', '10', '--width', '4', '--batch', '4', '--epochs', '1']
      const set = ['train', 'conv-lif', '--dataset', 'folder', '--from', 'own', ...shape]
      return runCli(folder, [...set, '--augment', 'flip,jitter', '--out', out, ...args], environment())
    }
    for (const where of ['host', 'device']) {
      const result = await trained(where, '--binning', where)
      expect(result.code, result.stderr).toBe(0)
    }
    for (const name of ['training', 'model']) {
      const [host, device] = ['host', 'device'].map((out) => readFileSync(join(folder, out, `${name}.safetensors`)))
      expect(device?.equals(host ?? new Uint8Array())).toBe(true)
    }
  })

  it('draws pictures on a page that needs no network', async () => {
    expect((await run('show', 'digits', '--count', '3', '--out', 'digits.html')).code).toBe(0)
    const page = readFileSync(join(folder, 'digits.html'), 'utf8')
    expect(page.match(/data:image\/png;base64/g)).toHaveLength(3)
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3)/)
  })

  it('tells what is known of a set that is not here', async () => {
    const info = await json('info', 'shd')
    expect(info).toMatchObject({ found: null, classes: 20, train: 8156 })
    expect(info.archives[0].md5).toMatch(/^[0-9a-f]{32}$/)
  })

  it('refuses what cannot be', async () => {
    expectRefusal(await run('add', 'mnist', 'own'), 2, /name of another data set/)
    expectRefusal(await run('add', 'My Set', 'own'), 2, /cannot be a name/)
    expectRefusal(await run('add', 'none', 'nowhere'), 1, /E_DISK/)
    expectRefusal(await run('show', 'digits', '--out', 'x.gif'), 2, /must end in .png or .html/)
    expectRefusal(await run('show', 'digits', '--class', 'eleven', '--out', 'x.png'), 2, /must be one of 0, 1/)
    expectRefusal(await run('info', 'digits', '--window', '100'), 2, /is for sets of recordings/)
    expect(existsSync(join(folder, 'x.png'))).toBe(false)
  })
})
