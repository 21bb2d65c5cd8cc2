import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gunzipCapped } from '../../src/datasets/gzip.js'
import { idxLimit, readIdxSplit } from '../../src/datasets/idx.js'
import { classCounts } from '../../src/datasets/info.js'
import { fashionFolder, needs, readNamed, sum, testData } from './samples.js'

const mnist = join(testData, 'mnist')
const part = (folder: string, name: string) =>
  readIdxSplit(
    readNamed(join(folder, `${name}-images-idx3-ubyte.gz`)),
    readNamed(join(folder, `${name}-labels-idx1-ubyte.gz`)),
    10,
  )
const unpackedMd5 = (path: string) =>
  createHash('md5')
    .update(gunzipCapped(readNamed(path).bytes, path, idxLimit))
    .digest('hex')

describe('real files', () => {
  const { missing: noMnist, because: whyMnist } = needs(mnist)
  it.skipIf(noMnist)(`reads MNIST as it is known${whyMnist}`, () => {
    const train = part(mnist, 'train')
    expect(train).toMatchObject({ count: 60_000, height: 28, width: 28 })
    expect(sum(train.pixels)).toBe(1_567_298_545)
    expect(classCounts(train.labels, 10)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    const test = part(mnist, 't10k')
    expect(test.count).toBe(10_000)
    expect(sum(test.pixels)).toBe(264_923_200)
    expect(classCounts(test.labels, 10)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    expect(unpackedMd5(join(mnist, 't10k-images-idx3-ubyte.gz'))).toBe('2646ac647ad5339dbf082846283269ea')
  })

  const { missing: noFashion, because: whyFashion } = needs(fashionFolder)
  it.skipIf(noFashion)(`reads Fashion-MNIST as it is known${whyFashion}`, () => {
    const train = part(fashionFolder, 'train')
    expect(train.count).toBe(60_000)
    expect(sum(train.pixels)).toBe(3_431_114_169)
    expect(sum(train.pixels) / train.pixels.length / 255).toBeCloseTo(0.286, 4)
    expect([...train.labels.subarray(0, 10)]).toEqual([9, 0, 0, 3, 0, 2, 7, 2, 5, 5])
    expect(classCounts(train.labels, 10)).toEqual(new Array(10).fill(6000))
    const test = part(fashionFolder, 't10k')
    expect(sum(test.pixels)).toBe(573_469_082)
    expect([...test.labels.subarray(0, 10)]).toEqual([9, 2, 1, 1, 6, 1, 4, 6, 5, 7])
  })
})
