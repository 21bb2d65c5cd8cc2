import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  activationExtent,
  awkwardSize,
  lifParameters,
  moderateTensor,
  spikeTrain,
} from '../../src/testing/arbitraries.js'
import { lifForward } from '../../src/testing/oracle/lif.js'

const sample = <T>(arbitrary: fc.Arbitrary<T>, count = 300): T[] => fc.sample(arbitrary, { numRuns: count, seed: 11 })

describe('arbitraries', () => {
  it('draw the sizes around a workgroup, and zero only on request', () => {
    const sizes = new Set(sample(awkwardSize()))
    for (const size of [1, 31, 33, 63, 64, 65, 127]) expect(sizes).toContain(size)
    expect(sizes).not.toContain(0)
    expect(new Set(sample(awkwardSize(3, { zero: true })))).toEqual(new Set([0, 1, 2, 3]))
  })

  it('draw extents within the limit whose every axis is awkward at times', () => {
    const extents = sample(activationExtent(500))
    for (const e of extents) expect(e.timeSteps * e.batch * e.height * e.width * e.channels).toBeLessThanOrEqual(500)
    for (const axis of ['timeSteps', 'batch', 'height', 'width', 'channels'] as const) {
      expect(extents.some((e) => e[axis] > 30)).toBe(true)
    }
  })

  it('draw tensors that are exact in float32', () => {
    for (const values of sample(moderateTensor(33), 20)) {
      expect(values).toHaveLength(33)
      expect(Float64Array.from(new Float32Array(values))).toEqual(values)
      expect(values.every((value) => Math.abs(value) <= 2)).toBe(true)
    }
  })

  it('draw spike trains of about the given density, and silent and full ones', () => {
    const trains = sample(spikeTrain(64, 0.2), 200)
    expect(trains.every((train) => train.every((s) => s === 0 || s === 1))).toBe(true)
    const rates = trains.map((train) => train.reduce((sum, s) => sum + s, 0) / 64)
    expect(rates).toContain(0)
    expect(rates).toContain(1)
    const middle = rates.filter((rate) => rate > 0 && rate < 1)
    const mean = middle.reduce((sum, rate) => sum + rate, 0) / middle.length
    expect(Math.abs(mean - 0.2)).toBeLessThan(0.08)
  })

  it('draw only LIF parameters that the oracle accepts', () => {
    const drawn = sample(lifParameters(['atan', 'triangle']))
    for (const parameters of drawn) lifForward([1], parameters, { timeSteps: 1, neurons: 1 })
    expect(new Set(drawn.map((parameters) => parameters.surrogate))).toEqual(new Set(['atan', 'triangle']))
    expect(new Set(drawn.map((parameters) => parameters.reset)).size).toBe(3)
  })
})
