import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blobSource, bytesSource } from '../../../src/datasets/events/byte-source.js'
import { readEvents } from '../../../src/datasets/events/event-reader.js'
import { eventFormats, openEvents } from '../../../src/datasets/events/formats/index.js'
import { openEventFile } from '../../../src/datasets/events/open-event-file.js'
import { DiskError, FileFormatError, OptionError } from '../../../src/errors.js'
import { fileSource } from '../../../src/host/node/file-source.js'
import { Bytes, encodeBs1, encodeDat, encodeEvt2, encodeEvt3, encodeNmnist, evtHeader } from './encoders.js'
import { type Row, readBytes, rowsOf } from './recordings.js'

const events: readonly Row[] = [
  { x: 3, y: 1, t: 100, p: 1 },
  { x: 0, y: 2, t: 101, p: 0 },
  { x: 33, y: 33, t: 70_000, p: 1 },
]
const open = (name: string, bytes: Uint8Array, options = {}) => openEvents(bytesSource(name, bytes), options)

describe('formats', () => {
  it('have names of their own', () => {
    const names = eventFormats.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  it('are told by their mark whatever the file is called', async () => {
    expect((await open('what.ever', encodeEvt2(events))).format).toBe('evt2')
    expect((await open('what.bin', encodeEvt3(events))).format).toBe('evt3')
    expect((await open('what.raw', encodeDat(events))).format).toBe('dat')
  })

  it('are told by the ending, in any case, where they have no mark', async () => {
    expect((await open('A.BIN', encodeNmnist(events))).format).toBe('nmnist')
    expect((await open('a.bs1', encodeBs1(events))).format).toBe('bs1')
  })

  it('are what the user says they are', async () => {
    const recording = await readBytes('a.bs1', encodeNmnist(events), { format: 'nmnist' })
    expect(recording.format).toBe('nmnist')
    expect(rowsOf(recording.events)).toEqual(events)
  })

  it('that cannot be told are asked for, with those there are', async () => {
    await expect(open('a.xyz', new Uint8Array(10))).rejects.toThrow(FileFormatError)
    await expect(open('a.xyz', new Uint8Array(10))).rejects.toThrow(/format: nmnist, .*evt2.*evt3/)
    await expect(open('a.raw', new Uint8Array(10))).rejects.toThrow(/any of evt2, evt21, evt3, .* does not say/)
    await expect(open('a.bsn', new Uint8Array(10))).rejects.toThrow(/readSpikeTargets/)
  })

  it('of a name that is not known are refused with the nearest', async () => {
    await expect(open('a', new Uint8Array(10), { format: 'evt-2' })).rejects.toThrow(/Did you mean evt2/)
    await expect(open('a', new Uint8Array(10), { format: '???' })).rejects.toThrow(OptionError)
  })

  it('that contradict the header are refused', async () => {
    await expect(open('a.raw', encodeEvt3(events), { format: 'evt2' })).rejects.toThrow(/header says 3.0/)
    const histogram = new Bytes().text('% format HISTO3D;height=320;width=320\n% end\n').bytes
    await expect(open('a.raw', histogram, { format: 'evt3' })).rejects.toThrow(/header says HISTO3D/)
    await expect(open('a.raw', histogram)).rejects.toThrow(FileFormatError)
  })
})

describe('options', () => {
  it.each([
    [{ chunkBytes: 0 }, /chunkBytes.*from 1/],
    [{ chunkBytes: 1.5 }, /chunkBytes/],
    [{ width: 0 }, /width/],
    [{ height: 1e9 }, /height/],
    [{ truncated: 'maybe' }, /warn, error/],
  ])('%o is refused', async (options, message) => {
    await expect(open('a.bin', new Uint8Array(5), options)).rejects.toThrow(OptionError)
    await expect(open('a.bin', new Uint8Array(5), options)).rejects.toThrow(message)
  })

  it('drop events outside the given sensor and count them', async () => {
    const { events: kept, counts, width } = await readBytes('a.bin', encodeNmnist(events), { width: 33, height: 33 })
    expect(rowsOf(kept)).toEqual(events.slice(0, 2))
    expect(counts).toEqual({ outside: 1 })
    expect(width).toBe(33)
  })

  it('give way to a size that the file knows', async () => {
    const bytes = encodeEvt2(events, evtHeader('2.0', '% geometry 640x480\n'))
    expect(await readBytes('a.raw', bytes, { width: 2, height: 2 })).toMatchObject({ width: 640, height: 480 })
  })
})

describe('a recording', () => {
  it('of no events is one', async () => {
    for (const name of ['a.bin', 'a.bs1', 'a.bs2', 'a.bs3', 'a.dat']) {
      const { events: none, warnings } = await readBytes(name, new Uint8Array(0))
      expect(none.count).toBe(0)
      expect(warnings).toEqual([])
    }
  })

  it('can be walked once', async () => {
    const reader = await open('a.bin', encodeNmnist(events))
    await readEvents(reader)
    expect(() => reader.chunks()).toThrow(OptionError)
  })

  it('that is cut gives what is whole and a warning, or an error when asked', async () => {
    const cut = encodeNmnist(events).subarray(0, 12)
    const { events: whole, warnings } = await readBytes('a.bin', cut)
    expect(rowsOf(whole)).toEqual(events.slice(0, 2))
    expect(warnings).toEqual([{ kind: 'truncated', count: 1, message: expect.stringContaining('2 bytes at the end') }])
    await expect(readBytes('a.bin', cut, { truncated: 'error' })).rejects.toThrow(FileFormatError)
  })

  it('in memory that begins at an odd byte is read as any', async () => {
    for (const [name, bytes] of [['a.dat', encodeDat(events)] as const, ['a.raw', encodeEvt3(events)] as const]) {
      const shifted = new Uint8Array(bytes.length + 1)
      shifted.set(bytes, 1)
      expect(rowsOf((await readBytes(name, shifted.subarray(1))).events)).toEqual(events)
    }
  })

  it('that was dropped on a page is read by slices', async () => {
    const bytes = encodeEvt2(events)
    const file = new File([new Uint8Array(bytes).buffer], 'dropped.raw')
    const reader = await openEvents(blobSource(file), { chunkBytes: 8 })
    expect(rowsOf(await readEvents(reader))).toEqual(events)
  })
})

describe('a recording on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'neuromotif-events-'))
  const path = join(folder, 'a.bin')
  const write = () => writeFileSync(path, encodeNmnist(events))

  it('is read by chunks and closed at the end', async () => {
    write()
    const file = await openEventFile(path, { chunkBytes: 7 })
    expect(rowsOf(await readEvents(file))).toEqual(events)
    expect(file.warnings).toEqual([])
    await file.close()
  })

  it('is closed when a walk is left, and when it cannot be opened', async () => {
    write()
    const file = await openEventFile(path, { chunkBytes: 5 })
    for await (const chunk of file.chunks()) {
      expect(chunk.count).toBe(1)
      break
    }
    await file.close()
    await expect(openEventFile(path, { format: 'evt2', chunkBytes: 0 })).rejects.toThrow(OptionError)
  })

  it('that becomes shorter while it is read counts as cut', async () => {
    write()
    const source = await fileSource(path)
    const reader = await openEvents(source, { chunkBytes: 5 })
    const chunks = reader.chunks()
    expect((await chunks.next()).value?.count).toBe(1)
    truncateSync(path, 7)
    expect((await chunks.next()).done).toBe(true)
    expect(reader.warnings).toMatchObject([{ kind: 'truncated' }])
    await source.close()
  })

  it('that is none is refused with its path', async () => {
    await expect(openEventFile(join(folder, 'absent.bin'))).rejects.toThrow(DiskError)
    await expect(openEventFile(folder)).rejects.toThrow(/must be a plain file/)
    rmSync(folder, { recursive: true })
  })
})
