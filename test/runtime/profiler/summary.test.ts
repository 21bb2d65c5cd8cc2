import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CostedTime, medianRun, summarizeKernels } from '../../../src/runtime/profiler/summary.js'

const ceilings = { copyGigabytesPerSecond: 10, multiplyAddGigaflopsPerSecond: 100, method: 'timestamps' } as const

const dispatch = (fields: Partial<CostedTime>): CostedTime => ({
  label: 'op',
  kernel: 'a/kernel',
  start: 0,
  milliseconds: 2,
  ones: null,
  flops: 0,
  bytes: 0,
  ...fields,
})

const only = (...dispatches: CostedTime[]) => {
  const [summary] = summarizeKernels(dispatches, ceilings)
  if (!summary) throw new Error('there is one kernel')
  return summary
}

describe('figures of a kernel', () => {
  it('give rates over all its calls, and the share of the ceiling that binds first', () => {
    // 4 ms for 20 MB: the memory alone would take 2 ms, the arithmetic 0.1 ms
    const memory = only(dispatch({ bytes: 10e6, flops: 5e6 }), dispatch({ bytes: 10e6, flops: 5e6 }))
    expect(memory).toMatchObject({ calls: 2, milliseconds: 4, share: 1, bound: 'memory', spikeOperations: null })
    expect(memory.gigabytesPerSecond).toBeCloseTo(5)
    expect(memory.gigaflopsPerSecond).toBeCloseTo(2.5)
    expect(memory.intensity).toBeCloseTo(0.5)
    expect(memory.ofCeiling).toBeCloseTo(0.5)
    const arithmetic = only(dispatch({ bytes: 1e6, flops: 150e6 }))
    expect(arithmetic.bound).toBe('arithmetic')
    expect(arithmetic.ofCeiling).toBeCloseTo(0.75)
  })

  it('count as spike operations the accumulates that neurons which fired ask for, and no others', () => {
    const spikes = { binding: 's', neurons: 1000 }
    const driven = only(
      dispatch({ flops: 200e6, spikes, ones: 100 }),
      dispatch({ flops: 200e6, spikes, ones: 300 }),
      dispatch({ flops: 1e6 }),
    )
    expect(driven.activity).toBeCloseTo(0.2)
    expect(driven.spikeOperations).toBeCloseTo(10e6 + 30e6)
    expect(driven.gigaSpikeOperationsPerSecond).toBeCloseTo(40 / 6)
    expect(driven.gigaflopsPerSecond).toBeCloseTo(401 / 6)
    // 20 + 60 + 1 MFLOP are needed: 0.81 ms of 6
    expect(driven.ofCeiling).toBeCloseTo(0.81 / 6)
  })

  it('come in order of time, with shares that make up the whole', () => {
    const drawn = fc.array(
      fc.record({
        kernel: fc.constantFrom('a', 'b', 'c', 'd'),
        milliseconds: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      }),
      { minLength: 1, maxLength: 20 },
    )
    fc.assert(
      fc.property(drawn, (rows) => {
        const summaries = summarizeKernels(rows.map(dispatch), ceilings)
        expect(summaries.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
        expect(summaries.reduce((sum, { calls }) => sum + calls, 0)).toBe(rows.length)
        const times = summaries.map(({ milliseconds }) => milliseconds)
        expect(times).toEqual([...times].sort((a, b) => b - a))
      }),
    )
  })

  it('are finite for work that took no time that the clock could see', () => {
    const summary = only(dispatch({ milliseconds: 0, bytes: 100, flops: 100 }))
    for (const value of Object.values(summary)) if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
  })
})

describe('several runs as one', () => {
  it('have the median time of each dispatch, beginnings from the run with the median total', () => {
    const run = (start: number, ...times: number[]) => times.map((milliseconds) => dispatch({ start, milliseconds }))
    const merged = medianRun([run(1, 5, 1), run(2, 3, 2), run(3, 4, 9)])
    expect(merged.map(({ milliseconds }) => milliseconds)).toEqual([4, 2])
    expect(merged.map(({ start }) => start)).toEqual([1, 1])
    expect(medianRun([])).toEqual([])
  })
})
