import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../../src/errors.js'
import { lifParameters, moderateTensor } from '../../../src/testing/arbitraries.js'
import { checkGradient } from '../../../src/testing/gradient.js'
import { lifBackward, lifForward, type OracleLifParameters } from '../../../src/testing/oracle/lif.js'
import { type Surrogate, surrogates } from '../../../src/testing/oracle/surrogates.js'
import { expectClose } from '../../../src/testing/tolerance.js'
import { get, numbers, product, straightThroughLif } from '../support.js'

const general: OracleLifParameters = {
  tau: 2,
  threshold: 1,
  resetPotential: 0,
  reset: 'hard',
  detachReset: false,
  decayInput: true,
  strict: false,
  surrogate: 'atan',
  alpha: 2,
}
const search: OracleLifParameters = {
  ...general,
  threshold: 0.5,
  detachReset: true,
  strict: true,
  surrogate: 'triangle',
}

/** loss = sum of w·s + 0.5·v after the last step */
const weights = [1, 0.5, -1, 2, 0.25]
const gradientOf = (x: number[], parameters: OracleLifParameters) =>
  lifBackward(x, weights, parameters, { timeSteps: 5, neurons: 1 }, [0.5]).inputGradient
/** post-reset membrane after each step, from runs of growing length */
const membranes = (x: number[], parameters: OracleLifParameters) =>
  x.map((_, t) => get(lifForward(x.slice(0, t + 1), parameters, { timeSteps: t + 1, neurons: 1 }).finalMembrane, 0))
const spikesOf = (x: number[], parameters: OracleLifParameters) => [
  ...lifForward(x, parameters, { timeSteps: x.length, neurons: 1 }).spikes,
]

describe('LIF worked examples', () => {
  it('the neuron of MSE-NAS', () => {
    const { spikes, membrane } = lifForward([0.6, 0.9, 0.8, 1.2], search, { timeSteps: 4, neurons: 1 })
    expect([...spikes]).toEqual([0, 1, 0, 1])
    expectClose(membrane, [0.3, 0.6, 0.4, 0.8], { absolute: 1e-12 })
  })

  it('A: decayed input, hard reset', () => {
    const x = [1.5, 1.6, 0.4, 2.5, 0.7]
    expect(spikesOf(x, general)).toEqual([0, 1, 0, 1, 0])
    expectClose(membranes(x, general), [0.75, 0, 0.2, 0, 0.35], { absolute: 1e-12 })
    expectClose(gradientOf(x, general), [0.346968328, 0.14072981, 0.113589227, 0.374080557, 0.257253514], {
      absolute: 1e-9,
    })
    expectClose(
      gradientOf(x, { ...general, detachReset: true }),
      [0.405230454, 0.191974449, 0.158005795, 0.452688088, 0.274178381],
      { absolute: 1e-9 },
    )
  })

  it('B: undecayed input, soft reset', () => {
    const parameters: OracleLifParameters = { ...general, decayInput: false, reset: 'soft' }
    const x = [0.8, 0.9, 0.1, 1.3, 0.2]
    expect(spikesOf(x, parameters)).toEqual([0, 1, 0, 1, 0])
    expectClose(membranes(x, parameters), [0.8, 0.3, 0.25, 0.425, 0.4125], { absolute: 1e-12 })
    expectClose(gradientOf(x, parameters), [0.761488816, 0.314665855, 0.212036712, 0.860713403, 0.443266347], {
      absolute: 1e-9,
    })
  })

  it('C: no leak, hard reset', () => {
    const parameters: OracleLifParameters = { ...general, tau: Number.POSITIVE_INFINITY, decayInput: false }
    const x = [0.6, 0.7, 0.2, 0.5, 0.6]
    expect(spikesOf(x, parameters)).toEqual([0, 1, 0, 0, 1])
    expectClose(membranes(x, parameters), [0.6, 0, 0.2, 0.7, 0], { absolute: 1e-12 })
    expectClose(gradientOf(x, parameters), [0.187358923, -0.261111688, 0.763883003, 0.925868391, -0.211834741], {
      absolute: 1e-9,
    })
  })

  it('fires at the threshold unless the comparison is strict', () => {
    const run = { timeSteps: 1, neurons: 1 }
    expect([...lifForward([2], general, run).spikes]).toEqual([1])
    expect([...lifForward([2], { ...general, strict: true }, run).spikes]).toEqual([0])
  })
})

const resets = ['hard', 'soft', 'none'] as const
const grid = resets.flatMap((reset) =>
  [false, true].flatMap((detachReset) =>
    [false, true].map((decayInput) => ({
      reset,
      detachReset,
      decayInput,
      resetPotential: reset === 'hard' ? -0.125 : 0,
    })),
  ),
)

describe('LIF gradient equals that of a smooth neuron', () => {
  const timeSteps = 5
  const neurons = 7
  const check = (parameters: OracleLifParameters, inputSteps: number, replay: boolean): void => {
    const x = numbers(inputSteps * neurons, 1, 2).map((value) => value + 0.7)
    const initialMembrane = numbers(neurons, 2, 0.5)
    const replaySpikes = numbers(timeSteps * neurons, 5).map((value) => Number(value > 0))
    const run = { timeSteps, neurons, initialMembrane, ...(replay ? { replaySpikes } : {}) }
    const toSpikes = numbers(timeSteps * neurons, 3)
    const toFinal = numbers(neurons, 4)
    const base = lifForward(x, parameters, run)
    expect(base.spikes.some((s) => s === 1) && base.spikes.some((s) => s === 0)).toBe(true)
    const { inputGradient, initialMembraneGradient } = lifBackward(x, toSpikes, parameters, run, toFinal)
    const loss = (input: ArrayLike<number>, initial: ArrayLike<number>): number => {
      const soft = straightThroughLif(input, parameters, { ...run, initialMembrane: initial }, base)
      return product(soft.spikes, toSpikes) + product(soft.final, toFinal)
    }
    checkGradient((input) => loss(input, initialMembrane), x, inputGradient)
    checkGradient((initial) => loss(x, initial), initialMembrane, initialMembraneGradient)
  }

  it.each(grid)('$reset reset, detached $detachReset, decayed input $decayInput', (variant) => {
    check({ ...general, ...variant }, timeSteps, false)
    check({ ...general, ...variant }, timeSteps, true)
    check({ ...general, ...variant }, 1, false)
  })

  const withPrimitive = Object.entries<Surrogate>(surrogates).filter(([, { primitive }]) => primitive !== null)
  it.each(withPrimitive)('with the surrogate %s', (surrogate) => {
    check({ ...general, threshold: 0.6, surrogate, alpha: 1.5 }, timeSteps, false)
    check({ ...search, surrogate, alpha: 2, restPotential: 0.1 }, timeSteps, false)
  })
})

describe('LIF properties', () => {
  const timeSteps = 4
  const neurons = 6
  const drawn = fc.tuple(lifParameters(), moderateTensor(timeSteps * neurons, 3))

  it('resets exactly where it fires', () => {
    fc.assert(
      fc.property(drawn, ([parameters, x]) => {
        const { spikes, membrane, finalMembrane } = lifForward(x, parameters, { timeSteps, neurons })
        for (let n = 0; n < neurons; n++) {
          const i = (timeSteps - 1) * neurons + n
          const h = get(membrane, i)
          const fired = get(spikes, i) === 1
          const reset = { hard: parameters.resetPotential, soft: h - parameters.threshold, none: h }[parameters.reset]
          expect(fired).toBe(parameters.strict ? h > parameters.threshold : h >= parameters.threshold)
          expect(get(finalMembrane, n)).toBe(fired ? reset : h)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('gives the same in one call as step by step', () => {
    fc.assert(
      fc.property(drawn, ([parameters, x]) => {
        const whole = lifForward(x, parameters, { timeSteps, neurons })
        const stepped: number[] = []
        let carried: Float64Array | undefined
        for (let t = 0; t < timeSteps; t++) {
          const run = { timeSteps: 1, neurons, ...(carried ? { initialMembrane: carried } : {}) }
          const step = lifForward(x.subarray(t * neurons, (t + 1) * neurons), parameters, run)
          stepped.push(...step.spikes)
          carried = step.finalMembrane
        }
        expect(stepped).toEqual([...whole.spikes])
        expect(carried).toEqual(whole.finalMembrane)
      }),
      { numRuns: 40 },
    )
  })

  it('treats a constant input as one repeated, and sums its gradient', () => {
    fc.assert(
      fc.property(lifParameters(), moderateTensor(neurons, 3), (parameters, x) => {
        const run = { timeSteps, neurons }
        const repeated = Float64Array.from({ length: timeSteps * neurons }, (_, i) => get(x, i % neurons))
        expect(lifForward(x, parameters, run)).toEqual(lifForward(repeated, parameters, run))
        const gradient = numbers(timeSteps * neurons, 9)
        const { inputGradient } = lifBackward(repeated, gradient, parameters, run)
        const summed = Array.from({ length: neurons }, (_, n) =>
          [0, 1, 2, 3].reduce((sum, t) => sum + get(inputGradient, t * neurons + n), 0),
        )
        expectClose(lifBackward(x, gradient, parameters, run).inputGradient, summed, { absolute: 1e-12 })
      }),
      { numRuns: 40 },
    )
  })

  it('conserves charge with soft reset and no leak', () => {
    fc.assert(
      fc.property(moderateTensor(timeSteps), (x) => {
        const parameters: OracleLifParameters = {
          ...general,
          tau: Number.POSITIVE_INFINITY,
          decayInput: false,
          reset: 'soft',
        }
        const { spikes, finalMembrane } = lifForward(x, parameters, { timeSteps, neurons: 1 })
        const charge = x.reduce((sum, value) => sum + value, 0)
        expect(charge).toBeCloseTo(get(finalMembrane, 0) + spikes.reduce((sum, s) => sum + s, 0), 12)
      }),
    )
  })

  it('follows replayed spikes: its own change nothing, a flipped one changes what comes after', () => {
    const x = [1.5, 1.6, 0.4, 2.5, 0.7]
    const run = { timeSteps: 5, neurons: 1 }
    const own = lifForward(x, general, run)
    expect(lifForward(x, general, { ...run, replaySpikes: own.spikes })).toEqual(own)
    const flipped = lifForward(x, general, { ...run, replaySpikes: [0, 0, 0, 1, 0] })
    expectClose(flipped.membrane, [0.75, 1.175, 0.7875, 1.64375, 0.35], { absolute: 1e-12 })
  })
})

describe('LIF refuses', () => {
  const run = { timeSteps: 2, neurons: 2 }
  it.each<[string, Partial<OracleLifParameters>]>([
    ['a time constant below one step', { tau: 0.5 }],
    ['a time constant that is no number', { tau: Number.NaN }],
    ['a threshold at the reset potential', { threshold: 0 }],
    ['a negative width', { alpha: -1 }],
  ])('%s', (_title, change) => {
    expect(() => lifForward([1, 1, 1, 1], { ...general, ...change }, run)).toThrow(OptionError)
  })

  it('arrays of a wrong length and spikes that are none', () => {
    expect(() => lifForward([1, 1, 1], general, run)).toThrow(ShapeError)
    expect(() => lifForward([1, 1], general, { ...run, replaySpikes: [0, 1] })).toThrow(ShapeError)
    expect(() => lifForward([1, 1], general, { ...run, replaySpikes: [0, 1, 2, 0] })).toThrow(OptionError)
    expect(() => lifBackward([1, 1], [1, 1], general, run)).toThrow(ShapeError)
  })
})
