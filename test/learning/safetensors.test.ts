import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CheckpointError } from '../../src/errors.js'
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type TensorFile,
} from '../../src/learning/safetensors.js'

const headerOf = (bytes: Uint8Array): string => {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  return new TextDecoder().decode(bytes.subarray(8, 8 + length))
}

/** A file with any header text and body. */
function fileOf(header: string, body: Uint8Array = new Uint8Array(), length?: number): Uint8Array {
  const text = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + text.length + body.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true)
  bytes.set(text, 8)
  bytes.set(body, 8 + text.length)
  return bytes
}

const example: TensorFile = {
  tensors: new Map<string, NamedTensor>([
    ['weights.0.weight', { shape: [2, 3], data: Float32Array.from([1, -2, 0.5, Number.NaN, -0, 1e-42]) }],
    ['states.empty', { shape: [0, 7], data: new Float32Array() }],
    ['scalar', { shape: [], data: Float32Array.from([7]) }],
  ]),
  metadata: { architecture: 'a "quoted" é', position: '{"step":3}' },
}

const tensorFile: fc.Arbitrary<TensorFile> = fc
  .record({
    tensors: fc.uniqueArray(
      fc.tuple(
        fc.string({ maxLength: 12 }).filter((name) => name !== '__metadata__'),
        fc.array(fc.nat(4), { maxLength: 3 }),
        fc.integer(),
      ),
      { selector: ([name]) => name, maxLength: 6 },
    ),
    metadata: fc.dictionary(fc.string({ maxLength: 8 }), fc.string({ maxLength: 20 })),
  })
  .map(({ tensors, metadata }) => ({
    tensors: new Map(
      tensors.map(([name, shape, start]) => {
        const elements = shape.reduce((product, size) => product * size, 1)
        return [name, { shape, data: Float32Array.from({ length: elements }, (_, i) => Math.fround(start / (i + 1))) }]
      }),
    ),
    metadata,
  }))

const plain = ({ tensors, metadata }: TensorFile) => ({
  tensors: Object.fromEntries([...tensors].sort(([a], [b]) => (a < b ? -1 : 1))),
  metadata: { ...metadata },
})

describe('safetensors', () => {
  it('gives back every bit of what was written, and the same bytes for it', () => {
    const bytes = encodeSafetensors(example)
    const read = decodeSafetensors(bytes, 'example')
    expect(plain(read)).toEqual(plain(example))
    expect([...(read.tensors.get('weights.0.weight')?.data ?? [])].map((value) => Object.is(value, -0))).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
    ])
    expect(encodeSafetensors(read)).toEqual(bytes)
    expect(new TextEncoder().encode(headerOf(bytes)).length % 8).toBe(0)
  })

  it('gives back any tensors under any names', () => {
    fc.assert(
      fc.property(tensorFile, (file) => {
        expect(plain(decodeSafetensors(encodeSafetensors(file), 'any'))).toEqual(plain(file))
      }),
      { seed: 3, numRuns: 200 },
    )
  })

  it('follows the published layout', () => {
    const file = { tensors: new Map([['a', { shape: [2], data: Float32Array.from([1, 2]) }]]), metadata: { k: 'v' } }
    const bytes = encodeSafetensors(file)
    const header = '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    expect(headerOf(bytes)).toBe(header.padEnd(Math.ceil(header.length / 8) * 8))
    expect([...bytes.subarray(-8)]).toEqual([0, 0, 128, 63, 0, 0, 0, 64])
  })

  it('reads from a Buffer, and from the middle of one, whatever the alignment', () => {
    const bytes = encodeSafetensors(example)
    for (const before of [0, 1, 2, 3]) {
      const buffer = Buffer.alloc(bytes.length + before + 5, 0xee)
      buffer.set(bytes, before)
      const read = decodeSafetensors(buffer.subarray(before, before + bytes.length), 'buffer')
      expect(plain(read)).toEqual(plain(example))
    }
  })

  it('does not share memory with the file', () => {
    const bytes = encodeSafetensors(example)
    const read = decodeSafetensors(bytes, 'example')
    bytes.fill(0xff)
    expect(read.tensors.get('scalar')?.data).toEqual(Float32Array.from([7]))
  })

  const body = new Uint8Array(16)
  const tensor = (fields: string) => fileOf(`{"a":{${fields}}}`, body)
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /at least 8 bytes; got 0/],
    ['a header longer than the file', fileOf('{}', body, 1000), /header of 1000 bytes in a file of 26/],
    ['an enormous header', fileOf('{}', body, 2 ** 52), /names a header of/],
    ['no JSON', fileOf('{"a"'), /not JSON/],
    ['no UTF-8', fileOf('{}', Uint8Array.from([0xff]), 3), /not JSON/],
    ['an array', fileOf('[]'), /not an object/],
    ['null', fileOf('null'), /not an object/],
    ['a number for a tensor', fileOf('{"a":3}'), /tensor a of type undefined/],
    ['null for a tensor', fileOf('{"a":null}'), /tensor a of type undefined/],
    ['another type', tensor('"dtype":"F64","shape":[2],"data_offsets":[0,16]'), /type F64; F32 is read/],
    ['no shape', tensor('"dtype":"F32","data_offsets":[0,16]'), /tensor a without a shape/],
    ['a negative side', tensor('"dtype":"F32","shape":[-4],"data_offsets":[0,16]'), /without a shape/],
    ['half a side', tensor('"dtype":"F32","shape":[0.5,8],"data_offsets":[0,16]'), /without a shape/],
    ['no offsets', tensor('"dtype":"F32","shape":[4]'), /tensor a without offsets/],
    ['three offsets', tensor('"dtype":"F32","shape":[4],"data_offsets":[0,8,16]'), /without offsets/],
    ['bytes beyond the end', tensor('"dtype":"F32","shape":[5],"data_offsets":[0,20]'), /bytes 0\.\.20 do not hold/],
    ['reversed offsets', tensor('"dtype":"F32","shape":[0],"data_offsets":[8,0]'), /bytes 8\.\.0 do not hold/],
    ['too few bytes', tensor('"dtype":"F32","shape":[4],"data_offsets":[0,12]'), /do not hold \[4\]/],
    [
      'a shape whose product overflows',
      tensor('"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,16]'),
      /do not hold/,
    ],
  ])('refuses %s', (_title, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'hostile.safetensors')).toThrow(CheckpointError)
    expect(() => decodeSafetensors(bytes, 'hostile.safetensors')).toThrow(message)
    expect(() => decodeSafetensors(bytes, 'hostile.safetensors')).toThrow(/E_CHECKPOINT hostile\.safetensors/)
  })

  it('refuses tensors that share bytes: a small file must not ask for much memory', () => {
    const size = 2 ** 16
    const entries = Array.from(
      { length: 5000 },
      (_, i) => `"t${i}":{"dtype":"F32","shape":[${size / 4}],"data_offsets":[0,${size}]}`,
    )
    const before = process.memoryUsage().arrayBuffers
    expect(() => decodeSafetensors(fileOf(`{${entries.join()}}`, new Uint8Array(size)), 'bomb')).toThrow(/overlap/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * size)
  })

  it('refuses to write a tensor under the name of the metadata', () => {
    const tensors = new Map([['__metadata__', { shape: [1], data: new Float32Array(1) }]])
    expect(() => encodeSafetensors({ tensors, metadata: {} })).toThrow(CheckpointError)
  })

  it('reads damaged files right or refuses them: bytes flipped, cut off, added', () => {
    const original = encodeSafetensors(example)
    const damage = fc.record({
      flips: fc.array(fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
      length: fc.integer({ min: 0, max: original.length + 8 }),
    })
    let refused = 0
    let read = 0
    fc.assert(
      fc.property(damage, ({ flips, length }) => {
        const bytes = new Uint8Array(length)
        bytes.set(original.subarray(0, length))
        for (const [at, mask] of flips) if (at < length) bytes[at] = (bytes[at] ?? 0) ^ mask
        try {
          const file = decodeSafetensors(bytes, 'damaged')
          read++
          for (const { shape, data } of file.tensors.values()) {
            expect(data.length).toBe(shape.reduce((product, size) => product * size, 1))
          }
        } catch (error) {
          if (!(error instanceof CheckpointError)) throw error
          refused++
        }
      }),
      { seed: 9, numRuns: 1500 },
    )
    expect(refused).toBeGreaterThan(100)
    expect(read).toBeGreaterThan(20)
  })

  it('refuses or reads any JSON for a header', () => {
    fc.assert(
      fc.property(fc.json(), fc.uint8Array({ maxLength: 32 }), (header, bytes) => {
        try {
          decodeSafetensors(fileOf(header, bytes), 'json')
        } catch (error) {
          if (!(error instanceof CheckpointError)) throw error
        }
      }),
      { seed: 10, numRuns: 500 },
    )
  })
})
