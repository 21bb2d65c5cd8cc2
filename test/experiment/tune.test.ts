import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.js'
import { tuningShapes } from '../../src/experiment/tuning/cases.js'
import { relativeDifference, tuningRow } from '../../src/experiment/tuning/measure.js'
import { tune } from '../../src/experiment/tuning/tune.js'
import { choiceKey, Variants } from '../../src/runtime/variants.js'
import { testGpu } from '../support/gpu.js'

describe('tune', () => {
  it('writes down the fastest of the kernels that compute the reference’s numbers', async () => {
    const gpu = await testGpu()
    const wanted =
      /^(3x3 convolution of (spikes|real values), 16 channels, side 8|matrix product 64x|linear layer 128x|neurons of 4 )/
    const shapes = tuningShapes().filter(({ title }) => wanted.test(title))
    const titles: string[] = []
    const table = await tune(gpu, { shapes, onShape: (title) => titles.push(title) })
    expect(titles).toEqual(shapes.map(({ title }) => title))
    expect(new Set(table.measured.map(({ job }) => job))).toEqual(
      new Set([
        'spike convolution',
        'dense convolution',
        'convolution input gradient',
        'spike weight gradient',
        'dense weight gradient',
        'matrix product',
        'linear layer',
        'linear input gradient',
        'linear weight gradient',
        'neurons',
      ]),
    )
    for (const { job, shapeClass, chosen, milliseconds, refused } of table.measured) {
      expect(refused).toEqual({})
      expect(Object.keys(milliseconds)).toContain(chosen)
      expect(table.choices[choiceKey(job, shapeClass)]).toBe(chosen)
      // no other is clearly faster
      for (const time of Object.values(milliseconds)) expect(milliseconds[chosen]).toBeLessThanOrEqual(1.05 * time)
    }
    const before = gpu.variants
    try {
      gpu.useTuning(table)
      expect(gpu.variants.choices).toEqual(table.choices)
      expect(gpu.variants.identity).not.toBe(new Variants(before.traits).identity)
      expect(() => gpu.useTuning({ ...table, adapter: 'another' })).toThrow(ConfigError)
    } finally {
      gpu.variants = before
    }
  })

  it('refuses a kernel whose numbers are wrong, however fast it is', () => {
    const runner = (variant: string, time: number, ...values: number[]) => ({
      choices: { job: variant },
      times: new Map([['job', [time, time, time]]]),
      results: new Map([['job', Float32Array.from(values)]]),
    })
    const runners = [
      runner('slow', 9, 1, 2),
      runner('fast', 1, 1, 2.5),
      runner('slow', 9, 1, 2),
      runner('good', 4, 1, 2),
    ]
    const row = tuningRow('job', 'shape', ['fast', 'slow', 'good'], runners)
    expect(row).toMatchObject({ chosen: 'good', milliseconds: { slow: 9, good: 4 } })
    expect(row.refused.fast).toContain('2.5e-1')
  })

  it('sees numbers that differ, and those that are none', () => {
    const reference = Float32Array.of(1, -4, 0)
    expect(relativeDifference(Float32Array.of(1, -4, 0), reference)).toBe(0)
    expect(relativeDifference(Float32Array.of(1, -3, 0), reference)).toBe(0.25)
    expect(relativeDifference(Float32Array.of(1, Number.NaN, 0), reference)).toBeNaN()
    expect(relativeDifference(Float32Array.of(1, -4), reference)).toBeNaN()
    expect(relativeDifference(Float32Array.of(0.5, 0, 0), new Float32Array(3))).toBe(Number.POSITIVE_INFINITY)
  })
})
