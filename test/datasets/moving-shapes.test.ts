import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordEvents, type Scene } from '../../src/datasets/event-camera.js'
import { loadDataset } from '../../src/datasets/load.js'
import { firstTestSample, motionClasses, movingShapes, movingShapesSample } from '../../src/datasets/moving-shapes.js'
import { OptionError } from '../../src/errors.js'
import { RandomSequence } from '../../src/runtime/philox.js'

const sensor = { threshold: 0.25, refractory: 1000, sampling: 1000, noise: 0 }
const random = () => new RandomSequence([0, 0], 7)

/** One pixel whose log intensity goes by `level`. */
const onePixel = (duration: number, level: (time: number) => number): Scene => ({
  width: 1,
  height: 1,
  duration,
  background: level(0),
  view: (time) => ({ left: 0, right: 0, top: 0, bottom: 0, logIntensity: () => level(time) }),
})

describe('the simulated event pixel', () => {
  it('fires each time a ramp has moved by the threshold', () => {
    // 1 in 10 ms: a threshold of 0.25 is crossed every 2.5 ms, the last time on the border, which is outside
    const ramp = onePixel(10_000, (time) => time / 10_000)
    const recording = recordEvents(ramp, { ...sensor, refractory: 0 }, random())
    expect([...recording.t]).toEqual([2500, 5000, 7500])
    expect([...recording.polarity]).toEqual([1, 1, 1])
    const falling = recordEvents(
      onePixel(10_000, (time) => -time / 10_000),
      { ...sensor, refractory: 0 },
      random(),
    )
    expect([...falling.polarity]).toEqual([0, 0, 0])
  })

  it('takes the intensity at the end of the refractory time as its new reference', () => {
    // fires at 2.5 ms, silent to 3.5 ms where the level is 0.35, then at 0.6 and so on
    const ramp = onePixel(10_000, (time) => time / 10_000)
    expect([...recordEvents(ramp, sensor, random()).t]).toEqual([2500, 6000, 9500])
  })

  it('does not fire below the threshold', () => {
    const wave = onePixel(20_000, (time) => 0.24 * Math.abs(((time / 5000) % 2) - 1))
    expect(recordEvents(wave, sensor, random()).t).toHaveLength(0)
  })
})

describe('moving shapes', () => {
  it('are the same bytes for the same seed and sample, and others otherwise', () => {
    const digest = (seed: number, sample: number) => {
      const { x, y, t, polarity } = movingShapesSample(seed, sample)
      return [x, y, t, polarity].reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex')
    }
    expect(digest(1, 5)).toBe(digest(1, 5))
    expect(new Set([digest(1, 5), digest(1, 13), digest(2, 5), digest(1, firstTestSample + 5)]).size).toBe(4)
    // pinned: the set has a name, so its samples must not drift
    expect(digest(0, 0).slice(0, 16)).toMatchInlineSnapshot(`"f1bb55774b93370a"`)
  })

  it('keep order, bounds and the refractory time, with background events among them', () => {
    const options = fc.record({
      side: fc.integer({ min: 12, max: 40 }),
      refractory: fc.integer({ min: 0, max: 5000 }),
      sampling: fc.integer({ min: 300, max: 4000 }),
      noise: fc.constantFrom(0, 1, 20),
      contrast: fc.constantFrom('bright' as const, 'both' as const),
    })
    fc.assert(
      fc.property(fc.nat(), fc.nat(1000), options, (seed, number, { side, contrast, ...custom }) => {
        const duration = 30_000
        const sample = movingShapesSample(seed, number, { side, contrast, duration, sensor: custom })
        const last = new Map<number, number>()
        let before = 0
        sample.t.forEach((t, i) => {
          const [x, y] = [sample.x[i] as number, sample.y[i] as number]
          if (x >= side || y >= side || t >= duration || t < before) throw new Error(`event ${i} is out of bounds`)
          before = t
          const pixel = y * side + x
          const gap = t - (last.get(pixel) ?? Number.NEGATIVE_INFINITY)
          if (gap < custom.refractory) throw new Error(`pixel ${pixel} fired again after ${gap} us`)
          last.set(pixel, t)
        })
        expect(sample.label).toBe(number % 8)
      }),
      { numRuns: 40 },
    )
  })

  it('move the way their class says: where ON lies from OFF', () => {
    const signs = { right: [1, 0], left: [-1, 0], down: [0, 1], up: [0, -1] } as const
    for (const [name, [towardsX, towardsY]] of Object.entries(signs)) {
      const first = motionClasses.indexOf(name as keyof typeof signs)
      for (let i = 0; i < 5; i++) {
        const { x, y, t, polarity } = movingShapesSample(3, first + 8 * i)
        const centre = (late: boolean) => {
          const chosen = [...t.keys()].filter((e) => (t[e] as number) > 50_000 === late)
          return [x, y].map((axis) => chosen.reduce((sum, e) => sum + (axis[e] as number), 0) / chosen.length)
        }
        const [early, later] = [centre(false), centre(true)]
        const moved = [0, 1].map((axis) => (later[axis] as number) - (early[axis] as number))
        expect((moved[0] as number) * towardsX + (moved[1] as number) * towardsY).toBeGreaterThan(2)
        expect(polarity.includes(1) && polarity.includes(0)).toBe(true)
      }
    }
  })

  it('are told apart by the nearest class mean, far above chance', () => {
    const { train, test } = movingShapes(1, { trainCount: 240, testCount: 80 })
    expect(train).toMatchObject({ count: 240, timeSteps: 10, height: 32, width: 32, channels: 2 })
    const size = train.counts.length / train.count
    const means = motionClasses.map(() => new Float64Array(size))
    train.labels.forEach((label, sample) => {
      const mean = means[label] as Float64Array
      for (let i = 0; i < size; i++) mean[i] = (mean[i] as number) + (train.counts[sample * size + i] as number) / 30
    })
    const distance = (sample: number, mean: Float64Array) =>
      mean.reduce((sum, value, i) => sum + (value - (test.counts[sample * size + i] as number)) ** 2, 0)
    const right = [...test.labels].filter((label, sample) => {
      const distances = means.map((mean) => distance(sample, mean))
      return distances.indexOf(Math.min(...distances)) === label
    })
    // chance is 10 of 80
    expect(right.length).toBeGreaterThan(45)
  })

  it('load by name as a divided set', async () => {
    const options = { movingShapes: { side: 16, timeSteps: 4, trainCount: 80, testCount: 16 }, validation: 16 }
    const set = await loadDataset('moving-shapes', options)
    expect([set.train.count, set.validation.count, set.test.count]).toEqual([64, 16, 16])
    expect(set.train).toMatchObject({ kind: 'event', timeSteps: 4, height: 16 })
    expect([set.mean, set.deviation]).toEqual([
      [0, 0],
      [1, 1],
    ])
    expect((await loadDataset('moving-shapes', options)).fingerprint).toBe(set.fingerprint)
    expect((await loadDataset('moving-shapes', { ...options, generatorSeed: 1 })).fingerprint).not.toBe(set.fingerprint)
  })

  it.each([
    { side: 8 },
    { timeSteps: 0 },
    { duration: 1.5 },
    { trainCount: 0 },
    { sensor: { threshold: 0 } },
    { sensor: { refractory: -1 } },
    { sensor: { noise: Number.NaN } },
    { sensor: { sampling: 0 } },
  ])('refuse %j', (options) => {
    expect(() => movingShapesSample(0, 0, options)).toThrow(OptionError)
  })
})
