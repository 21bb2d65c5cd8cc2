/** Wrong input to the command line: one clear message, the right exit code, nothing written and nothing lost. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { idxBytes, zipped } from '../datasets/samples.js'
import { contentsOf, expectRefusal, filesBelow, makeFolder, removeFolder, runCli, tinySearch } from '../support/cli.js'

let folder = ''
const folders: string[] = []

beforeEach(() => {
  folder = makeFolder()
  folders.push(folder)
})
afterAll(() => folders.forEach(removeFolder))

const genome = [...Array.from({ length: 6 }, () => [1, ...new Array<number>(19).fill(1)]).flat(), 2].join(',')

/** Runs it, and demands that the folder holds afterwards what it held before. */
async function refused(args: readonly string[], code: number, ...expected: readonly (string | RegExp)[]) {
  const before = contentsOf(folder)
  const result = await runCli(folder, args)
  expectRefusal(result, code, ...expected)
  expect(contentsOf(folder)).toEqual(before)
  return result
}

describe('options', () => {
  it('refuses an unknown command and an unknown option, and suggests the nearest', async () => {
    await refused(['serch', 'digits'], 2, /unknown command 'serch'/, /search/)
    await refused(tinySearch('digits', '--populaton', '4'), 2, /unknown option '--populaton'/, /--population/)
  })

  it.each([
    [['--width', '3'], /width: .*even/],
    [['--width', '1'], /--width.*whole number from 2/],
    [['--steps', '0'], /--steps.*whole number from 1/],
    [['--steps', '1e99'], /--steps.*whole number/],
    [['--population', 'many'], /--population.*whole number/],
    [['--seed', '-1'], /--seed.*whole number/],
    [['--objectives', 'fitness,beauty'], /objectives/],
    [['--indicator', 'luck'], /--indicator.*hammingMean/],
    [['--learning-rate', '-0.1'], /learningRate/],
    [['--learning-rate', 'NaN'], /--learning-rate.*must be a number/],
    [['--preset', 'fast'], /--preset.*quick/],
    [['--study', '2'], /--study.*whole number from 3/],
  ])('refuses %s', async (more, expected) => {
    await refused([...tinySearch('digits'), ...more], 2, expected)
  })

  it('refuses batches larger than the data before it searches', async () => {
    const most = /batch: must be at most the 1038 training samples; got 2000/
    await refused(tinySearch('digits', '--batch', '2000'), 2, most)
    await refused(tinySearch('digits', '--fitness-batch', '2000'), 2, most)
    await refused(tinySearch('digits', '--study', '3', '--batch', '2000'), 2, most)
  })

  it('refuses --resume where nothing is to be resumed', async () => {
    await refused(tinySearch('digits', '--out', 'run', '--resume'), 2, /--resume.*holds no run/)
    await refused(
      ['train', genome, '--dataset', 'digits', '--out', 'run', '--resume'],
      2,
      /--resume.*holds no training/,
    )
    expect(filesBelow(folder)).toEqual([])
  })
})

describe('a configuration file', () => {
  it.each([
    ['is no JSON', '{ "seed": 3,', /must be a JSON file/],
    ['is not an object', '[1, 2]', /an object with settings/],
    ['is null', 'null', /an object with settings/],
    ['has an unknown key', '{ "evolution": { "populaton": 4 } }', /evolution.*populaton/],
    ['has a value of the wrong kind', '{ "training": { "batch": "many" } }', /training\.batch/],
  ])('is refused when it %s', async (_, text, expected) => {
    writeFileSync(join(folder, 'settings.json'), text)
    await refused(['search', 'digits', '--config', 'settings.json'], 2, /E_CONFIG settings\.json/, expected)
  })

  it('is refused when it is not there', async () => {
    await refused(['search', 'digits', '--config', 'none.json'], 2, /E_CONFIG none\.json.*ENOENT/)
  })
})

describe('data', () => {
  it('suggests the nearest name for an unknown data set, in a search before anything is written', async () => {
    await refused(['data', 'info', 'fashon-mnist'], 1, /E_DATASET "fashon-mnist"/, /Did you mean fashion-mnist\?/)
    await refused(tinySearch('digitz'), 1, /E_DATASET "digitz"/, /Did you mean digits\?/)
  })

  it('refuses truncated and corrupt IDX files', async () => {
    const names = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1']
    const put = (name: string, bytes: Uint8Array) => writeFileSync(join(folder, `${name}-ubyte`), bytes)
    for (const [index, name] of names.entries()) {
      put(name, index % 2 ? idxBytes([4], [0, 1, 2, 3]) : idxBytes([4, 28, 28], new Uint8Array(4 * 784)))
    }
    const args = ['data', 'info', 'mnist', '--from', folder]
    put('t10k-images-idx3', idxBytes([4, 28, 28], new Uint8Array(4 * 784)).subarray(0, 2000))
    await refused(args, 1, /E_FILE_FORMAT .*t10k-images-idx3-ubyte/, /Fetch it again|truncated|bytes/)
    put(
      't10k-images-idx3',
      Uint8Array.from({ length: 4000 }, (_, i) => (i * 37) % 256),
    )
    await refused(args, 1, /E_FILE_FORMAT .*t10k-images-idx3-ubyte/)
    put('t10k-images-idx3', zipped(new Uint8Array(5000)).subarray(0, 30))
    await refused(args, 1, /E_FILE_FORMAT .*t10k-images-idx3-ubyte/)
  })

  it('refuses a truncated CIFAR file and a folder without the files', async () => {
    for (const name of [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`))
      writeFileSync(join(folder, name), new Uint8Array(2 * 3073))
    writeFileSync(join(folder, 'test_batch.bin'), new Uint8Array(3073 + 1000))
    await refused(['data', 'info', 'cifar10', '--from', folder], 1, /E_FILE_FORMAT .*test_batch\.bin/, /3073/)
    await refused(['data', 'info', 'mnist', '--from', folder], 1, /E_DATASET mnist/, /train-images-idx3-ubyte/)
  })
})

describe('a genome', () => {
  it.each([
    ['is too short', genome.split(',').slice(0, 100).join(','), /must have 20 genes a cell.*got 100/],
    ['is out of range', genome.replace('1', '9'), /E_GENOME genome.*9/],
    ['has a cell type that is none', genome.replace(/2$/, '7'), /E_GENOME.*7/],
    ['is text', 'three motifs please', /E_OPTION network: .*there is no "three motifs please"/],
  ])('is refused when it %s', async (_, text, expected) => {
    await refused(
      ['train', text, '--dataset', 'digits', '--width', '2', '--steps', '1'],
      /E_OPTION/.test(expected.source) ? 2 : 1,
      expected,
    )
  })

  it('is refused in files that hold none', async () => {
    const inFile = async (name: string, text: string, ...expected: RegExp[]) => {
      writeFileSync(join(folder, name), text)
      await refused(['train', name, '--dataset', 'digits'], 1, ...expected)
    }
    await inFile('words.txt', 'no numbers here', /E_GENOME genome\[0\]: must be an integer/)
    await inFile('broken.json', '{ "genome": [1, 2', /E_GENOME .*must be JSON/)
    await inFile('other.json', '{ "name": "x" }', /E_GENOME/)
    mkdirSync(join(folder, 'empty'))
    await refused(['train', 'empty'], 2, /holds no winner\.json/)
  })

  it('with settings of its own takes no preset', async () => {
    const stored = { genome: genome.split(',').map(Number), dataset: 'digits', training: { maxSamples: 128 } }
    writeFileSync(join(folder, 'winner.json'), JSON.stringify(stored))
    await refused(['train', 'winner.json', '--preset', 'standard'], 2, /E_OPTION --preset/, /--epochs/)
  })
})

describe('a checkpoint given to eval', () => {
  let good = new Uint8Array(0)
  let made = ''

  beforeAll(async () => {
    made = makeFolder()
    folders.push(made)
    const options = ['--dataset', 'digits', '--width', '2', '--steps', '1', '--samples', '64', '--out', 'training']
    const result = await runCli(made, ['train', genome, ...options])
    expect(result.code, result.stderr).toBe(0)
    good = readFileSync(join(made, 'training/model.safetensors'))
  })

  const refuse = async (bytes: Uint8Array | string, ...expected: RegExp[]) => {
    writeFileSync(join(folder, 'model.safetensors'), bytes)
    const result = await runCli(folder, ['eval', 'model.safetensors'])
    expectRefusal(result, /E_CONFIG/.test(result.stderr) ? 2 : 1, /model\.safetensors/, ...expected)
    expect(filesBelow(folder)).toEqual(['model.safetensors'])
  }

  /** The same file with other texts in its header of the same length. */
  const altered = (from: string, to: string) => {
    expect(to.length).toBe(from.length)
    const text = Buffer.from(good).toString('latin1')
    expect(text).toContain(from)
    return Buffer.from(text.replace(from, to), 'latin1')
  }

  it('is refused when it is truncated, random or missing', async () => {
    await refuse(good.subarray(0, good.length - 100), /E_CHECKPOINT/, /bytes/)
    await refuse(good.subarray(0, 200), /E_CHECKPOINT/, /header/)
    await refuse(
      Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251),
      /E_CHECKPOINT/,
    )
    await refuse('', /E_CHECKPOINT/, /at least 8 bytes; got 0/)
    await refused(['eval', 'none.safetensors'], 1, /E_CHECKPOINT none\.safetensors/, /not there/)
  })

  it('is refused when it is of another architecture or names no network', async () => {
    await refuse(
      altered('"architecture":"mse-nas 2', '"architecture":"mse-nas 3'),
      /E_CHECKPOINT/,
      /is of the architecture/,
    )
    await refuse(altered('\\"width\\":2', '\\"width\\":4'), /E_CHECKPOINT/, /is of the architecture/)
    await refuse(altered('\\"timeSteps\\":1', '\\"timeStepz\\":1'), /E_CONFIG|timeStepz/)
    await refuse(altered('"genome":', '"genomz":'), /E_CONFIG/, /must name its network/)
    await refuse(altered('"settings":"{', '"settings":"['), /E_CONFIG/, /must be JSON/)
  })

  it('is refused for data of another shape and an unknown split', async () => {
    writeFileSync(join(folder, 'model.safetensors'), good)
    await refused(['eval', 'model.safetensors', '--dataset', 'moving-shapes'], 1, /E_CHECKPOINT|E_DATASET|E_GENOME/)
    await refused(['eval', 'model.safetensors', '--split', 'exam'], 2, /--split.*train, validation or test/)
  })
})
