/** Trouble around a search: the ledger, the disk, the adapter, its memory, numbers that run away. */
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadDataset } from '../../src/datasets/load.js'
import { GenomeError, LimitError } from '../../src/errors.js'
import { checkBudget, estimateTraining } from '../../src/experiment/estimate.js'
import { dataShape, modelOf } from '../../src/experiment/network.js'
import { randomArchitecture, runSearchExperiment } from '../../src/experiment/search-run.js'
import { resolveSettings } from '../../src/experiment/settings.js'
import { runStudy } from '../../src/experiment/study.js'
import { trainNetwork } from '../../src/experiment/train-network.js'
import { MemoryLedger } from '../../src/nas/memory-ledger.js'
import { openGpu } from '../../src/runtime/gpu.js'
import {
  contentsOf,
  expectRefusal,
  filesBelow,
  loader,
  makeFolder,
  removeFolder,
  runCli,
  startCli,
  succeed,
  tinySearch,
} from '../support/cli.js'
import { testGpu } from '../support/gpu.js'

let folder = ''
beforeAll(async () => {
  folder = makeFolder()
  await succeed(folder, search)
})
afterAll(() => removeFolder(folder))

const search = tinySearch('digits', '--out', 'run', '--no-baseline')
const inRun = (name: string) => join(folder, 'run', name)

/** Files that a failed attempt must not touch; those beside the ledger are SQLite's own. */
const kept = () =>
  Object.fromEntries(Object.entries(contentsOf(join(folder, 'run'))).filter(([name]) => !/-(lock|shm|wal)$/.test(name)))

describe('the ledger', () => {
  it('that another process holds is refused by its number, and left as it is', async () => {
    const program = fileURLToPath(new URL('../support/search-child.ts', import.meta.url))
    const holder = spawn(process.execPath, ['--import', loader, program, inRun('ledger.sqlite'), 'hold'])
    const ended = new Promise((resolve) => holder.once('close', resolve))
    try {
      for await (const text of holder.stdout) if (String(text).includes('held')) break
      const before = kept()
      const result = await runCli(folder, search)
      expectRefusal(result, 1, /E_LEDGER .*: must have one writer at a time/, `process ${holder.pid} since`)
      expect(kept()).toEqual(before)
    } finally {
      holder.kill('SIGKILL')
      await ended
    }
    await succeed(folder, search)
  })

  it('that is damaged is refused, and left as it is', async () => {
    const good = join(folder, 'good.sqlite')
    copyFileSync(inRun('ledger.sqlite'), good)
    const size = readFileSync(good).length
    const damages: [string, (path: string) => void][] = [
      ['cut off', (path) => truncateSync(path, size - 5000)],
      [
        'of zeros in the middle',
        (path) => void writeSync(openSync(path, 'r+'), new Uint8Array(size / 2), 0, size / 2, size / 4),
      ],
      ['no ledger', (path) => writeFileSync(path, 'This is a letter and not a ledger.'.repeat(400))],
    ]
    for (const [what, damage] of damages) {
      damage(inRun('ledger.sqlite'))
      const before = kept()
      expectRefusal(await runCli(folder, search), 1, /E_LEDGER .*ledger\.sqlite/)
      expect(kept(), what).toEqual(before)
      for (const ending of ['', '-shm', '-wal']) rmSync(inRun(`ledger.sqlite${ending}`), { force: true })
      copyFileSync(good, inRun('ledger.sqlite'))
    }
    await succeed(folder, search)
  })
})

describe('stored parts of a run', () => {
  it('that are damaged are refused by name', async () => {
    const refuse = async (name: string, text: string | Uint8Array, ...expected: (string | RegExp)[]) => {
      const good = readFileSync(inRun(name))
      writeFileSync(inRun(name), text)
      const before = kept()
      const result = await runCli(folder, search)
      expectRefusal(result, /E_CONFIG/.test(result.stderr) ? 2 : 1, ...expected)
      expect(kept()).toEqual(before)
      writeFileSync(inRun(name), good)
    }
    await refuse('settings.json', '{ "dataset": ', /E_CONFIG .*settings\.json: must be JSON/)
    await refuse('settings.json', '{ "dataset": "digits", "sead": 4 }', /E_CONFIG .*settings\.json.*sead/)
    await refuse('parts/winner-1.json', '{ "kind"', /E_CONFIG .*winner-1\.json: must be JSON/)
    rmSync(inRun('parts/winner-1.json'))
    const checkpoint = readFileSync(inRun('checkpoints/winner-1.safetensors'))
    await refuse('checkpoints/winner-1.safetensors', checkpoint.subarray(0, 9000), /E_CHECKPOINT .*winner-1/)
    await succeed(folder, search)
    expect(readFileSync(inRun('checkpoints/winner-1.safetensors')).equals(checkpoint)).toBe(true)
  })
})

describe('the disk', () => {
  it('that takes no run folder, no ledger or no report says so', async () => {
    writeFileSync(join(folder, 'file'), 'not a folder')
    const under = await runCli(folder, tinySearch('digits', '--out', 'file/run'))
    expectRefusal(under, 1, /E_DISK .*file\/run/, /ENOTDIR/)
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('not a folder')
    mkdirSync(join(folder, 'taken/ledger.sqlite'), { recursive: true })
    expectRefusal(
      await runCli(folder, tinySearch('digits', '--out', 'taken')),
      1,
      /E_DISK .*ledger\.sqlite.*plain file/,
    )
  })

  it('that takes no checkpoint loses nothing of the search', async () => {
    const args = tinySearch('digits', '--out', 'blocked', '--no-baseline')
    mkdirSync(join(folder, 'blocked'))
    writeFileSync(join(folder, 'blocked/checkpoints'), 'a file where a folder belongs')
    expectRefusal(await runCli(folder, args), 1, /E_DISK .*checkpoints\/winner-1\.safetensors/)
    expect(filesBelow(join(folder, 'blocked')).filter((name) => /tmp|part$/.test(name))).toEqual([])
    rmSync(join(folder, 'blocked/checkpoints'))
    await succeed(folder, [...args, '--resume'])
    for (const name of ['archive.json', 'checkpoints/winner-1.safetensors'])
      expect(readFileSync(join(folder, 'blocked', name)).equals(readFileSync(inRun(name))), name).toBe(true)
  })
})

describe('no adapter', () => {
  const environment = { VK_DRIVER_FILES: '/nowhere/icd.json', VK_ICD_FILENAMES: '/nowhere/icd.json' }

  it('is one message that names the cause, with nothing written', async () => {
    const before = filesBelow(folder)
    const args = tinySearch('digits', '--out', 'without')
    const { stderr } = await startCli(folder, args, { environment, throughPipe: true }).ended
    expect(stderr.split('\n')).toHaveLength(2)
    expect(stderr).toMatch(/^E_ADAPTER WebGPU: .*VK_DRIVER_FILES names \/nowhere\/icd\.json, which is not there\./)
    expect(stderr).toMatch(/\ncode 1$/)
    expect(filesBelow(folder)).toEqual(before)
  })

  it('is an error of doctor, as JSON too, after what can be said all the same', async () => {
    const people = await startCli(folder, ['doctor'], { environment, throughPipe: true }).ended
    expect(people.stdout).toMatch(/^node +v/m)
    expect(people.stderr).toMatch(/^E_ADAPTER .*\ncode 1$/)
    const { code, stdout } = await startCli(folder, ['doctor', '--json'], { environment }).ended
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'E_ADAPTER' } })
  })
})

describe('a device and its limits', () => {
  const settings = resolveSettings('quick', {
    dataset: 'digits',
    network: { width: 2, timeSteps: 1 },
    fitness: { batch: 16 },
    evolution: { population: 2, offspring: 2, generations: 1, baseline: false },
    training: { maxSamples: 128 },
    comparison: { seeds: 0 },
  })
  const digits = () => loadDataset('digits', { seed: settings.seed })

  /** The tests' own device with less memory allowed; closing it leaves the device open. */
  async function modestGpu(memoryBudget: number) {
    const { device } = await testGpu()
    return openGpu({ device, memoryBudget })
  }

  it('say before a training what would help when memory does not suffice', async () => {
    const gpu = await modestGpu(2 ** 20)
    const shape = dataShape(await digits(), settings.network)
    const model = modelOf(gpu, randomArchitecture(settings, shape, 0), shape, 'perStep')
    const estimate = estimateTraining(gpu, model, settings.training)
    expect(() => checkBudget(gpu, estimate, 'training')).toThrow(LimitError)
    expect(() => checkBudget(gpu, estimate, 'training')).toThrow(
      /the budget is 1\.0 MiB.*--batch.*--width.*--recompute/,
    )
    await expect(trainNetwork(model, await digits(), settings.training, shape, 1)).rejects.toThrow(LimitError)
    model.release()
    await gpu.close()
  })

  it('make genomes fail and not the search, which says why when none is left', async () => {
    const gpu = await modestGpu(2 ** 16)
    const ledger = new MemoryLedger()
    const store = {
      ledger,
      checkpoint: () => ({ load: async () => null, save: async () => {} }),
      loadPart: () => null,
      savePart: () => {},
    }
    const failure = await runSearchExperiment({ gpu, dataset: await digits(), settings, store }).catch((error) => error)
    expect(failure).toBeInstanceOf(GenomeError)
    expect(failure.message).toMatch(/no genome could be scored\. The first failure was: .*E_LIMIT/)
    expect(ledger.generations('default', 'evolution')).toHaveLength(1)
    await gpu.close()
  })

  it('report a loss that is not finite by step and place; a study goes on after it', async () => {
    const gpu = await testGpu()
    const dataset = await digits()
    const shape = dataShape(dataset, settings.network)
    const training = { ...settings.training, learningRate: 1e38, warmup: 0 }
    const model = modelOf(gpu, randomArchitecture(settings, shape, 0), shape, 'perStep')
    await expect(trainNetwork(model, dataset, training, shape, 1)).rejects.toThrow(
      /E_NUMERIC training: the loss must stay finite and became .* step \d+; .*Lower the learning rate/,
    )
    model.release()
    const parts = new Map<string, unknown>()
    const study = await runStudy({
      gpu,
      dataset,
      settings: { ...settings, training },
      count: 3,
      store: { loadPart: (name) => parts.get(name) ?? null, savePart: (name, part) => void parts.set(name, part) },
    })
    expect(study.points).toEqual([])
    expect(study.failures.map(({ reason }) => reason.slice(0, 9))).toEqual(['E_NUMERIC', 'E_NUMERIC', 'E_NUMERIC'])
    expect(parts.size).toBe(3)
    expect(study.verdict).toMatch(/Too few networks/)
  })
})
