import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAnnotations, parseGestureLabels } from '../../../src/datasets/events/annotations.js'
import { type Events, relativeTimes, timeAt, timeHalves } from '../../../src/datasets/events/events.js'
import {
  cutRecording,
  eventCount,
  eventsOf,
  recordingOf,
  sortEvents,
  takeEvents,
} from '../../../src/datasets/events/recording.js'
import { annotatedWindows, fixedWindows } from '../../../src/datasets/events/windows.js'
import { DatasetError, OptionError } from '../../../src/errors.js'
import { recordings, rows } from './drawn-recordings.js'

const size = { width: 9, height: 7 }
const times = (events: Events) => Array.from({ length: events.count }, (_, i) => timeAt(timeHalves(events.t), i))
/** Clocks as files have them: from 0, after 2^32 µs, before the epoch, in microseconds of this century. */
const origins = fc.constantFrom(0, 5, 2 ** 32 - 3, -(2 ** 31), -7, 1_700_000_000_000_000)

/** Events at the given times, told apart by where they are. */
const eventsAt = (...at: number[]): Events => ({
  count: at.length,
  x: Uint16Array.from(at, (_, i) => i % 9),
  y: Uint16Array.from(at, (_, i) => Math.floor(i / 9) % 7),
  t: BigInt64Array.from(at, BigInt),
  polarity: Uint8Array.from(at, (_, i) => i % 2),
})

describe('recordings of events', () => {
  it('come back as they were, whatever the clock of the file', () => {
    fc.assert(
      fc.property(recordings(), origins, (recording, origin) => {
        const events = eventsOf(recording, origin)
        expect(times(events)).toEqual(Array.from(recording.t, (t) => t + origin))
        const again = cutRecording(events, recording, origin, origin + recording.duration)
        expect(again).toEqual(recording)
        const whole = recordingOf(events, recording)
        expect(rows(whole)).toEqual(rows(recording).map(([x, y, t = 0, p]) => [x, y, t - (recording.t[0] ?? 0), p]))
      }),
    )
  })

  it('are sorted stably when the file is out of order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 60 }), origins, (at, origin) => {
        const events = eventsAt(...at.map((t) => t + origin))
        const order = at.map((_, i) => i).sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0) || a - b)
        const sorted = sortEvents(events)
        expect(sorted).toEqual(takeEvents(events, Uint32Array.from(order)))
        expect(sortEvents(sorted)).toBe(sorted)
      }),
    )
  })

  it('must fit the sensor and the clock', () => {
    expect(() => recordingOf(eventsAt(1, 2, 3), { width: 2, height: 1 })).toThrow(/event 2 is at \(2, 0\)/)
    expect(() => recordingOf(eventsAt(1), { width: 0, height: 1 })).toThrow(OptionError)
    expect(() => recordingOf(eventsAt(0, 2 ** 32), size)).toThrow(/Cut a longer recording into windows/)
    expect(() => cutRecording(eventsAt(0), size, 5, 5)).toThrow(OptionError)
    expect(() => cutRecording(eventsAt(0), size, 0.5, 5)).toThrow(OptionError)
  })
})

describe('fixed windows', () => {
  const options = fc.record({
    length: fc.integer({ min: 1, max: 40 }),
    stride: fc.integer({ min: 1, max: 50 }),
    partial: fc.boolean(),
  })

  it('are stretches of one length, a stride apart, with exactly the events in them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { minLength: 1, maxLength: 50 }), origins, options, (at, origin, drawn) => {
        const events = eventsAt(...at.map((t) => t + origin))
        const [first, last] = [Math.min(...at) + origin, Math.max(...at) + origin]
        const found = [...fixedWindows(events, size, drawn)]
        found.forEach(({ recording, start }, k) => {
          expect(start).toBe(first + k * drawn.stride)
          expect(recording.duration).toBe(drawn.length)
          const inside = times(sortEvents(events)).filter((t) => t >= start && t < start + drawn.length)
          expect(Array.from(recording.t, (t) => t + start)).toEqual(inside)
        })
        const next = first + found.length * drawn.stride
        expect(drawn.partial ? next : next + drawn.length).toBeGreaterThan(last + Number(!drawn.partial))
      }),
    )
  })

  it('that touch hold every event once', () => {
    fc.assert(
      fc.property(
        recordings({ least: 1, durations: [1000] }),
        fc.integer({ min: 1, max: 300 }),
        (recording, length) => {
          const windows = [...fixedWindows(eventsOf(recording), recording, { length, partial: true })]
          const joined = windows.flatMap(({ recording: part, start }) =>
            rows(part).map(([x, y, t = 0, p]) => [x, y, t + start, p]),
          )
          expect(joined).toEqual(rows(recording))
        },
      ),
    )
  })

  it('leave out what has too few events, and there are none of no events', () => {
    const events = eventsAt(0, 1, 2, 50, 99)
    const counts = (leastEvents: number) =>
      [...fixedWindows(events, size, { length: 10, leastEvents })].map(({ recording }) => eventCount(recording))
    expect(counts(0)).toEqual([3, 0, 0, 0, 0, 1, 0, 0, 0, 1])
    expect(counts(2)).toEqual([3])
    expect([...fixedWindows(eventsAt(), size, { length: 10 })]).toEqual([])
  })

  it.each([{ length: 0 }, { length: 2 ** 32 }, { length: 5, stride: 0 }, { length: 5, leastEvents: -1 }])(
    'refuse %j',
    (wrong) => {
      expect(() => [...fixedWindows(eventsAt(1), size, wrong)]).toThrow(OptionError)
    },
  )
})

describe('annotated windows', () => {
  const events = eventsAt(100, 150, 200, 250, 300, 350, 400)

  it('are the stretches of the annotations, or windows within them', () => {
    const spans = [
      { start: 100, end: 250, label: 4 },
      { start: 300, end: 401, label: 1 },
    ]
    const found = [...annotatedWindows(events, size, spans)]
    expect(found.map(({ label, span, start, recording }) => [label, span, start, [...recording.t]])).toEqual([
      [4, 0, 100, [0, 50, 100]],
      [1, 1, 300, [0, 50, 100]],
    ])
    const cut = [...annotatedWindows(events, size, spans, { length: 60, stride: 50 })]
    expect(cut.map(({ label, start, recording }) => [label, start, [...recording.t]])).toEqual([
      [4, 100, [0, 50]],
      [4, 150, [0, 50]],
      [1, 300, [0, 50]],
    ])
  })

  it.each([
    ['ends before it starts', [{ start: 200, end: 100, label: 0 }], /annotation 1 .*end after it starts/],
    ['lies on another clock', [{ start: 1e9, end: 2e9, label: 0 }], /must lie in the recording, which goes from 100/],
    ['has no class', [{ start: 100, end: 200, label: -1 }], /class index/],
    [
      'overlaps',
      [
        { start: 300, end: 400, label: 0 },
        { start: 100, end: 301, label: 1 },
      ],
      /annotation 1 .* must not overlap annotation 2/,
    ],
  ])('refuse an annotation that %s', (_, spans, message) => {
    expect(() => [...annotatedWindows(events, size, spans)]).toThrow(message)
    expect(() => [...annotatedWindows(events, size, spans)]).toThrow(DatasetError)
  })

  it('may overlap when that is meant', () => {
    const spans = [
      { start: 100, end: 301, label: 0 },
      { start: 300, end: 400, label: 1 },
    ]
    expect([...annotatedWindows(events, size, spans, { overlap: true })]).toHaveLength(2)
  })
})

describe('label files', () => {
  it('of DVS128-Gesture give stretches and classes from 0', () => {
    const text = 'class,startTime_usec,endTime_usec\r\n1,80048239,85092709\r\n11,89431170,95231007\r\n'
    expect(parseGestureLabels(text, 'user01_labels.csv')).toEqual([
      { label: 0, start: 80048239, end: 85092709 },
      { label: 10, start: 89431170, end: 95231007 },
    ])
  })

  it.each([
    ['class,startTime_usec,endTime_usec\n12,5,6', /line 2: the label must be a class from 1 to 11; got "12"/],
    ['class,startTime_usec,endTime_usec\n0,5,6', /line 2/],
    ['class,startTime_usec,endTime_usec\n1,6,6', /line 2: must end after its start/],
    ['class,startTime_usec,endTime_usec\n1,x,6', /a time must be a number; got "x"/],
    ['class,startTime_usec,endTime_usec\n1,,6', /a time must be a number/],
    ['class,startTime_usec,endTime_usec\n1,5', /must have 3 fields; it has 2/],
  ])('of DVS128-Gesture refuse %j', (text, message) => {
    expect(() => parseGestureLabels(text, 'labels.csv')).toThrow(message)
    expect(() => parseGestureLabels(text, 'labels.csv')).toThrow(DatasetError)
  })

  it('of any table: names or numbers, stretches or moments, any unit', () => {
    const stretches = 'start;end;label\n0.5;1.5;wave\n2;3;clap\n'
    const options = { classes: ['clap', 'wave'], unit: 1e6, origin: 10 }
    expect(parseAnnotations(stretches, 'a.csv', options)).toEqual([
      { label: 1, start: 500_010, end: 1_500_010 },
      { label: 0, start: 2_000_010, end: 3_000_010 },
    ])
    const moments = '\uFEFFtime\tclass\n100\t2\n250\t0\n'
    expect(parseAnnotations(moments, 'b.tsv', { until: 400 })).toEqual([
      { label: 2, start: 100, end: 250 },
      { label: 0, start: 250, end: 400 },
    ])
  })

  it('of any table are refused with the line that is wrong', () => {
    const parse =
      (text: string, options = {}) =>
      () =>
        parseAnnotations(text, 'a.csv', options)
    expect(parse('when,what\n1,2')).toThrow(/header that names a label and a start; got "when, what"/)
    expect(parse('')).toThrow(DatasetError)
    expect(parse('time,label\n1,0')).toThrow(OptionError)
    expect(parse('time,label\n5,0\n5,1', { until: 9 })).toThrow(/line 2: the next label must start later than 5/)
    expect(parse('start,end,label\n1,2,dog', { classes: ['cat'] })).toThrow(/line 2: the label must be one of cat/)
    expect(parse('start,end,label\n1,Infinity,0')).toThrow(/a time must be a number/)
  })

  it('never fail in another way, whatever the text', () => {
    const piece = fc.oneof(fc.constantFrom(',', '\n', ';', 'label', 'start', 'end', '-1', '9e99', '"'), fc.string())
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        for (const read of [parseGestureLabels, parseAnnotations]) {
          try {
            for (const { start, end } of read(`start,end,label\n${pieces.join('')}`, 'x'))
              expect(end > start).toBe(true)
          } catch (error) {
            expect(error).toBeInstanceOf(DatasetError)
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})

it('relative times are the recording’s own', () => {
  fc.assert(
    fc.property(recordings({ least: 1 }), origins, (recording, origin) => {
      const times = relativeTimes(eventsOf(recording, origin), BigInt(origin))
      expect([...times]).toEqual([...recording.t])
    }),
  )
})
