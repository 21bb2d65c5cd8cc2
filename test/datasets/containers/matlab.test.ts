import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MatlabOptions, type MatlabValue, readMatlab } from '../../../src/datasets/containers/matlab.js'
import { adler32 } from '../../../src/datasets/containers/matlab-elements.js'
import {
  noLabel,
  readAffNist,
  readEcgQtdb,
  readMatlabEvents,
  readStMnist,
} from '../../../src/datasets/containers/matlab-layouts.js'
import { rowMajor } from '../../../src/datasets/containers/numeric-array.js'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { FileFormatError } from '../../../src/errors.js'
import { concat } from '../../archives/packed.js'
import { fuzz, fuzzReport } from '../../support/fuzz.js'
import { needsPython, python } from '../../support/python.js'
import { needs, readNamed, sum, testData } from '../samples.js'
import { type MatlabLayout, MatlabWriter } from './matlab-file.js'

const layouts: MatlabLayout[] = [true, false].flatMap((littleEndian) =>
  [true, false].map((compress) => ({ littleEndian, compress })),
)
const source = (bytes: Uint8Array) => bytesSource('some.mat', bytes)
const read = (bytes: Uint8Array, options?: MatlabOptions) => readMatlab(source(bytes), options)
const plain = new MatlabWriter({ littleEndian: true, compress: false })

describe.each(layouts)('MATLAB files, little-endian $littleEndian, compressed $compress', (layout) => {
  const write = new MatlabWriter(layout)

  it('give back numbers of every type in row-major order', async () => {
    const constructors = [
      Int8Array,
      Uint8Array,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
      BigInt64Array,
      BigUint64Array,
    ]
    const arrays = fc.tuple(
      fc.constantFrom(...constructors),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 4 }),
      fc.nat(),
    )
    await fc.assert(
      fc.asyncProperty(arrays, async ([Column, shape, seed]) => {
        const count = shape.reduce((a, b) => a * b, 1)
        const data = new Column(Uint8Array.from({ length: count * 8 }, (_, i) => ((i + seed) * 37) % 120).buffer).slice(
          0,
          count,
        )
        const file = await read(write.file(write.numbers('a', shape, data)))
        expect(file.get('a')).toEqual({ kind: 'numbers', shape, logical: false, data: rowMajor(data, shape) })
      }),
      { numRuns: 40 },
    )
  })

  it('give back text, logicals, cells and structs', async () => {
    const one = write.numbers('', [1, 1], Float64Array.of(7))
    const file = await read(
      write.file(
        write.text('word', [1, 3], 'hü!'),
        write.text('utf8', [1, 3], 'hü!', 16),
        write.text('rows', [2, 3], 'adbecf'),
        write.text('none', [0, 0], ''),
        write.numbers('yes', [1, 2], Uint8Array.of(1, 0), 9, 0x200),
        // a double that is stored as bytes
        write.numbers('small', [1, 3], Uint8Array.of(1, 2, 200), 6),
        write.cell('cell', [1, 2], [one, write.text('', [1, 1], 'x')]),
        write.struct(
          'struct',
          [1, 2],
          ['first', 'second'],
          [one, one, write.element(14, new Uint8Array(0)), write.text('', [1, 2], 'ab')],
        ),
      ),
    )
    const text = (shape: number[], ...rows: string[]): MatlabValue => ({ kind: 'text', shape, rows })
    const seven: MatlabValue = { kind: 'numbers', shape: [1, 1], logical: false, data: Float64Array.of(7) }
    const nothing: MatlabValue = { kind: 'numbers', shape: [0, 0], logical: false, data: new Float64Array(0) }
    expect(Object.fromEntries(file)).toEqual({
      word: text([1, 3], 'hü!'),
      utf8: text([1, 3], 'hü!'),
      rows: text([2, 3], 'abc', 'def'),
      none: text([0, 0]),
      yes: { kind: 'numbers', shape: [1, 2], logical: true, data: Uint8Array.of(1, 0) },
      small: { kind: 'numbers', shape: [1, 3], logical: false, data: Float64Array.of(1, 2, 200) },
      cell: { kind: 'cell', shape: [1, 2], values: [seven, text([1, 1], 'x')] },
      struct: {
        kind: 'struct',
        shape: [1, 2],
        fields: new Map([
          ['first', [seven, nothing]],
          ['second', [seven, text([1, 2], 'ab')]],
        ]),
      },
    })
  })

  it('are refused for what is not read, unless it is not asked for', async () => {
    const good = write.numbers('good', [1, 1], Float64Array.of(1))
    for (const [kind, said] of [
      [5, /bad is sparse/],
      [3, /an object/],
      [16, /a function/],
      [17, /an object/],
      [99, /unknown kind 99/],
    ] as const) {
      const file = write.file(write.matrix(kind, 0, 'bad', [1, 1], new Uint8Array(0)), good)
      await expect(read(file)).rejects.toThrow(said)
      expect([...(await read(file, { variables: ['good'] })).keys()]).toEqual(['good'])
    }
    await expect(read(write.file(write.numbers('z', [1, 1], Float64Array.of(1), 6, 0x800)))).rejects.toThrow(
      /z is complex/,
    )
  })

  it('are refused when they are cut or their shapes lie', async () => {
    const bytes = write.file(write.numbers('a', [3, 2], Int16Array.of(1, 2, 3, 4, 5, 6)))
    for (let length = 0; length < bytes.length; length += length < 128 ? 16 : 1) {
      // a file of no variables is whole
      if (length === 128) expect((await read(bytes.subarray(0, length))).size).toBe(0)
      else await expect(read(bytes.subarray(0, length))).rejects.toThrow(FileFormatError)
    }
    await expect(read(write.file(write.numbers('a', [3, 3], Int16Array.of(1, 2))))).rejects.toThrow(
      /3 x 3 demands 9 values; got 2/,
    )
    await expect(read(write.file(write.cell('a', [1000, 1000000], [])))).rejects.toThrow(/are not there/)
    await expect(read(write.file(write.numbers('a', [-1, 3], Int16Array.of(1, 2))))).rejects.toThrow(
      /cannot have the shape/,
    )
    let deep = write.numbers('', [1, 1], Float64Array.of(1))
    for (let i = 0; i < 40; i++) deep = write.cell(i === 39 ? 'deep' : '', [1, 1], [deep])
    await expect(read(write.file(deep))).rejects.toThrow(/nest 32 deep/)
    const cells = Array.from({ length: 30 }, () => write.numbers('', [1, 1], Float64Array.of(1)))
    await expect(read(write.file(write.cell('a', [30, 1], cells)), { arrays: 20 })).rejects.toThrow(/20 arrays/)
  })

  it('survive damage', async () => {
    const one = write.numbers('', [1, 2], Float64Array.of(7, 8))
    const files = [
      write.file(write.numbers('x', [4, 5], new Float64Array(20).fill(3)), write.text('t', [2, 4], 'abcdefgh')),
      write.file(write.struct('s', [1, 2], ['a', 'b'], [one, one, one, write.cell('', [2, 1], [one, one])])),
    ]
    const count = await fuzz(files, 700, (bytes) => read(bytes, { bytes: 2 ** 20 }))
    console.log(
      fuzzReport(
        `MATLAB, ${layout.littleEndian ? 'little' : 'big'}-endian${layout.compress ? ', compressed' : ''}`,
        count,
      ),
    )
    expect(count.refused).toBeGreaterThan(400)
  })
})

describe('MATLAB files', () => {
  it('unpack to no more than they may', async () => {
    const packed = new MatlabWriter({ littleEndian: true, compress: true })
    const zeros = packed.file(packed.numbers('a', [1, 2 ** 21], new Uint8Array(2 ** 21)))
    expect(zeros.length).toBeLessThan(5000)
    await expect(read(zeros, { bytes: 2 ** 20 })).rejects.toThrow(/may unpack to 1048576 bytes; it claims 2097/)
    const two = concat([zeros, zeros.subarray(128)])
    expect((await read(zeros, { bytes: 3_000_000 })).size).toBe(1)
    await expect(read(two, { bytes: 3_000_000 })).rejects.toThrow(/may unpack/)
  })

  it('of other versions are named', async () => {
    await expect(read(new TextEncoder().encode('MATLAB 7.3 MAT-file'.padEnd(200)))).rejects.toThrow(
      /7.3, which is HDF5/,
    )
    await expect(read(new Uint8Array(200))).rejects.toThrow(/version 5; it does not begin/)
  })

  it('have the checksum of RFC 1950', () => {
    expect(adler32(new TextEncoder().encode('Wikipedia'))).toBe(0x11e60398)
    expect(adler32(new Uint8Array(100_000).fill(255))).toBe(adler32(new Uint8Array(100_000).fill(255)))
  })

  const { missing, because } = needsPython('numpy', 'scipy.io')
  it.skipIf(missing)(`are read as SciPy writes them${because}`, async () => {
    const bytes = python(`
import io, sys, numpy as np, scipy.io as sio
out = io.BytesIO()
sio.savemat(out, {"x": np.arange(24, dtype="i2").reshape(2, 3, 4), "f": np.float32([[1.5, -2]]), "yes": np.array([[True, False]]),
  "s": {"name": "abc", "value": 5.0, "list": np.array([["a", 1]], dtype=object)}, "text": "grün"}, do_compression=True)
sys.stdout.buffer.write(out.getvalue())`)
    const file = await read(bytes)
    expect(file.get('x')).toMatchObject({ shape: [2, 3, 4], data: Int16Array.from({ length: 24 }, (_, i) => i) })
    expect(file.get('f')).toMatchObject({ data: Float32Array.of(1.5, -2) })
    expect(file.get('yes')).toMatchObject({ logical: true, data: Uint8Array.of(1, 0) })
    expect(file.get('text')).toMatchObject({ kind: 'text', rows: ['grün'] })
    const s = file.get('s')
    expect(s?.kind === 'struct' && s.fields.get('name')?.[0]).toMatchObject({ rows: ['abc'] })
    expect(s?.kind === 'struct' && s.fields.get('list')?.[0]).toMatchObject({ kind: 'cell', shape: [1, 2] })
    const sparse = python(`
import io, sys, scipy.io as sio, scipy.sparse as sp
out = io.BytesIO()
sio.savemat(out, {"m": sp.eye(3, format="csc")})
sys.stdout.buffer.write(out.getvalue())`)
    await expect(read(sparse)).rejects.toThrow(/the variable m is sparse/)
  })
})

describe('data sets in MATLAB files', () => {
  it('ASL-DVS: columns of events', async () => {
    const column = (name: string, ...values: number[]) =>
      plain.numbers(name, [values.length, 1], Float64Array.from(values))
    const file = plain.file(column('x', 1, 239), column('y', 0, 179), column('ts', 5, 100_000), column('pol', 0, 1))
    expect(await readMatlabEvents(source(file))).toEqual({
      count: 2,
      x: Uint16Array.of(1, 239),
      y: Uint16Array.of(0, 179),
      t: BigInt64Array.of(5n, 100_000n),
      polarity: Uint8Array.of(0, 1),
    })
    expect((await readMatlabEvents(source(file), { tick: 1000 })).t).toEqual(BigInt64Array.of(5000n, 100_000_000n))
    await expect(readMatlabEvents(source(plain.file(column('x', 1), column('y', 1))))).rejects.toThrow(
      /must have columns such as x, y, t and p; it has x, y/,
    )
    await expect(readMatlabEvents(source(plain.file(column('x', 1, 2), column('ts', 1))))).rejects.toThrow(
      /must have 1 values as t has; x has 2/,
    )
    for (const x of [-1, 65_536, 0.5, Number.NaN]) {
      await expect(readMatlabEvents(source(plain.file(column('x', x), column('ts', 1))))).rejects.toThrow(
        /x must be a whole number/,
      )
    }
    await expect(readMatlabEvents(source(plain.file(column('x', 1), column('ts', 1e300))))).rejects.toThrow(/285 years/)
  })

  it('affNIST: pictures and labels in a struct', async () => {
    const image = Uint8Array.from({ length: 3200 }, (_, i) => (i < 1600 ? i % 251 : 255 - (i % 251)))
    const oneHot = new Float64Array(20)
    oneHot[3] = 1
    oneHot[10 + 7] = 1
    const make = (...fields: [string, Uint8Array][]) =>
      plain.file(
        plain.struct(
          'affNISTdata',
          [1, 1],
          fields.map(([name]) => name),
          fields.map(([, value]) => value),
        ),
      )
    const picture = plain.numbers('', [1600, 2], image)
    const split = await readAffNist(
      source(make(['image', picture], ['label_one_of_n', plain.numbers('', [10, 2], oneHot)])),
    )
    expect(split).toMatchObject({ kind: 'image', count: 2, height: 40, width: 40, channels: 1 })
    expect([...split.labels]).toEqual([3, 7])
    expect(split.pixels).toEqual(image)
    const whole = await readAffNist(
      source(make(['image', picture], ['label_int', plain.numbers('', [1, 2], Uint8Array.of(9, 0))])),
    )
    expect([...whole.labels]).toEqual([9, 0])
    await expect(readAffNist(source(make(['image', picture])))).rejects.toThrow(/picture 0 has none/)
    await expect(readAffNist(source(plain.file()))).rejects.toThrow(
      /image must be numbers with 2 axes; the file has none/,
    )
  })

  const ecg = join(testData, 'ecg-qtdb')
  const { missing, because } = needs(ecg)
  const known: [string, number][] = [
    ['train', 618],
    ['test', 141],
  ]
  it.skipIf(missing).each(known)(
    `ECG QTDB, %s: sequences of 1,301 steps with a class at most steps${because}`,
    async (part, count) => {
      const { bytes } = readNamed(join(ecg, `QTDB_${part}.mat`))
      const file = await read(bytes)
      expect([...file.keys()].sort()).toEqual(['max_i', 't', 'x', 'y'])
      const [x, y] = [file.get('x'), file.get('y')]
      if (x?.kind !== 'numbers' || y?.kind !== 'numbers') throw new Error('no numbers')
      // doubles by their class, stored as 16-bit and 8-bit numbers
      expect([x.shape, x.data.constructor]).toEqual([[count, 1301, 4], Float64Array])
      expect([y.shape, y.data.constructor]).toEqual([[count, 1301, 6], Float64Array])
      const set = await readEcgQtdb(source(bytes))
      expect(set).toMatchObject({ count, timeSteps: 1301, channels: 4, classes: 6 })
      expect([set.values.length, set.labels.length]).toEqual([count * 1301 * 4, count * 1301])
      const labelled = set.labels.reduce((total, label) => total + (label === noLabel ? 0 : 1), 0)
      expect(sum(y.data as Float64Array)).toBe(labelled)
      expect(labelled).toBeLessThan(count * 1301)
      expect(new Set(set.labels)).toEqual(new Set([0, 1, 2, 3, 4, 5, noLabel]))
      expect(new Set(set.values)).toEqual(new Set([-1, 0, 1]))
    },
  )

  it.skipIf(missing)(`ECG QTDB survives damage${because}`, async () => {
    const { bytes } = readNamed(join(ecg, 'QTDB_test.mat'))
    const count = await fuzz([bytes], 15, (damaged) => readEcgQtdb(source(damaged)))
    console.log(fuzzReport('real QTDB', count))
    expect(count.refused).toBeGreaterThan(7)
  })

  const tactile = join(testData, 'tactile/sample_stmnist.mat')
  const { missing: noTactile, because: whyNoTactile } = needs(tactile)
  it.skipIf(noTactile)(`ST-MNIST: events of a skin of 10 x 10 taxels${whyNoTactile}`, async () => {
    const { bytes } = readNamed(tactile)
    const file = await read(bytes)
    expect([...file.keys()]).toEqual(['spiketrain'])
    const train = file.get('spiketrain')
    if (train?.kind !== 'numbers') throw new Error('no numbers')
    expect([train.shape, train.data.constructor]).toEqual([[101, 2346], Float64Array])
    const spikes = (train.data as Float64Array).subarray(0, 100 * 2346)
    expect([...new Set(spikes)].sort()).toEqual([-1, 0, 1])
    const events = await readStMnist(source(bytes))
    expect(events.count).toBe(spikes.reduce((total, value) => total + Math.abs(value), 0))
    expect(events.x.every((x) => x < 10) && events.y.every((y) => y < 10)).toBe(true)
    expect(events.polarity.reduce((total, on) => total + on, 0)).toBe(
      spikes.reduce((total, value) => total + (value > 0 ? 1 : 0), 0),
    )
    const seconds = (train.data as Float64Array).subarray(100 * 2346)
    expect(Number(events.t.at(-1))).toBe(Math.round((seconds.at(-1) as number) * 1e6))
    const count = await fuzz([bytes], 60, (damaged) => readStMnist(source(damaged)))
    console.log(fuzzReport('real ST-MNIST', count))
    expect(count.refused).toBeGreaterThan(20)
  })
})
