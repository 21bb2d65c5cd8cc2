import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { datasetInfo } from '../../../src/datasets/info.js'
import { loadDataset } from '../../../src/datasets/load.js'
import { needs, testData } from '../samples.js'

const nmnist = join(testData, 'nmnist/NMNISTsmall')
const objects = join(testData, 'dvs128-objects')
const cifarBinary = join(testData, 'cifar10/cifar-10-batches-bin')

describe('real sets', () => {
  const { missing: noNmnist, because: whyNmnist } = needs(nmnist)
  it.skipIf(noNmnist)(`reads N-MNIST small by its lists${whyNmnist}`, async () => {
    const set = await loadDataset('nmnist', { from: nmnist, side: 17, frames: 5, workers: 1, keep: false })
    try {
      const { train, validation, test, recorded } = set
      expect([train.count + validation.count, test.count]).toEqual([1000, 100])
      expect(test).toMatchObject({ kind: 'event', timeSteps: 5, height: 17, width: 17, channels: 2 })
      const perClass = datasetInfo(set).test.perClass
      expect(perClass).toEqual([8, 14, 8, 11, 14, 7, 10, 15, 2, 11])
      expect(recorded?.statistics.train).toMatchObject({ samples: 1000, events: 4_133_231, silent: 0 })
      expect(recorded?.statistics.train?.on).toBeCloseTo(2_059_426 / 4_133_231, 12)
      expect(recorded?.statistics.test?.events).toBe(385_596)
    } finally {
      await set.close?.()
    }
  })

  const { missing: noObjects, because: whyObjects } = needs(objects)
  it.skipIf(noObjects)(`cuts DVS128 recordings into windows, parts as the folders have them${whyObjects}`, async () => {
    const notices: string[] = []
    const options = { from: objects, side: 32, frames: 4, workers: 1, keep: false }
    const set = await loadDataset('folder', { ...options, notice: (text) => notices.push(text) })
    try {
      expect(set.classes).toEqual(['Caixa', 'Caneca', 'Estilete', 'Lapiseira', 'Tesoura'])
      expect(notices.join(' ')).toMatch(/only one part has them: Celular, Cubo, Mouse.*only one training recording/)
      const { train, validation, test } = set
      // about 165 train and 92 test windows a class
      expect(train.count + validation.count).toBe(844)
      expect(test.count).toBe(470)
      expect(set.recorded).toMatchObject({ width: 128, height: 128 })
      // validation is the end of each recording: nothing trained on comes later than what is held out
      expect(new Set(train.recordings).size).toBe(5)
      expect(new Set(validation.recordings)).toEqual(new Set(train.recordings))
    } finally {
      await set.close?.()
    }
  })

  const { missing: noCifar, because: whyCifar } = needs(cifarBinary)
  it.skipIf(noCifar)(`says when CIFAR-10 has fewer records than the official set${whyCifar}`, async () => {
    const notices: string[] = []
    const set = await loadDataset('cifar10', { from: cifarBinary, notice: (text) => notices.push(text) })
    expect(set.test.count).toBe(1017)
    expect(set.train.count + set.validation.count).toBe(8068)
    expect(notices.join()).toMatch(/8068 training and 1017 test samples, the official set 50000 and 10000/)
  })
})
