import { describe, expect, it } from 'vitest'
import { OptionError } from '../../../src/errors.js'
import { checkGradient } from '../../../src/testing/gradient.js'
import {
  burstEncode,
  deltaEncode,
  latencyTimes,
  phaseEncode,
  philoxReference,
  populationActivation,
  populationGradient,
  rankOrderSteps,
  rateEncode,
  rateUniform,
  sendOnDeltaEncode,
  spikesAt,
  weightedTtfsEncode,
} from '../../../src/testing/oracle/encoders.js'
import { expectClose } from '../../../src/testing/tolerance.js'
import { numbers } from '../support.js'

describe('the random numbers of the rate code', () => {
  it('are those of the worked example', () => {
    expect(philoxReference([0, 0], [0, 0, 0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8])
    const ones = 0xffffffff
    expect(philoxReference([ones, ones], [ones, ones, ones, ones])).toEqual([
      0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
    ])
    const u = (step: number, element: number) => rateUniform([7, 0], 0, step, element)
    expectClose(
      [0, 1, 2, 3, 4].map((i) => u(0, i)),
      [0.954597116, 0.750152171, 0.114177346, 0.085657835, 0.406960368],
      {
        absolute: 5e-10,
      },
    )
    expectClose(
      [0, 1, 2].map((i) => u(1, i)),
      [0.182692826, 0.143050492, 0.96291995],
      { absolute: 5e-10 },
    )
  })

  it('make a spike where they are below the value', () => {
    expect([...rateEncode([0.96, 0.75, 0, 1], 1, 4, [7, 0])]).toEqual([1, 0, 0, 1])
  })
})

describe('codes in closed form', () => {
  it('are those of the worked examples', () => {
    const times = (x: number[], form: 'linear' | 'log') => [...latencyTimes(x, 5, { form })].map((t) => Math.round(t))
    expect(times([0, 0.3, 0.5, 1], 'linear')).toEqual([4, 3, 2, 0])
    expect(times([0.01, 0.3, 0.5, 1], 'log')).toEqual([4, 1, 1, 0])
    const phase = phaseEncode([0.3, 0.5, 1], 4, 4)
    expect([0, 1, 2].map((i) => [0, 1, 2, 3].map((t) => phase[t * 3 + i]).join(''))).toEqual(['0100', '1000', '1111'])
  })

  it('latency by threshold is late for small values, can be stretched and can drop', () => {
    const x = [1, 0.5, 0.02, 0.001]
    const options = { form: 'threshold', tau: 2 } as const
    const times = latencyTimes(x, 10, options)
    expectClose(
      times.slice(0, 3),
      [1, 0.5, 0.02].map((v) => 2 * Math.log(v / (v - 0.01))),
      { absolute: 1e-12 },
    )
    // 2 ln(1e5) is past the last step, so the smallest is silent
    expect([...spikesAt(times, 10)].reduce((a, s) => a + s, 0)).toBe(3)
    const stretched = latencyTimes(x, 10, { ...options, normalise: true })
    expect(Math.max(...stretched)).toBeCloseTo(9, 12)
    expect(latencyTimes(x, 10, { ...options, drop: true })[3]).toBeNaN()
  })

  it('rank order is that of worked example D of sheet 14, with equal values by channel first', () => {
    const steps = [...rankOrderSteps([0.9, 0.1, 0, 0.8, 0.5, 0.3, 0.2, 0.7, 0.6], 1, 4)]
    expect(steps).toEqual([0, 3, Number.NaN, 0, 2, 2, 3, 1, 1])
    // two pixels of two channels: both pixels of channel 0 come before channel 1
    expect([...rankOrderSteps([0.5, 0.5, 0.5, 0.5], 2, 4)]).toEqual([0, 2, 1, 3])
    // seven values in three steps: two a step, one is left
    expect([...rankOrderSteps([7, 6, 5, 4, 3, 2, 1], 1, 3)]).toEqual([0, 0, 1, 1, 2, 2, Number.NaN])
  })

  it('weighted time to first spike weighs by its time, burst fires n times', () => {
    expect([...weightedTtfsEncode([0, 0.25, 0.26, 1], 4)]).toEqual([
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      1 / 3,
      0,
      0,
      1 / 4,
      0,
      0,
    ])
    const burst = burstEncode([0, 0.2, 1], 12)
    const times = [0, 1, 2].map((i) => [...Array(12).keys()].filter((t) => burst[t * 3 + i] === 1))
    expect(times).toEqual([[], [0], [0, 2, 4, 6, 8]])
  })

  it('refuse values outside [0, 1]', () => {
    for (const wrong of [-0.1, 1.1, Number.NaN]) {
      expect(() => rateEncode([wrong], 1, 1, [0, 0])).toThrow(OptionError)
      expect(() => latencyTimes([wrong], 2, { form: 'linear' })).toThrow(OptionError)
      expect(() => phaseEncode([wrong], 2, 2)).toThrow(OptionError)
    }
  })
})

describe('population code', () => {
  const fields = { fields: 5, low: 0, high: 1, beta: 1.5 }

  it('is that of the worked example', () => {
    const act = populationActivation([0.3], fields)
    expectClose(act, [0.110250525, 0.835270211, 0.666976811, 0.056134763, 0.000497955], { absolute: 5e-10 })
    const spikes = spikesAt(latencyTimes(act, 8, { form: 'linear', cutoff: 0.1 }), 8)
    const times = [0, 1, 2, 3, 4].map((i) => [...Array(8).keys()].filter((t) => spikes[t * 5 + i] === 1))
    expect(times).toEqual([[6], [1], [2], [], []])
  })

  it('has a gradient that finite differences confirm', () => {
    const x = numbers(6, 1, 1)
    const weights = numbers(30, 2, 1)
    const loss = (values: ArrayLike<number>) =>
      populationActivation(values, fields).reduce((sum, act, k) => sum + act * (weights[k] ?? 0), 0)
    checkGradient(loss, x, populationGradient(x, weights, fields))
  })

  it('needs three fields', () => {
    expect(() => populationActivation([0], { ...fields, fields: 2 })).toThrow(OptionError)
  })
})

describe('codes of change', () => {
  it('delta is that of the worked example', () => {
    const x = [0.1, 0.4, 0.35, 0]
    const options = { theta: 0.2, padding: false, offSpikes: true }
    expect([...deltaEncode(x, 1, options)]).toEqual([0, 1, 0, -1])
    expect([...deltaEncode(x, 1, { ...options, offSpikes: false })]).toEqual([0, 1, 0, 0])
    expect([...deltaEncode([0.5, 0.5], 1, options)]).toEqual([1, 0])
    expect([...deltaEncode([0.5, 0.5], 1, { ...options, padding: true })]).toEqual([0, 0])
  })

  it('send-on-delta follows its input', () => {
    expect([...sendOnDeltaEncode([0, 0.5, 0.5, 0.25, -0.25], 1, 0.25)]).toEqual([0, 1, 1, -1, -1])
  })
})
