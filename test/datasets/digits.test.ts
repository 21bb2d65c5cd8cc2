import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDigits, readDigitsParts } from '../../src/datasets/digits.js'
import { classCounts, datasetInfo, formatDatasetInfo } from '../../src/datasets/info.js'
import { loadDataset } from '../../src/datasets/load.js'
import { FileFormatError } from '../../src/errors.js'

const path = 'assets/digits8x8/digits.csv.gz'
const shipped = { name: path, bytes: new Uint8Array(readFileSync(path)) }
const csv = (text: string) => ({ name: 'some.csv', bytes: new TextEncoder().encode(text) })

describe('the shipped digits', () => {
  it('are the 1,797 known ones, scaled to 0..255', () => {
    const split = readDigits(shipped)
    expect(split).toMatchObject({ count: 1797, height: 8, width: 8, channels: 1 })
    expect(classCounts(split.labels, 10)).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    expect(split.pixels.reduce((sum, value) => sum + Math.round((value * 16) / 255), 0)).toBe(561_718)
    expect(Math.max(...split.pixels)).toBe(255)
    expect([...split.pixels.subarray(0, 5)]).toEqual([0, 0, 80, 207, 143])
  })

  it('are divided by row: the last 500 are the test part', () => {
    const all = readDigits(shipped)
    const { train, test } = readDigitsParts(shipped)
    expect([train.count, test.count]).toEqual([1297, 500])
    expect([...train.pixels, ...test.pixels]).toEqual([...all.pixels])
    expect([...train.labels, ...test.labels]).toEqual([...all.labels])
  })

  it('load from the package without any folder or network', async () => {
    const digits = await loadDataset('digits', { origins: [] })
    expect([digits.train.count, digits.validation.count, digits.test.count]).toEqual([1038, 259, 500])
    expect(digits.source).toMatch(/assets.digits8x8$/)
    const info = datasetInfo(digits)
    expect(info.shape).toEqual({ H: 8, W: 8, C: 1 })
    expect(info.mean[0]).toBeCloseTo(0.305, 2)
    expect(info.test.perClass).toEqual(classCounts(digits.test.labels, 10))
    const text = formatDatasetInfo(info)
    for (const fact of ['1038 train, 259 validation, 500 test', 'CC BY 4.0', digits.fingerprint]) {
      expect(text).toContain(fact)
    }
    expect(text.split('\n').filter((line) => /^ {2}\d /.test(line))).toHaveLength(10)
  })

  const row = [...new Array(64).fill(1), 3].join(',')
  it.each([
    ['a row too short', `${row}\n1,2,3\n`, /row 2 must have 65 numbers; got 3/],
    ['an empty row', `${row}\n\n${row}`, /row 2 must have 65/],
    ['a pixel above 16', row.replace('1', '17'), /number 1 must be a whole number 0..16; got "17"/],
    ['a label above 9', `${row.slice(0, -1)}12`, /number 65 must be a whole number 0..9; got "12"/],
    ['a fraction', row.replace('1', '0.5'), /got "0.5"/],
    ['nothing', '', /row 1|more than/],
  ])('refuse %s', (_, text, message) => {
    expect(() => readDigitsParts(csv(text))).toThrow(FileFormatError)
    expect(() => readDigitsParts(csv(text))).toThrow(message)
  })

  it('never pass silently when their file is damaged', () => {
    const known = readDigits(shipped)
    fc.assert(
      fc.property(fc.nat(shipped.bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = shipped.bytes.slice()
        bytes[at] = (bytes[at] as number) ^ change
        try {
          expect(Buffer.compare(readDigits({ name: 'damaged', bytes }).pixels, known.pixels)).toBe(0)
        } catch (error) {
          expect(error).toBeInstanceOf(FileFormatError)
        }
      }),
      { numRuns: 60 },
    )
  })
})
