import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FlatTable, flatRoot } from '../../../src/datasets/events/formats/flatbuffer.js'
import { unpackLz4Frame } from '../../../src/datasets/events/formats/lz4-frame.js'
import { UnpackError } from '../../../src/datasets/events/formats/unpack-error.js'
import { xxHash32 } from '../../../src/datasets/events/formats/xxhash32.js'
import { unpackZstandardFrame } from '../../../src/datasets/events/formats/zstandard-frame.js'
import { damaged } from './damage.js'
import { Bytes } from './encoders.js'
import { eventsFlatBuffer } from './encoders-aedat.js'
import { packLz4, packZstandard } from './pack.js'
import { packedEvents, packedEventsOfAStream, packedRows, packedText, packedTextLz4 } from './packed-fixtures.js'

const text = (value: string) => new TextEncoder().encode(value)
const base64 = (value: string) => new Uint8Array(Buffer.from(value, 'base64'))
const roomy = 1_000_000

/** Bytes with repeats near and far, of one byte and of many. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })), { maxLength: 12 })
  .map(
    (parts) => new Uint8Array(parts.flatMap(([part, times]) => Array.from({ length: times }, () => [...part]).flat())),
  )

describe('xxHash32', () => {
  it.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('of %j is known', (value, hash) => {
    expect(xxHash32(text(value))).toBe(hash)
  })
})

describe('LZ4', () => {
  it('unpacks what the reference packer makes, checksums and all', () => {
    expect(new TextDecoder().decode(unpackLz4Frame(base64(packedTextLz4), roomy))).toBe(packedText)
  })

  it('unpacks what was packed, in blocks that refer to earlier ones', () => {
    const options = fc.record({
      block: fc.constantFrom(13, 64, 1000, 65536),
      contentSize: fc.boolean(),
      contentChecksum: fc.boolean(),
      blockChecksums: fc.boolean(),
      stored: fc.boolean(),
    })
    fc.assert(
      fc.property(repetitive, options, (bytes, how) => {
        expect(unpackLz4Frame(packLz4(bytes, how), bytes.length)).toEqual(bytes)
      }),
    )
  })

  it('holds to its limit', () => {
    const zeros = new Uint8Array(60_000)
    for (const how of [{}, { contentSize: true }, { stored: true }]) {
      expect(unpackLz4Frame(packLz4(zeros, how), 60_000)).toEqual(zeros)
      expect(() => unpackLz4Frame(packLz4(zeros, how), 59_999)).toThrow(UnpackError)
    }
  })

  it('notices a changed byte by the checksum', () => {
    const packed = packLz4(text('a text of some length'), { contentChecksum: true })
    packed[14] = 90
    expect(() => unpackLz4Frame(packed, roomy)).toThrow(/checksum of an LZ4 frame/)
    const blocks = packLz4(text('a text of some length'), { blockChecksums: true })
    blocks[14] = 90
    expect(() => unpackLz4Frame(blocks, roomy)).toThrow(/checksum of an LZ4 block/)
  })

  it.each([
    ['nothing', [], /cut/],
    ['another magic', [1, 2, 3, 4, 0x40, 0x40, 0xc0], /no LZ4 frame/],
    ['another version', [4, 0x22, 0x4d, 0x18, 0x80, 0x40, 0xc0], /version 2/],
    ['a dictionary', [4, 0x22, 0x4d, 0x18, 0x41, 0x40, 0xc0], /dictionary/],
    ['a block size that is not known', [4, 0x22, 0x4d, 0x18, 0x40, 0x10, 0xc0], /block size code 1/],
    ['a wrong header checksum', [4, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc1], /frame header is wrong/],
    ['no blocks', [4, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0], /cut/],
    ['a match before the beginning', [4, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0, 4, 0, 0, 0, 0x10, 65, 2, 0], /nowhere/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => unpackLz4Frame(Uint8Array.from(bytes), roomy)).toThrow(message)
  })
})

describe('Zstandard', () => {
  it('unpacks what the reference packer makes, with and without a size', () => {
    for (const packed of [packedEvents, packedEventsOfAStream])
      expect(unpackZstandardFrame(base64(packed), 4 * 1024 * 1024)).toEqual(eventsFlatBuffer(packedRows))
  })

  it('unpacks what was packed', () => {
    fc.assert(
      fc.property(repetitive, fc.integer({ min: 1, max: 300 }), (bytes, block) => {
        expect(unpackZstandardFrame(packZstandard(bytes, block), bytes.length + 131072)).toEqual(bytes)
      }),
    )
  })

  it('holds to its limit, whatever a frame asks for', () => {
    const packed = base64(packedEvents)
    expect(() => unpackZstandardFrame(packed, 4831)).toThrow(/announces 4832 bytes/)
    const window = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 1, 0, 0])
    expect(() => unpackZstandardFrame(window, roomy)).toThrow(/window of 2199023255552 bytes/)
    // a million times one byte, in nine blocks of four bytes
    const bomb = new Bytes().byte(0x28, 0xb5, 0x2f, 0xfd, 0, 0x38)
    for (let i = 0; i < 9; i++) bomb.little((i === 8 ? 1 : 0) + 2 + 131072 * 8, 3).byte(7)
    expect(() => unpackZstandardFrame(bomb.bytes, roomy)).toThrow(/unpacks to more/)
  })

  it.each([
    ['nothing', [], /no Zstandard frame/],
    ['a cut header', [0x28, 0xb5, 0x2f, 0xfd], /cut/],
    ['a dictionary', [0x28, 0xb5, 0x2f, 0xfd, 1, 0], /dictionary/],
    ['a block of the reserved type', [0x28, 0xb5, 0x2f, 0xfd, 0, 0, 7, 0, 0], /damaged/],
    ['a block that is cut', [0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1 + 8 * 4, 0, 0, 1, 2], /cut/],
    ['what follows the frame', [0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1, 0, 0, 9], /1 bytes follow/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => unpackZstandardFrame(Uint8Array.from(bytes), roomy)).toThrow(message)
  })
})

describe('damaged frames', () => {
  it.each([
    ['LZ4', (bytes: Uint8Array) => unpackLz4Frame(bytes, 100_000), packLz4(eventsFlatBuffer(packedRows))],
    ['Zstandard', (bytes: Uint8Array) => unpackZstandardFrame(bytes, 100_000), base64(packedEvents)],
  ] as const)('of %s are refused or unpack to no more than they may', (_, unpack, packed) => {
    let refused = 0
    for (let index = 0; index < 3000; index++) {
      try {
        expect(unpack(damaged(packed, index).bytes).length).toBeLessThanOrEqual(100_000)
      } catch (error) {
        if (!(error instanceof UnpackError)) throw error
        refused++
      }
    }
    expect(refused).toBeGreaterThan(500)
  })
})

describe('FlatBuffers', () => {
  it('give fields, and defaults for those that are absent', () => {
    const table = flatRoot(eventsFlatBuffer(packedRows), 'EVTS')
    expect(table.vector(0, 16)).toEqual({ start: 28, count: 300 })
    expect(table.vector(1, 16)).toEqual({ start: 0, count: 0 })
    expect([table.int32(1, 5), table.int64(2, -1), table.text(3)]).toEqual([5, -1, ''])
  })

  it('are refused when they are others, cut, or lead out of themselves', () => {
    const bytes = eventsFlatBuffer(packedRows)
    expect(() => flatRoot(bytes, 'IOHE')).toThrow(/must be IOHE; it is "EVTS"/)
    expect(() => flatRoot(bytes.subarray(0, 11), 'EVTS')).toThrow(UnpackError)
    expect(() => flatRoot(new Uint8Array(0), 'EVTS')).toThrow(UnpackError)
    expect(() => flatRoot(bytes, 'EVTS').vector(0, 17)).toThrow(/leads out/)
    expect(() => new FlatTable(new DataView(new ArrayBuffer(8)), 6)).toThrow(UnpackError)
  })
})
