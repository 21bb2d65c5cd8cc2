import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventSplit } from '../../../src/datasets/events/event-split.js'
import { eventsByFrame, type FrameRule, frameBounds, frameCount } from '../../../src/datasets/events/frame-rules.js'
import { addFrames, countFrames } from '../../../src/datasets/events/frames.js'
import { eventCount, sortRecording, takeRecording } from '../../../src/datasets/events/recording.js'
import { spikeFrames, spikeWords, unpackSpikeWords } from '../../../src/datasets/events/spike-tensor.js'
import { DatasetError, OptionError, ShapeError } from '../../../src/errors.js'
import { sum } from '../samples.js'
import { recordingFrom, recordings, rows } from './drawn-recordings.js'

const frames = fc.integer({ min: 1, max: 12 })
const anyRule: fc.Arbitrary<FrameRule> = fc.oneof(
  frames.map((T) => ({ by: 'duration' as const, frames: T })),
  frames.map((T) => ({ by: 'time' as const, frames: T })),
  frames.map((T) => ({ by: 'count' as const, frames: T })),
)

/** The frame of an event straight from the rules' words, in exact integers. */
function frameOf(rule: FrameRule, t: readonly bigint[], i: number, duration: bigint): bigint {
  const time = t[i] as bigint
  if (rule.by === 'window') return time / BigInt(rule.length)
  const T = BigInt(rule.frames)
  if (rule.by === 'duration') return (time * T) / duration
  const last = T - 1n
  const smaller = (a: bigint, b: bigint) => (a < b ? a : b)
  if (rule.by === 'count') {
    const each = BigInt(t.length) / T
    return each === 0n ? last : smaller(BigInt(i) / each, last)
  }
  const [from, to] = [t[0] as bigint, t[t.length - 1] as bigint]
  const step = (to - from) / T > 1n ? (to - from) / T : 1n
  return smaller((time - from) / step, last)
}

describe('frames', () => {
  it('hold every event in the frame that the rule says, exactly', () => {
    fc.assert(
      fc.property(recordings({ least: 1 }), anyRule, (recording, rule) => {
        const { width, height, duration } = recording
        const times = Array.from(recording.t, BigInt)
        const expected = new Uint32Array(frameCount(recording, rule) * height * width * 2)
        rows(recording).forEach(([x = 0, y = 0, , polarity = 0], i) => {
          const frame = Number(frameOf(rule, times, i, BigInt(duration)))
          const at = ((frame * height + y) * width + x) * 2 + polarity
          expected[at] = (expected[at] ?? 0) + 1
        })
        expect(countFrames(recording, rule)).toEqual(expected)
        expect(sum(expected)).toBe(eventCount(recording))
      }),
      { numRuns: 400 },
    )
  })

  it('by duration and by window do not depend on the order of events, and may be empty', () => {
    const rules = fc.oneof(
      frames.map((T): FrameRule => ({ by: 'duration', frames: T })),
      fc.constantFrom(400, 100_000, 1_000_000).map((length): FrameRule => ({ by: 'window', length, frames: 5 })),
    )
    fc.assert(
      fc.property(recordings({ sorted: false, durations: [1, 1000, 300_000] }), rules, (recording, rule) => {
        const order = Uint32Array.from({ length: eventCount(recording) }, (_, i) => i).reverse()
        expect(countFrames(takeRecording(recording, order), rule)).toEqual(countFrames(recording, rule))
        expect(countFrames(sortRecording(recording), rule)).toEqual(countFrames(recording, rule))
      }),
    )
  })

  it('by window cover the recording, drop what lies beyond, and are silent where it has ended', () => {
    const recording = recordingFrom(
      [
        [0, 0, 0, 1],
        [1, 0, 99, 0],
        [1, 0, 100, 0],
        [1, 0, 250, 1],
      ],
      2,
      1,
      251,
    )
    expect(frameCount(recording, { by: 'window', length: 100 })).toBe(3)
    expect([...countFrames(recording, { by: 'window', length: 100 })]).toEqual([0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    expect(sum(countFrames(recording, { by: 'window', length: 100, frames: 2 }))).toBe(3)
    expect([...countFrames(recording, { by: 'window', length: 300, frames: 2 })]).toEqual([0, 1, 2, 1, 0, 0, 0, 0])
  })

  it('gather their events in order', () => {
    fc.assert(
      fc.property(recordings({ least: 1 }), anyRule, (recording, rule) => {
        const bounds = frameBounds(recording, rule)
        const { starts, events } = eventsByFrame(recording, bounds)
        expect([...events]).toEqual(Array.from(events, (_, i) => i))
        expect(starts[starts.length - 1]).toBe(eventCount(recording))
      }),
    )
  })

  it('stop at 255 where they are bytes, and count on elsewhere', () => {
    const recording = recordingFrom(
      Array.from({ length: 300 }, () => [1, 0, 99, 1] as const),
      2,
      1,
      100,
    )
    const bytes = new Uint8Array(8)
    addFrames(recording, { by: 'duration', frames: 2 }, bytes)
    expect([...bytes]).toEqual([0, 0, 0, 0, 0, 0, 0, 255])
    expect(countFrames(recording, { by: 'duration', frames: 2 })[7]).toBe(300)
    const floats = new Float32Array(8).fill(0.5)
    addFrames(recording, { by: 'duration', frames: 2 }, floats)
    expect(floats[7]).toBe(300.5)
  })

  it('refuse what has no frames: no events, disorder, numbers out of range, memory of another size', () => {
    const empty = recordingFrom([], 2, 2, 10)
    const jumbled = recordingFrom(
      [
        [0, 0, 5, 0],
        [0, 0, 4, 0],
      ],
      2,
      2,
      10,
    )
    for (const by of ['count', 'time'] as const) {
      expect(() => countFrames(empty, { by, frames: 2 })).toThrow(DatasetError)
      expect(() => countFrames(jumbled, { by, frames: 2 })).toThrow(/in order of time; event 1 at 4 µs/)
    }
    for (const T of [0, -1, 1.5, Number.NaN, 2 ** 21])
      expect(() => countFrames(empty, { by: 'duration', frames: T })).toThrow(OptionError)
    for (const length of [0, 0.5, -3, 2 ** 32])
      expect(() => countFrames(empty, { by: 'window', length })).toThrow(OptionError)
    const long = { ...empty, duration: 0xffffffff }
    expect(() => countFrames(long, { by: 'window', length: 1 })).toThrow(OptionError)
    expect(() => addFrames(empty, { by: 'duration', frames: 2 }, new Uint8Array(15))).toThrow(ShapeError)
  })
})

describe('a split of recordings', () => {
  it('cuts by any rule of the right number of frames', () => {
    fc.assert(
      fc.property(recordings({ least: 1 }), anyRule, (recording, rule) => {
        const timeSteps = frameCount(recording, rule)
        const { width, height } = recording
        const split = eventSplit([recording, recording], Uint8Array.of(3, 1), { timeSteps, height, width, rule })
        const counts = countFrames(recording, rule)
        expect([...split.counts]).toEqual([...counts, ...counts])
        expect([...split.labels]).toEqual([3, 1])
      }),
      { numRuns: 30 },
    )
  })

  it('refuses recordings of another size, damaged ones, and a wrong number of labels', () => {
    const recording = recordingFrom([[1, 1, 5, 1]], 2, 2, 10)
    const shape = { timeSteps: 2, height: 2, width: 2 }
    const labels = Uint8Array.of(0)
    expect(() => eventSplit([recording], labels, { ...shape, width: 3 })).toThrow(ShapeError)
    expect(() => eventSplit([recording], labels, { ...shape, rule: { by: 'count', frames: 3 } })).toThrow(ShapeError)
    expect(() => eventSplit([recording, recording], labels, shape)).toThrow(/one label a recording/)
    expect(() => eventSplit([{ ...recording, x: Uint16Array.of(2) }], labels, shape)).toThrow(/x must be below 2/)
    expect(() => eventSplit([{ ...recording, t: Uint32Array.of(10) }], labels, shape)).toThrow(/t must be below 10/)
    expect(() => eventSplit([{ ...recording, polarity: Uint8Array.of(2) }], labels, shape)).toThrow(DatasetError)
    expect(() => eventSplit([{ ...recording, y: new Uint16Array(2) }], labels, shape)).toThrow(/one length/)
  })
})

describe('spike tensors', () => {
  it('have a spike exactly where a frame has events, packed in words that begin anew each step', () => {
    fc.assert(
      fc.property(recordings({ least: 1 }), anyRule, (recording, rule) => {
        const counts = countFrames(recording, rule)
        expect([...spikeFrames(recording, rule)]).toEqual(Array.from(counts, (count) => Number(count > 0)))
        const steps = frameCount(recording, rule)
        const neurons = recording.width * recording.height * 2
        const words = spikeWords(recording, rule)
        expect(words).toHaveLength(steps * Math.ceil(neurons / 32))
        // unpacking as if the surplus bits were neurons shows that they are silent
        const all = unpackSpikeWords(words, steps, Math.ceil(neurons / 32) * 32)
        expect(sum(all)).toBe(sum(spikeFrames(recording, rule)))
      }),
    )
  })
})
