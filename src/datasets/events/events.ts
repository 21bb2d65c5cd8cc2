/** Events of a camera or another address-event sensor, as columns. */

/** A stretch of events in the order of their file. All columns have length `count`. */
export interface Events {
  readonly count: number
  /** Column, from 0 at the left. */
  readonly x: Uint16Array
  /** Row, from 0 at the top. */
  readonly y: Uint16Array
  /** Microseconds, signed 64 bits; the origin is the file's own. */
  readonly t: BigInt64Array
  /** 1 ON (brighter), 0 OFF; sensors with more channels (spiking audio) put the channel into `x`. */
  readonly polarity: Uint8Array
}

export const emptyEvents = (): Events => ({
  count: 0,
  x: new Uint16Array(0),
  y: new Uint16Array(0),
  t: new BigInt64Array(0),
  polarity: new Uint8Array(0),
})

/**
 * The time column as halves of 32 bits, for loops that must not make a BigInt an event: low word of event i at 2i (read
 * it unsigned), high word at 2i + 1 (signed). Little-endian, as every host that runs this is.
 */
export const timeHalves = (t: BigInt64Array): Int32Array => new Int32Array(t.buffer, t.byteOffset, t.length * 2)

/** Time of event i as a number: exact within ±2^53 µs, which is 285 years. */
export function timeAt(halves: Int32Array, i: number): number {
  return (halves[2 * i + 1] as number) * 4294967296 + ((halves[2 * i] as number) >>> 0)
}

/** Times in µs relative to `origin` (default the first event's) as exact numbers, `[count]`. */
export function relativeTimes(events: Events, origin?: bigint): Float64Array {
  const halves = timeHalves(events.t)
  const out = new Float64Array(events.count)
  if (events.count === 0) return out
  const zero = origin === undefined ? timeAt(halves, 0) : Number(origin)
  for (let i = 0; i < out.length; i++) out[i] = timeAt(halves, i) - zero
  return out
}

/** The events `[from, to)`, sharing memory. */
export const sliceEvents = (events: Events, from: number, to: number): Events => ({
  count: Math.max(0, to - from),
  x: events.x.subarray(from, to),
  y: events.y.subarray(from, to),
  t: events.t.subarray(from, to),
  polarity: events.polarity.subarray(from, to),
})

/** Chunks put together, in order. */
export function joinEvents(chunks: readonly Events[]): Events {
  const [only] = chunks
  if (chunks.length === 1 && only) return only
  const count = chunks.reduce((sum, chunk) => sum + chunk.count, 0)
  const joined = {
    count,
    x: new Uint16Array(count),
    y: new Uint16Array(count),
    t: new BigInt64Array(count),
    polarity: new Uint8Array(count),
  }
  let at = 0
  for (const chunk of chunks) {
    joined.x.set(chunk.x, at)
    joined.y.set(chunk.y, at)
    joined.t.set(chunk.t, at)
    joined.polarity.set(chunk.polarity, at)
    at += chunk.count
  }
  return joined
}

/**
 * Columns that grow, for readers that do not know how many events are to come. Loops that know an upper bound for a chunk
 * reserve it once and write the columns directly; `count` is then set by hand.
 */
export class EventBuilder {
  count = 0
  x: Uint16Array
  y: Uint16Array
  t: BigInt64Array
  polarity: Uint8Array
  halves: Int32Array

  constructor(capacity = 1024) {
    this.x = new Uint16Array(capacity)
    this.y = new Uint16Array(capacity)
    this.t = new BigInt64Array(capacity)
    this.polarity = new Uint8Array(capacity)
    this.halves = timeHalves(this.t)
  }

  /** Makes room for `more` events behind `count`. */
  reserve(more: number): void {
    const needed = this.count + more
    if (needed <= this.x.length) return
    const capacity = Math.max(needed, this.x.length * 2)
    const grown = new EventBuilder(capacity)
    grown.x.set(this.x.subarray(0, this.count))
    grown.y.set(this.y.subarray(0, this.count))
    grown.t.set(this.t.subarray(0, this.count))
    grown.polarity.set(this.polarity.subarray(0, this.count))
    this.#replace(grown)
  }

  /** @param time microseconds, a whole number within ±2^53 */
  push(x: number, y: number, time: number, polarity: number): void {
    if (this.count === this.x.length) this.reserve(1)
    const i = this.count++
    this.x[i] = x
    this.y[i] = y
    this.halves[2 * i] = time
    this.halves[2 * i + 1] = Math.floor(time / 4294967296)
    this.polarity[i] = polarity
  }

  /**
   * Hands over what was built and begins anew. Where most of the memory is in use it is given away as it is, so that a
   * reader whose chunks fill their reserve copies nothing; else the events are copied and the reserve is kept.
   */
  take(): Events {
    const { count } = this
    if (4 * count < 3 * this.x.length) {
      const copied = this.finish()
      this.count = 0
      return copied
    }
    const events = sliceEvents({ count, x: this.x, y: this.y, t: this.t, polarity: this.polarity }, 0, count)
    this.#replace(new EventBuilder(0))
    this.count = 0
    return events
  }

  #replace(other: EventBuilder): void {
    this.x = other.x
    this.y = other.y
    this.t = other.t
    this.polarity = other.polarity
    this.halves = other.halves
  }

  /** What was built, in memory of its own size. */
  finish(): Events {
    const { count } = this
    return {
      count,
      x: this.x.slice(0, count),
      y: this.y.slice(0, count),
      t: this.t.slice(0, count),
      polarity: this.polarity.slice(0, count),
    }
  }
}
