import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readCifar100Batches } from '../../../src/datasets/cifar.js'
import { readCifar100Pickles, readCifarPickles } from '../../../src/datasets/containers/cifar-python.js'
import { type PickleLimits, unpickle } from '../../../src/datasets/containers/pickle.js'
import { PickleDict, PickledArray, type PickleValue } from '../../../src/datasets/containers/pickle-objects.js'
import { FileFormatError } from '../../../src/errors.js'
import { concat } from '../../archives/packed.js'
import { fuzz, fuzzReport } from '../../support/fuzz.js'
import { needsPython, python } from '../../support/python.js'

const bytesOf = (text: string) => Uint8Array.from(text, (sign) => sign.charCodeAt(0))
const read = (program: string | Uint8Array, limits?: PickleLimits) =>
  unpickle({ name: 'some.pkl', bytes: typeof program === 'string' ? bytesOf(program) : program }, limits)
/** Plain values, for comparisons: dicts as objects, bytes as marked text. */
const plain = (value: PickleValue): unknown => {
  if (value instanceof PickleDict) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
  if (value instanceof PickledArray) return value.value
  if (value instanceof Uint8Array) return `bytes ${[...value].join(' ')}`
  return Array.isArray(value) ? value.map(plain) : value
}

describe('unpickle', () => {
  it('reads protocol 0 and Python 2 as they are written', () => {
    expect(
      plain(
        read(
          `(dp0\nS'a'\np1\n(lp2\nI1\naI-7\naL12345678901234567890L\naF1.5\naI01\naI00\naNasS'b\\x00\\n'\n(I1\nI2\ntp3\nsg1\ng2\ns.`,
        ),
      ),
    ).toEqual({
      a: [1, -7, 12345678901234567890n, 1.5, true, false, null],
      'b\0\n': [1, 2],
    })
    expect(read('Vgr\\u00fcn \\U0001f600\n.')).toBe('grün \u{1f600}')
    expect(read('Finf\n.')).toBe(Number.POSITIVE_INFINITY)
  })

  it('reads numbers of every form', () => {
    const cases: [string, PickleValue][] = [
      ['K\xff', 255],
      ['M\x01\x02', 513],
      ['J\xfe\xff\xff\xff', -2],
      ['G\x3f\xf8\0\0\0\0\0\0', 1.5],
      ['\x8a\0', 0],
      ['\x8a\x01\xff', -1],
      ['\x8a\x09\0\0\0\0\0\0\0\0\x01', 2n ** 64n],
      ['\x8b\x02\0\0\0\0\x80', -32768],
    ]
    for (const [program, value] of cases) expect(read(`${program}.`)).toBe(value)
  })

  it('keeps what is named twice the same thing', () => {
    const value = read(']q\0h\0\x86.') as PickleValue[]
    expect(value[0]).toBe(value[1])
  })

  const { missing, because } = needsPython('numpy')
  it.skipIf(missing).each([0, 1, 2, 3, 4, 5])(`reads what Python writes in protocol %i${because}`, (protocol) => {
    const program = python(
      `
import pickle, sys, numpy as np
value = {
  "none": None, "yes": True, "int": 7, "big": -(2**70), "float": 0.1, "text": "grün 😀 \\\\", "bytes": bytes(range(256)), "empty": b"",
  "list": [1, [2, []]], "tuple": (1, (2,), ()), "long": list(range(3000)), 5: "five", "array": bytearray(b"ab"),
  "u1": np.arange(6, dtype="u1").reshape(2, 3), "f": np.asfortranarray(np.arange(6, dtype=">f4").reshape(2, 3)),
  "f2": np.float16([0.5, -2]), "scalar": np.int32(-5), "bool": np.array([True, False]), "i8": np.array(2**62),
}
value["same"] = value["list"]
sys.stdout.buffer.write(pickle.dumps(value, protocol=${protocol}))`,
    )
    expect(plain(read(program))).toEqual({
      none: null,
      yes: true,
      int: 7,
      big: -(2n ** 70n),
      float: 0.1,
      text: 'grün 😀 \\',
      bytes: `bytes ${Array.from({ length: 256 }, (_, i) => i).join(' ')}`,
      empty: 'bytes ',
      list: [1, [2, []]],
      same: [1, [2, []]],
      tuple: [1, [2], []],
      long: Array.from({ length: 3000 }, (_, i) => i),
      5: 'five',
      array: 'bytes 97 98',
      u1: { shape: [2, 3], data: Uint8Array.of(0, 1, 2, 3, 4, 5) },
      f: { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) },
      f2: { shape: [2], data: Float32Array.of(0.5, -2) },
      scalar: -5,
      bool: { shape: [2], data: Uint8Array.of(1, 0) },
      i8: { shape: [], data: BigInt64Array.of(2n ** 62n) },
    })
  })

  const folder = mkdtempSync(join(tmpdir(), 'neuromotif-pickle-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const mark = join(folder, 'ran')
  const touch = `touch ${mark}`
  const short = (text: string) => `\x8c${String.fromCharCode(text.length)}${text}`
  const attacks: [string, string, RegExp][] = [
    ['GLOBAL and REDUCE', `cos\nsystem\n(S'${touch}'\ntR.`, /wants to use "os.system"/],
    [
      'GLOBAL and REDUCE with a tuple',
      `cposix\nsystem\nX${String.fromCharCode(touch.length)}\0\0\0${touch}\x85R.`,
      /"posix.system"/,
    ],
    ['STACK_GLOBAL', `\x80\x04${short('os')}${short('system')}\x93${short(touch)}\x85R.`, /"os.system"/],
    [
      'STACK_GLOBAL through the memo',
      `\x80\x04${short('os')}\x94${short('system')}\x94h\0h\x01\x93${short(touch)}\x85R.`,
      /"os.system"/,
    ],
    ['INST', `(S'${touch}'\nios\nsystem\n.`, /"os.system"/],
    ['OBJ', `(cos\nsystem\nS'${touch}'\no.`, /"os.system"/],
    ['eval', `cbuiltins\neval\n(S'__import__("os").system("${touch}")'\ntR.`, /"builtins.eval"/],
    [
      'getattr',
      `c__builtin__\ngetattr\n(c__builtin__\n__import__\n(S'os'\ntRS'system'\ntR(S'${touch}'\ntR.`,
      /"__builtin__.getattr"/,
    ],
    ['NEWOBJ', `\x80\x02csubprocess\nPopen\n(]S'touch'\naS'${mark}'\nat\x81.`, /"subprocess.Popen"/],
    [
      'NEWOBJ_EX',
      `\x80\x04${short('subprocess')}${short('Popen')}\x93(]${short('touch')}a${short(mark)}at}\x92.`,
      /"subprocess.Popen"/,
    ],
    ['a name with a dot', `\x80\x04${short('numpy')}${short('load.__globals__')}\x93.`, /"numpy.load.__globals__"/],
  ]
  it.each(attacks)('runs nothing: %s', (_, program, said) => {
    expect(() => read(program)).toThrow(said)
    expect(() => read(program)).toThrow(FileFormatError)
    expect(existsSync(mark)).toBe(false)
  })

  it.skipIf(missing)(`is tested with attacks that are real: Python runs them${because}`, () => {
    // the last three are no attacks by themselves: an object that is not initialised runs nothing in Python either
    const programs = attacks.slice(0, 8).map(([, program]) => Buffer.from(bytesOf(program)).toString('hex'))
    const script = `
import os, pickle, sys
for program in sys.argv[2:]:
    pickle.loads(bytes.fromhex(program))
    os.remove(sys.argv[1])
print(len(sys.argv[2:]), "ran")`
    expect(new TextDecoder().decode(python(script, new Uint8Array(0), mark, ...programs))).toBe('8 ran\n')
  })

  it('uses the names that it knows only as data files do', () => {
    const reconstruct = 'cnumpy.core.multiarray\n_reconstruct\n'
    const refused: [string, RegExp][] = [
      [`${reconstruct}(cnumpy\ndtype\n(I0\ntS'b'\ntR.`, /only numpy.ndarray is rebuilt/],
      ['cnumpy\nndarray\n(I2\ntR.', /wants to call numpy.ndarray/],
      ['cnumpy\nndarray\n)\x81.', /make an object of numpy.ndarray/],
      ["(cnumpy\ndtype\nS'u1'\no.", /make an object of numpy.dtype/],
      ["(S'u1'\ninumpy\ndtype\n.", /make an object of numpy.dtype/],
      ['](I1\ntR.', /wants to call a value/],
      ['cnumpy\ndtype\nI1\nR.', /wants to call numpy.dtype/],
      ['cnumpy\ndtype\n(I1\ntR.', /must be text/],
      ["cnumpy\ndtype\n(S'O8'\ntR.", /holds Python objects/],
      ['c_codecs\nencode\n(Vx\nVrot13\ntR.', /only latin1/],
      ['c_codecs\nencode\n(V\\u20ac\nVlatin1\ntR.', /not Latin-1/],
      ['cbuiltins\nbytes\n(I100\ntR.', /only empty bytes/],
      ['cbuiltins\nbytearray\n(I100\ntR.', /made of bytes/],
      // BUILD on things that have no state
      ['}}b.', /has none/],
      [']}b.', /has none/],
      ['cnumpy\nndarray\n}b.', /has none/],
      [`${reconstruct}(cnumpy\nndarray\n(I0\ntS'b'\ntR}b.`, /has none/],
      ['Pos.system\n.', /PERSID/],
      [']Q.', /BINPERSID/],
      ['\x82\x01.', /EXT1/],
      ['\x97.', /NEXT_BUFFER/],
      ['cconstructor\nconstructor\n.', /"constructor.constructor"/],
      ['c__proto__\ntoString\n.', /"__proto__.toString"/],
    ]
    for (const [program, said] of refused) {
      expect(() => read(program), program).toThrow(said)
      expect(() => read(program)).toThrow(FileFormatError)
    }
  })

  it('does not let keys reach the object behind a dict', () => {
    const dict = read("(dS'__proto__'\n(dS'x'\nI1\nssS'constructor'\nI2\ns.") as PickleDict
    expect([...dict.keys()]).toEqual(['__proto__', 'constructor'])
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  it('keeps its caps', () => {
    expect(() => read(`${'('.repeat(50)}.`, { depth: 40 })).toThrow(/40 deep/)
    expect(() => read(`${'N'.repeat(50)}.`, { depth: 40 })).toThrow(/40 values at a time/)
    expect(() => read(`${'N0'.repeat(50)}N.`, { values: 40 })).toThrow(/may have 40 values/)
    expect(() =>
      read(`N${Array.from({ length: 50 }, (_, i) => `q${String.fromCharCode(i)}`).join('')}.`, { memo: 40 }),
    ).toThrow(/remember 40/)
    expect(() => read(`${'}0'.repeat(100)}N.`, { bytes: 10_000 })).toThrow(/10000 bytes/)
    // a text named once and copied over and over
    const copies = `V${'x'.repeat(1000)}\nq\x000c_codecs\nencode\nq\x010Vlatin1\nq\x020${'h\x01h\0h\x02\x86R0'.repeat(100)}N.`
    expect(read(copies)).toBeNull()
    expect(() => read(copies, { bytes: 50_000 })).toThrow(/50000 bytes/)
    expect(() => read('\x8b\xff\xff\xff\x7f.')).toThrow(/a number of 2147483647 bytes/)
    expect(() => read(`L${'9'.repeat(2000)}L\n.`)).toThrow(/a number that is none/)
    expect(() => read('\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.')).toThrow(/needs/)
    expect(() => read('\x80\x05\x95\xff\xff\0\0\0\0\0\0N.')).toThrow(/a frame of 65535 bytes/)
    // a thousand lists, each in the next: nothing here or in the reader goes down by recursion
    expect(read(`${']'.repeat(100_000)}${'a'.repeat(99_999)}.`)).toHaveLength(1)
  })

  it('refuses programs that are wrong', () => {
    for (const program of [
      '',
      '.',
      'NN.',
      '(N.',
      't.',
      'a.',
      'N',
      'Nb.',
      '0.',
      'h\x05.',
      'g9\n.',
      'Iabc\n.',
      "S'a\n.",
      'Sa\n.',
      '\xff.',
      ']I1\ns.',
      '}I1\na.',
      '}(Nu.',
      '(Nd.',
      '(]Nd.',
      '\x80\x06N.',
      'Vx',
      'K',
      '\x93.',
    ]) {
      expect(() => read(program), JSON.stringify(program)).toThrow(FileFormatError)
    }
  })

  it('answers any bytes with a value or a reason', () => {
    const codes = fc.constantFrom(
      ...'(.0123FIJKLMNPQRSTUVX])}abcdeghijlopqrstuBCG\n\x80\x81\x82\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98\0\x01\x02'.split(
        '',
      ),
    )
    const programs = fc.array(codes, { maxLength: 60 }).map((all) => `${all.join('')}.`)
    fc.assert(
      fc.property(programs, (program) => {
        try {
          read(program, { bytes: 2 ** 20 })
        } catch (error) {
          expect(error).toBeInstanceOf(FileFormatError)
        }
      }),
      { numRuns: 5000 },
    )
  })
})

describe('CIFAR as pickles', () => {
  const { missing, because } = needsPython('numpy')
  it.skipIf(missing)(`gives pictures and labels, CIFAR-10 and CIFAR-100${because}`, () => {
    const make = (labels: string, protocol: number) =>
      python(`
import pickle, sys, numpy as np
data = np.arange(2 * 3072, dtype=np.int64).reshape(2, 3072).astype(np.uint8)
sys.stdout.buffer.write(pickle.dumps({b"batch_label": b"b", ${labels}, b"data": data, b"filenames": [b"a", b"b"]}, protocol=${protocol}))`)
    const split = readCifarPickles([
      { name: 'data_batch_1', bytes: make('b"labels": [3, 9]', 2) },
      { name: 'data_batch_2', bytes: make('b"labels": np.array([0, 1])', 4) },
    ])
    expect(split).toMatchObject({ kind: 'image', count: 4, height: 32, width: 32, channels: 3 })
    expect([...split.labels]).toEqual([3, 9, 0, 1])
    // row 1, column 2 of the second picture: red, green, blue
    const at = 3072 + (32 + 2) * 3
    expect([...split.pixels.subarray(at, at + 3)]).toEqual(
      [34, 34 + 1024, 34 + 2048].map((value) => (value + 3072) % 256),
    )
    const hundred = readCifar100Pickles([
      { name: 'train', bytes: make('b"fine_labels": [99, 0], b"coarse_labels": [19, 4]', 2) },
    ])
    expect([[...hundred.labels], [...hundred.coarseLabels]]).toEqual([
      [99, 0],
      [19, 4],
    ])
    expect(() => readCifarPickles([{ name: 'a', bytes: make('b"labels": [3, 10]', 2) }])).toThrow(/below 10; one is 10/)
    expect(() => readCifarPickles([{ name: 'a', bytes: make('b"labels": [3]', 2) }])).toThrow(
      /labels must be 2 numbers/,
    )
    expect(() => readCifar100Pickles([{ name: 'a', bytes: make('b"labels": [3, 1]', 2) }])).toThrow(
      /fine_labels must be 2/,
    )
  })

  it('refuses what is no batch', () => {
    expect(() => readCifarPickles([{ name: 'a', bytes: bytesOf('N.') }])).toThrow(/must hold a dict/)
    expect(() => readCifarPickles([{ name: 'a', bytes: bytesOf('}.') }])).toThrow(
      /data must be bytes \[N, 3072\]; it is \[missing\]/,
    )
  })

  it('survives damaged pickles', async () => {
    // the very instructions of the original, by hand: one picture
    const head = bytesOf(
      '\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x01bq\x03U\x06labelsq\x04]q\x05K\x06aU\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\0\x85U\x01b\x87Rq\t(K\x01K\x01M\0\x0c\x86cnumpy\ndtype\nq\nU\x02u1K\0K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89T\0\x0c\0\0',
    )
    const good = concat([head, new Uint8Array(3072).fill(7), bytesOf('tbu.')])
    const count = await fuzz([good], 4000, (bytes) => readCifarPickles([{ name: 'damaged', bytes }]))
    console.log(fuzzReport('CIFAR pickle', count))
    expect(readCifarPickles([{ name: 'good', bytes: good }]).labels[0]).toBe(6)
    expect(count.refused).toBeGreaterThan(1000)
  })
})

describe('CIFAR-100 of the binary version', () => {
  it('has a coarse and a fine label a record', () => {
    const record = (coarse: number, fine: number, fill: number) =>
      concat([Uint8Array.of(coarse, fine), new Uint8Array(3072).fill(fill)])
    const split = readCifar100Batches([{ name: 'train.bin', bytes: concat([record(1, 99, 5), record(19, 0, 6)]) }])
    expect([[...split.labels], [...split.coarseLabels], split.pixels[0], split.pixels[3072]]).toEqual([
      [99, 0],
      [1, 19],
      5,
      6,
    ])
    expect(() => readCifar100Batches([{ name: 'a', bytes: record(20, 0, 1) }])).toThrow(/below 20; record 0 has 20/)
    expect(() => readCifar100Batches([{ name: 'a', bytes: record(1, 100, 1) }])).toThrow(/below 100; record 0 has 100/)
    expect(() => readCifar100Batches([{ name: 'a', bytes: new Uint8Array(3073) }])).toThrow(/records of 3074 bytes/)
  })
})
