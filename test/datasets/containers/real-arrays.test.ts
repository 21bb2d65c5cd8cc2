import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCifarBatches } from '../../../src/datasets/cifar.js'
import { readCifarPickles } from '../../../src/datasets/containers/cifar-python.js'
import { readNpy } from '../../../src/datasets/containers/npy.js'
import { unpickle } from '../../../src/datasets/containers/pickle.js'
import { PickleDict, textOf } from '../../../src/datasets/containers/pickle-objects.js'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { classCounts } from '../../../src/datasets/info.js'
import { fuzz, fuzzReport } from '../../support/fuzz.js'
import { needs, readNamed, sum, testData } from '../samples.js'

const cifar = join(testData, 'cifar10')
const array = async (path: string) => {
  const { name, bytes } = readNamed(join(testData, path))
  return readNpy(bytesSource(name, bytes))
}

describe('real CIFAR-10', () => {
  const { missing, because } = needs(join(cifar, 'cifar-10-batches-py'))
  it.skipIf(missing)(`is the same as a pickle and in the binary version${because}`, () => {
    const file = readNamed(join(cifar, 'cifar-10-batches-py/test_batch'))
    const batch = unpickle(file)
    if (!(batch instanceof PickleDict)) throw new Error('no dict')
    expect([...batch.keys()].sort()).toEqual(['batch_label', 'data', 'labels'])
    expect(textOf(batch.get('batch_label'))).toBe('testing batch 1 of 1')
    const split = readCifarPickles([file])
    expect(split.count).toBe(1017)
    expect([...split.labels.subarray(0, 10)]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1])
    const binary = readCifarBatches([readNamed(join(cifar, 'cifar-10-batches-bin/test_batch.bin'))])
    expect([
      Buffer.compare(binary.pixels, split.pixels),
      Buffer.compare(Buffer.from(binary.labels), split.labels as Uint8Array),
    ]).toEqual([0, 0])
  })

  it.skipIf(missing)(`has the counts and sums that are known${because}`, () => {
    const known: [string, number, number[], number, number][] = [
      ['data_batch_1', 4000, [396, 366, 420, 384, 422, 393, 414, 385, 407, 413], 513_462_905, 6],
      ['data_batch_2', 1017, [105, 101, 83, 99, 110, 96, 98, 118, 118, 89], 131_668_390, 1],
      ['data_batch_3', 1017, [104, 108, 92, 120, 103, 92, 107, 94, 105, 92], 129_959_180, 8],
      ['data_batch_4', 1017, [101, 105, 117, 89, 112, 105, 87, 97, 99, 105], 132_691_791, 0],
      ['data_batch_5', 1017, [104, 97, 96, 91, 109, 96, 102, 105, 106, 111], 130_905_765, 1],
      ['test_batch', 1017, [105, 93, 100, 104, 92, 87, 114, 102, 110, 110], 131_743_679, 3],
    ]
    for (const [name, records, histogram, redSum, first] of known) {
      const split = readCifarBatches([readNamed(join(cifar, `cifar-10-batches-bin/${name}.bin`))])
      expect([split.count, classCounts(split.labels, 10), split.labels[0]]).toEqual([records, histogram, first])
      expect(sum(split.pixels.filter((_, i) => i % 3 === 0))).toBe(redSum)
      const all = readFileSync(join(cifar, `labels/${name}.labels.u8`))
      expect(all).toHaveLength(10_000)
      expect([...all.subarray(0, records)]).toEqual([...split.labels])
    }
    const labels = (name: string) => classCounts(readFileSync(join(cifar, `labels/${name}.labels.u8`)), 10)
    expect(labels('data_batch_1')).toEqual([1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981])
    expect(labels('data_batch_2')).toEqual([984, 1007, 1010, 995, 1010, 988, 1008, 1026, 987, 985])
    expect(labels('data_batch_3')).toEqual([994, 1042, 965, 997, 990, 1029, 978, 1015, 961, 1029])
    expect(labels('data_batch_4')).toEqual([1003, 963, 1041, 976, 1004, 1021, 1004, 981, 1024, 983])
    expect(labels('data_batch_5')).toEqual([1014, 1014, 952, 1016, 997, 1025, 980, 977, 1003, 1022])
    expect(labels('test_batch')).toEqual(new Array(10).fill(1000))
  })

  it.skipIf(missing)(`as a pickle survives damage${because}`, async () => {
    // the head with the instructions and a hundredth of the pixels
    const { bytes } = readNamed(join(cifar, 'cifar-10-batches-py/test_batch'))
    const count = await fuzz([bytes.subarray(0, 20_000)], 300, (damaged) =>
      readCifarPickles([{ name: 'a', bytes: damaged }]),
    )
    const whole = await fuzz([bytes], 40, (damaged) => readCifarPickles([{ name: 'a', bytes: damaged }]))
    console.log(fuzzReport('real CIFAR pickle, cut', count), '\n', fuzzReport('real CIFAR pickle, whole', whole))
    expect(count.refused).toBe(300)
  })
})

describe('real NPY files', () => {
  const { missing, because } = needs(join(testData, 'peer-conformance/lava-dl-netx'))
  it.skipIf(missing).each([
    ['peer-conformance/lava-dl-netx/current.npy', [1, 24, 6, 6, 16], Float32Array],
    ['peer-conformance/lava-dl-netx/input.npy', [1, 3, 16, 16, 16], Float32Array],
    ['peer-conformance/lava-dl-netx/input_bias.npy', [16, 16, 3], Float64Array],
    ['peer-conformance/lava-dl-netx/layer1.npy', [1, 24, 6, 6, 16], Float32Array],
    ['peer-conformance/lava-dl-netx/layer1_bias.npy', [24], BigInt64Array],
    ['peer-conformance/lava-dl-netx/layer1_kernel.npy', [24, 5, 5, 3], BigInt64Array],
    ['peer-conformance/lava-dl-netx/output.npy', [1, 36, 1, 1, 16], Float32Array],
    ['nir/03_rnn__norse_accuracy_noDelay_bias_zero.npy', [], Float64Array],
    ['nir/03_rnn__norse_activity_noDelay_bias_zero.npy', [256, 38], Float32Array],
    ['nir/03_rnn__snntorch_accuracy_noDelay_bias_zero.npy', [], Float64Array],
    ['nir/03_rnn__snntorch_accuracy_noDelay_noBias_subtract.npy', [], Float64Array],
    ['nir/03_rnn__snntorch_activity_noDelay_bias_zero.npy', [256, 38], Float32Array],
    ['nir/03_rnn__snntorch_activity_noDelay_noBias_subtract.npy', [256, 40], Float32Array],
  ] as const)(`%s${because}`, async (path, shape, Column) => {
    const found = await array(path)
    expect(found).toMatchObject({ kind: 'numbers', shape })
    if (found.kind !== 'numbers') return
    expect(found.data).toBeInstanceOf(Column)
    expect(Array.from(found.data, Number).every(Number.isFinite)).toBe(true)
  })

  it.skipIf(missing)(`hold what was measured${because}`, async () => {
    const norse = await array('nir/03_rnn__norse_accuracy_noDelay_bias_zero.npy')
    expect(norse.kind === 'numbers' && norse.data[0]).toBeCloseTo(94.29, 2)
    const kernel = await array('peer-conformance/lava-dl-netx/layer1_kernel.npy')
    expect(kernel.kind === 'numbers' && kernel.data.length).toBe(24 * 5 * 5 * 3)
  })

  const { missing: noEvents, because: whyNoEvents } = needs(join(testData, 'prophesee/expelliarmus_evt3_sample.npy'))
  it.skipIf(noEvents)(`of events have 16 bytes a record, padding included${whyNoEvents}`, async () => {
    const found = await array('prophesee/expelliarmus_evt3_sample.npy')
    if (found.kind !== 'structured') throw new Error(found.kind)
    expect(found.shape).toEqual([219_596])
    expect([...found.fields.keys()]).toEqual(['t', 'x', 'y', 'p'])
    expect(found.fields.get('t')?.data).toBeInstanceOf(BigInt64Array)
    expect(found.fields.get('x')?.data).toBeInstanceOf(Int16Array)
    expect(found.fields.get('p')?.data).toBeInstanceOf(Uint8Array)
  })

  it.skipIf(missing || noEvents)(`survive damage${because}`, async () => {
    const files = ['peer-conformance/lava-dl-netx/output.npy', 'nir/03_rnn__norse_accuracy_noDelay_bias_zero.npy'].map(
      (path) => readNamed(join(testData, path)).bytes,
    )
    files.push(readNamed(join(testData, 'prophesee/expelliarmus_evt3_sample.npy')).bytes.subarray(0, 4096))
    const count = await fuzz(files, 500, (bytes) => readNpy(bytesSource('damaged', bytes), 2 ** 24))
    console.log(fuzzReport('real NPY', count))
    expect(count.refused).toBeGreaterThan(500)
  })
})
