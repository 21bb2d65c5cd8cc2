import { describe, expect, it } from 'vitest'
import { OptionError } from '../../../src/errors.js'
import { errorFunction } from '../../../src/testing/oracle/error-function.js'
import {
  atanWidthSlope,
  type OracleSurrogateName,
  type Surrogate,
  surrogateNamed,
  surrogates,
} from '../../../src/testing/oracle/surrogates.js'
import { expectClose } from '../../../src/testing/tolerance.js'
import { primitiveOf } from '../support.js'

const points = [-1, -0.25, 0, 0.25, 1]
const all = Object.entries<Surrogate>(surrogates)
const named = (keep: (surrogate: Surrogate) => boolean) => all.filter(([, surrogate]) => keep(surrogate))

/** Other numbers than the defaults, where the sheet's ranges allow them. */
const others: Partial<Record<string, readonly number[][]>> = {
  q_pseudo_spike: [[1.5], [3]],
  fourier: [
    [4, 8],
    [3, 5],
  ],
  multi_gaussian: [[0.3, 0.4, 3, 1]],
  leaky: [[0.5, 0.25]],
  bellec: [[0.5, 0.75]],
  s2nn: [[1.5, 0.5]],
  leaky_krelu: [[0.25, 2]],
  log_tailed_relu: [[0.5]],
  ste: [],
}
const settings = (name: string, { defaults }: Surrogate) => [defaults, ...(others[name] ?? [[0.5], [1]])]

describe('surrogate derivatives', () => {
  it.each<[OracleSurrogateName, number[], number[]]>([
    ['atan', [2], [0.091999668, 0.618486458, 1, 0.618486458, 0.091999668]],
    ['sigmoid', [4], [0.070650825, 0.786447733, 1, 0.786447733, 0.070650825]],
    ['triangle', [1], [0, 0.75, 1, 0.75, 0]],
    ['triangle', [2], [0, 1, 2, 1, 0]],
    ['erf', [2], [0.020666985, 0.878782579, 1.128379167, 0.878782579, 0.020666985]],
    ['multi_gaussian', [], [0.043451985, 0.385269436, 0.439111637, 0.385269436, 0.043451985]],
    ['s2nn', [], [0.070650825, 0.786447733, 1, 0.8, 0.5]],
    ['fourier', [4, 8], [-0.353553391, 1.183912563, 1.5, 1.183912563, -0.353553391]],
  ])('%s %j gives the worked values', (name, numbers, expected) => {
    expectClose(
      points.map((x) => surrogateNamed(name).derivative(x, ...numbers)),
      expected,
      { absolute: 1e-9 },
    )
  })

  it.each(all)('%s has the defaults of the sheet where no number is given', (_, surrogate) => {
    for (const x of points) expect(surrogate.derivative(x)).toBe(surrogate.derivative(x, ...surrogate.defaults))
  })

  it.each(named(({ primitive }) => primitive !== null))('%s is the slope of its primitive', (name, surrogate) => {
    const primitive = primitiveOf(name)
    for (const numbers of settings(name, surrogate))
      for (let x = -2.0137; x < 2; x += 0.0611) {
        if (surrogate.kinks(...numbers).some((kink) => Math.abs(kink - x) < 1e-4)) continue
        const slope = (primitive(x + 1e-5, ...numbers) - primitive(x - 1e-5, ...numbers)) / 2e-5
        expect(Math.abs(slope - surrogate.derivative(x, ...numbers)), `x = ${x}`).toBeLessThan(1e-5)
      }
  })

  it.each(named(({ even }) => even))('%s is even', (name, surrogate) => {
    for (const numbers of settings(name, surrogate))
      for (let x = 0.013; x < 3; x += 0.1)
        expect(surrogate.derivative(-x, ...numbers)).toBeCloseTo(surrogate.derivative(x, ...numbers), 12)
  })

  it('is not even exactly for those that the sheet names', () => {
    expect(named(({ even }) => !even).map(([name]) => name)).toEqual([
      'leaky_krelu',
      'log_tailed_relu',
      's2nn',
      'relu_like',
      'escape_rate',
      'sparse_fast_sigmoid',
    ])
  })

  it.each(named(({ normalised }) => normalised))('%s has a primitive that rises from 0 to 1', (name, surrogate) => {
    const primitive = primitiveOf(name)
    for (const numbers of settings(name, surrogate)) {
      const far = name === 'q_pseudo_spike' ? 1e30 : 1e9
      expect(primitive(-far, ...numbers)).toBeCloseTo(0, 8)
      expect(primitive(0, ...numbers)).toBeCloseTo(0.5, 12)
      expect(primitive(far, ...numbers)).toBeCloseTo(1, 8)
    }
  })

  it('of arctan has a slope by its width', () => {
    const { primitive } = surrogates.atan
    for (const x of points)
      expect(atanWidthSlope(x, 1.5)).toBeCloseTo((primitive(x, 1.5 + 1e-5) - primitive(x, 1.5 - 1e-5)) / 2e-5, 8)
  })

  it('names the surrogates there are when asked for another', () => {
    expect(() => surrogateNamed('gauss')).toThrow(OptionError)
    expect(() => surrogateNamed('toString')).toThrow(/atan/)
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
