/** Writing Event Stream files (`.es`), chunk by chunk. */
import { OptionError } from '../../../errors.js'
import { type Events, timeAt, timeHalves } from '../events.js'
import type { EventStreamRecords } from './event-stream.js'
import { largestPayload } from './event-stream-decoders.js'
import { type EventStreamType, eventStreamMark, eventStreamTypes } from './event-stream-header.js'
import { wholeNumberOption } from './reader-settings.js'

export interface EventStreamOptions {
  readonly type: EventStreamType
  /** Sensor in pixels, 1..65535; left out for generic events. */
  readonly width?: number
  readonly height?: number
  /** Time in µs that the file's beginning stands for; default 0. Times in the file are relative to it. */
  readonly origin?: bigint
}

/** Largest step of a first byte, and what an overflow adds. */
const steps: Readonly<Record<EventStreamType, { readonly overflow: number; readonly shift: number }>> = {
  generic: { overflow: 254, shift: 0 },
  dvs: { overflow: 127, shift: 1 },
  atis: { overflow: 63, shift: 2 },
  colour: { overflow: 254, shift: 0 },
}
/** A gap that takes more overflow bytes than this is a time whose origin was forgotten. */
const mostOverflows = 2 ** 24

/** What is written: events alone for DVS, with what their type carries for the others. */
export type EventStreamInput = Events | Partial<EventStreamRecords>

const isEvents = (input: EventStreamInput): input is Events => 'polarity' in input

/**
 * Turns events into the bytes of an Event Stream. `begin` gives the header, `encode` the bytes of each further chunk.
 *
 * @throws OptionError when times go backwards or lie before the origin, events lie outside the sensor, or what a type
 *   carries is missing
 */
export class EventStreamWriter {
  readonly #type: EventStreamType
  readonly #width: number
  readonly #height: number
  #last: number

  constructor({ type, width, height, origin = 0n }: EventStreamOptions) {
    if (!(type in eventStreamTypes)) {
      const known = Object.keys(eventStreamTypes).join(', ')
      throw new OptionError('type', `must be one of ${known}; got ${type}.`)
    }
    const side = (name: string, value: number | undefined): number => {
      const size = wholeNumberOption(name, value, 1, 65535)
      if (size === null && type !== 'generic') throw new OptionError(name, `must be given for ${type} events.`)
      return size ?? 65535
    }
    this.#type = type
    this.#width = side('width', width)
    this.#height = side('height', height)
    this.#last = Number(origin)
  }

  begin(): Uint8Array {
    const sized = this.#type !== 'generic'
    const bytes = new Uint8Array(sized ? 20 : 16)
    bytes.set(new TextEncoder().encode(eventStreamMark))
    bytes.set([2, 0, 0, eventStreamTypes[this.#type]], 12)
    if (sized) {
      const view = new DataView(bytes.buffer)
      view.setUint16(16, this.#width, true)
      view.setUint16(18, this.#height, true)
    }
    return bytes
  }

  encode(input: EventStreamInput): Uint8Array {
    const records: Partial<EventStreamRecords> = isEvents(input) ? { events: input } : input
    const { events } = records
    if (!events) throw new OptionError('events', 'must be given; got none.')
    this.#checkCarried(records, events.count)
    const out = new Uint8Array(this.#length(records, events))
    const last = this.#write(records, events, out)
    this.#last = last
    return out
  }

  /** Checks that what the type carries is there for every event. */
  #checkCarried({ thresholdCrossings, colours, payloads }: Partial<EventStreamRecords>, count: number): void {
    const wanted = { generic: payloads, dvs: null, atis: thresholdCrossings, colour: colours }[this.#type]
    const name = { generic: 'payloads', dvs: '', atis: 'thresholdCrossings', colour: 'colours' }[this.#type]
    const length = this.#type === 'colour' ? 3 * count : count
    if (this.#type !== 'dvs' && wanted?.length !== length) {
      throw new OptionError(name, `must have ${length} elements for ${count} events; got ${wanted?.length ?? 'none'}.`)
    }
  }

  /** Bytes that these records take, after every one of them was checked. */
  #length({ payloads }: Partial<EventStreamRecords>, events: Events): number {
    const { overflow } = steps[this.#type]
    const halves = timeHalves(events.t)
    const body = { generic: 1, dvs: 5, atis: 5, colour: 8 }[this.#type]
    // an overflow of ATIS counts up to three steps
    const each = this.#type === 'atis' ? 3 : 1
    let length = body * events.count
    let last = this.#last
    for (let i = 0; i < events.count; i++) {
      const time = timeAt(halves, i)
      const overflows = Math.ceil(Math.floor((time - last) / overflow) / each)
      this.#checkEvent(events, i, time - last, overflows)
      length += overflows
      last = time
    }
    for (const payload of payloads ?? []) length += lengthOf(payload) + payload.length
    return length
  }

  #checkEvent({ x, y, polarity }: Events, i: number, step: number, overflows: number): void {
    if (step < 0) {
      throw new OptionError('events.t', `must not go backwards; event ${i} does by ${-step} µs.`, 'Sort the events.')
    }
    if (overflows > mostOverflows) {
      const advice = 'Give the first time as origin, or cut the recording.'
      throw new OptionError('events.t', `must follow one another within hours; event ${i} does by ${step} µs.`, advice)
    }
    if (this.#type === 'generic') return
    if ((x[i] as number) >= this.#width || (y[i] as number) >= this.#height || (polarity[i] as number) > 1) {
      const found = `event ${i} is at ${x[i]}, ${y[i]} of polarity ${polarity[i]}.`
      throw new OptionError('events', `must be on ${this.#width}x${this.#height} pixels, of polarity 0 or 1; ${found}`)
    }
  }

  /** Fills `out`; gives back the last time. */
  #write(records: Partial<EventStreamRecords>, events: Events, out: Uint8Array): number {
    const { x, y, polarity } = events
    const halves = timeHalves(events.t)
    const { overflow, shift } = steps[this.#type]
    let last = this.#last
    let at = 0
    for (let i = 0; i < events.count; i++) {
      const time = timeAt(halves, i)
      let left = Math.floor((time - last) / overflow)
      const step = time - last - left * overflow
      last = time
      if (this.#type === 'atis') for (; left > 0; left -= 3) out[at++] = 0xfc | Math.min(left, 3)
      else for (; left > 0; left--) out[at++] = 255
      const on = polarity[i] as number
      const crossing = records.thresholdCrossings?.[i] === 1 ? 1 : 0
      out[at++] = (step << shift) | (shift === 1 ? on : 0) | (shift === 2 ? (on << 1) | crossing : 0)
      if (this.#type === 'generic') {
        at = writePayload(records.payloads?.[i] ?? new Uint8Array(0), out, at)
        continue
      }
      const column = x[i] as number
      const row = y[i] as number
      out[at++] = column
      out[at++] = column >>> 8
      out[at++] = row
      out[at++] = row >>> 8
      if (this.#type !== 'colour') continue
      for (let k = 0; k < 3; k++) out[at++] = records.colours?.[3 * i + k] as number
    }
    return last
  }
}

/** Bytes that the length of a payload takes. */
function lengthOf(payload: Uint8Array): number {
  if (payload.length > largestPayload) {
    throw new OptionError('payloads', `must have at most ${largestPayload} bytes each; one has ${payload.length}.`)
  }
  let bytes = 1
  for (let rest = payload.length >>> 7; rest > 0; rest >>>= 7) bytes++
  return bytes
}

function writePayload(payload: Uint8Array, out: Uint8Array, from: number): number {
  let at = from
  let rest = payload.length
  do {
    out[at++] = ((rest & 127) << 1) | (rest > 127 ? 1 : 0)
    rest >>>= 7
  } while (rest > 0)
  out.set(payload, at)
  return at + payload.length
}

/** A whole Event Stream in memory. */
export function encodeEventStream(options: EventStreamOptions, chunks: readonly EventStreamInput[]): Uint8Array {
  const writer = new EventStreamWriter(options)
  const parts = [writer.begin(), ...chunks.map((chunk) => writer.encode(chunk))]
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
