/** A search is a function of its settings, however often its process was killed or interrupted. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RandomSequence } from '../../src/runtime/philox.js'
import { expectRefusal, filesBelow, makeFolder, removeFolder, startCli, succeed, tinySearch } from '../support/cli.js'

let folder = ''
/** The digests of the uninterrupted search, by file. */
let whole: Record<string, string> = {}

const search = (out: string, seed = 5) => tinySearch('digits', '--seed', String(seed), '--out', out)

/** What must not depend on how a run came about. */
function digests(run: string): Record<string, string> {
  const names = filesBelow(join(folder, run)).filter(
    (name) => name === 'archive.json' || name === 'winner.json' || /^checkpoints\/.*\.safetensors$/.test(name),
  )
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, run, name)))
      .digest('hex')
  return Object.fromEntries(names.map((name) => [name, hash(name)]))
}

beforeAll(async () => {
  folder = makeFolder()
  await succeed(folder, search('whole'))
  whole = digests('whole')
})
afterAll(() => removeFolder(folder))

describe('two searches', () => {
  it('with one seed give the same bytes, with another seed others', async () => {
    expect(Object.keys(whole)).toEqual(['archive.json', 'checkpoints/winner-5.safetensors', 'winner.json'])
    await succeed(folder, search('again'))
    expect(digests('again')).toEqual(whole)
    await succeed(folder, search('other', 6))
    expect(digests('other')['archive.json']).not.toBe(whole['archive.json'])
  })

  it('cannot share a folder when their settings differ', async () => {
    const refuse = async (args: readonly string[], option: string, setting: string) => {
      const result = await startCli(folder, args).ended
      expectRefusal(result, 2, `E_OPTION ${option}: `, `other settings (${setting})`)
    }
    await refuse([...search('whole'), '--generations', '3'], '--out', 'evolution.generations')
    await refuse([...search('whole'), '--resume', '--epochs', '2'], '--resume', 'training.epochs')
    expect(digests('whole')).toEqual(whole)
  })

  it('keep whole epochs on resumption where the preset has a budget of samples', async () => {
    const args = tinySearch('digits', '--out', 'epochs').filter((each) => each !== '--samples' && each !== '256')
    await succeed(folder, [...args, '--epochs', '1', '--no-baseline'])
    const settings = () => JSON.parse(readFileSync(join(folder, 'epochs/settings.json'), 'utf8'))
    expect(settings().training).not.toHaveProperty('maxSamples')
    await succeed(folder, ['search', '--resume', 'epochs'])
    expect(settings().training).not.toHaveProperty('maxSamples')
  })
})

/** What a search has printed when it is killed, a random time later. */
const moments = [
  /^Plan: /m,
  /^evolution: /m,
  /^evolution: 8\/8/m,
  /^random search: /m,
  /^training winner \(seed 5\): 1/m,
  /^testing winner: /m,
]

describe('a search that is killed', () => {
  it('at random moments ends with the bytes of one that was not', async () => {
    const run = join(folder, 'killed')
    const random = new RandomSequence([11, 0], 7)
    const killed: string[] = []
    for (const moment of moments) {
      // both ways of going on: the same command, and --resume with the folder
      const resume = killed.length % 2 === 1 && existsSync(join(run, 'settings.json'))
      let text = ''
      let due = false
      const running = startCli(folder, resume ? ['search', '--resume', 'killed'] : search('killed'), {
        onText: (more) => {
          text += more
          if (due || !moment.test(text)) return
          due = true
          void pause(random.integer(120)).then(() => running.signal('SIGKILL'))
        },
      })
      if ((await running.ended).code === null) killed.push(text.trim().split('\n').at(-1) ?? '')
    }
    expect(killed.length, killed.join('\n')).toBeGreaterThanOrEqual(3)
    await succeed(folder, ['search', '--resume', 'killed'])
    expect(digests('killed'), killed.join('\n')).toEqual(whole)
    expect(existsSync(join(run, 'report.html'))).toBe(true)
  })
})

describe('Ctrl-C', () => {
  /** Presses Ctrl-C once a file of the run or a line of the output is there. */
  async function interrupt(args: readonly string[], when: (text: string) => boolean) {
    let text = ''
    let pressed = false
    const running = startCli(folder, args, {
      onText: (more) => {
        text += more
        if (pressed || !when(text)) return
        pressed = true
        running.signal('SIGINT')
      },
    })
    return running.ended
  }

  it('during evolution and during training saves, says how to go on and exits with 130', async () => {
    const first = await interrupt(search('stopped'), (text) => /^evolution: 1/m.test(text))
    expectRefusal(
      first,
      130,
      /E_INTERRUPTED search: was stopped; all that was done is saved/,
      /search --resume .*stopped/,
    )
    expect(first.stdout).toContain('Stopping: ')
    const second = await interrupt(['search', '--resume', 'stopped'], (text) => /^training winner/m.test(text))
    expectRefusal(second, 130, /search --resume .*stopped/)
    expect(filesBelow(join(folder, 'stopped'))).not.toContain('archive.json')
    await succeed(folder, ['search', '--resume', join(folder, 'stopped')])
    expect(digests('stopped')).toEqual(whole)
  })

  it('during a training of one network saves its checkpoint, and --resume ends with the same model', async () => {
    const args = (out: string) => ['train', 'whole', '--samples', '640', '--out', out]
    const stopped = await interrupt(args('paused'), (text) => /^training: /m.test(text))
    expectRefusal(
      stopped,
      130,
      /E_INTERRUPTED (training: stopped at step \d+ of 10; the state is saved|evaluation: stopped).*--resume/,
    )
    await succeed(folder, [...args('paused'), '--resume'])
    await succeed(folder, args('straight'))
    const bytes = (out: string, name: string) => readFileSync(join(folder, out, name))
    for (const name of ['model.safetensors', 'training.safetensors'])
      expect(bytes('paused', name).equals(bytes('straight', name)), name).toBe(true)
  })

  it('during a study keeps the networks that are trained, and --resume trains the others', async () => {
    const study = (out: string) => [...tinySearch('digits', '--out', out), '--samples', '128', '--study', '3']
    const stopped = await interrupt(study('study'), (text) => /^study: 1\/3/m.test(text))
    expectRefusal(stopped, 130, /E_INTERRUPTED study: stopped after [12] of 3 networks; they are saved/, /--resume/)
    await succeed(folder, [...study('study'), '--resume'])
    await succeed(folder, study('study-whole'))
    const result = (out: string) => JSON.parse(readFileSync(join(folder, out, 'study.json'), 'utf8'))
    expect(result('study').points).toHaveLength(3)
    expect(result('study')).toEqual(result('study-whole'))
    expect(existsSync(join(folder, 'study/report.html'))).toBe(true)
  })
})
