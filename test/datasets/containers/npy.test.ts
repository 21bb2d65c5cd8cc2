import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type NpyArray, openNpy, readNpy, readNpyBytes } from '../../../src/datasets/containers/npy.js'
import { writeNpy, writeNpz, writeStructuredNpy } from '../../../src/datasets/containers/npy-write.js'
import { openNpz, readNpz } from '../../../src/datasets/containers/npz.js'
import { rowMajor } from '../../../src/datasets/containers/numeric-array.js'
import { parseLiteral } from '../../../src/datasets/containers/python-literal.js'
import type { NumberColumn } from '../../../src/datasets/containers/scalar-type.js'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { FileFormatError, ShapeError } from '../../../src/errors.js'
import { concat, zip } from '../../archives/packed.js'
import { fuzz, fuzzReport } from '../../support/fuzz.js'
import { needsPython, python } from '../../support/python.js'

/** Columns of every type, any bits. */
const constructors = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
]
const column = (length: number): fc.Arbitrary<NumberColumn> =>
  fc
    .tuple(fc.constantFrom(...constructors), fc.uint8Array({ minLength: length * 8, maxLength: length * 8 }))
    .map(([Column, bytes]) => {
      const data = new Column(bytes.slice().buffer).slice(0, length) as NumberColumn
      // a NaN's other bits need not survive reading
      return data instanceof Float32Array || data instanceof Float64Array
        ? data.map((value: number) => (Number.isNaN(value) ? 0.1 : value))
        : data
    })
const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
const shaped = shape.chain((sizes) => column(sizes.reduce((a, b) => a * b, 1)).map((data) => ({ shape: sizes, data })))

/** An NPY file by hand. */
function npy(header: string, data: Uint8Array, version = 1): Uint8Array {
  const text = new TextEncoder().encode(header)
  const prefix = new Uint8Array(version === 1 ? 10 : 12)
  prefix.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0])
  const view = new DataView(prefix.buffer)
  if (version === 1) view.setUint16(8, text.length, true)
  else view.setUint32(8, text.length, true)
  return concat([prefix, text, data])
}
const header = (descr: string, shapeText: string, fortran = false) =>
  `{'descr': ${descr}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shapeText}, }\n`
const numbers = async (bytes: Uint8Array) => {
  const array = await readNpyBytes(bytes)
  if (array.kind !== 'numbers') throw new Error(array.kind)
  return array
}

describe('NPY', () => {
  it('reads what it wrote: every type, any shape', async () => {
    await fc.assert(
      fc.asyncProperty(shaped, async (array) => {
        const bytes = writeNpy(array)
        expect(bytes.length % 64).toBe(array.data.byteLength % 64)
        expect(await readNpyBytes(bytes)).toEqual({ kind: 'numbers', ...array })
      }),
      { numRuns: 150 },
    )
  })

  it('reads what it wrote: structured arrays', async () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }), {
      minLength: 1,
      maxLength: 4,
    })
    const fields = fc
      .tuple(names, fc.nat(9))
      .chain(([keys, length]) =>
        fc
          .tuple(...keys.map((key) => column(length).map((data) => [key, data] as const)))
          .map((all) => ({ length, columns: Object.fromEntries(all) })),
      )
    await fc.assert(
      fc.asyncProperty(fields, async ({ length, columns }) => {
        const array = await readNpyBytes(writeStructuredNpy(columns))
        if (array.kind !== 'structured') throw new Error(array.kind)
        expect(array.shape).toEqual([length])
        expect([...array.fields].map(([name, { data }]) => [name, data])).toEqual(Object.entries(columns))
      }),
      { numRuns: 80 },
    )
  })

  it('reads big-endian, half floats, booleans, text, and column-major arrays', async () => {
    expect((await numbers(npy(header(`'>i2'`, '(2,)'), Uint8Array.of(1, 2, 255, 254)))).data).toEqual(
      Int16Array.of(258, -2),
    )
    const halves = npy(header(`'<f2'`, '(4,)'), Uint8Array.of(0, 0x3c, 0, 0xc0, 1, 0, 0, 0x7c))
    expect((await numbers(halves)).data).toEqual(Float32Array.of(1, -2, 2 ** -24, Number.POSITIVE_INFINITY))
    expect((await numbers(npy(header(`'|b1'`, '(3,)'), Uint8Array.of(0, 1, 7)))).data).toEqual(Uint8Array.of(0, 1, 1))
    const columns = await numbers(npy(header(`'|u1'`, '(2, 3)', true), Uint8Array.of(1, 4, 2, 5, 3, 6)))
    expect(columns.data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6))
    const texts = await readNpyBytes(
      npy(header(`'>U2'`, '(2,)'), Uint8Array.of(0, 0, 0, 65, 0, 1, 0xf6, 0, 0, 0, 0, 66, 0, 0, 0, 0)),
    )
    expect(texts).toEqual({ kind: 'texts', shape: [2], data: ['A\u{1f600}', 'B'] })
    expect(await readNpyBytes(npy(header(`'|S3'`, '(2,)'), Uint8Array.of(97, 0, 98, 99, 0, 0)))).toMatchObject({
      data: ['a\0b', 'c'],
    })
    expect((await numbers(npy(header(`'<f8'`, '()'), new Uint8Array(8)))).shape).toEqual([])
  })

  it('turns column-major into row-major for any shape', () => {
    fc.assert(
      fc.property(shape, (sizes) => {
        const count = sizes.reduce((a, b) => a * b, 1)
        const values = rowMajor(
          Float64Array.from({ length: count }, (_, i) => i),
          sizes,
        )
        for (let i = 0; i < count; i++) {
          // index of the i-th row-major element
          let rest = i
          const index = sizes.map(() => 0)
          for (let axis = sizes.length - 1; axis >= 0; axis--) {
            index[axis] = rest % (sizes[axis] as number)
            rest = Math.floor(rest / (sizes[axis] as number))
          }
          expect(values[i]).toBe(index.reduceRight((sum, at, axis) => sum * (sizes[axis] as number) + at, 0))
        }
      }),
    )
  })

  it('reads nested, repeated and padded fields, titles, and headers of every version', async () => {
    const descr = `[(('a title', 't'), '<u4'), ('', '|V1'), ('xy', '|u1', (2,)), ('inner', [('p', '|b1'), ('q', '>i2')])]`
    const record = (t: number) => Uint8Array.of(t, 0, 0, 0, 99, t + 1, t + 2, 1, 1, t)
    for (const version of [1, 2, 3]) {
      const array = await readNpyBytes(npy(header(descr, '(2,)'), concat([record(5), record(9)]), version))
      if (array.kind !== 'structured') throw new Error(array.kind)
      expect(Object.fromEntries(array.fields)).toEqual({
        t: { shape: [2], data: Uint32Array.of(5, 9) },
        xy: { shape: [2, 2], data: Uint8Array.of(6, 7, 10, 11) },
        'inner.p': { shape: [2], data: Uint8Array.of(1, 1) },
        'inner.q': { shape: [2], data: Int16Array.of(261, 265) },
      })
    }
  })

  it('walks a file by ranges of elements', async () => {
    const bytes = writeNpy({ shape: [10, 2], data: Int16Array.from({ length: 20 }, (_, i) => i) })
    const file = await openNpy(bytesSource('a.npy', bytes))
    expect(file.count).toBe(20)
    expect(await file.bytes(3, 2)).toEqual(Uint8Array.of(3, 0, 4, 0))
    expect(await file.bytes(19, 5)).toEqual(Uint8Array.of(19, 0))
  })

  it('refuses with a reason what it cannot read', async () => {
    const refused = (bytes: Uint8Array, said: RegExp) => expect(readNpyBytes(bytes)).rejects.toThrow(said)
    await refused(npy(header(`'|O'`, '(2,)'), new Uint8Array(16)), /holds Python objects/)
    await refused(npy(header(`'<c8'`, '(2,)'), new Uint8Array(16)), /has the type "<c8"/)
    await refused(npy(header(`'<f8'`, '(1000000000000,)'), new Uint8Array(16)), /demands 8000000000\d+ bytes; it has/)
    await refused(npy(header(`'<f8'`, '(9007199254740991, 9007199254740991)'), new Uint8Array(16)), /demands/)
    await refused(npy(header(`[]`, '(4,)'), new Uint8Array(0)), /must have fields/)
    await refused(npy(header(`'<f8'`, '(-1,)'), new Uint8Array(8)), /must give descr/)
    await refused(npy(`__import__('os').system('touch /tmp/x')`, new Uint8Array(8)), /must be a dict/)
    await refused(npy('{}', new Uint8Array(8), 4), /version 1.0, 2.0 or 3.0/)
    await refused(Uint8Array.of(1, 2, 3), /must be an NPY file/)
    await expect(readNpy(bytesSource('a', writeNpy({ shape: [9], data: new Uint8Array(9) })), 8)).rejects.toThrow(
      /8 bytes here/,
    )
    expect(() => writeNpy({ shape: [2], data: new Uint8Array(3) })).toThrow(ShapeError)
  })

  it('refuses every cut file', async () => {
    const bytes = writeNpy({ shape: [4], data: new Float32Array(4) })
    for (let length = 0; length < bytes.length; length++) {
      await expect(readNpyBytes(bytes.subarray(0, length))).rejects.toThrow(FileFormatError)
    }
  })

  const { missing, because } = needsPython('numpy')
  it.skipIf(missing)(`is read by NumPy, and reads NumPy${because}`, async () => {
    const written = writeNpz({
      plain: { shape: [2, 3], data: Float32Array.of(1, 2.5, -3, 4, 5, 6) },
      scalar: { shape: [], data: BigInt64Array.of(-(2n ** 60n)) },
      events: writeStructuredNpy({
        t: BigInt64Array.of(1n, 2n),
        x: Uint16Array.of(3, 4),
        "it's": Int8Array.of(-1, 1),
        ü: Uint8Array.of(7, 8),
      }),
      none: { shape: [0, 3], data: new Uint8Array(0) },
    })
    const output = python(
      `
import io, sys, numpy as np
got = np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False)
assert got["plain"].dtype == np.float32 and got["plain"].tolist() == [[1, 2.5, -3], [4, 5, 6]]
assert got["scalar"].dtype == np.int64 and got["scalar"].shape == () and int(got["scalar"]) == -2**60
assert got["events"].dtype.names == ("t", "x", "it's", "ü"), got["events"].dtype
assert got["events"].tolist() == [(1, 3, -1, 7), (2, 4, 1, 8)]
assert got["none"].shape == (0, 3)
events = np.zeros(3, dtype=np.dtype([("t", "<i8"), ("x", ">u2"), ("p", "?")], align=True))
events["t"] = [5, 6, 7]; events["x"] = [1, 2, 3]; events["p"] = [True, False, True]
out = io.BytesIO()
np.savez_compressed(out, events=events, f=np.asfortranarray(np.arange(24).reshape(2, 3, 4)), h=np.float16([0.1, 65504]), u=np.array(["ab", "ü"]))
sys.stdout.buffer.write(out.getvalue())`,
      written,
    )
    const arrays = Object.fromEntries(await readNpz(bytesSource('numpy.npz', output))) as Record<string, NpyArray>
    const { events, f, h, u } = arrays
    expect(
      events?.kind === 'structured' && Object.fromEntries([...events.fields].map(([name, { data }]) => [name, data])),
    ).toEqual({
      t: BigInt64Array.of(5n, 6n, 7n),
      x: Uint16Array.of(1, 2, 3),
      p: Uint8Array.of(1, 0, 1),
    })
    expect(f).toEqual({
      kind: 'numbers',
      shape: [2, 3, 4],
      data: BigInt64Array.from({ length: 24 }, (_, i) => BigInt(i)),
    })
    expect(h).toMatchObject({ data: Float32Array.of(0.0999755859375, 65504) })
    expect(u).toMatchObject({ kind: 'texts', data: ['ab', 'ü'] })
  })

  it('survives damaged files', async () => {
    const files = [
      writeNpy({ shape: [5, 4], data: new Float64Array(20) }),
      writeStructuredNpy({ t: new BigInt64Array(20), x: new Uint16Array(20), p: new Uint8Array(20) }),
      npy(header(`'<U4'`, '(6,)', true), new Uint8Array(96).fill(65)),
    ]
    const count = await fuzz(files, 1500, (bytes) => readNpyBytes(bytes, 'damaged', 2 ** 20))
    console.log(fuzzReport('NPY', count))
    expect(count.refused).toBeGreaterThan(1000)
  })
})

describe('NPZ', () => {
  it('reads what it wrote, one array at a time', async () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_ ]{0,8}$/)
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, shaped, { maxKeys: 4 }), fc.boolean(), async (arrays, compress) => {
        const bytes = writeNpz(arrays, compress)
        expect(bytes).toEqual(writeNpz(arrays, compress))
        const file = await openNpz(bytesSource('a.npz', bytes))
        expect(file.names).toEqual(Object.keys(arrays))
        for (const [key, array] of Object.entries(arrays))
          expect(await file.array(key)).toEqual({ kind: 'numbers', ...array })
      }),
      { numRuns: 40 },
    )
  })

  it('refuses missing and doubled arrays and names that are no files', async () => {
    const file = await openNpz(bytesSource('a.npz', writeNpz({ a: { shape: [1], data: Uint8Array.of(1) } })))
    await expect(file.array('b')).rejects.toThrow(/has no array "b"; it has a/)
    const member = { name: 'a.npy', bytes: writeNpy({ shape: [1], data: Uint8Array.of(1) }) }
    await expect(openNpz(bytesSource('a.npz', zip([member, member])))).rejects.toThrow(/two arrays named a/)
    expect(() => writeNpz({ '../a': { shape: [0], data: new Uint8Array(0) } })).toThrow(/must be those of files/)
  })

  it('survives damaged archives', async () => {
    const good = writeNpz({
      a: { shape: [20], data: new Float32Array(20) },
      b: { shape: [2, 2], data: new Int8Array(4) },
    })
    const limits = { entryBytes: 2 ** 20 }
    const count = await fuzz([good], 1500, (bytes) => readNpz(bytesSource('damaged.npz', bytes), limits))
    console.log(fuzzReport('NPZ', count))
    expect(count.refused).toBeGreaterThan(500)
  })
})

describe('Python literals', () => {
  it('are read as written, and nothing else is', () => {
    expect(parseLiteral(` {'a': (1, -2L,), "b": [None, True, ('x')], u'c\\'\\n': {}} `)).toEqual(
      new Map<string, unknown>([
        ['a', [1, -2]],
        ['b', [null, true, 'x']],
        ["c'\n", new Map()],
      ]),
    )
    for (const text of [
      '',
      '1 2',
      '(1',
      '{1: 2}',
      '[1 2]',
      'f()',
      '1+1',
      "{'a' 1}",
      'Trueish',
      '('.repeat(60) + ')'.repeat(60),
    ]) {
      expect(parseLiteral(text)).toBeUndefined()
    }
  })
})
