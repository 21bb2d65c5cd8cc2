import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FrameSample, placed } from '../../../src/datasets/augmentation/frame-sample.js'
import { compose, listedDraws } from '../../../src/datasets/augmentation/pipeline.js'
import { flipColumns, flipRows } from '../../../src/datasets/augmentation/transforms/flip.js'
import { rolled } from '../../../src/datasets/augmentation/transforms/shift.js'
import { stcfFrames } from '../../../src/datasets/augmentation/transforms/stcf.js'
import { resizedFrames, rotation, warpFrames, warpRecording } from '../../../src/datasets/augmentation/warp.js'
import { countFrames } from '../../../src/datasets/events/frames.js'
import { eventCount } from '../../../src/datasets/events/recording.js'
import { recordingFrom, recordings, rows } from '../events/drawn-recordings.js'
import { ascending } from '../samples.js'
import { copyOf, eventFrames, images, keys, sampleOf } from './samples.js'

const samples = fc.oneof(images, eventFrames)
const shifts = fc.integer({ min: -10, max: 10 })
const key = (epoch: number) => ({ seed: [9, 0] as const, sample: 4, epoch })
const at = ({ height, width, channels, values }: FrameSample, t: number, y: number, x: number, c: number) =>
  values[((t * height + y) * width + x) * channels + c]

describe('moving frames', () => {
  it('by whole pixels takes each value from where it was, or from beyond the edge', () => {
    fc.assert(
      fc.property(samples, shifts, shifts, (sample, down, right) => {
        const moved = placed(sample, down, right)
        for (let t = 0; t < sample.steps; t++)
          for (let y = 0; y < sample.height; y++)
            for (let x = 0; x < sample.width; x++)
              for (let c = 0; c < sample.channels; c++) {
                const [fromY, fromX] = [y - down, x - right]
                const inside = fromY >= 0 && fromY < sample.height && fromX >= 0 && fromX < sample.width
                expect(at(moved, t, y, x, c)).toBe(inside ? at(sample, t, fromY, fromX, c) : sample.fill[c])
              }
      }),
      { numRuns: 60 },
    )
  })

  it('in a circle is undone by the opposite, and loses nothing', () => {
    fc.assert(
      fc.property(samples, shifts, shifts, (sample, down, right) => {
        const moved = rolled(sample, down, right)
        expect(ascending(moved.values)).toEqual(ascending(sample.values))
        expect(rolled(moved, -down, -right)).toEqual(sample)
      }),
    )
  })

  it('flips twice are the identity, and rows and columns commute', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        expect(flipColumns(flipColumns(copyOf(sample)))).toEqual(sample)
        expect(flipRows(flipRows(copyOf(sample)))).toEqual(sample)
        expect(flipRows(flipColumns(copyOf(sample)))).toEqual(flipColumns(flipRows(copyOf(sample))))
        expect(flipRows(flipColumns(copyOf(sample)))).toEqual(warpFrames(sample, rotation(180)))
      }),
    )
  })

  it('pads around the middle and cuts back to the same', () => {
    fc.assert(
      fc.property(samples, fc.nat(6), fc.nat(6), keys, (sample, w, h, any) => {
        const [width, height] = [sample.width + w, sample.height + h]
        const large = compose('frames', `pad:${width}:${height}`).apply(sample, any)
        expect(large).toMatchObject({ width, height })
        const back = placed(large, -Math.floor(h / 2), -Math.floor(w / 2), sample.height, sample.width)
        expect(back).toEqual(sample)
      }),
    )
  })
})

describe('affine maps', () => {
  it('of no strength change nothing', () => {
    fc.assert(
      fc.property(samples, keys, (sample, any) => {
        const text = 'rotate:0,shear:0,affine:0:0:0:0,roll:0,shift:0,crop:0'
        expect(compose('frames', text).apply(copyOf(sample), any)).toEqual(sample)
      }),
    )
  })

  it('by quarter turns of a square are exact and come round', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.constantFrom('image' as const, 'event' as const), (side, kind) => {
        const sample = sampleOf(kind, { steps: 2, height: side, width: side, channels: 2 })
        const quarter = warpFrames(sample, rotation(90))
        // clockwise: the top row becomes the right column
        for (let x = 0; x < side; x++) expect(at(quarter, 1, x, side - 1, 1)).toBe(at(sample, 1, 0, x, 1))
        const turns = [1, 2, 3].reduce((turned) => warpFrames(turned, rotation(90)), quarter)
        expect(turns).toEqual(sample)
      }),
    )
  })

  it('turn recordings as they turn their frames', () => {
    fc.assert(
      fc.property(recordings({ durations: [100] }), fc.constantFrom(0, 90, 180, 270), (drawn, degrees) => {
        const recording = { ...drawn, width: 9, height: 9 }
        const rule = { by: 'duration', frames: 2 } as const
        const counts = Float32Array.from(countFrames(recording, rule))
        const shape = { steps: 2, height: 9, width: 9, channels: 2 }
        const frames: FrameSample = { ...sampleOf('event', shape), values: counts }
        const turned = countFrames(warpRecording(recording, rotation(degrees)), rule)
        expect([...warpFrames(frames, rotation(degrees)).values]).toEqual([...turned])
      }),
    )
  })

  it('resize to the same changes nothing, to half takes means of four, and keeps what is even', () => {
    fc.assert(
      fc.property(
        samples,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        (sample, height, width) => {
          expect(resizedFrames(sample, sample.height, sample.width).values).toEqual(sample.values)
          const even = { ...sample, values: sample.values.map(() => 3) }
          expect(new Set(resizedFrames(even, height, width).values)).toEqual(new Set([3]))
          const resized = resizedFrames(sample, height, width)
          expect(resized.values).toHaveLength(sample.steps * height * width * sample.channels)
          expect(Math.max(...resized.values)).toBeLessThanOrEqual(Math.max(...sample.values))
        },
      ),
      { numRuns: 60 },
    )
    const square = sampleOf('event', { steps: 2, height: 4, width: 6, channels: 2 })
    const half = resizedFrames(square, 2, 3)
    const mean = [0, 1, 6, 7].reduce((sum, i) => sum + (square.values[(i + 2) * 2 + 1] ?? 0), 0) / 4
    expect(at(half, 0, 0, 1, 1)).toBeCloseTo(mean, 4)
  })

  it('read images between pixels', () => {
    const ramp = { ...sampleOf('image', { steps: 1, height: 5, width: 5, channels: 1 }) }
    for (let i = 0; i < 25; i++) ramp.values[i] = 10 * (i % 5) + Math.floor(i / 5)
    const moved = warpFrames(ramp, rotation(0), 0.25, -0.5)
    expect(at(moved, 0, 2, 2, 0)).toBeCloseTo(20 - 2.5 + 2.5, 5)
  })
})

describe('spatio-temporal crop and flip of frames', () => {
  it('does nothing with a draw in the middle and the whole time', () => {
    fc.assert(
      fc.property(eventFrames, (sample) => {
        // ox = oy = P of 2P + 1, ratio 1, start 0, no flips
        const draws = listedDraws([0.5, 0.5, 0.999, 0, 0.9, 0.9])
        const range = { minimum: 1, flip: 0.5, reverse: 0.5 }
        expect(stcfFrames(copyOf(sample), range, draws)).toEqual(sample)
      }),
    )
  })

  it('repeats frames to fill the time, in order', () => {
    const sample = sampleOf('event', { steps: 5, height: 1, width: 1, channels: 2 })
    for (let t = 0; t < 5; t++) sample.values.set([t, 10 + t], 2 * t)
    // ratio 0.5 of 5 frames rounds half to even: 2 frames, from s = floor(0.5 · 4) = 2
    const draws = () => listedDraws([0.5, 0.5, 0, 0.5, 0.9, 0.1])
    const kept = stcfFrames(sample, { minimum: 0.5, flip: 0, reverse: 0 }, draws())
    expect([...kept.values]).toEqual([2, 12, 2, 12, 2, 12, 3, 13, 3, 13])
    const reversed = stcfFrames(sample, { minimum: 0.5, flip: 0, reverse: 0.5 }, draws())
    expect([...reversed.values]).toEqual([13, 3, 13, 3, 12, 2, 12, 2, 12, 2])
  })
})

describe('holes and noise', () => {
  it('cut-out fills at most its squares, at all steps alike', () => {
    fc.assert(
      fc.property(
        eventFrames,
        keys,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (drawn, any, side, count) => {
          const sample = { ...drawn, values: drawn.values.map((value) => value + 1) }
          const { values } = compose('frames', `cutout:${side}:${count}`).apply(copyOf(sample), any)
          const plane = values.length / sample.steps
          const holes = [...values.subarray(0, plane).keys()].filter((i) => values[i] === 0)
          expect(holes.length).toBeGreaterThan(0)
          expect(holes.length).toBeLessThanOrEqual(2 * count * side * side)
          values.forEach((value, i) => {
            expect(value).toBe(holes.includes(i % plane) ? 0 : sample.values[i])
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  it('cut-out drops the events of the same places', () => {
    fc.assert(
      fc.property(recordings({ durations: [100] }), keys, (recording, any) => {
        const rule = { by: 'duration', frames: 3 } as const
        const { width, height } = recording
        const shape = { steps: 3, height, width, channels: 2 }
        const frames = { ...sampleOf('event', shape), values: Float32Array.from(countFrames(recording, rule)) }
        const pipeline = compose('frames', 'cutout:3:2')
        const holed = compose('events', 'cutout:3:2').apply(recording, any)
        expect([...pipeline.apply(frames, any).values]).toEqual([...countFrames(holed, rule)])
      }),
    )
  })

  it('erasing changes a rectangle of the stated area, as often as it should', () => {
    const blank = () => {
      const sample = sampleOf('image', { steps: 1, height: 32, width: 32, channels: 3 })
      return { ...sample, values: sample.values.fill(1) }
    }
    let erased = 0
    const noise: number[] = []
    for (let epoch = 0; epoch < 400; epoch++) {
      const { values, fill } = compose('frames', 'erasing').apply(blank(), key(epoch))
      const changed = [...values.keys()].filter((i) => values[i] !== 1)
      if (changed.length === 0) continue
      erased++
      const pixels = changed.map((i) => Math.floor(i / 3))
      const [columns, lines] = [pixels.map((p) => p % 32), pixels.map((p) => Math.floor(p / 32))]
      const box = (a: number[]) => Math.max(...a) - Math.min(...a) + 1
      expect(box(columns) * box(lines) * 3).toBe(changed.length)
      const area = changed.length / 3 / 1024
      expect(area > 0.01 && area < 0.4).toBe(true)
      noise.push(...changed.map((i) => ((values[i] ?? 0) - (fill[i % 3] ?? 0)) / 64))
    }
    // 100 expected, deviation 8.7
    expect(Math.abs(erased - 100)).toBeLessThan(40)
    const mean = noise.reduce((a, v) => a + v, 0) / noise.length
    expect(Math.abs(mean)).toBeLessThan(0.02)
    expect(Math.abs(noise.reduce((a, v) => a + v * v, 0) / noise.length - 1)).toBeLessThan(0.03)
  })

  it('salt and pepper set the stated share, half black and half white, all channels alike', () => {
    const sample = sampleOf('image', { steps: 1, height: 100, width: 100, channels: 3 })
    sample.values.fill(77)
    const { values } = compose('frames', 'saltandpepper:0.2').apply(sample, key(0))
    const count = (value: number) => [...values].filter((v, i) => i % 3 === 0 && v === value).length
    // 1000 each, deviation 30
    expect(Math.abs(count(0) - 1000)).toBeLessThan(150)
    expect(Math.abs(count(255) - 1000)).toBeLessThan(150)
    expect(count(77) + count(0) + count(255)).toBe(10_000)
    values.forEach((value, i) => {
      expect(value).toBe(values[i - (i % 3)])
    })
  })

  it('Gaussian noise has the stated deviation and stays within full scale', () => {
    const grey = sampleOf('image', { steps: 1, height: 100, width: 100, channels: 1 })
    grey.values.fill(127.5)
    const { values } = compose('frames', 'gaussiannoise:0.1').apply(copyOf(grey), key(1))
    const variance = values.reduce((sum, value) => sum + ((value - 127.5) / 255) ** 2, 0) / values.length
    expect(Math.abs(Math.sqrt(variance) - 0.1)).toBeLessThan(0.005)
    const strong = compose('frames', 'gaussiannoise:3').apply(copyOf(grey), key(1)).values
    expect([Math.min(...strong), Math.max(...strong)]).toEqual([0, 255])
  })
})

describe('dropping events', () => {
  const many = recordingFrom(
    Array.from({ length: 4000 }, (_, i) => [i % 20, Math.floor(i / 20) % 20, i * 10, i % 2] as const),
    20,
    20,
    40_000,
  )

  it('at random leaves the stated share', () => {
    const { t } = compose('events', 'drop:0.3:0.3').apply(many, key(0))
    // 2800 kept, deviation 29
    expect(Math.abs(t.length - 2800)).toBeLessThan(150)
  })

  it('by time leaves one gap of the stated length', () => {
    for (let epoch = 0; epoch < 20; epoch++) {
      const { t } = compose('events', 'droptime:0.25:0.25').apply(many, key(epoch))
      expect(t.length).toBe(3000)
      const gaps = [...t].filter((time, i) => i > 0 && time - (t[i - 1] ?? 0) > 10)
      expect(gaps.length).toBeLessThanOrEqual(1)
    }
  })

  it('by area leaves one rectangle without events', () => {
    for (let epoch = 0; epoch < 20; epoch++) {
      const left = compose('events', 'droparea:0.25:0.25').apply(many, key(epoch))
      expect(new Set(rows(left).map(([x, y]) => `${x} ${y}`)).size).toBe(400 - 25)
    }
  })

  it('in EventDrop’s way does each of four things in turn', () => {
    const counts = Array.from({ length: 200 }, (_, epoch) =>
      eventCount(compose('events', 'eventdrop').apply(many, key(epoch))),
    )
    const untouched = counts.filter((count) => count === 4000).length
    // a quarter, deviation 6
    expect(Math.abs(untouched - 50)).toBeLessThan(30)
    expect(new Set(counts).size).toBeGreaterThan(50)
  })

  it('jitter keeps every event, in order, and moves them by the stated deviation', () => {
    const { t } = compose('events', 'jitter:3').apply(many, key(0))
    expect(t.length).toBe(4000)
    expect([...t].every((time, i) => i === 0 || time >= (t[i - 1] ?? 0))).toBe(true)
    // times are 10 apart, so a deviation of 3 rarely changes their order
    const variance = [...t].reduce((sum, time, i) => sum + (time - 10 * i) ** 2, 0) / 4000
    expect(Math.abs(Math.sqrt(variance) - 3)).toBeLessThan(0.3)
  })
})
