import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { confirmedEvents, hotPixels, unmaskedEvents } from '../../../src/datasets/events/filters.js'
import { countFrames } from '../../../src/datasets/events/frames.js'
import { eventCount, takeRecording } from '../../../src/datasets/events/recording.js'
import { centreRecording, cropRecording, downsample } from '../../../src/datasets/events/reshape.js'
import { OptionError } from '../../../src/errors.js'
import { recordingFrom, recordings, rows } from './drawn-recordings.js'

describe('down-sampling', () => {
  it('by a whole factor sums blocks of pixels and loses no event', () => {
    fc.assert(
      fc.property(recordings(), (drawn) => {
        const recording = { ...drawn, width: 12, height: 8 }
        const small = downsample(recording, { width: 6, height: 2 })
        const [fine, coarse] = [recording, small].map((r) => countFrames(r, { by: 'duration', frames: 1 }))
        const expected = new Uint32Array(6 * 2 * 2)
        fine?.forEach((count, i) => {
          const [p, x, y] = [i % 2, (i >> 1) % 12, Math.floor((i >> 1) / 12)]
          const at = ((y >> 2) * 6 + (x >> 1)) * 2 + p
          expected[at] = (expected[at] ?? 0) + count
        })
        expect(coarse).toEqual(expected)
      }),
    )
  })

  it('to the same size changes nothing, to any smaller one stays on the sensor', () => {
    fc.assert(
      fc.property(recordings(), fc.nat(), fc.nat(), (recording, w, h) => {
        expect(downsample(recording, recording)).toEqual(recording)
        const size = { width: 1 + (w % recording.width), height: 1 + (h % recording.height) }
        for (const [x = 0, y = 0] of rows(downsample(recording, size)))
          expect(x < size.width && y < size.height).toBe(true)
      }),
    )
  })

  it('with a refractory time keeps events of a pixel and polarity that far apart, the first always', () => {
    const options = { width: 1, height: 1, refractory: 100 }
    fc.assert(
      fc.property(recordings({ durations: [1000] }), (recording) => {
        const small = downsample(recording, options)
        for (const polarity of [0, 1]) {
          const [all, kept] = [recording, small].map((r) => rows(r).filter((row) => row[3] === polarity))
          expect(kept?.[0]?.[2]).toBe(all?.[0]?.[2])
          kept?.slice(1).forEach((row, i) => {
            expect((row[2] ?? 0) - (kept[i]?.[2] ?? 0)).toBeGreaterThanOrEqual(100)
          })
        }
      }),
    )
  })

  it('refuses to enlarge', () => {
    const recording = recordingFrom([], 4, 4, 1)
    expect(() => downsample(recording, { width: 5, height: 4 })).toThrow(OptionError)
    expect(() => downsample(recording, { width: 0, height: 4 })).toThrow(OptionError)
    expect(() => downsample(recording, { width: 2, height: 2, refractory: -1 })).toThrow(OptionError)
  })
})

describe('cropping', () => {
  it('keeps what lies in the box, where the box has it', () => {
    const box = fc.record({
      left: fc.integer({ min: -9, max: 9 }),
      top: fc.integer({ min: -7, max: 7 }),
      width: fc.integer({ min: 1, max: 12 }),
      height: fc.integer({ min: 1, max: 12 }),
    })
    fc.assert(
      fc.property(recordings(), box, (recording, { left, top, width, height }) => {
        const expected = rows(recording)
          .map(([x = 0, y = 0, t = 0, p = 0]) => [x - left, y - top, t, p])
          .filter(([x = 0, y = 0]) => x >= 0 && y >= 0 && x < width && y < height)
        const cropped = cropRecording(recording, { left, top, width, height })
        expect(rows(cropped)).toEqual(expected)
        expect(cropped).toMatchObject({ width, height, duration: recording.duration })
      }),
    )
  })

  it('centres on the median event, the middle of the sensor when there is none', () => {
    const recording = recordingFrom(
      [
        [7, 1, 0, 0],
        [8, 1, 1, 0],
        [8, 2, 2, 1],
        [0, 6, 3, 1],
      ],
      9,
      7,
      10,
    )
    // lower medians 7 and 1 move to 2, 2
    expect(rows(centreRecording(recording, { width: 5, height: 5 }))).toEqual([
      [2, 2, 0, 0],
      [3, 2, 1, 0],
      [3, 3, 2, 1],
    ])
    expect(eventCount(centreRecording(recordingFrom([], 9, 7, 10), { width: 3, height: 3 }))).toBe(0)
  })

  it('and moving the events moves the centre with them', () => {
    fc.assert(
      fc.property(recordings({ least: 1 }), fc.nat(5), fc.nat(5), (recording, dx, dy) => {
        const { width, height } = recording
        const moved = cropRecording(recording, { left: -dx, top: -dy, width: width + dx, height: height + dy })
        const size = { width: 4, height: 4 }
        expect(rows(centreRecording(moved, size))).toEqual(rows(centreRecording(recording, size)))
      }),
    )
  })
})

describe('hot pixels', () => {
  it('are those far above the mean rate, and nothing else is lost', () => {
    const noisy = Array.from({ length: 500 }, (_, i) => [3, 2, i * 10, 1] as const)
    const plain = Array.from({ length: 60 }, (_, i) => [i % 8, i % 6, i * 80, 0] as const)
    const recording = recordingFrom([...noisy, ...plain], 8, 6, 5000)
    const mask = hotPixels(recording, recording, 5000, { factor: 5 })
    expect([...mask.keys()].filter((i) => mask[i] === 1)).toEqual([2 * 8 + 3])
    const kept = takeRecording(recording, unmaskedEvents(recording, mask, 8))
    expect(rows(kept)).toEqual(rows(recording).filter(([x, y]) => x !== 3 || y !== 2))
    // 100,000 events a second, yet no more than is allowed
    expect(hotPixels(recording, recording, 5000, { factor: 5, leastRate: 200_000 }).includes(1)).toBe(false)
  })

  it('are none where all pixels fire alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), (each) => {
        const events = Array.from({ length: 12 * each }, (_, i) => [i % 4, Math.floor(i / 4) % 3, i, 0] as const)
        expect(hotPixels(recordingFrom(events, 4, 3, 100), { width: 4, height: 3 }, 100).includes(1)).toBe(false)
      }),
    )
    expect(() => hotPixels(recordingFrom([], 1, 1, 1), { width: 1, height: 1 }, 1, { factor: 1 })).toThrow(OptionError)
  })
})

describe('background activity', () => {
  it('is what no other pixel nearby confirms in time', () => {
    const options = fc.record({ window: fc.constantFrom(1, 50, 400), radius: fc.integer({ min: 1, max: 3 }) })
    fc.assert(
      fc.property(recordings({ durations: [1000] }), options, (recording, { window, radius }) => {
        const all = rows(recording)
        // a pixel's own latest event hides its earlier ones, as in the sensor's filter
        const expected = all.flatMap(([x = 0, y = 0, t = 0], i) => {
          const last = new Map<string, number>()
          for (const [a = 0, b = 0, time = 0] of all.slice(0, i)) last.set(`${a} ${b}`, time)
          const confirmed = [...last].some(([place, time]) => {
            const [a = 0, b = 0] = place.split(' ').map(Number)
            const distance = Math.max(Math.abs(a - x), Math.abs(b - y))
            return distance > 0 && distance <= radius && t - time <= window
          })
          return confirmed ? [i] : []
        })
        expect([...confirmedEvents(recording, recording, { window, radius })]).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  it('includes a hot pixel on its own', () => {
    const lone = recordingFrom(
      Array.from({ length: 20 }, (_, i) => [2, 2, i, 0] as const),
      5,
      5,
      100,
    )
    expect(confirmedEvents(lone, lone, { window: 1000 })).toHaveLength(0)
    expect(() => confirmedEvents(lone, lone, { window: 0 })).toThrow(OptionError)
    expect(() => confirmedEvents(lone, lone, { window: 1, radius: 9 })).toThrow(OptionError)
  })
})
