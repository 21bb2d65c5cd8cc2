import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { multiplyDivide, roundHalfEven } from '../../../src/datasets/augmentation/arithmetic.js'
import { listedDraws } from '../../../src/datasets/augmentation/pipeline.js'
import { type Selection, selectedEvents } from '../../../src/datasets/augmentation/selection.js'
import { drawDrift, driftEvents } from '../../../src/datasets/augmentation/transforms/drift.js'
import {
  drawInvert,
  type EventDomain,
  eventDomains,
  invertEvents,
} from '../../../src/datasets/augmentation/transforms/invert.js'
import { applyStcf, drawStcf, type StcfPlan } from '../../../src/datasets/augmentation/transforms/stcf.js'
import { countFrames } from '../../../src/datasets/events/frames.js'
import { type EventRecording, eventCount, sortRecording } from '../../../src/datasets/events/recording.js'
import { OptionError } from '../../../src/errors.js'
import { recordingFrom, recordings, rows } from '../events/drawn-recordings.js'
import { sum } from '../samples.js'

const all: Selection = { kind: 'all' }

/** Columns [x, y, t, p] of the sheet's examples. */
const columns = ({ x, y, t, polarity }: EventRecording) => [[...x], [...y], [...t], [...polarity]]

/** A selection that fits a recording. */
const selections = (recording: EventRecording): fc.Arbitrary<Selection> => {
  const total = eventCount(recording)
  return fc.oneof(
    fc.constant(all),
    fc.tuple(fc.nat(total), fc.nat(total)).map(
      ([a, b]): Selection => ({
        kind: 'range',
        start: Math.min(a, b),
        count: Math.abs(a - b),
      }),
    ),
    fc
      .uniqueArray(fc.nat(Math.max(0, total - 1)), { maxLength: total })
      .map((indices): Selection => ({ kind: 'indices', indices: Uint32Array.from(total === 0 ? [] : indices) })),
  )
}
const withSelection = recordings({ sorted: false }).chain((recording) =>
  selections(recording).map((selection) => ({ recording, selection })),
)
const someDomains = fc.subarray([...eventDomains])

describe('EventInvert and EventDrift, worked examples', () => {
  const stream = recordingFrom(
    [
      [0, 0, 0, 1],
      [1, 2, 3, 0],
      [3, 1, 4, 1],
      [2, 1, 7, 1],
      [3, 0, 9, 0],
    ],
    4,
    3,
    10,
  )

  it('invert of time and polarity in a range, then sorted', () => {
    const inverted = invertEvents(stream, ['t', 'p'], { kind: 'range', start: 1, count: 3 })
    expect(columns(inverted)).toEqual([
      [0, 1, 3, 2, 3],
      [0, 2, 1, 1, 0],
      [0, 6, 5, 2, 9],
      [1, 1, 0, 0, 0],
    ])
    expect(columns(sortRecording(inverted))).toEqual([
      [0, 2, 3, 1, 3],
      [0, 1, 1, 2, 0],
      [0, 2, 5, 6, 9],
      [1, 0, 0, 1, 0],
    ])
  })

  it('drift in space drops what leaves, or wraps', () => {
    const { recording, emptied } = driftEvents(stream, { x: 1, y: -1 }, false, all)
    expect([columns(recording), emptied]).toEqual([
      [
        [2, 3],
        [1, 0],
        [3, 7],
        [0, 1],
      ],
      false,
    ])
    const wrapped = driftEvents(stream, { x: 1, y: -1 }, true, all).recording
    expect(columns(wrapped).slice(0, 2)).toEqual([
      [1, 2, 0, 3, 0],
      [2, 1, 0, 0, 2],
    ])
    expect(columns(wrapped).slice(2)).toEqual(columns(stream).slice(2))
  })

  it('drift in time moves events between frames', () => {
    const { recording } = driftEvents(stream, { t: 3 }, false, all)
    expect(columns(recording)).toEqual([
      [0, 1, 3],
      [0, 2, 1],
      [3, 6, 7],
      [1, 0, 1],
    ])
    const frames = countFrames(recording, { by: 'duration', frames: 2 })
    const at = (f: number, p: number, y: number, x: number) => ((f * 3 + y) * 4 + x) * 2 + p
    const ones = [at(0, 1, 0, 0), at(1, 0, 2, 1), at(1, 1, 1, 3)]
    expect([...frames.keys()].filter((i) => frames[i] === 1)).toEqual(ones.sort((a, b) => a - b))
    expect(sum(frames)).toBe(3)
  })

  it('the draw of an inversion takes ratio, domains and indices in order', () => {
    const draws = listedDraws([0.5, 0.6, 0.3, 0.9, 0.8, 0.1])
    const settings = { mode: 'random', ratio: 0.8, uniform: true, domains: [] } as const
    const { domains, selection } = drawInvert(settings, 5, draws)
    expect([domains, selection]).toEqual([['y', 'p'], { kind: 'indices', indices: Uint32Array.of(1, 4) }])
    expect(() => draws.next()).toThrow(RangeError)
    const [x, y, t, p] = columns(invertEvents(stream, domains, selection))
    expect([y, p]).toEqual([
      [0, 0, 1, 1, 2],
      [1, 1, 1, 1, 1],
    ])
    expect([x, t]).toEqual([columns(stream)[0], columns(stream)[2]])
  })

  it('the draw of a drift takes the choice and a shift for each domain', () => {
    const choice = { mode: 'all', distance: 0.34, wrap: false, ratio: 0.3, uniform: false } as const
    const choices = [
      { ...choice, probability: 0.8, domains: ['x', 'y'] as const },
      { ...choice, probability: 0.2, domains: ['t'] as const },
    ]
    expect(drawDrift(choices, stream, listedDraws([0.79, 0.99, 0])).shift).toEqual({ x: 1, y: -1 })
    expect(drawDrift(choices, stream, listedDraws([0.81, 0.5])).shift).toEqual({ t: 0 })
  })
})

describe('EventInvert', () => {
  it('twice with one selection is the identity, and touches neither other domains nor other events', () => {
    fc.assert(
      fc.property(withSelection, someDomains, ({ recording, selection }, domains) => {
        const once = invertEvents(recording, domains, selection)
        expect(invertEvents(once, domains, selection)).toEqual(recording)
        const selected = selectedEvents(selection, eventCount(recording))
        const before = rows(recording)
        rows(once).forEach((row, i) => {
          if (selected[i] === 0) expect(row).toEqual(before[i])
          row.forEach((value, d) => {
            if (!domains.includes(eventDomains[d] as EventDomain)) expect(value).toBe(before[i]?.[d])
          })
        })
      }),
    )
  })

  it('of the whole recording flips the frames: columns, polarities, time', () => {
    fc.assert(
      fc.property(recordings({ durations: [12, 1200] }), fc.constantFrom(1, 2, 3, 4, 6), (recording, T) => {
        const { width, height } = recording
        const rule = { by: 'duration', frames: T } as const
        const plain = countFrames(recording, rule)
        const place = (i: number) => {
          const [p, x] = [i % 2, Math.floor(i / 2) % width]
          const y = Math.floor(i / 2 / width) % height
          return { p, x, y, t: Math.floor(i / 2 / width / height) }
        }
        const at = (t: number, y: number, x: number, p: number) => plain[((t * height + y) * width + x) * 2 + p]
        const of = (domain: EventDomain) => countFrames(invertEvents(recording, [domain], all), rule)
        of('x').forEach((count, i) => {
          const { t, y, x, p } = place(i)
          expect(count).toBe(at(t, y, width - 1 - x, p))
          expect(of('p')[i]).toBe(at(t, y, x, 1 - p))
          expect(of('t')[i]).toBe(at(T - 1 - t, y, x, p))
        })
      }),
      { numRuns: 15 },
    )
  })
})

describe('EventDrift', () => {
  const shifts = fc.record({
    x: fc.integer({ min: -12, max: 12 }),
    y: fc.integer({ min: -12, max: 12 }),
    t: fc.integer({ min: -5000, max: 5000 }),
    p: fc.integer({ min: -1, max: 1 }),
  })
  const sizesOf = ({ width, height, duration }: EventRecording) => [width, height, duration, 2]

  it('with wrapping is undone by the opposite shift, and whole turns change nothing', () => {
    fc.assert(
      fc.property(withSelection, shifts, fc.integer({ min: -2, max: 2 }), ({ recording, selection }, shift, turns) => {
        const there = driftEvents(recording, shift, true, selection).recording
        const opposite = Object.fromEntries(Object.entries(shift).map(([domain, by]) => [domain, -by]))
        expect(driftEvents(there, opposite, true, selection).recording).toEqual(recording)
        const [x = 0, y = 0, t = 0, p = 0] = sizesOf(recording).map((size) => size * turns)
        expect(driftEvents(recording, { x, y, t, p }, true, selection).recording).toEqual(recording)
      }),
    )
  })

  it('without wrapping drops exactly what would leave, unless that is all', () => {
    fc.assert(
      fc.property(withSelection, shifts, ({ recording, selection }, shift) => {
        const selected = selectedEvents(selection, eventCount(recording))
        const by = [shift.x, shift.y, shift.t, shift.p]
        const sizes = sizesOf(recording)
        const expected = rows(recording)
          .map((row, i) => row.map((value, d) => value + (selected[i] === 1 ? (by[d] ?? 0) : 0)))
          .filter((row) => row.every((value, d) => value >= 0 && value < (sizes[d] ?? 0)))
        const { recording: drifted, emptied } = driftEvents(recording, shift, false, selection)
        expect(emptied).toBe(expected.length === 0 && eventCount(recording) > 0)
        expect(rows(drifted)).toEqual(emptied ? rows(recording) : expected)
      }),
    )
  })

  it('refuses selections and shifts that make no sense', () => {
    const recording = recordingFrom(
      [
        [0, 0, 0, 0],
        [1, 1, 1, 1],
      ],
      2,
      2,
      2,
    )
    const drift =
      (selection: Selection, shift = {}) =>
      () =>
        driftEvents(recording, shift, false, selection)
    expect(drift({ kind: 'range', start: 1, count: 2 })).toThrow(OptionError)
    expect(drift({ kind: 'indices', indices: Uint32Array.of(1, 1) })).toThrow(/must be different/)
    expect(drift({ kind: 'indices', indices: Uint32Array.of(2) })).toThrow(OptionError)
    expect(drift(all, { x: 0.5 })).toThrow(OptionError)
    expect(drift(all, { z: 1 })).toThrow(OptionError)
  })
})

describe('spatio-temporal crop and flip', () => {
  // the sheet lists (t, x, y, p)
  const example = recordingFrom(
    [
      [0, 1, 0, 1],
      [2, 2, 100, 0],
      [3, 0, 450, 1],
      [1, 3, 800, 0],
      [3, 3, 999, 1],
    ],
    4,
    4,
    1000,
  )
  const still: StcfPlan = { padding: 1, ox: 1, oy: 1, ratio: 1, start: 0, flip: false, reverse: false }

  it('worked examples', () => {
    expect(applyStcf(example, still)).toEqual(example)
    const cropped = applyStcf(example, { ...still, ox: 0, start: 100, ratio: 0.8, flip: true })
    expect(rows(cropped)).toEqual([
      [0, 2, 0, 0],
      [1, 3, 875, 0],
    ])
    expect(rows(applyStcf(example, { ...still, reverse: true }))).toEqual([
      [3, 3, 0, 0],
      [1, 3, 199, 1],
      [3, 0, 549, 0],
      [2, 2, 899, 1],
      [0, 1, 999, 0],
    ])
  })

  const drawn = fc
    .tuple(
      recordings({ durations: [1, 2, 3, 1000, 300_000, 0xffffffff] }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
    )
    .map(([recording, uniforms]) => {
      const numbers = Array.from({ length: 6 }, () => uniforms.next().value as number)
      const range = { minimum: 0.5, flip: 0.5, reverse: 0.5 }
      return { recording, plan: drawStcf(recording, range, listedDraws(numbers)) }
    })

  it('never makes events, and keeps them on the sensor and within the duration', () => {
    fc.assert(
      fc.property(drawn, ({ recording, plan }) => {
        const changed = applyStcf(recording, plan)
        expect(eventCount(changed)).toBeLessThanOrEqual(eventCount(recording))
        expect(changed).toMatchObject({
          width: recording.width,
          height: recording.height,
          duration: recording.duration,
        })
        for (const [x = 0, y = 0, t = 0, p = 0] of rows(changed))
          expect(x < recording.width && y < recording.height && t < recording.duration && p <= 1).toBe(true)
        expect([...changed.t].every((t, i) => i === 0 || t >= (changed.t[i - 1] ?? 0))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('stretches time exactly, also where products pass 2^53', () => {
    const word = fc.integer({ min: 1, max: 0xffffffff })
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        const [smaller, larger] = [Math.min(a, c), Math.max(a, c)]
        fc.pre(smaller < larger)
        expect(multiplyDivide(smaller, b, larger)).toBe(Number((BigInt(smaller) * BigInt(b)) / BigInt(larger)))
      }),
      { numRuns: 2000 },
    )
  })

  it('flips twice are the identity, and flips of events are flips of frames', () => {
    fc.assert(
      fc.property(recordings({ durations: [12, 1200] }), fc.boolean(), fc.boolean(), (recording, flip, reverse) => {
        const plan = { ...still, flip, reverse }
        expect(applyStcf(applyStcf(recording, plan), plan)).toEqual(recording)
        const rule = { by: 'duration', frames: 4 } as const
        const [plain, flipped] = [recording, applyStcf(recording, plan)].map((r) => countFrames(r, rule))
        const { width, height } = recording
        flipped?.forEach((count, i) => {
          const [p, x] = [i % 2, Math.floor(i / 2) % width]
          const row = Math.floor(i / 2 / width)
          const [y, t] = [row % height, Math.floor(row / height)]
          const from = (reverse ? 3 - t : t) * height + y
          const column = flip ? width - 1 - x : x
          expect(count).toBe(plain?.[(from * width + column) * 2 + (reverse ? 1 - p : p)])
        })
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    { padding: -1 },
    { ox: 3 },
    { oy: -1 },
    { ratio: 0 },
    { ratio: 1.1 },
    { ratio: 0.0001 },
    { start: 1 },
    { ratio: 0.5, start: 501 },
  ])('refuses the plan %j, naming the number', (wrong) => {
    const name = Object.keys(wrong).at(-1) ?? ''
    expect(() => applyStcf(example, { ...still, ...wrong })).toThrow(new RegExp(`stcf\\.${name}`))
  })

  it('leaves an empty recording empty', () => {
    const empty = recordingFrom([], 3, 3, 7)
    expect(eventCount(applyStcf(empty, { ...still, reverse: true, flip: true }))).toBe(0)
  })
})

it('halves are rounded to the even number', () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6, 3].map(roundHalfEven)).toEqual([0, 2, 2, 0, -2, 2, 3, 3])
})
