import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { decode, encode } from 'fast-png'
import { gzipSync, zlibSync } from 'fflate'
import jpeg from 'jpeg-js'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../../../src/archives/crc32.js'
import { type DecodedImage, imageDecoder } from '../../../src/datasets/containers/decode-image.js'
import {
  fileEntries,
  type ImageFolderOptions,
  readImageArchive,
  readImageFolders,
} from '../../../src/datasets/containers/image-folders.js'
import { loadImageFolders } from '../../../src/datasets/containers/load-image-folders.js'
import { squareImage } from '../../../src/datasets/containers/square-image.js'
import { blobSource, bytesSource } from '../../../src/datasets/events/byte-source.js'
import { DatasetError, DiskError, FileFormatError } from '../../../src/errors.js'
import { concat, tar, zip } from '../../archives/packed.js'
import { fuzz, fuzzReport } from '../../support/fuzz.js'

const png = (width: number, height: number, channels: number, data: ArrayLike<number>, depth: 8 | 16 = 8) =>
  encode({ width, height, channels, depth, data: depth === 8 ? Uint8Array.from(data) : Uint16Array.from(data) })
const flat = (width: number, height: number, colour: readonly number[]) =>
  png(
    width,
    height,
    colour.length,
    Array.from({ length: width * height * colour.length }, (_, i) => colour[i % colour.length] as number),
  )
const jpegOf = (width: number, height: number, colour: readonly [number, number, number]) =>
  new Uint8Array(
    jpeg.encode(
      {
        width,
        height,
        data: Uint8Array.from({ length: width * height * 4 }, (_, i) => [...colour, 255][i % 4] as number),
      },
      90,
    ).data,
  )

/** A PNG chunk by chunk. */
function rawPng(header: readonly number[], chunks: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const chunk = ([type, data]: readonly [string, Uint8Array]) => {
    const body = concat([new TextEncoder().encode(type), data])
    const ends = new Uint8Array(8)
    new DataView(ends.buffer).setUint32(0, data.length)
    new DataView(ends.buffer).setUint32(4, crc32(body))
    return concat([ends.subarray(0, 4), body, ends.subarray(4)])
  }
  const all = [['IHDR', Uint8Array.from(header)] as const, ...chunks, ['IEND', new Uint8Array(0)] as const]
  return concat([Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), ...all.map(chunk)])
}
const size = (width: number, height: number) =>
  [width, height].flatMap((side) => [side >>> 24, (side >> 16) & 255, (side >> 8) & 255, side & 255])

describe('decoding pictures', () => {
  it('gives back the pixels of PNG: grey, grey with alpha, colour, colour with alpha, 8 and 16 bits', async () => {
    const decodeImage = await imageDecoder()
    const shape = fc.record({
      width: fc.integer({ min: 1, max: 9 }),
      height: fc.integer({ min: 1, max: 9 }),
      channels: fc.integer({ min: 1, max: 4 }),
      depth: fc.constantFrom(8 as const, 16 as const),
      seed: fc.nat(1000),
    })
    fc.assert(
      fc.property(shape, ({ width, height, channels, depth, seed }) => {
        const data = Array.from({ length: width * height * channels }, (_, i) => (i * 7919 + seed * 31) % 2 ** depth)
        const image = decodeImage(png(width, height, channels, data, depth), 'a.png')
        const kept = channels <= 2 ? 1 : 3
        const expected = data.filter((_, i) => i % channels < kept).map((value) => (depth === 16 ? value >> 8 : value))
        expect(image).toMatchObject({ width, height, channels: kept })
        expect([...image.pixels]).toEqual(expected)
      }),
      { numRuns: 80 },
    )
  })

  it('reads palettes and values of fewer than 8 bits', async () => {
    const decodeImage = await imageDecoder()
    // 3 x 2 pixels of 2 bits: 0 1 2 / 3 2 1, each row in its own byte behind a filter byte
    const rows = zlibSync(Uint8Array.of(0, 0b00011000, 0, 0b11100100))
    const palette = Uint8Array.of(1, 2, 3, 10, 20, 30, 100, 110, 120, 200, 210, 220)
    const coloured = decodeImage(
      rawPng(
        [...size(3, 2), 2, 3, 0, 0, 0],
        [
          ['PLTE', palette],
          ['IDAT', rows],
        ],
      ),
      'a.png',
    )
    expect([...coloured.pixels]).toEqual([1, 2, 3, 10, 20, 30, 100, 110, 120, 200, 210, 220, 100, 110, 120, 10, 20, 30])
    const grey = decodeImage(rawPng([...size(3, 2), 2, 0, 0, 0, 0], [['IDAT', rows]]), 'a.png')
    expect([grey.channels, ...grey.pixels]).toEqual([1, 0, 85, 170, 255, 170, 85])
    const short = palette.subarray(0, 9)
    expect(() =>
      decodeImage(
        rawPng(
          [...size(3, 2), 2, 3, 0, 0, 0],
          [
            ['PLTE', short],
            ['IDAT', rows],
          ],
        ),
        'a.png',
      ),
    ).toThrow(/colour 3 is not in the palette of 3/)
  })

  it('leaves out chunks that pixels do not need, compressed profiles among them', async () => {
    const decodeImage = await imageDecoder()
    const profile = concat([new TextEncoder().encode('p\0\0'), Uint8Array.of(1, 2, 3)])
    const rows = zlibSync(Uint8Array.of(0, 7))
    const bytes = rawPng(
      [...size(1, 1), 8, 0, 0, 0, 0],
      [
        ['iCCP', profile],
        ['tEXt', Uint8Array.of(0)],
        ['IDAT', rows],
      ],
    )
    expect(() => decode(bytes)).toThrow()
    expect([...decodeImage(bytes, 'a.png').pixels]).toEqual([7])
  })

  it('decodes JPEG near to what was encoded, grey as one channel', async () => {
    const decodeImage = await imageDecoder()
    const image = decodeImage(jpegOf(16, 8, [200, 30, 90]), 'a.jpg')
    expect(image).toMatchObject({ width: 16, height: 8, channels: 3 })
    image.pixels.forEach((value, i) => {
      expect(Math.abs(value - ([200, 30, 90][i % 3] as number))).toBeLessThan(6)
    })
  })

  it('looks at the size before it decodes', async () => {
    const decodeImage = await imageDecoder({ side: 64, area: 1000 })
    expect(() => decodeImage(flat(65, 1, [0]), 'a.png')).toThrow(/sides up to 64 .* it is 65 x 1/)
    expect(() => decodeImage(jpegOf(40, 40, [0, 0, 0]), 'a.jpg')).toThrow(/1000 pixels; it is 40 x 40/)
    // two thousand million pixels announced
    const header = [...size(50_000, 50_000), 8, 2, 0, 0, 0]
    const huge = rawPng(header, [['IDAT', zlibSync(new Uint8Array(100))]])
    expect(() => decodeImage(huge, 'a.png')).toThrow(/50000 x 50000/)
  })

  it('refuses a small picture whose data unpack to much', async () => {
    const decodeImage = await imageDecoder()
    const bomb = rawPng(
      [...size(4, 4), 8, 0, 0, 0, 0],
      [['IDAT', zlibSync(new Uint8Array(80 * 2 ** 20), { level: 6 })]],
    )
    expect(bomb.length).toBeLessThan(100_000)
    expect(() => decodeImage(bomb, 'a.png')).toThrow(/demands 20 bytes of pixel data/)
  })

  it('survives damaged pictures', async () => {
    const decodeImage = await imageDecoder({ area: 2 ** 16 })
    const noise = Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * i * 31) % 256)
    const good = [png(32, 32, 3, noise), jpegOf(32, 32, [100, 120, 20])]
    const count = await fuzz(good, 1500, (bytes) => decodeImage(bytes, 'damaged'))
    console.log(fuzzReport('PNG and JPEG', count))
    expect(count.refused).toBeGreaterThan(1000)
  })
})

describe('squareImage', () => {
  const image = (width: number, height: number, channels: 1 | 3, pixels: readonly number[]): DecodedImage => ({
    width,
    height,
    channels,
    pixels: Uint8Array.from(pixels),
  })

  it('takes the middle and the mean over the area of a pixel', () => {
    expect([...squareImage(image(4, 2, 1, [9, 10, 20, 9, 9, 30, 40, 9]), 1).pixels]).toEqual([25])
    expect([...squareImage(image(2, 2, 1, [0, 100, 200, 100]), 4).pixels.subarray(0, 4)]).toEqual([0, 0, 100, 100])
    // 3 to 2: the middle column goes half to each side
    const [left, right] = squareImage(image(3, 3, 1, [0, 90, 240, 0, 90, 240, 0, 90, 240]), 2).pixels
    expect([left, right]).toEqual([30, 190])
  })

  it('keeps a constant picture constant at any size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 15 }),
        (width, height, side) => {
          const squared = squareImage(image(width, height, 3, new Array(width * height * 3).fill(77)), side)
          expect(squared).toMatchObject({ width: side, height: side })
          expect(squared.pixels.every((value) => value === 77)).toBe(true)
        },
      ),
    )
  })
})

describe('pictures in class folders', () => {
  const pictures: [string, Uint8Array][] = [
    ['set/train/dog/2.png', flat(4, 4, [2, 2, 2])],
    ['set/train/cat/1.png', flat(4, 4, [1])],
    ['set/test/dog/10.png', flat(4, 4, [10, 0, 0])],
    ['set/train/dog/1.PNG', flat(4, 4, [5, 6, 7, 100])],
    ['set/readme.txt', Uint8Array.of(1)],
    ['__MACOSX/set/train/dog/._2.png', Uint8Array.of(1)],
    ['set/train/.thumbs/2.png', Uint8Array.of(1)],
    ['loose.png', Uint8Array.of(1)],
  ]
  const archive = (files = pictures) => zip(files.map(([name, bytes]) => ({ name, bytes })))
  const read = (bytes: Uint8Array, options?: ImageFolderOptions) =>
    readImageArchive(bytesSource('pets', bytes), options)

  it('become parts with sorted classes, the same from zip, tar, tar.gz, a dropped file and a folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'neuromotif-pictures-'))
    try {
      for (const [path, bytes] of pictures) {
        mkdirSync(dirname(join(folder, path)), { recursive: true })
        writeFileSync(join(folder, path), bytes)
      }
      symlinkSync(folder, join(folder, 'set', 'train', 'circle'))
      const found = await read(archive())
      expect(found.classes).toEqual(['cat', 'dog'])
      expect([...found.parts.keys()]).toEqual(['test', 'train'])
      const train = found.parts.get('train')
      expect(train).toMatchObject({ kind: 'image', count: 3, height: 4, width: 4, channels: 3 })
      expect([...(train?.labels ?? [])]).toEqual([0, 1, 1])
      expect([0, 1, 2].map((i) => [...(train?.pixels.subarray(i * 48, i * 48 + 3) ?? [])])).toEqual([
        [1, 1, 1],
        [5, 6, 7],
        [2, 2, 2],
      ])
      expect(await read(tar(pictures))).toEqual(found)
      expect(await read(gzipSync(tar([...pictures].reverse())))).toEqual(found)
      expect(await readImageArchive(blobSource(new File([new Uint8Array(archive())], 'pets.zip')))).toEqual(found)
      expect(await loadImageFolders(folder)).toEqual(found)
      writeFileSync(join(folder, 'pets.zip'), archive())
      expect(await loadImageFolders(join(folder, 'pets.zip'))).toEqual(found)
      await expect(loadImageFolders(join(folder, 'none'))).rejects.toThrow(DiskError)
      const files = pictures.map(([path, bytes]) => {
        const file = new File([new Uint8Array(bytes)], path.split('/').at(-1) as string)
        return Object.defineProperty(file, 'webkitRelativePath', { value: path })
      })
      expect(await readImageFolders(fileEntries(files), 'chosen')).toEqual(found)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('take class order, channels, side and place from the options', async () => {
    const { classes, parts } = await read(archive(), {
      classes: ['dog', 'cat', 'bird'],
      channels: 1,
      side: 2,
      place: (path) => (path.includes('/train/') ? { part: 'only', label: path.split('/').at(-2) as string } : null),
    })
    expect(classes).toEqual(['dog', 'cat', 'bird'])
    const only = parts.get('only')
    expect(only).toMatchObject({ count: 3, height: 2, width: 2, channels: 1 })
    expect([...(only?.labels ?? [])]).toEqual([0, 0, 1])
    // luma of (5, 6, 7) is 5.8
    expect([0, 4, 8].map((i) => only?.pixels[i])).toEqual([6, 2, 1])
  })

  it('of one level belong to the part all', async () => {
    const { parts } = await read(
      archive([
        ['a/1.png', flat(2, 2, [1])],
        ['b/1.jpeg', jpegOf(2, 2, [1, 1, 1])],
      ]),
    )
    expect([...parts.keys()]).toEqual(['all'])
  })

  it('may be of more than 256 classes', async () => {
    const many = Array.from({ length: 300 }, (_, i): [string, Uint8Array] => [
      `c${String(i).padStart(3, '0')}/1.png`,
      flat(1, 1, [i % 256]),
    ])
    const all = (await read(archive(many))).parts.get('all')
    expect([all?.labels[299], all?.pixels[299]]).toEqual([299, 43])
  })

  it('are refused with a reason', async () => {
    await expect(read(archive(pictures.slice(4)))).rejects.toThrow(DatasetError)
    await expect(read(archive(), { classes: ['dog'] })).rejects.toThrow(/folder "cat" must be one of the classes dog/)
    const unequal = archive([
      ['a/1.png', flat(4, 4, [1])],
      ['a/2.png', flat(4, 5, [1])],
    ])
    await expect(read(unequal)).rejects.toThrow(/a\/1.png is 4 x 4, a\/2.png is 4 x 5/)
    expect((await read(unequal, { side: 3 })).parts.get('all')?.count).toBe(2)
    await expect(read(archive(), { pixelBytes: 40 })).rejects.toThrow(/40 bytes of pixels/)
    await expect(read(archive([['a/1.png', Uint8Array.of(1, 2, 3)]]))).rejects.toThrow(
      /pets: a\/1.png: must be a PNG or JPEG/,
    )
    await expect(read(new TextEncoder().encode('no archive'))).rejects.toThrow(FileFormatError)
  })
})
