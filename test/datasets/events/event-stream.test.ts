import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { EventBuilder, type Events, emptyEvents, joinEvents, sliceEvents } from '../../../src/datasets/events/events.js'
import { type EventStreamRecords, openEventStream } from '../../../src/datasets/events/formats/event-stream.js'
import type { EventStreamType } from '../../../src/datasets/events/formats/event-stream-header.js'
import {
  type EventStreamInput,
  EventStreamWriter,
  encodeEventStream,
} from '../../../src/datasets/events/formats/event-stream-writer.js'
import { openEvents } from '../../../src/datasets/events/formats/index.js'
import { FileFormatError, OptionError } from '../../../src/errors.js'
import { Bytes } from './encoders.js'
import {
  chunkSizes,
  expectRows,
  missing,
  type Row,
  readBytes,
  readReal,
  realBytes,
  rows,
  rowsOf,
} from './recordings.js'

function eventsOf(list: readonly Row[]): Events {
  const out = new EventBuilder()
  for (const { x, y, t, p } of list) out.push(x, y, t, p)
  return out.finish()
}

const bytes = (values: readonly number[]) => Uint8Array.from(values)

async function readAll(file: Uint8Array, chunkBytes: number): Promise<EventStreamRecords> {
  const stream = await openEventStream(bytesSource('a.es', file), { chunkBytes })
  const parts: EventStreamRecords[] = []
  for await (const part of stream.records()) parts.push(part)
  expect(stream.warnings).toEqual([])
  return {
    events: joinEvents(parts.length === 0 ? [emptyEvents()] : parts.map(({ events }) => events)),
    thresholdCrossings: bytes(parts.flatMap((part) => [...(part.thresholdCrossings ?? [])])),
    colours: bytes(parts.flatMap((part) => [...(part.colours ?? [])])),
    payloads: parts.flatMap((part) => part.payloads ?? []),
  }
}

/** What each type carries for events made of these rows, and which of their fields it has no room for. */
const carried: Readonly<Record<EventStreamType, (list: readonly Row[]) => EventStreamInput>> = {
  dvs: (list) => eventsOf(list),
  atis: (list) => ({ events: eventsOf(list), thresholdCrossings: bytes(list.map(({ x }) => x % 2)) }),
  colour: (list) => ({
    events: eventsOf(list.map((row) => ({ ...row, p: 1 }))),
    colours: bytes(list.flatMap(({ x, y, t }) => [x, y, t % 256])),
  }),
  generic: (list) => ({
    events: eventsOf(list.map(({ t }) => ({ x: 0, y: 0, t, p: 1 }))),
    payloads: list.map(({ x, t }) => new Uint8Array(x).fill(t % 256)),
  }),
}

describe('Event Stream, written and read', () => {
  it.each(['dvs', 'atis', 'colour', 'generic'] as const)('%s, at every chunk size', async (type) => {
    const some = rows({ width: 640, height: 480, start: [0, 1000], steps: [300, 40_000], most: 30 })
    await fc.assert(
      fc.asyncProperty(some, fc.nat(30), async (list, cut) => {
        const input = carried[type](list)
        const events = 'events' in input && input.events ? input.events : (input as Events)
        const sensor = type === 'generic' ? {} : { width: 640, height: 480 }
        const file = encodeEventStream({ type, ...sensor }, [input])
        for (const chunkBytes of chunkSizes) {
          const read = await readAll(file, chunkBytes)
          expect(read.events).toEqual(events)
          if ('thresholdCrossings' in input) expect(read.thresholdCrossings).toEqual(input.thresholdCrossings)
          if ('colours' in input) expect(read.colours).toEqual(input.colours)
          if ('payloads' in input) expect(read.payloads).toEqual(input.payloads)
        }
        // written in two chunks it is the same file
        if (type !== 'dvs') return
        const parts = [sliceEvents(events, 0, cut), sliceEvents(events, Math.min(cut, events.count), events.count)]
        expect(encodeEventStream({ type, ...sensor }, cut > events.count ? [events] : parts)).toEqual(file)
      }),
      { numRuns: 40 },
    )
  })

  it('as events like any other format: DVS whole, ATIS without crossings, colour as ON', async () => {
    const list = [
      { x: 3, y: 1, t: 200, p: 1 },
      { x: 4, y: 2, t: 100_000, p: 0 },
    ]
    const sensor = { width: 5, height: 5 }
    await expectRows('a.es', encodeEventStream({ type: 'dvs', ...sensor }, [eventsOf(list)]), list)
    const atis = encodeEventStream({ type: 'atis', ...sensor }, [
      { events: eventsOf(list), thresholdCrossings: bytes([1, 0]) },
    ])
    expect((await expectRows('a.es', atis, list.slice(1))).counts).toEqual({ skipped: 1 })
    const colour = encodeEventStream({ type: 'colour', ...sensor }, [carried.colour(list)])
    const { counts } = await expectRows(
      'a.es',
      colour,
      list.map((row) => ({ ...row, p: 1 })),
    )
    expect(counts).toEqual({ other: 1 })
    const generic = encodeEventStream({ type: 'generic' }, [carried.generic(list)])
    await expect(readBytes('a.es', generic)).rejects.toThrow(/Read it with openEventStream/)
  })

  it('carries times beyond 2^32 µs, from an origin', async () => {
    const start = 2 ** 50
    const list = [start, start + 126, start + 127, start + 2 ** 30].map((t) => ({ x: 0, y: 0, t, p: 0 }))
    const file = encodeEventStream({ type: 'dvs', width: 1, height: 1, origin: BigInt(start) }, [eventsOf(list)])
    await expectRows(
      'a.es',
      file.subarray(0, 40),
      list.slice(0, 3).map((row) => ({ ...row, t: row.t - start })),
    )
    const { events } = await readBytes('a.es', file)
    expect(events.t.at(-1)).toBe(2n ** 30n)
    const far = new Uint8Array(20 + 34_000_000 + 5).fill(255)
    far.set(file.subarray(0, 20))
    far.set([0, 0, 0, 0, 0], far.length - 5)
    expect((await readBytes('a.es', far)).events.t[0]).toBe(34_000_000n * 127n)
  })
})

describe('the writer refuses', () => {
  const sensor = { type: 'dvs', width: 10, height: 10 } as const
  const write = (...list: readonly Row[]) => encodeEventStream(sensor, [eventsOf(list)])
  it.each([
    ['times that go backwards', () => write({ x: 0, y: 0, t: 5, p: 0 }, { x: 0, y: 0, t: 4, p: 0 }), /by 1 µs.*Sort/],
    ['times before the origin', () => write({ x: 0, y: 0, t: -5, p: 0 }), /backwards/],
    ['times whose origin was forgotten', () => write({ x: 0, y: 0, t: 1.6e15, p: 0 }), /origin/],
    ['events outside the sensor', () => write({ x: 10, y: 0, t: 5, p: 0 }), /10x10 pixels/],
    ['polarities that are none', () => write({ x: 1, y: 0, t: 5, p: 2 }), /polarity 0 or 1/],
    ['a sensor without a size', () => new EventStreamWriter({ type: 'atis', height: 3 }), /width: must be given/],
    ['an unknown type', () => new EventStreamWriter({ type: 'display' as 'dvs' }), /generic, dvs, atis, colour/],
    [
      'ATIS events without crossings',
      () => encodeEventStream({ ...sensor, type: 'atis' }, [eventsOf([{ x: 1, y: 0, t: 5, p: 1 }])]),
      /thresholdCrossings: must have 1/,
    ],
  ])('%s', (_, work, message) => {
    expect(work).toThrow(OptionError)
    expect(work).toThrow(message)
  })

  it('a chunk whole, so that what was written stays right', () => {
    const writer = new EventStreamWriter(sensor)
    const good = eventsOf([{ x: 1, y: 1, t: 10, p: 1 }])
    writer.encode(good)
    expect(() =>
      writer.encode(
        eventsOf([
          { x: 1, y: 1, t: 20, p: 1 },
          { x: 99, y: 1, t: 30, p: 1 },
        ]),
      ),
    ).toThrow()
    expect([...writer.encode(eventsOf([{ x: 1, y: 1, t: 11, p: 1 }]))]).toEqual([3, 1, 0, 1, 0])
  })
})

describe('Event Stream files', () => {
  const head = (type: number, version: readonly number[] = [2, 0, 0]) =>
    new Bytes().text('Event Stream').byte(...version, type)
  const open = (file: Uint8Array) => openEvents(bytesSource('a.es', file))

  it('may hold resets, which carry nothing', async () => {
    const file = head(1).little(9, 2).little(9, 2).byte(254, 254, 255, 254, 3, 1, 0, 2, 0).bytes
    await expectRows('a.es', file, [{ x: 1, y: 2, t: 128, p: 1 }])
    const atis = head(2).little(9, 2).little(9, 2).byte(252, 255, 253, 6, 1, 0, 2, 0).bytes
    await expectRows('a.es', atis, [{ x: 1, y: 2, t: 63 * 4 + 1, p: 1 }])
  })

  it('tell the length of generic events in bytes whose lowest bit says that another follows', async () => {
    // 130 = 1 * 128 + 2
    const file = head(0).byte(7, 2 * 2 + 1, 1 * 2, ...new Array<number>(130).fill(5), 3, 0).bytes
    const { events, payloads } = await readAll(file, 10)
    expect([...events.t]).toEqual([7n, 10n])
    expect(payloads?.map(({ length }) => length)).toEqual([130, 0])
  })

  it.each([
    ['another version', head(1, [1, 0, 0]).little(9, 4).bytes, /version 2; it is of 1.0.0/],
    ['display events', head(3).bytes, /type 3, display events/],
    ['no size', head(1).bytes, /cut within its header/],
    ['a sensor of no pixels', head(1).little(0, 4).bytes, /0x0/],
    ['nothing behind the mark', new Bytes().text('Event Stream').bytes, /cut/],
  ])('with %s are refused', async (_, file, message) => {
    await expect(open(file)).rejects.toThrow(FileFormatError)
    await expect(open(file)).rejects.toThrow(message)
  })

  it('with a length above what an event may carry are refused', async () => {
    const file = head(0).byte(7, 255, 255, 255, 255, 254).bytes
    const stream = await openEventStream(bytesSource('a.es', file))
    await expect(stream.records().next()).rejects.toThrow(/at most 16777216 bytes/)
  })

  it('cut within an event give a warning', async () => {
    const file = encodeEventStream({ type: 'dvs', width: 9, height: 9 }, [eventsOf([{ x: 1, y: 1, t: 1, p: 0 }])])
    expect((await readBytes('a.es', file.subarray(0, 23))).counts).toEqual({ truncated: 1 })
  })

  it('drop events outside their sensor', async () => {
    const file = head(1).little(2, 2).little(2, 2).byte(3, 2, 0, 1, 0, 3, 1, 0, 1, 0).bytes
    const { counts } = await expectRows('a.es', file, [{ x: 1, y: 1, t: 2, p: 1 }])
    expect(counts).toEqual({ outside: 1 })
  })
})

describe('real Event Streams', () => {
  const known = [
    ['event-stream/cpphots_trcl0.es', 30, 32, 2628],
    ['event-stream/faery_dvs.es', 320, 240, 473225],
    ['nmnist/00002.es', 34, 34, 5028],
  ] as const
  const generic = 'event-stream/faery_generic.es'
  const { absent, because } = missing(generic, 'nmnist/NMNISTsmall/2.bs2', ...known.map(([path]) => path))

  it.skipIf(absent).each(known)(
    `%s is read, and written byte for byte${because}`,
    async (path, width, height, count) => {
      const { events, metadata, ...facts } = await readReal(path)
      expect(facts).toMatchObject({ format: 'es', width, height, warnings: [] })
      expect(metadata).toEqual({ type: 'dvs', version: '2.0.0' })
      expect(events.count).toBe(count)
      expect(events.t[0]).toBe(path.startsWith('nmnist') ? 937n : 0n)
      const written = encodeEventStream({ type: 'dvs', width, height }, [events])
      expect(Buffer.compare(written, realBytes(path))).toBe(0)
    },
  )

  it.skipIf(absent)(`has N-MNIST's sample 2 event for event as its .bs2${because}`, async () => {
    const { events } = await readReal('nmnist/00002.es')
    const { events: other } = await readReal('nmnist/NMNISTsmall/2.bs2')
    const key = ({ x, y, t, p }: Row) => [t, y, x, p].join(' ')
    // the two programs order events of one time in their own ways
    expect(rowsOf(events).map(key).sort()).toEqual(rowsOf(other).map(key).sort())
  })

  it.skipIf(absent)(`has words as generic events${because}`, async () => {
    const { events, payloads } = await readAll(realBytes(generic), 100)
    const texts = (payloads ?? []).map((payload) => new TextDecoder().decode(payload))
    expect(events.t[0]).toBe(0n)
    // 69 words, then the text they make: the proof that lengths are read as they were meant. Read as LEB128 there seem
    // to be 68 events, of broken words, the last of which runs past the end of the file.
    expect(texts.length).toBe(70)
    expect(texts.slice(0, 69).join(' ')).toBe(texts[69])
    const stream = await openEventStream(bytesSource(generic, realBytes(generic)))
    expect(stream).toMatchObject({ type: 'generic', width: null, version: '2.0.0' })
    const written = encodeEventStream({ type: 'generic' }, [{ events, payloads }])
    expect(Buffer.compare(written, realBytes(generic))).toBe(0)
  })
})
