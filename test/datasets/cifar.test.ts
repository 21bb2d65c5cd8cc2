import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cifarRecordBytes, readCifarBatches } from '../../src/datasets/cifar.js'
import { FileFormatError } from '../../src/errors.js'

const record = (label: number, red: number, green: number, blue: number) =>
  Uint8Array.from({ length: cifarRecordBytes }, (_, i) => {
    if (i === 0) return label
    const place = (i - 1) % 1024
    return i <= 1024 ? (red + place) % 256 : i <= 2048 ? green : blue
  })
const file = (...records: Uint8Array[]) => ({
  name: 'batch.bin',
  bytes: new Uint8Array(records.flatMap((r) => [...r])),
})

describe('reading CIFAR-10 batches', () => {
  it('turns planes into channel-last pixels, over several files in order', () => {
    const split = readCifarBatches([file(record(3, 10, 20, 30), record(9, 1, 2, 3)), file(record(0, 7, 8, 9))])
    expect(split).toMatchObject({ count: 3, height: 32, width: 32, channels: 3 })
    expect([...split.labels]).toEqual([3, 9, 0])
    expect([...split.pixels.subarray(0, 6)]).toEqual([10, 20, 30, 11, 20, 30])
    // row 1, column 2 of the third sample
    const at = 2 * 3072 + (32 + 2) * 3
    expect([...split.pixels.subarray(at, at + 3)]).toEqual([7 + 34, 8, 9])
  })

  it('refuses a label that is no class', () => {
    expect(() => readCifarBatches([file(record(3, 0, 0, 0), record(10, 0, 0, 0))])).toThrow(/record 1 has 10/)
  })

  it('refuses any size that is no whole number of records', () => {
    const whole = file(record(1, 2, 3, 4), record(5, 6, 7, 8)).bytes
    fc.assert(
      fc.property(fc.nat(whole.length), (length) => {
        const cut = { name: 'cut.bin', bytes: whole.subarray(0, length) }
        if (length > 0 && length % cifarRecordBytes === 0) {
          expect(readCifarBatches([cut]).count).toBe(length / cifarRecordBytes)
        } else expect(() => readCifarBatches([cut])).toThrow(FileFormatError)
      }),
    )
  })
})
