import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumericError, ShapeError } from '../../src/errors.js'
import { columnPairSum, countOneBits, countPacked, packSpikes } from '../../src/nas/packed.js'

const spikes = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 70 }))
  .chain(([batch, neurons]) =>
    fc
      .array(fc.constantFrom(0, 1), { minLength: batch * neurons, maxLength: batch * neurons })
      .map((values) => ({ batch, neurons, values, at: (i: number, n: number) => values[i * neurons + n] as number })),
  )

describe('packed counting', () => {
  it('counts the bits of any word', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
        expect(countOneBits(word)).toBe([...word.toString(2)].filter((bit) => bit === '1').length)
      }),
    )
    expect([0, 0x80000000, 0xffffffff].map(countOneBits)).toEqual([0, 1, 32])
  })

  it('equals the counts over unpacked spikes', () => {
    fc.assert(
      fc.property(spikes, ({ batch, neurons, values, at }) => {
        const { ones, shared } = countPacked(packSpikes(values, batch, neurons), batch)
        for (let i = 0; i < batch; i++) {
          for (let j = 0; j < batch; j++) {
            let both = 0
            for (let n = 0; n < neurons; n++) both += at(i, n) * at(j, n)
            expect(shared[i * batch + j]).toBe(both)
            if (i === j) expect(ones[i]).toBe(both)
          }
        }
      }),
    )
  })

  it('has column sums equal to the sum of all Hamming distances', () => {
    fc.assert(
      fc.property(spikes, ({ batch, neurons, values, at }) => {
        let distances = 0
        for (let i = 0; i < batch; i++) {
          for (let j = 0; j < batch; j++) {
            for (let n = 0; n < neurons; n++) distances += at(i, n) === at(j, n) ? 0 : 1
          }
        }
        expect(columnPairSum(packSpikes(values, batch, neurons), batch)).toBe(distances)
      }),
    )
  })

  it('refuses lengths that do not fit and values that are no spikes', () => {
    expect(() => countPacked(new Uint32Array(5), 2)).toThrow(ShapeError)
    expect(() => columnPairSum(new Uint32Array(5), 0)).toThrow(ShapeError)
    expect(() => packSpikes([0, 1, 1], 2, 2)).toThrow(ShapeError)
    expect(() => packSpikes([0, 0.5], 1, 2)).toThrow(NumericError)
  })
})
