import { describe, expect, it } from 'vitest'
import { OptionError } from '../../../src/errors.js'
import { errorFunction } from '../../../src/testing/oracle/error-function.js'
import {
  type OracleSurrogateName,
  type Surrogate,
  surrogateNamed,
  surrogates,
} from '../../../src/testing/oracle/surrogates.js'
import { expectClose } from '../../../src/testing/tolerance.js'

const points = [-1, -0.25, 0, 0.25, 1]

describe('surrogate derivatives', () => {
  it.each<[OracleSurrogateName, number, number[]]>([
    ['arctan', 2, [0.091999668, 0.618486458, 1, 0.618486458, 0.091999668]],
    ['sigmoid', 4, [0.070650825, 0.786447733, 1, 0.786447733, 0.070650825]],
    ['triangle', 1, [0, 0.75, 1, 0.75, 0]],
    ['triangle', 2, [0, 1, 2, 1, 0]],
    ['quadraticGate', 2, [0, 1, 2, 1, 0]],
    ['errorFunction', 2, [0.020666985, 0.878782579, 1.128379167, 0.878782579, 0.020666985]],
  ])('%s %d gives the worked values', (name, alpha, expected) => {
    expectClose(
      points.map((x) => surrogates[name].derivative(x, alpha)),
      expected,
      { absolute: 1e-9 },
    )
  })

  it.each(Object.entries<Surrogate>(surrogates))('%s is the slope of its primitive', (_name, surrogate) => {
    for (const alpha of [0.5, 1, surrogate.defaultAlpha]) {
      for (let x = -2.0137; x < 2; x += 0.0611) {
        if (surrogate.kinks(alpha).some((kink) => Math.abs(kink - x) < 1e-4)) continue
        const slope = (surrogate.primitive(x + 1e-5, alpha) - surrogate.primitive(x - 1e-5, alpha)) / 2e-5
        expect(Math.abs(slope - surrogate.derivative(x, alpha)), `x = ${x}`).toBeLessThan(1e-5)
      }
    }
  })

  it.each(Object.entries<Surrogate>(surrogates))('%s is even', (_name, { derivative, defaultAlpha }) => {
    for (let x = 0.013; x < 3; x += 0.1)
      expect(derivative(-x, defaultAlpha)).toBeCloseTo(derivative(x, defaultAlpha), 12)
  })

  it.each([
    'arctan',
    'sigmoid',
    'triangle',
    'quadraticGate',
    'rectangle',
    'softsign',
    'piecewiseExponential',
    'errorFunction',
  ])('%s has a primitive that rises from 0 to 1', (name) => {
    const { primitive, defaultAlpha } = surrogateNamed(name)
    expect(primitive(-1e9, defaultAlpha)).toBeCloseTo(0, 8)
    expect(primitive(0, defaultAlpha)).toBeCloseTo(0.5, 12)
    expect(primitive(1e9, defaultAlpha)).toBeCloseTo(1, 8)
  })

  it('names the surrogates there are when asked for another', () => {
    expect(() => surrogateNamed('gauss')).toThrow(OptionError)
    expect(() => surrogateNamed('toString')).toThrow(/arctan/)
  })
})

describe('the error function', () => {
  it('has the tabulated values', () => {
    // Abramowitz & Stegun, table 7.1
    for (const [x, value] of [
      [0, 0],
      [0.1, 0.112462916],
      [0.5, 0.5204998778],
      [1, 0.8427007929],
      [2, 0.995322265],
    ] as const) {
      expect(errorFunction(x)).toBeCloseTo(value, 9)
      expect(errorFunction(-x)).toBeCloseTo(-value, 9)
    }
    expect(errorFunction(Number.POSITIVE_INFINITY)).toBe(1)
    expect(errorFunction(Number.NaN)).toBeNaN()
  })
})
