/** Recordings larger than memory, made as they are read. */
import { describe, expect, it } from 'vitest'
import type { ByteSource } from '../../../src/datasets/events/byte-source.js'
import { readEvents } from '../../../src/datasets/events/event-reader.js'
import { EventBuilder } from '../../../src/datasets/events/events.js'
import { openEvents } from '../../../src/datasets/events/formats/index.js'
import { eventsAtOnce } from '../../../src/datasets/events/formats/stream-reader.js'
import { LimitError } from '../../../src/errors.js'
import { Bytes, evtHeader } from './encoders.js'
import { aedat4Header, eventsFlatBuffer } from './encoders-aedat.js'
import { rowsOf } from './recordings.js'

/** A source of `size` bytes, each what `byteAt` says, that notes how much is read at a time. */
function imagined(name: string, size: number, byteAt: (at: number) => number): ByteSource & { largest: number } {
  return {
    name,
    size,
    largest: 0,
    async read(offset, length) {
      this.largest = Math.max(this.largest, length)
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)))
      for (let i = 0; i < bytes.length; i++) bytes[i] = byteAt(offset + i)
      return bytes
    },
  }
}

describe('large recordings', () => {
  it('are read no more than a chunk at a time', async () => {
    const header = new Bytes()
      .text(evtHeader('3.0'))
      .little(8 * 4096, 2)
      .byte(0, 0).bytes
    for (const [name, byteAt] of [
      ['a.bin', (at: number) => (at % 5 === 1 ? 3 : 0)],
      ['a.bs3', () => 0],
      ['a.dat', () => 0],
      // vectors of twelve events in two bytes: the most that bytes can become
      ['a.raw', (at: number) => header[at] ?? (at % 2 === 0 ? 0xff : 0x4f)],
    ] as const) {
      const source = imagined(name, 3_000_001, byteAt)
      const reader = await openEvents(source, { chunkBytes: 200_000 })
      let events = 0
      for await (const chunk of reader.chunks()) {
        events += chunk.count
        expect(chunk.count).toBeLessThanOrEqual(eventsAtOnce)
      }
      expect(events).toBeGreaterThan(100)
      expect(source.largest).toBeLessThanOrEqual(200_000)
    }
  })

  it('may go on behind 4 GiB', async () => {
    const header = aedat4Header({ compression: 0 }).bytes
    const skipped = 60 * 1024 * 1024
    const packets = 80
    const rows = [{ x: 5, y: 6, t: 7, p: 1 }]
    const events = eventsFlatBuffer(rows)
    const tail = new Bytes()
      .little(0, 4)
      .little(events.length, 4)
      .byte(...events).bytes
    const filler = new Bytes().little(1, 4).little(skipped, 4).bytes
    const stretch = skipped + 8
    const end = header.length + packets * stretch
    expect(end).toBeGreaterThan(2 ** 32)
    const source = imagined('a.aedat4', end + tail.length, (at) => {
      if (at < header.length) return header[at] ?? 0
      return at < end ? (filler[(at - header.length) % stretch] ?? 0) : (tail[at - end] ?? 0)
    })
    const reader = await openEvents(source, { chunkBytes: 1000 })
    expect(rowsOf(await readEvents(reader))).toEqual(rows)
    expect(reader.warnings).toEqual([{ kind: 'skipped', count: packets, message: '80 IMUS packets skipped.' }])
    // packets that are passed over are not read
    expect(source.largest).toBeLessThan(5000)
  })

  it('are not read whole beyond a cap', async () => {
    const reader = await openEvents(imagined('a.bin', 5000, () => 0))
    await expect(readEvents(reader, 999)).rejects.toThrow(LimitError)
    expect((await readEvents(await openEvents(imagined('a.bin', 5000, () => 0)), 1000)).count).toBe(1000)
  })
})

describe('EventBuilder', () => {
  it('hands over what was built and begins anew, whether it is full or hardly used', () => {
    const out = new EventBuilder(0)
    for (const count of [0, 1, 8, 3, 100, 2, 75, 76]) {
      const taken: ReturnType<EventBuilder['take']>[] = []
      for (let round = 0; round < 2; round++) {
        out.reserve(round === 0 ? count : 2 * count)
        for (let i = 0; i < count; i++) out.push(i, round, -i * 2 ** 33, i % 2)
        taken.push(out.take())
        expect(out.count).toBe(0)
      }
      for (const [round, events] of taken.entries()) {
        expect(rowsOf(events)).toEqual(
          Array.from({ length: count }, (_, i) => ({ x: i, y: round, t: i === 0 ? 0 : -i * 2 ** 33, p: i % 2 })),
        )
      }
    }
  })
})
