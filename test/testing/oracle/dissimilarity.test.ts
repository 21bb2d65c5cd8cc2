import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../../src/errors.js'
import { awkwardSize, spikeTrain } from '../../../src/testing/arbitraries.js'
import {
  countRecord,
  hammingDistances,
  packSpikes,
  unpackSpikes,
  wordsPerImage,
} from '../../../src/testing/oracle/dissimilarity.js'
import { get } from '../support.js'

const bits = (text: string) => Float64Array.from(text.replaceAll(' ', ''), Number)
const recordA = bits('101100 110100 000110')
const recordB = bits('0101 1100 0010')

const popcount = (word: number): number => word.toString(2).replaceAll('0', '').length

describe('dissimilarity counts', () => {
  it('of the worked record A', () => {
    const counts = countRecord(recordA, 3, 6)
    expect([...counts.ones]).toEqual([3, 3, 2])
    expect([...counts.shared]).toEqual([3, 2, 1, 2, 3, 1, 1, 1, 2])
    expect([...counts.columns]).toEqual([2, 1, 1, 3, 1, 0])
    expect(counts.columnPairs).toBe(16)
    expect([...hammingDistances(counts)]).toEqual([0, 2, 3, 2, 0, 3, 3, 3, 0])
  })

  it('of the worked record B', () => {
    const counts = countRecord(recordB, 3, 4)
    expect([...counts.ones]).toEqual([2, 2, 1])
    expect(counts.columnPairs).toBe(16)
  })

  const records = fc
    .tuple(fc.integer({ min: 1, max: 5 }), awkwardSize(65))
    .chain(([samples, neurons]) => spikeTrain(samples * neurons, 0.4).map((spikes) => ({ samples, neurons, spikes })))

  it('agree with population counts of the packed words', () => {
    fc.assert(
      fc.property(records, ({ samples, neurons, spikes }) => {
        const packed = packSpikes(spikes, samples, neurons)
        const words = wordsPerImage(neurons)
        const { ones, shared, columnPairs, ...counts } = countRecord(spikes, samples, neurons)
        let hammingSum = 0
        for (let i = 0; i < samples; i++)
          for (let j = 0; j < samples; j++) {
            let both = 0
            for (let k = 0; k < words; k++) {
              const left = get(packed, i * words + k)
              const right = get(packed, j * words + k)
              both += popcount((left & right) >>> 0)
              hammingSum += popcount((left ^ right) >>> 0)
            }
            expect(get(shared, i * samples + j)).toBe(both)
            if (i === j) expect(get(ones, i)).toBe(both)
          }
        expect(columnPairs).toBe(hammingSum)
        expect(hammingDistances({ ones, shared }).reduce((sum, h) => sum + h, 0)).toBe(hammingSum)
        expect(counts.columns.length).toBe(neurons)
      }),
      { numRuns: 60 },
    )
  })
})

describe('packed spikes', () => {
  it('put neuron n into bit n mod 32 of word n / 32 and start every image at a new word', () => {
    const spikes = new Float64Array(2 * 33)
    spikes[0] = 1
    spikes[31] = 1
    spikes[32] = 1
    spikes[33 + 1] = 1
    expect([...packSpikes(spikes, 2, 33)]).toEqual([0x80000001, 1, 2, 0])
  })

  it('come back as they were', () => {
    fc.assert(
      fc.property(
        awkwardSize(65).chain((neurons) => spikeTrain(3 * neurons).map((spikes) => ({ neurons, spikes }))),
        ({ neurons, spikes }) => {
          expect(unpackSpikes(packSpikes(spikes, 3, neurons), 3, neurons)).toEqual(spikes)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('refuse what is no spike, and padding that is not zero', () => {
    expect(() => packSpikes([0, 0.5], 1, 2)).toThrow(OptionError)
    expect(() => packSpikes([0, 1], 1, 3)).toThrow(ShapeError)
    expect(() => unpackSpikes([4], 1, 2)).toThrow(ShapeError)
    expect([...unpackSpikes([2], 1, 2)]).toEqual([0, 1])
  })
})
