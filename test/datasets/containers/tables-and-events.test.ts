import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { gzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { zipEntries } from '../../../src/archives/zip.js'
import { writeNpz, writeStructuredNpy } from '../../../src/datasets/containers/npy-write.js'
import { type NumberTable, readNumberTable } from '../../../src/datasets/containers/number-table.js'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { readEvents } from '../../../src/datasets/events/event-reader.js'
import { openEvents } from '../../../src/datasets/events/formats/index.js'
import { FileFormatError } from '../../../src/errors.js'
import { fuzz, fuzzReport } from '../../support/fuzz.js'
import { needs, readNamed, testData } from '../samples.js'

const text = (value: string) => ({ name: 'table', bytes: new TextEncoder().encode(value) })

describe('tables of numbers', () => {
  it('are read whatever stands between the numbers', () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom(',', ';', '\t', '  '), fc.constantFrom('\n', '\r\n'))
      .chain(([columns, separator, end]) =>
        fc.record({
          separator: fc.constant(separator),
          end: fc.constant(end),
          rows: fc.array(fc.array(fc.double({ noNaN: true }), { minLength: columns, maxLength: columns }), {
            minLength: 1,
            maxLength: 6,
          }),
        }),
      )
    fc.assert(
      fc.property(cases, ({ separator, end, rows }) => {
        const words = rows.map((row) => row.map((value) => String(value).replace('Infinity', 'inf')).join(separator))
        const table = readNumberTable(text(`# made by a test${end}${end}${words.join(end)}${end}`))
        expect([table.rows, table.columns]).toEqual([rows.length, rows[0]?.length])
        expect([...table.data]).toEqual(
          rows.flat().map((value) => (Object.is(value, -0) ? Number(String(value)) : value)),
        )
      }),
    )
  })

  it('may have names, quotes, a separator at the end, and be gzip', () => {
    const table = readNumberTable({ name: 'a.csv.gz', bytes: gzipSync(text('"t", x\n1,2,\n3,nan,\n').bytes) })
    expect(table).toEqual({ rows: 2, columns: 2, names: ['t', 'x'], data: Float64Array.of(1, 2, 3, Number.NaN) })
    expect(readNumberTable(text(''))).toEqual({ rows: 0, columns: 0, names: null, data: new Float64Array(0) })
  })

  it('are refused with the place that is wrong', () => {
    expect(() => readNumberTable(text('1,2\n3\n'))).toThrow(/line 2 must have 2 numbers; it has 1/)
    expect(() => readNumberTable(text('1,2\n3,x\n'))).toThrow(/line 2, column 2 must be a number; it is "x"/)
    expect(() => readNumberTable(text('1 2\n3 0x10\n'))).toThrow(FileFormatError)
  })

  const { missing, because } = needs(join(testData, 'nir'))
  it.skipIf(missing)(`NIR: traces of 1,000 rows and 3 columns${because}`, () => {
    const files = readdirSync(join(testData, 'nir')).filter((name) => name.endsWith('.csv'))
    expect(files).toHaveLength(11)
    for (const name of files) {
      const { rows, columns, data } = readNumberTable(readNamed(join(testData, 'nir', name)))
      expect([rows, columns, data.every(Number.isFinite)], name).toEqual([1000, 3, true])
    }
  })

  it.skipIf(missing)(`SLAYER: matrices of a 250-25-1 network${because}`, () => {
    const read = (name: string): NumberTable =>
      readNumberTable(readNamed(join(testData, 'peer-conformance/slayer-snnData', `${name}.txt`)))
    const shapes: Record<string, [number, number]> = {
      w1Initial: [25, 250],
      w1learned: [25, 250],
      gradW1Initial: [25, 250],
      w2Initial: [1, 25],
      w2learned: [1, 25],
      gradW2Initial: [1, 25],
      spikeInMat: [250, 501],
    }
    for (const [name, [rows, columns]] of Object.entries(shapes)) {
      const table = read(name)
      expect([table.rows, table.columns], name).toEqual([rows, columns])
    }
    for (const name of ['h_sr', 'h_ref', 'spikeIn', 'spikeHid', 'spikeOut']) expect(read(name).columns, name).toBe(2)
    for (const name of ['spikeFuncHid', 'spikeFuncHid04', 'spikeFuncOut']) {
      const table = read(name)
      // membrane, membrane with refraction, spike at each of 501 steps
      expect([table.rows, table.columns], name).toEqual([501, 3])
    }
    expect(readFileSync(join(testData, 'peer-conformance/slayer-snnData/snnParams.txt'), 'utf8')).toMatch(
      /theta = 10;[\s\S]*\[250 25 1\]/,
    )
  })

  const poker = join(testData, 'poker-dvs')
  const { missing: noPoker, because: whyNoPoker } = needs(poker)
  it.skipIf(noPoker)(`POKER-DVS: rows of time, column and row in a zip${whyNoPoker}`, async () => {
    const members = async (name: string) => {
      const { bytes } = readNamed(join(poker, name))
      const files = await zipEntries(bytesSource(name, bytes))
      return Promise.all(files.map(async (file) => ({ name: file.path, bytes: await file.bytes() })))
    }
    const [order, two] = (await members('poker_card_task_2types_200reps.zip')).sort(
      (a, b) => a.bytes.length - b.bytes.length,
    )
    const events = readNumberTable(two as { name: string; bytes: Uint8Array })
    expect([events.rows, events.columns, events.data[0]]).toEqual([155_130, 3, 500.1])
    const tokens = new TextDecoder().decode(order?.bytes).trim().split(/\s+/)
    expect(tokens).toHaveLength(600)
    const [labels, one] = (await members('poker_card_task_1pip_200reps.zip')).sort(
      (a, b) => a.bytes.length - b.bytes.length,
    )
    const rows = readNumberTable(one as { name: string; bytes: Uint8Array })
    expect([rows.rows, rows.columns]).toEqual([98_240, 3])
    expect(readNumberTable(labels as { name: string; bytes: Uint8Array })).toMatchObject({ rows: 200, columns: 3 })
  })
})

describe('recordings as NumPy arrays', () => {
  const n = 500
  const t = BigInt64Array.from({ length: n }, (_, i) => BigInt(i) * 11n)
  const x = Int16Array.from({ length: n }, (_, i) => (i * 7) % 300)
  const y = Uint8Array.from({ length: n }, (_, i) => (i * 3) % 200)
  const p = Int8Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 1 : -1))
  const wanted = {
    count: n,
    x: Uint16Array.from(x),
    y: Uint16Array.from(y),
    t,
    polarity: Uint8Array.from(p, (on) => (on > 0 ? 1 : 0)),
  }
  const open = (name: string, bytes: Uint8Array, options = {}) => openEvents(bytesSource(name, bytes), options)

  it('have fields in any order and of any type, and are read by chunks', async () => {
    const orders = fc.shuffledSubarray(['t', 'x', 'y', 'p'] as const, { minLength: 4 })
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 1, max: 4000 }), fc.boolean(), async (order, chunkBytes, upper) => {
        const columns = { t, x, y, p }
        const bytes = writeStructuredNpy(
          Object.fromEntries(order.map((name) => [upper ? name.toUpperCase() : name, columns[name]])),
        )
        const reader = await open('what.ever', bytes, { chunkBytes })
        expect(reader.format).toBe('npy')
        expect(await readEvents(reader)).toEqual(wanted)
      }),
      { numRuns: 20 },
    )
  })

  it('may be archives, of a structured array or of columns', async () => {
    const one = writeNpz({ events: writeStructuredNpy({ x, y, t, p }) })
    const column = (data: typeof x | typeof y | typeof t | typeof p) => ({ shape: [n], data })
    const many = writeNpz({ x: column(x), y: column(y), t: column(t), p: column(p) })
    for (const bytes of [one, many]) {
      const reader = await open('a.npz', bytes)
      expect(reader.format).toBe('npz')
      expect(await readEvents(reader)).toEqual(wanted)
    }
  })

  it('that are cut give their whole events and a warning, or an error', async () => {
    const bytes = writeStructuredNpy({ t, x, y, p }).subarray(0, 128 + 12 * 100 + 5)
    const reader = await open('a.npy', bytes)
    expect((await readEvents(reader)).count).toBe(100)
    expect(reader.warnings).toMatchObject([{ kind: 'truncated' }])
    const strict = await open('a.npy', bytes, { truncated: 'error' })
    await expect(readEvents(strict)).rejects.toThrow(FileFormatError)
  })

  it('say what is odd: time that goes back, events outside', async () => {
    const back = writeStructuredNpy({ t: BigInt64Array.of(5n, 3n), x: Uint8Array.of(1, 9) })
    const reader = await open('a.npy', back, { width: 5, height: 5 })
    expect((await readEvents(reader)).count).toBe(1)
    expect(reader.warnings.map(({ kind }) => kind)).toEqual(['outside', 'nonMonotonic'])
    await expect(open('a.npy', writeStructuredNpy({ a: x }))).rejects.toThrow(
      /must have columns such as x, y, t and p; it has a/,
    )
  })

  const sample = join(testData, 'prophesee')
  const { missing, because } = needs(sample)
  it.skipIf(missing)(`another decoder's array agrees with ours in all but time${because}`, async () => {
    const read = async (name: string) => readEvents(await open(name, readNamed(join(sample, name)).bytes))
    const [theirs, ours] = [await read('expelliarmus_evt3_sample.npy'), await read('expelliarmus_evt3_sample.raw')]
    expect(theirs.count).toBe(219_596)
    for (const column of ['x', 'y', 'polarity'] as const) {
      expect(Buffer.compare(Buffer.from(theirs[column].buffer), Buffer.from(ours[column].buffer))).toBe(0)
    }
  })

  it('survive damage', async () => {
    const files = [
      writeStructuredNpy({ t, x, y, p }),
      writeNpz({ x: { shape: [n], data: x }, t: { shape: [n], data: t } }),
    ]
    const count = await fuzz(files, 500, async (bytes) =>
      readEvents(await open('damaged.npz', bytes, { format: bytes[0] === 0x50 ? 'npz' : 'npy' })),
    )
    console.log(fuzzReport('recordings in NPY and NPZ', count))
    expect(count.inputs).toBe(1000)
  })
})
