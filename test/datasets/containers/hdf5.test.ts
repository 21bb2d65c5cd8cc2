import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { zlibSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { halfFloat } from '../../../src/datasets/containers/half-float.js'
import { copyOverlap } from '../../../src/datasets/containers/hdf5/chunk-copy.js'
import { fletcher32, unfilter } from '../../../src/datasets/containers/hdf5/filters.js'
import { unpackLzf } from '../../../src/datasets/containers/hdf5/lzf.js'
import { Hdf5Dataset, type Hdf5File, Hdf5Group, openHdf5 } from '../../../src/datasets/containers/hdf5.js'
import { openHdf5Events } from '../../../src/datasets/containers/hdf5-events.js'
import { openSpikingAudio } from '../../../src/datasets/containers/spiking-audio.js'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { readEvents } from '../../../src/datasets/events/event-reader.js'
import { FileFormatError } from '../../../src/errors.js'
import { fuzz, fuzzReport } from '../../support/fuzz.js'
import { needs, readNamed, testData } from '../samples.js'
import { Hdf5Writer, halfFloatType, integerType, spikingAudioFile } from './hdf5-file.js'

/** Everything in a file, by path. */
async function everything(file: Hdf5File, path = ''): Promise<Map<string, unknown>> {
  const found = await file.find(path)
  if (found instanceof Hdf5Dataset) {
    const lists = found.type.kind === 'variable' && !found.type.text
    return new Map([[path, lists ? await found.readLists() : await found.read()]])
  }
  const all = new Map<string, unknown>()
  if (path.split('/').length > 12) return all
  for (const name of found?.names ?? [])
    for (const [key, value] of await everything(file, `${path}/${name}`)) all.set(key, value)
  return all
}
const open = (bytes: Uint8Array) => openHdf5(bytesSource('some.h5', bytes), { pieces: 20_000 })

/** Files that the HDF5 library itself writes, compiled for the web. */
async function library(write: (file: import('h5wasm').File) => void): Promise<Uint8Array> {
  const h5 = await import('h5wasm')
  const { FS } = await h5.ready
  const file = new h5.File('written.h5', 'w')
  write(file)
  file.close()
  const bytes = FS.readFile('written.h5') as Uint8Array
  FS.unlink('written.h5')
  return bytes
}

describe('HDF5', () => {
  it('reads what the HDF5 library writes: types, groups, chunks, filters, and rows of them', async () => {
    const data = Int32Array.from({ length: 7 * 5 }, (_, i) => i * 1001 - 3)
    const bytes = await library((file) => {
      const group = file.create_group('a')
      group.create_dataset({ name: 'plain', data, shape: [7, 5] })
      group.create_dataset({ name: 'chunked', data, shape: [7, 5], chunks: [3, 2], compression: 4 })
      group.create_dataset({
        name: 'shuffled',
        data,
        shape: [7, 5],
        chunks: [2, 5],
        compression: 2,
        compression_opts: [4],
      })
      file.create_dataset({ name: 'doubles', data: Float64Array.of(1.5, -2) })
      file.create_dataset({ name: 'long', data: BigInt64Array.of(-(2n ** 60n)) })
      file.create_dataset({ name: 'words', data: ['one', 'drei und vierzig', ''] })
      file.create_dataset({ name: 'fixed', data: ['ab', 'c'], dtype: 'S3' })
      group.create_dataset({ name: 'one', data: 7 })
      file.create_soft_link('/a/plain', 'soft')
    })
    const file = await open(bytes)
    for (const name of ['plain', 'chunked', 'shuffled']) {
      const dataset = await file.dataset(`a/${name}`)
      expect([dataset.shape, dataset.rows]).toEqual([[7, 5], 7])
      expect(await dataset.read()).toEqual({ kind: 'numbers', shape: [7, 5], data })
      expect(await dataset.read(2, 3)).toEqual({ kind: 'numbers', shape: [3, 5], data: data.slice(10, 25) })
      expect(await dataset.read(5, 99)).toEqual({ kind: 'numbers', shape: [2, 5], data: data.slice(25) })
    }
    expect(await (await file.dataset('doubles')).read()).toMatchObject({ data: Float64Array.of(1.5, -2) })
    expect(await (await file.dataset('long')).read()).toMatchObject({ data: BigInt64Array.of(-(2n ** 60n)) })
    expect(await (await file.dataset('words')).read()).toEqual({
      kind: 'texts',
      shape: [3],
      data: ['one', 'drei und vierzig', ''],
    })
    expect(await (await file.dataset('fixed')).read()).toMatchObject({ kind: 'texts', data: ['ab', 'c'] })
    expect(await (await file.dataset('a/one')).read()).toMatchObject({ data: { 0: 7 } })
    expect(await (await file.dataset('soft')).read()).toMatchObject({ data })
    expect(await file.find('a/none')).toBeNull()
    await expect(file.dataset('a')).rejects.toThrow(/must have a data set a/)
  })

  it.each([9, 60, 3000])('finds %i names in a group as the library writes them', async (count) => {
    const names = Array.from({ length: count }, (_, i) => `a name of a group, number ${i}`)
    const bytes = await library((out) => {
      for (const name of names) out.create_group(name)
    })
    const file = await open(bytes)
    expect([...(await file.group('/')).names].sort()).toEqual([...names].sort())
    expect(await file.find(`/${names.at(-1)}`)).toBeInstanceOf(Hdf5Group)
  })

  it('reads numbers of any shape and chunks as the library writes them', async () => {
    const cases = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })), {
      minLength: 1,
      maxLength: 3,
    })
    await fc.assert(
      fc.asyncProperty(cases, async (axes) => {
        const shape = axes.map(([size]) => size)
        const chunks = axes.map(([size, chunk]) => Math.min(size, chunk))
        const data = Uint16Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i * 257)
        const file = await open(
          await library((out) => out.create_dataset({ name: 'x', data, shape, chunks, compression: 1 })),
        )
        expect(await (await file.dataset('x')).read()).toEqual({ kind: 'numbers', shape, data })
      }),
      { numRuns: 25 },
    )
  })

  it('reads half floats and lists of differing length', async () => {
    const writer = new Hdf5Writer()
    const half = writer.dataset(
      [2, 2],
      halfFloatType,
      new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00).buffer),
    )
    const lists = writer.lists(integerType(2, true), [
      { count: 2, data: Uint8Array.of(1, 0, 0xff, 0xff) },
      { count: 0, data: new Uint8Array(0) },
    ])
    const file = await open(writer.file(writer.group({ half, lists })))
    expect(await (await file.dataset('half')).read()).toEqual({
      kind: 'numbers',
      shape: [2, 2],
      data: Float32Array.of(1, -2, 2 ** -24, Number.POSITIVE_INFINITY),
    })
    expect(await (await file.dataset('lists')).readLists()).toEqual([Int16Array.of(1, -1), new Int16Array(0)])
    await expect((await file.dataset('half')).readLists()).rejects.toThrow(/lists of numbers/)
    await expect((await file.dataset('lists')).read()).rejects.toThrow(/differing number/)
  })

  it('has halves as IEEE 754 defines them', () => {
    const known: [number, number][] = [
      [0x3555, 0.333251953125],
      [0x7bff, 65504],
      [0x0400, 2 ** -14],
      [0x03ff, 1023 * 2 ** -24],
      [0x8000, -0],
      [0xfc00, Number.NEGATIVE_INFINITY],
      [0x7e00, Number.NaN],
    ]
    for (const [bits, value] of known) expect(halfFloat(bits)).toBe(value)
  })

  it('takes chunks back through filters', () => {
    const data = Uint8Array.from({ length: 24 }, (_, i) => i * 7)
    // sorted by the byte's place in values of four bytes
    const shuffled = Uint8Array.from({ length: 24 }, (_, i) => data[(i % 6) * 4 + Math.floor(i / 6)] as number)
    const sums = new Uint8Array(4)
    const packed = zlibSync(shuffled)
    new DataView(sums.buffer).setUint32(0, fletcher32(packed), true)
    const filter = (id: number, ...values: number[]) => ({ id, name: '', values })
    const all = [filter(2, 4), filter(1), filter(3)]
    const whole = new Uint8Array([...packed, ...sums])
    expect(unfilter(whole, all, 0, 24, 'a')).toEqual(data)
    expect(unfilter(new Uint8Array([...zlibSync(data)]), all, 0b101, 24, 'a')).toEqual(data)
    whole[5] = (whole[5] as number) ^ 1
    expect(() => unfilter(whole, all, 0, 24, 'a')).toThrow(/checksum/)
    expect(() => unfilter(data, [filter(32008)], 0, 24, 'a')).toThrow(/packed with bitshuffle, which is not read/)
    expect(() => unfilter(zlibSync(new Uint8Array(100_000)), [filter(1)], 0, 24, 'a')).toThrow(/unpack to 24 bytes/)
    // RFC-like known value: words 0x0102, 0x0304
    expect(fletcher32(Uint8Array.of(1, 2, 3, 4))).toBe(((0x0102 + 0x0102 + 0x0304) << 16) | (0x0102 + 0x0304))
  })

  it('unpacks Blosc of every codec that it reads, and refuses damage', async () => {
    // 600 numbers of 32 bits, 0, 10, 20 and so on, as numcodecs 0.16 packs them with a shuffle
    const chunks = {
      zstandard:
        'AgGRBGAJAABgCQAA3QAAABQAAADFAAAAKLUv/WBgCN0FAJQJAAoUHigyPEZQWmRueIKMlqCqtL7I0tzm8PoEDhgiLDZASlReaHJ8hpCapK64wszW4Or0/ggSHCYwOkROWGJsdoCKlJ6osrzG0Nrk7vgCDBYgKjQ+SFJcZnB6hI6Yoqy2wMrU3ujy/AYQGiQuOEJMVmBqdH6IkpymsLrEztji7PYAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcAGqgQ8Pv/HfCFzRAeEf5hvf/XGKwkh1uNEshPANUDmVI=',
      lz4: 'AgEhBGAJAABgCQAAyQEAABQAAAAMAQAA//EAChQeKDI8RlBaZG54goyWoKq0vsjS3Obw+gQOGCIsNkBKVF5ocnyGkJqkrrjCzNbg6vT+CBIcJjA6RE5YYmx2gIqUnqiyvMbQ2uTu+AIMFiAqND5IUlxmcHqEjpiirLbAytTe6PL8BhAaJC44QkxWYGp0foiSnKawusTO2OLs9gAKFB4oMjxGUFpkbniCjJagqrS+yNLc5vD6BA4YIiw2QEpUXmhyfIaQmqSuuMLM1uDq9P4IEhwmMDpETlhibHaAipSeqLK8xtDa5O74AgwWICo0PkhSXGZweoSOmKKstsDK1N7o8vwGEBokLjhCTFZganR+iJKcprC6xM7Y4uz2AAH/QVA+SFJcZn8AAAAfAAEABh8BAQAGHwIBAAUfAwEABh8EAQAFHwUBAAYfBgEABh8HAQAFHwgBAAYfCQEABR8KAQAGHwsBAAYfDAEABR8NAQAGHw4BAAUfDwEABh8QAQAGHxEBAAUfEgEABh8TAQAFHxQBAAYfFQEABh8WAQAFsBcXFxcXFxcXFxcXDQAAAB8AAQD//0FQAAAAAAANAAAAHwABAP//QVAAAAAAAA==',
      zlib: 'AgFhBGAJAABgCQAAEAEAABQAAACVAAAAeF5j4BKR0zCycQuISsmraOqZtmDVln0nLt159uEXC5+Eko6Zg1dIXEZRTduEWUvW7Th05tqDV1/+cQjJqBlYufhFJOWUNXRNmbdi055jF249efeDiUdMQcvEziMoJq2gqqVvxqI12w6cunLvxac/bAJSKnoWTj5hCVkldR2T5izbsOvIuRuP3nxjGLV/WNoPAHeYJpg5AAAAeF51wUkCQCAAAMCSfQuF///U0WlmQpBIjSRqpaOeBhlpkpkWWmWjXTIddMpFRSrd9Mj7+wAgSRpGDwAAAHheY2AYBaOA+gAAAlgAAQ8AAAB4XmNgGAWjgPoAAAJYAAE=',
    }
    const numbers = Uint32Array.from({ length: 600 }, (_, i) => i * 10)
    for (const [name, base64] of Object.entries(chunks)) {
      const packed = new Uint8Array(Buffer.from(base64, 'base64'))
      const bytes = unfilter(packed, [{ id: 32001, name, values: [] }], 0, 2400, 'a')
      expect(new Uint32Array(bytes.slice().buffer), name).toEqual(numbers)
      const unpack = (damaged: Uint8Array) => unfilter(damaged, [{ id: 32001, name, values: [] }], 0, 2400, 'a')
      console.log(fuzzReport(`Blosc with ${name}`, await fuzz([packed], 400, unpack)))
      for (let length = 0; length < packed.length; length += 7)
        expect(() => unpack(packed.subarray(0, length))).toThrow(FileFormatError)
    }
    const header = Uint8Array.of(2, 1, 0x01, 4, 16, 0, 0, 0, 16, 0, 0, 0, 30, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 9)
    expect(() => unfilter(header, [{ id: 32001, name: '', values: [] }], 0, 16, 'a')).toThrow(
      /packed by BloscLZ, which is not read/,
    )
  })

  it('unpacks LZF and refuses what runs out', () => {
    // "abc" as literals, then 7 bytes from 3 back, then "x"
    const packed = Uint8Array.of(2, 97, 98, 99, (5 << 5) | 0, 2, 0, 120)
    expect(new TextDecoder().decode(unpackLzf(packed, 11) ?? undefined)).toBe('abcabcabcax')
    expect(unpackLzf(packed, 9)).toBeNull()
    expect(unpackLzf(packed.subarray(0, 3), 20)).toBeNull()
    expect(unpackLzf(Uint8Array.of(0x20, 5), 20)).toBeNull()
  })

  it('copies what a chunk and a box have in common', () => {
    const axis = fc.record({
      at: fc.nat(4),
      chunk: fc.integer({ min: 1, max: 4 }),
      from: fc.nat(4),
      size: fc.integer({ min: 1, max: 5 }),
    })
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), (axes) => {
        const chunkShape = axes.map(({ chunk }) => chunk)
        const boxShape = axes.map(({ size }) => size)
        const count = (shape: number[]) => shape.reduce((a, b) => a * b, 1)
        const place = (i: number, shape: number[]) =>
          shape.map((size, k) => Math.floor(i / count(shape.slice(k + 1))) % size)
        const chunk = Uint8Array.from({ length: count(chunkShape) }, (_, i) => i + 1)
        const box = new Uint8Array(count(boxShape))
        copyOverlap(
          chunk,
          axes.map(({ at }) => at),
          chunkShape,
          box,
          axes.map(({ from }) => from),
          boxShape,
          1,
        )
        box.forEach((value, i) => {
          const inChunk = place(i, boxShape).map((k, a) => k + (axes[a]?.from as number) - (axes[a]?.at as number))
          const inside = inChunk.every((k, a) => k >= 0 && k < (chunkShape[a] as number))
          const index = inChunk.reduce((sum, k, a) => sum * (chunkShape[a] as number) + k, 0)
          expect(value).toBe(inside ? chunk[index] : 0)
        })
      }),
      { numRuns: 200 },
    )
  })

  it('refuses what is no HDF5 and every cut file', async () => {
    await expect(open(new Uint8Array(5000))).rejects.toThrow(/must be an HDF5 file/)
    const bytes = spikingAudioFile([{ halves: [0x3c00], units: [5], label: 1 }], ['zero', 'one'])
    for (let length = 0; length < bytes.length; length += 3) {
      const result = open(bytes.subarray(0, length)).then((file) => everything(file))
      await expect(result).rejects.toThrow(FileFormatError)
    }
  })

  it('survives damage', async () => {
    const chunked = await library((file) => {
      const group = file.create_group('g')
      group.create_dataset({ name: 'x', data: new Int32Array(64), shape: [8, 8], chunks: [3, 3], compression: 4 })
      file.create_dataset({ name: 'words', data: ['one', 'two'] })
    })
    const many = await library((file) => {
      for (let i = 0; i < 40; i++) file.create_dataset({ name: `number ${i}`, data: i })
    })
    const files = [
      chunked,
      many,
      spikingAudioFile([{ halves: [0x3c00, 0x3c01], units: [5, 699], label: 1 }], ['zero', 'one']),
    ]
    const count = await fuzz(files, 1000, async (bytes) => everything(await open(bytes)))
    console.log(fuzzReport('HDF5', count))
    expect(count.refused).toBeGreaterThan(300)
  })
})

describe('recordings and spikes in HDF5', () => {
  it('SHD: samples with units, times in microseconds, labels and names', async () => {
    const samples = [
      { halves: [0x2e66, 0x3800, 0x3c00], units: [0, 350, 699], label: 1 },
      { halves: [], units: [], label: 0 },
      { halves: [0x3c01], units: [42], label: 1 },
    ]
    const audio = await openSpikingAudio(bytesSource('shd.h5', spikingAudioFile(samples, ['null', 'eins'])))
    expect([audio.count, [...audio.labels], audio.classes]).toEqual([3, [1, 0, 1], ['null', 'eins']])
    const first = await audio.read(0)
    // 0x2e66 is 0.0999755859375
    expect([...first.t]).toEqual([99_976n, 500_000n, 1_000_000n])
    expect([[...first.x], [...first.polarity]]).toEqual([
      [0, 350, 699],
      [1, 1, 1],
    ])
    expect((await audio.read(1)).count).toBe(0)
    expect([...(await audio.read(2)).t]).toEqual([1_000_977n])
    await expect(audio.read(3)).rejects.toThrow(/asked for 3/)
    const wrong = await openSpikingAudio(
      bytesSource('shd.h5', spikingAudioFile([{ halves: [0x3c00], units: [700], label: 0 }], [])),
    )
    await expect(wrong.read(0)).rejects.toThrow(/units must be below 700; sample 0 has 700/)
  })

  const n = 1000
  const x = Uint16Array.from({ length: n }, (_, i) => (i * 7) % 640)
  const y = Uint16Array.from({ length: n }, (_, i) => (i * 3) % 480)
  const p = Uint8Array.from({ length: n }, (_, i) => i & 1)

  it('DSEC: columns with a time offset, by chunks', async () => {
    const t = Uint32Array.from({ length: n }, (_, i) => i * 10)
    const bytes = await library((file) => {
      const events = file.create_group('events')
      const chunks = [128]
      events.create_dataset({ name: 'x', data: x, chunks, compression: 1 })
      events.create_dataset({ name: 'y', data: y, chunks, compression: 1 })
      events.create_dataset({ name: 'p', data: p, chunks, compression: 1 })
      events.create_dataset({ name: 't', data: t, chunks, compression: 1 })
      file.create_dataset({ name: 't_offset', data: BigInt64Array.of(49_599_300_523n), shape: [] })
      file.create_dataset({ name: 'ms_to_idx', data: BigUint64Array.of(0n, 100n) })
    })
    const reader = await openHdf5Events(bytesSource('events.h5', bytes), { chunkBytes: 4000 })
    expect(reader).toMatchObject({ format: 'hdf5', width: null, metadata: { columns: 'events' } })
    const events = await readEvents(reader)
    expect(events.count).toBe(n)
    expect([events.x, events.y, events.polarity]).toEqual([x, y, p])
    expect([events.t[0], events.t[999]]).toEqual([49_599_300_523n, 49_599_310_513n])
    const small = await openHdf5Events(bytesSource('events.h5', bytes), { width: 320, height: 480 })
    const inside = await readEvents(small)
    expect(inside.x.every((column) => column < 320)).toBe(true)
    expect(small.warnings).toMatchObject([{ kind: 'outside', count: n - inside.count }])
  })

  it('Prophesee: records of x, y, p and t', async () => {
    const t = BigInt64Array.from({ length: n }, (_, i) => BigInt(i) * 3n)
    const bytes = await library((file) => {
      const group = file.create_group('CD')
      const records = new Map<string, unknown>([
        ['x', x],
        ['y', y],
        ['p', Int16Array.from(p)],
        ['t', t],
      ])
      group.create_dataset({
        name: 'events',
        data: records as never,
        shape: [n],
        dtype: [
          ['x', '<H'],
          ['y', '<H'],
          ['p', '<h'],
          ['t', '<q'],
        ],
      })
    })
    const events = await readEvents(await openHdf5Events(bytesSource('cd.hdf5', bytes), { chunkBytes: 1000 }))
    expect(events).toEqual({ count: n, x, y, t, polarity: p })
  })

  it('refuses files without events', async () => {
    const bytes = await library((file) => file.create_dataset({ name: 'a', data: 1 }))
    await expect(openHdf5Events(bytesSource('a.h5', bytes), {})).rejects.toThrow(
      /must have events as records or columns/,
    )
  })
})

describe('real HDF5 files', () => {
  const nir = join(testData, 'nir')
  const { missing, because } = needs(nir)
  const types = (file: Map<string, unknown>) =>
    [...file]
      .filter(([path]) => path.endsWith('/type'))
      .map(([, value]) => (value as { data: string[] }).data[0] as string)
      .sort()
  const known: Record<string, [nodes: number, types: string, version: string]> = {
    '01_lif__debug_spike_representation__two_lif_neurons': [6, 'Input LIF LIF Linear Linear NIRGraph Output', '0.2.0'],
    '01_lif__lif_norse': [4, 'Affine Input LIF NIRGraph Output', '0.1.1'],
    '01_lif__lif_rockpool': [4, 'Input LIF Linear NIRGraph Output', '0.2.0'],
    '02_cnn__cnn_sinabs': [
      15,
      'Affine Affine Conv2d Conv2d Conv2d Flatten IF IF IF IF IF Input NIRGraph Output SumPool2d SumPool2d',
      '0.2.0',
    ],
    '03_rnn__braille_noDelay_bias_zero': [7, 'Affine Affine Affine CubaLIF CubaLIF Input NIRGraph Output', '0.2.0'],
    '03_rnn__braille_noDelay_noBias_subtract': [
      7,
      'CubaLIF CubaLIF Input Linear Linear Linear NIRGraph Output',
      '0.2.0',
    ],
    '03_rnn__extras__braille_noDelay_bias_zero_subgraph': [
      6,
      'Affine Affine Affine CubaLIF CubaLIF Input Input NIRGraph NIRGraph Output Output',
      '0.2.0',
    ],
    '03_rnn__extras__braille_noDelay_noBias_subtract_subgraph': [
      6,
      'CubaLIF CubaLIF Input Input Linear Linear Linear NIRGraph NIRGraph Output Output',
      '0.2.0',
    ],
    norse_test_braille: [7, 'Affine Affine Affine CubaLIF CubaLIF Input NIRGraph Output', '0.2.0'],
    snntorch_tests_lif: [4, 'Affine Input LIF NIRGraph Output', '0.1.1'],
  }
  it.skipIf(missing)(`NIR graphs have the nodes, types and versions that are known${because}`, async () => {
    expect(
      readdirSync(nir)
        .filter((name) => name.endsWith('.nir'))
        .sort(),
    ).toEqual(
      Object.keys(known)
        .map((name) => `${name}.nir`)
        .sort(),
    )
    for (const [name, [nodes, names, version]] of Object.entries(known)) {
      const { bytes } = readNamed(join(nir, `${name}.nir`))
      const file = await open(bytes)
      const all = await everything(file)
      expect((await file.group('node/nodes')).names, name).toHaveLength(nodes)
      expect(types(all).join(' '), name).toBe(names)
      expect(all.get('/version'), name).toMatchObject({ data: [version] })
      expect((all.get('/node/edges') as { shape: number[] }).shape[1]).toBe(2)
    }
  })

  it.skipIf(missing)(`the same values as the HDF5 library${because}`, async () => {
    const h5 = await import('h5wasm')
    const { FS } = await h5.ready
    let compared = 0
    for (const path of [
      'nir/02_cnn__cnn_sinabs.nir',
      'nir/03_rnn__braille_noDelay_bias_zero.nir',
      'peer-conformance/lava-dl-netx/tiny.net',
      'aedat3-synthetic/dvs_gestures_unittest.hdf5',
    ]) {
      const { bytes } = readNamed(join(testData, path))
      FS.writeFile('real.h5', bytes)
      const theirs = new h5.File('real.h5', 'r')
      for (const [name, value] of await everything(await open(bytes))) {
        const other = (theirs.get(name) as import('h5wasm').Dataset).value
        const ours = value as { shape: number[]; data: ArrayLike<unknown> }
        const flat = (items: unknown): unknown[] =>
          typeof items === 'object' && items !== null ? Array.from(items as ArrayLike<unknown>) : [items]
        expect(flat(ours.data), `${path} ${name}`).toEqual(flat(other))
        compared++
      }
      theirs.close()
    }
    expect(compared).toBeGreaterThan(100)
  })

  it.skipIf(missing)(`the gesture loader's output and Lava's network as they are known${because}`, async () => {
    const net = await open(readNamed(join(testData, 'peer-conformance/lava-dl-netx/tiny.net')).bytes)
    const layers = (await net.group('layer')).names
    expect(layers).toHaveLength(3)
    for (const layer of ['1', '2']) {
      for (const [name, value] of [
        ['iDecay', 4096],
        ['vDecay', 1024],
        ['vThMant', 25],
      ] as const) {
        const found = await (await net.dataset(`layer/${layer}/neuron/${name}`)).read()
        expect(found.kind === 'numbers' && Number(found.data[0])).toBe(value)
      }
    }
    const gestures = await open(readNamed(join(testData, 'aedat3-synthetic/dvs_gestures_unittest.hdf5')).bytes)
    expect(await gestures.find('unit_test')).toBeInstanceOf(Hdf5Group)
    expect(await (await gestures.dataset('unit_test/0/time')).read()).toMatchObject({ shape: [3] })
  })

  it.skipIf(missing)(`survive damage${because}`, async () => {
    const files = [
      'nir/01_lif__lif_norse.nir',
      'peer-conformance/lava-dl-netx/tiny.net',
      'aedat3-synthetic/dvs_gestures_unittest.hdf5',
    ].map((path) => readNamed(join(testData, path)).bytes)
    const count = await fuzz(files, 300, async (bytes) => everything(await open(bytes)))
    console.log(fuzzReport('real HDF5', count))
    expect(count.refused).toBeGreaterThan(100)
  })
})
