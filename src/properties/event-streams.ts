/** Event streams as property-test inputs: what cameras and other address-event sensors send. */
import * as fc from 'fast-check'
import { EventBuilder, type Events } from '../datasets/events/events.js'
import { awkwardSize } from '../testing/arbitraries.js'

export interface EventStreamOptions {
  readonly width?: number
  readonly height?: number
  readonly mostEvents?: number
  /** Microseconds between the first and the last event at most. */
  readonly duration?: number
  /** Events in the order of their times; default true. Files in the field are not always sorted. */
  readonly sorted?: boolean
}

/**
 * Streams of 0 events and up: several at one pixel and one time, first and last pixels, gaps, and an origin of time far
 * from 0, beyond 32 bits too.
 */
export function eventStream(options: EventStreamOptions = {}): fc.Arbitrary<Events> {
  const { width = 34, height = 34, mostEvents = 200, duration = 300_000, sorted = true } = options
  const edge = (size: number) =>
    fc.oneof({ weight: 4, arbitrary: fc.nat({ max: size - 1 }) }, fc.constantFrom(0, size - 1))
  const event = fc.record({
    x: edge(width),
    y: edge(height),
    t: fc.oneof({ weight: 3, arbitrary: fc.nat({ max: duration }) }, fc.constantFrom(0, duration)),
    polarity: fc.nat({ max: 1 }),
  })
  return fc
    .record({
      origin: fc.constantFrom(0, 1, 1_000_000, 2 ** 32 + 5, -3),
      events: fc.array(event, { maxLength: mostEvents }),
    })
    .map(({ origin, events }) => {
      const builder = new EventBuilder(Math.max(1, events.length))
      const ordered = sorted ? [...events].sort((a, b) => a.t - b.t) : events
      for (const { x, y, t, polarity } of ordered) builder.push(x, y, origin + t, polarity)
      return builder.finish()
    })
}

/** Sizes of each axis of a tensor: around words, workgroups and lanes, primes, and the smallest. */
export const tensorShape = (rank: number, mostElements = 2000): fc.Arbitrary<number[]> =>
  fc
    .array(awkwardSize(Math.min(127, mostElements)), { minLength: rank, maxLength: rank })
    .filter((sizes) => sizes.reduce((product, size) => product * size, 1) <= mostElements)
