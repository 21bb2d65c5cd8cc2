import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countFrames } from '../../../src/datasets/events/frames.js'
import { eventCount, takeRecording } from '../../../src/datasets/events/recording.js'
import { timeSurface } from '../../../src/datasets/events/time-surface.js'
import { voxelFractionBits, voxelGrid, voxelValues } from '../../../src/datasets/events/voxel-grid.js'
import { OptionError } from '../../../src/errors.js'
import { sum } from '../samples.js'
import { recordingFrom, recordings, rows } from './drawn-recordings.js'

const bins = fc.integer({ min: 1, max: 9 })

describe('voxel grid', () => {
  it('gives each event a weight of 1 in all: sums are counts, or their signed difference', () => {
    fc.assert(
      fc.property(recordings(), bins, fc.constantFrom('events' as const, 'duration' as const), (recording, B, span) => {
        const apart = voxelGrid(recording, { bins: B, span })
        expect(sum(apart.values)).toBe(eventCount(recording) * 2 ** apart.fractionBits)
        const signed = voxelGrid(recording, { bins: B, span, channels: 1 })
        const expected = Array.from(
          signed.values,
          (_, i) => (apart.values[2 * i + 1] ?? 0) - (apart.values[2 * i] ?? 0),
        )
        expect([...signed.values]).toEqual(expected)
      }),
    )
  })

  it('is the bilinear kernel of the published form to the last bits', () => {
    fc.assert(
      fc.property(recordings({ least: 2, durations: [5000, 300_000, 0xffffffff] }), bins, (recording, B) => {
        const { width, t } = recording
        const [first, last] = [Math.min(...t), Math.max(...t)]
        // anchors are whole microseconds: where bins are that narrow the rounding shows
        fc.pre(last - first > 4000 * B)
        const values = voxelValues(voxelGrid(recording, { bins: B }))
        const expected = new Float64Array(values.length)
        const plane = values.length / B
        for (const [x = 0, y = 0, time = 0, polarity = 0] of rows(recording)) {
          const place = ((B - 1) * (time - first)) / (last - first)
          for (let b = 0; b < B; b++) {
            const at = b * plane + (y * width + x) * 2 + polarity
            expected[at] = (expected[at] ?? 0) + Math.max(0, 1 - Math.abs(b - place))
          }
        }
        const worst = Math.max(...expected.map((value, i) => Math.abs(value - (values[i] ?? Number.NaN))))
        expect(worst).toBeLessThan(eventCount(recording) * (2 ** -12 + 1 / 4000))
      }),
    )
  })

  it('does not depend on the order of events', () => {
    fc.assert(
      fc.property(recordings({ sorted: false }), bins, (recording, B) => {
        const order = Uint32Array.from({ length: eventCount(recording) }, (_, i) => i).reverse()
        expect(voxelGrid(takeRecording(recording, order), { bins: B })).toEqual(voxelGrid(recording, { bins: B }))
      }),
    )
  })

  it('puts events of one time into the first bin, and one bin is a frame of counts', () => {
    const still = recordingFrom(
      [
        [0, 0, 7, 1],
        [0, 0, 7, 1],
      ],
      1,
      1,
      10,
    )
    expect([...voxelValues(voxelGrid(still, { bins: 3 }))]).toEqual([0, 2, 0, 0, 0, 0])
    fc.assert(
      fc.property(recordings(), (recording) => {
        const one = voxelValues(voxelGrid(recording, { bins: 1 }))
        expect([...one]).toEqual([...countFrames(recording, { by: 'duration', frames: 1 })])
      }),
    )
  })

  it('cannot overflow: bits shrink as events grow', () => {
    for (const count of [0, 1, 4095, 2 ** 19 - 1, 2 ** 19, 2 ** 20, 2 ** 30, 2 ** 31 - 1])
      expect(count * 2 ** voxelFractionBits(count)).toBeLessThan(2 ** 31)
    expect(voxelFractionBits(2 ** 19 - 1)).toBe(12)
  })

  it.each([{ bins: 0 }, { bins: 1.5 }, { bins: 5000 }, { bins: 2, channels: 3 }, { bins: 2, span: 'all' }])(
    'refuses %j',
    (options) => {
      expect(() => voxelGrid(recordingFrom([], 1, 1, 1), options as { bins: number })).toThrow(OptionError)
    },
  )
})

describe('time surface', () => {
  const recording = recordingFrom(
    [
      [0, 0, 0, 1],
      [1, 0, 40, 0],
      [0, 0, 60, 1],
    ],
    2,
    1,
    100,
  )

  it('fades exponentially or linearly from each pixel’s last event, and remembers across frames', () => {
    const frames = { by: 'duration', frames: 2 } as const
    const e = (age: number) => Math.fround(Math.exp(-age / 50))
    expect([...timeSurface(recording, { frames, tau: 50 })]).toEqual([0, e(50), e(10), 0, 0, e(40), e(60), 0])
    const l = (age: number) => Math.fround(Math.max(0, 1 - age / 50))
    expect([...timeSurface(recording, { frames, tau: 50, decay: 'linear' })]).toEqual([
      0,
      l(50),
      l(10),
      0,
      0,
      l(40),
      0,
      0,
    ])
  })

  it('by count looks from the last event of each frame', () => {
    const surface = timeSurface(recording, { frames: { by: 'count', frames: 3 }, tau: 20 })
    expect([surface[1], surface[4 + 2], surface[8 + 1]]).toEqual([1, 1, 1])
    expect(surface[4 + 1]).toBe(Math.fround(Math.exp(-2)))
  })

  it('lies in [0, 1], and is 0 exactly where nothing ever happened before', () => {
    fc.assert(
      fc.property(recordings({ durations: [1000, 300_000] }), fc.integer({ min: 1, max: 5 }), (drawn, T) => {
        const frames = { by: 'duration', frames: T } as const
        const surface = timeSurface(drawn, { frames, tau: 1e6 })
        const counts = countFrames(drawn, frames)
        const plane = surface.length / T
        for (let i = 0; i < surface.length; i++) {
          const before = Array.from(
            { length: Math.floor(i / plane) + 1 },
            (_, f) => counts[f * plane + (i % plane)] ?? 0,
          )
          expect((surface[i] ?? -1) > 0).toBe(sum(before) > 0)
          expect(surface[i]).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it.each([{ tau: 0 }, { tau: Number.NaN }, { tau: 5, decay: 'cubic' }])('refuses %j', (options) => {
    const all = { frames: { by: 'duration', frames: 1 }, ...options } as Parameters<typeof timeSurface>[1]
    expect(() => timeSurface(recording, all)).toThrow(OptionError)
  })
})
