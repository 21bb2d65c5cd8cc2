import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../../src/archives/crc32.js'
import { gunzipCapped } from '../../src/datasets/gzip.js'
import { readIdx, readIdxSplit } from '../../src/datasets/idx.js'
import { FileFormatError } from '../../src/errors.js'
import { idxBytes, zipped } from './samples.js'

const pixels = Uint8Array.from({ length: 24 }, (_, i) => (i * 37) % 256)
const imageFile = idxBytes([4, 2, 3], pixels)
const labelFile = idxBytes([4], [0, 1, 2, 1])
const named = (bytes: Uint8Array, name = 'some-file') => ({ name, bytes })

describe('reading IDX files', () => {
  it.each([
    ['plain', (bytes: Uint8Array) => bytes],
    ['gzip', zipped],
  ])('reads %s images and labels', (_, pack) => {
    const split = readIdxSplit(named(pack(imageFile)), named(pack(labelFile)), 3)
    expect(split).toMatchObject({ kind: 'image', count: 4, height: 2, width: 3, channels: 1 })
    expect([...split.pixels]).toEqual([...pixels])
    expect([...split.labels]).toEqual([0, 1, 2, 1])
  })

  it.each([
    ['an empty file', new Uint8Array(0), /header of 16 bytes; got 0/],
    ['a cut header', imageFile.subarray(0, 15), /header of 16 bytes; got 15/],
    ['cut data', imageFile.subarray(0, -1), /= 24 bytes of data; got 23/],
    ['bytes behind the data', idxBytes([4, 2, 3], new Uint8Array(25)), /= 24 bytes of data; got 25/],
    ['labels in place of images', labelFile, /first bytes 0 0 8 3; got 0 0 8 1/],
    ['another element type', Uint8Array.from(imageFile, (byte, i) => (i === 2 ? 13 : byte)), /got 0 0 13 3/],
    ['sizes beyond any memory', idxBytes([0xffffffff, 0xffffffff, 0xffffffff], []), /data; got 0/],
    ['a size of 0 that hides a huge count', idxBytes([0xffffffff, 0, 5], []), /no dimension may be 0/],
    ['a gzip file cut short', zipped(imageFile).subarray(0, 20), /some-file/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readIdx(named(bytes), 3)).toThrow(FileFormatError)
    expect(() => readIdx(named(bytes), 3)).toThrow(message)
  })

  it('refuses a label that is no class', () => {
    expect(() => readIdxSplit(named(imageFile), named(labelFile), 2)).toThrow(/below 2; label 2 is 2/)
  })

  it('refuses images and labels of different numbers', () => {
    expect(() => readIdxSplit(named(imageFile), named(idxBytes([3], [0, 1, 2])), 3)).toThrow(
      /each of the 4 images.*got 3/,
    )
  })

  it('gives the right data or a FileFormatError for any damage to a gzip file', () => {
    const packed = zipped(imageFile)
    const damage = fc.record({
      writes: fc.array(fc.tuple(fc.nat(packed.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      length: fc.oneof(fc.constant(packed.length), fc.nat(packed.length)),
      tail: fc.uint8Array({ maxLength: 6 }),
    })
    fc.assert(
      fc.property(damage, ({ writes, length, tail }) => {
        const bytes = new Uint8Array([...packed.subarray(0, length), ...tail])
        for (const [at, value] of writes) if (at < bytes.length) bytes[at] = value
        let data: Uint8Array
        try {
          data = readIdx(named(bytes), 3).data
        } catch (error) {
          expect(error).toBeInstanceOf(FileFormatError)
          return
        }
        expect([...data]).toEqual([...pixels])
      }),
      { numRuns: 1000 },
    )
  })

  it('gives data as long as the header says or a FileFormatError for any damage to a plain file', () => {
    fc.assert(
      fc.property(fc.nat(15), fc.integer({ min: 0, max: 255 }), fc.nat(imageFile.length), (at, value, length) => {
        const bytes = imageFile.slice(0, length)
        if (at < length) bytes[at] = value
        try {
          const { dimensions, data } = readIdx(named(bytes), 3)
          expect(data.length).toBe(dimensions.reduce((a, b) => a * b, 1))
        } catch (error) {
          expect(error).toBeInstanceOf(FileFormatError)
        }
      }),
    )
  })
})

describe('unpacking gzip', () => {
  it('computes the check value of CRC-32', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  })

  const bomb = zipped(new Uint8Array(4_000_000))

  it('refuses a bomb before unpacking it', () => {
    expect(bomb.length).toBeLessThan(10_000)
    expect(() => gunzipCapped(bomb, 'bomb.gz', 1_000_000)).toThrow(
      /at most 1000000 bytes; its trailer announces 4000000/,
    )
  })

  it('refuses a bomb whose trailer understates its size', () => {
    const lying = bomb.slice()
    new DataView(lying.buffer).setUint32(lying.length - 4, 1000, true)
    expect(() => gunzipCapped(lying, 'bomb.gz', 1_000_000)).toThrow(FileFormatError)
  })

  it('refuses a second member behind the first', () => {
    const two = new Uint8Array([...zipped(imageFile), ...zipped(labelFile)])
    expect(() => gunzipCapped(two, 'two.gz', 1000)).toThrow(FileFormatError)
  })
})
