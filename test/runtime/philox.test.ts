import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deriveSeed, philoxBlock, philoxFill, RandomSequence, toUnit } from '../../src/runtime/philox.js'

const block = (c: number, k: number): string[] => {
  const out = new Uint32Array(4)
  philoxBlock([k, k], c, c, c, c, out)
  return [...out].map((word) => word.toString(16).padStart(8, '0'))
}

describe('Philox4x32-10', () => {
  it('gives the published vectors', () => {
    expect(block(0, 0)).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8'])
    expect(block(0xffffffff, 0xffffffff)).toEqual(['408f276d', '41c83b0e', 'a20bc7c6', '6d5451fd'])
  })

  it('numbers elements by lane and block', () => {
    const t0 = [...philoxFill([7, 0], 0, 0, 0, 5)].map((word) => toUnit(word).toFixed(9))
    expect(t0).toEqual(['0.954597116', '0.750152171', '0.114177346', '0.085657835', '0.406960368'])
    const t1 = [...philoxFill([7, 0], 0, 0, 1, 3)].map((word) => toUnit(word).toFixed(9))
    expect(t1).toEqual(['0.182692826', '0.143050492', '0.962919950'])
  })

  it('continues a sequence from any saved position', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(50), fc.nat(50), (seed, before, after) => {
        const whole = new RandomSequence([seed, 1], 5)
        for (let i = 0; i < before; i++) whole.nextWord()
        const resumed = new RandomSequence([seed, 1], 5, 0, whole.position)
        for (let i = 0; i < after; i++) expect(resumed.nextWord()).toBe(whole.nextWord())
      }),
    )
  })

  it('permutes without loss and draws integers below their bound', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 200 }), (seed, count) => {
        const sequence = new RandomSequence(deriveSeed(seed, 'permutation'), 3)
        expect([...sequence.permutation(count)].sort((a, b) => a - b)).toEqual([...Array(count).keys()])
        expect(sequence.integer(count)).toBeLessThan(count)
      }),
    )
  })
})
