import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/errors.js'
import { parseTuningTable, pickVariant } from '../../../src/runtime/tuner/table.js'

describe('pickVariant', () => {
  it('takes the fastest, but keeps the default unless another is clearly faster', () => {
    expect(pickVariant({ a: 10, b: 5 }, 'a')).toBe('b')
    expect(pickVariant({ a: 10, b: 9.8 }, 'a')).toBe('a')
    expect(pickVariant({ a: 10, b: 11 }, 'b')).toBe('a')
  })

  it('never takes one that was refused', () => {
    expect(pickVariant({ b: 50 }, 'a')).toBe('b')
    expect(pickVariant({}, 'a')).toBe('a')
  })
})

describe('parseTuningTable', () => {
  const table = {
    version: 1,
    adapter: 'some adapter',
    kernels: '0123abcd',
    choices: { 'job 3x3/1 16>16 1024px': 'lookup' },
    measured: [
      {
        job: 'job',
        shapeClass: '3x3/1 16>16 1024px',
        chosen: 'lookup',
        milliseconds: { lookup: 1.5, skipping: 4 },
        refused: {},
      },
    ],
  }

  it('gives back what was written', () => {
    expect(parseTuningTable(JSON.stringify(table), 'here')).toEqual(table)
  })

  it('refuses anything else with a ConfigError', () => {
    for (const text of ['', '{', '[]', 'null', JSON.stringify({ ...table, version: 2 })])
      expect(() => parseTuningTable(text, 'here')).toThrow(ConfigError)
    const json = JSON.stringify(table)
    fc.assert(
      fc.property(fc.nat(json.length - 1), fc.string({ maxLength: 3 }), (at, insert) => {
        const text = json.slice(0, at) + insert + json.slice(at + 1)
        try {
          expect(parseTuningTable(text, 'here').version).toBe(1)
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError)
        }
      }),
    )
  })
})
