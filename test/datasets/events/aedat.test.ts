/** What AEDAT files leave open or hide: sensors, conventions, headers, validity, streams. */
import { describe, expect, it } from 'vitest'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { openEvents } from '../../../src/datasets/events/formats/index.js'
import { FileFormatError, OptionError } from '../../../src/errors.js'
import { Bytes } from './encoders.js'
import {
  aedat3Header,
  aedat3Packet,
  aedat4Header,
  aedatHeader,
  davisAddress,
  davisHeader,
  encodeAedat1,
  encodeAedat2Davis,
  encodeAedat2Dvs,
  encodeAedat3,
  encodeAedat4,
  encodeAudio,
  eventsFlatBuffer,
} from './encoders-aedat.js'
import { packLz4 } from './pack.js'
import { packedEvents, packedEventsOfAStream, packedRows } from './packed-fixtures.js'
import { expectRows, type Row, readBytes, rowsOf } from './recordings.js'

const rows: readonly Row[] = [
  { x: 3, y: 1, t: -50, p: 1 },
  { x: 0, y: 127, t: 0, p: 0 },
  { x: 127, y: 0, t: 70_000, p: 1 },
]
const open = (bytes: Uint8Array, options = {}) => openEvents(bytesSource('a.aedat', bytes), options)

describe('AEDAT 1 and 2', () => {
  it('are read as jAER shows them when asked: columns mirrored, polarity of the DVS128 inverted', async () => {
    const shown = rows.map(({ x, y, t, p }) => ({ x: 127 - x, y, t, p: 1 - p }))
    await expectRows('a.aedat', encodeAedat2Dvs(rows), shown, { fields: 'jaer' })
    await expectRows('a.aedat', encodeAedat1(rows), shown, { fields: 'jaer' })
    const davis = rows.map(({ x, y, t, p }) => ({ x: 239 - x, y, t, p }))
    await expectRows('a.aedat', encodeAedat2Davis(rows), davis, { fields: 'jaer' })
  })

  it('need the width of an unknown DAVIS to mirror its columns', async () => {
    const bytes = encodeAedat2Davis(rows, aedatHeader('2.0'))
    await expect(open(bytes, { fields: 'jaer' })).rejects.toThrow(/width/)
    const shown = rows.map(({ x, y, t, p }) => ({ x: 345 - x, y, t, p }))
    await expectRows('a.aedat', bytes, shown, { fields: 'jaer', width: 346, height: 260 })
  })

  it('skip and count special events of the DVS128', async () => {
    const out = new Bytes().text(aedatHeader('2.0')).big(0x8000, 4).big(5, 4).big(0x0102, 4).big(6, 4)
    const { warnings } = await expectRows('a.aedat', out.bytes, [{ x: 1, y: 1, t: 6, p: 0 }])
    expect(warnings).toMatchObject([{ kind: 'skipped', count: 1, message: /special/ }])
  })

  it('skip and count words that a DVS128 cannot have sent', async () => {
    const out = new Bytes().text(aedatHeader('2.0')).big(0x10102, 4).big(5, 4).big(0x0102, 4).big(6, 4)
    const { warnings } = await expectRows('a.aedat', out.bytes, [{ x: 1, y: 1, t: 6, p: 0 }], { sensor: 'dvs128' })
    expect(warnings).toMatchObject([{ kind: 'skipped', count: 1, message: /no DVS128/ }])
  })

  it('skip and count what a DAVIS sends besides events, each kind for itself', async () => {
    const out = new Bytes().text(davisHeader)
    out.big(2 ** 31 + 0xc00, 4).big(1, 4)
    out.big(2 ** 31 + 0x400, 4).big(2, 4)
    out.big(2 ** 31, 4).big(3, 4)
    out.big(davisAddress({ x: 9, y: 8, p: 1 }) + 0x400, 4).big(4, 4)
    out.big(davisAddress({ x: 9, y: 8, p: 1 }), 4).big(5, 4)
    const { warnings } = await expectRows('a.aedat', out.bytes, [{ x: 9, y: 8, t: 5, p: 1 }])
    expect(warnings.map(({ message }) => message)).toEqual([
      '1 IMU words skipped.',
      '2 APS words skipped.',
      '1 external input events skipped.',
    ])
  })

  it('drop and count events outside the sensor that the header names', async () => {
    const { counts, width } = await expectRows('a.aedat', encodeAedat2Davis([{ x: 240, y: 0, t: 1, p: 0 }]), [])
    expect([counts.outside, width]).toEqual([1, 240])
  })

  it('say so when the header names a sensor that is not known', async () => {
    const bytes = encodeAedat2Dvs(rows, aedatHeader('2.0', '# AEChip: ch.unizh.ini.jaer.chip.cochlea.CochleaAMS\r\n'))
    const { warnings } = await expectRows('a.aedat', bytes, rows)
    expect(warnings).toMatchObject([{ kind: 'other', message: /CochleaAMS is not known/ }])
    expect((await readBytes('a.aedat', bytes, { sensor: 'dvs128' })).warnings).toEqual([])
  })

  it('may begin with an event that looks like a line of the header', async () => {
    // 0x23 is '#': row 140 of a DAVIS
    const event = { x: 39, y: 0x23 * 4, t: 0x00410d0a, p: 0 }
    await expectRows('a.aedat', encodeAedat2Davis([event], davisHeader), [event])
    // text without the line end that the header's lines have
    const tricky = { x: 2, y: 0x23 * 4, t: 0x2020200a, p: 1 }
    await expectRows('a.aedat', encodeAedat2Davis([tricky], davisHeader), [tricky])
    // and behind the line that ends a header nothing is taken for one
    const ended = `${davisHeader}#End Of ASCII Header\r\n`
    const line = { x: 0x223, y: 0x23 * 4, t: 0x41420d0a, p: 0 }
    const bytes = encodeAedat2Davis([line], ended)
    const { counts, events } = await readBytes('a.aedat', bytes)
    expect([events.count, counts.outside]).toEqual([0, 1])
  })

  it('may have lines that end in LF alone', async () => {
    const bytes = encodeAedat2Dvs(rows, '#!AER-DAT2.0\n# a comment\n')
    await expectRows('a.aedat', bytes, rows)
  })

  it('without a version are of the first one, and without a header taken for spiking audio', async () => {
    expect((await open(encodeAedat1(rows, '# only a comment\r\n'))).format).toBe('aedat1')
    const bare = encodeAedat1(rows, '')
    expect((await open(bare)).format).toBe('audio-aer')
    await expectRows('a.aedat', bare, rows, { format: 'aedat1' })
    expect((await open(encodeAudio(rows))).format).toBe('audio-aer')
  })

  it('cut within the header have no events', async () => {
    const whole = encodeAedat2Dvs(rows)
    const { events, counts } = await readBytes('a.aedat', whole.subarray(0, 30))
    expect([events.count, counts.truncated]).toEqual([0, 1])
    await expect(open(whole.subarray(0, 30), { truncated: 'error' })).rejects.toThrow(FileFormatError)
  })
})

describe('spiking audio', () => {
  it('puts the channel into x and the ear into y', async () => {
    const spikes = [
      { x: 0, y: 0, t: 1, p: 1 },
      { x: 63, y: 0, t: 2, p: 0 },
      { x: 1, y: 1, t: 3, p: 1 },
    ]
    await expectRows('a.aedat', encodeAudio(spikes), spikes, { tick: 1 })
    const half = encodeAudio([{ x: 33, y: 0, t: 5, p: 1 }])
    await expectRows('a.aedat', half, [{ x: 1, y: 1, t: 1, p: 1 }], { channelsPerEar: 32, tick: 0.2 })
  })

  it('drops and counts addresses beyond two ears', async () => {
    const { counts } = await expectRows('a.aedat', encodeAudio([{ x: 0, y: 2, t: 1, p: 1 }]), [])
    expect(counts).toEqual({ outside: 1 })
  })

  it('wants ticks that have a length', async () => {
    for (const tick of [0, -1, Number.NaN, 2e6])
      await expect(open(encodeAudio([]), { format: 'audio-aer', tick })).rejects.toThrow(OptionError)
  })
})

describe('AEDAT 3', () => {
  const invalid = (valid: number): Uint8Array => {
    const out = aedat3Packet(new Bytes().text(aedat3Header), { number: 2, valid })
    return out
      .little(4, 4)
      .little(10, 4)
      .little(1 + 2 + 8, 4)
      .little(11, 4).bytes
  }
  const both = [
    { x: 0, y: 1, t: 10, p: 0 },
    { x: 0, y: 2, t: 11, p: 1 },
  ]

  it('believes a packet that says all its events are valid, against their bits', async () => {
    await expectRows('a.aedat', invalid(2), both)
    await expectRows('a.aedat', invalid(2), both.slice(1), { valid: 'bit' })
  })

  it('drops events without the bit where the packet counts fewer valid ones', async () => {
    const { counts } = await expectRows('a.aedat', invalid(1), both.slice(1))
    expect(counts).toEqual({ skipped: 1 })
    await expectRows('a.aedat', invalid(1), both, { valid: 'all' })
  })

  it('passes over packets of other kinds, however large', async () => {
    const out = aedat3Packet(new Bytes().text(aedat3Header), { type: 2, size: 1000, number: 3 })
    out.byte(...new Array<number>(3000).fill(77))
    aedat3Packet(out, { number: 1 }).little(1, 4).little(5, 4)
    const { warnings } = await expectRows('a.aedat', out.bytes, [{ x: 0, y: 0, t: 5, p: 0 }])
    expect(warnings).toMatchObject([{ kind: 'skipped', count: 3, message: '3 frames skipped.' }])
  })

  it('says how much of a cut packet is missing, at every place where it can be cut', async () => {
    const list = Array.from({ length: 6 }, (_, i) => ({ x: i, y: 2 * i, t: 100 + i, p: i % 2 }))
    const whole = encodeAedat3(list, 3)
    for (let length = aedat3Header.length; length < whole.length; length++) {
      const { events, counts } = await readBytes('a.aedat', whole.subarray(0, length), { chunkBytes: 50 })
      expect(rowsOf(events)).toEqual(list.slice(0, events.count))
      // between packets nothing is missing
      const between = events.count % 3 === 0 && counts.truncated === undefined
      expect(between || counts.truncated === 1).toBe(true)
    }
  })

  it.each([
    ['a negative number of events', { number: -1 }],
    ['more valid events than events', { number: 1, valid: 2 }],
    ['events of another size', { number: 1, size: 12 }],
    ['a negative overflow', { number: 1, overflow: -1 }],
  ])('refuses a packet of %s with its place', async (_, header) => {
    const bytes = aedat3Packet(new Bytes().text(aedat3Header), header).bytes
    await expect(readBytes('a.aedat', bytes)).rejects.toThrow(new RegExp(`at byte ${aedat3Header.length} must be`))
  })

  it('refuses packets in another format than RAW, and other versions', async () => {
    const packed = new Bytes().text(aedat3Header.replace('RAW', 'SerializedTS')).bytes
    await expect(open(packed)).rejects.toThrow(/says SerializedTS/)
    await expect(open(new Bytes().text('#!AER-DAT5.0\r\n').bytes)).rejects.toThrow(FileFormatError)
  })

  it('knows 3.0, whose rows count from the bottom', async () => {
    const bytes = encodeAedat3(both, 7, '#!AER-DAT3.0\r\n#Source 1: DVS128\r\n')
    const { warnings } = await expectRows('a.aedat', bytes, both)
    expect(warnings).toContainEqual({ kind: 'other', count: 1, message: expect.stringMatching(/from the bottom/) })
  })
})

describe('AEDAT 4', () => {
  const list = Array.from({ length: 40 }, (_, i) => ({ x: i, y: 2 * i, t: 100 + i, p: i % 2 }))
  const packet = (out: Bytes, stream: number, bytes: Uint8Array) =>
    out
      .little(stream, 4)
      .little(bytes.length, 4)
      .byte(...bytes)

  it.each([packedEvents, packedEventsOfAStream])('reads what the Zstandard packer made', async (base64) => {
    const layout = { compression: 4 }
    const out = packet(aedat4Header(layout), 0, new Uint8Array(Buffer.from(base64, 'base64')))
    const { metadata } = await expectRows('a.aedat4', out.bytes, packedRows)
    expect(metadata).toMatchObject({ compression: 'zstd high', streams: '0:EVTS, 1:IMUS', source: 'DVX & Co' })
  })

  it('reads the first of several streams of events, or the one asked for', async () => {
    const out = aedat4Header({ compression: 0, types: ['FRME', 'EVTS', 'EVTS'] })
    packet(out, 2, eventsFlatBuffer(list.slice(0, 5)))
    packet(out, 1, eventsFlatBuffer(list.slice(5)))
    const { warnings } = await expectRows('a.aedat4', out.bytes, list.slice(5))
    expect(warnings).toMatchObject([
      { kind: 'skipped', count: 1 },
      { kind: 'other', message: /Streams 1, 2 are all of events; this is 1/ },
    ])
    await expectRows('a.aedat4', out.bytes, list.slice(0, 5), { stream: 2 })
    const source = bytesSource('a.aedat4', out.bytes)
    await expect(openEvents(source, { stream: 0 })).rejects.toThrow(OptionError)
  })

  it('needs a stream of events', async () => {
    const bytes = aedat4Header({ compression: 0, types: ['FRME', 'IMUS'] }).bytes
    await expect(readBytes('a.aedat4', bytes)).rejects.toThrow(/streams are 0:FRME, 1:IMUS/)
  })

  it('stops at the data table', async () => {
    const layout = { compression: 0, types: ['EVTS'] }
    const length = encodeAedat4(list, layout).length
    const bytes = new Bytes().byte(...encodeAedat4(list, { ...layout, dataTable: length }), 1, 2, 3, 4, 5, 6, 7, 8, 9)
    expect((await expectRows('a.aedat4', bytes.bytes, list)).counts.truncated).toBeUndefined()
  })

  it('that is cut gives every whole packet, wherever it is cut', async () => {
    const layout = { compression: 1, types: ['EVTS'], pack: (bytes: Uint8Array) => packLz4(bytes) }
    const start = aedat4Header(layout).bytes.length
    const whole = encodeAedat4(list, { ...layout, dataTable: encodeAedat4(list, layout).length })
    for (let length = start; length < whole.length; length += 13) {
      const { events, counts } = await readBytes('a.aedat4', whole.subarray(0, length))
      expect(rowsOf(events)).toEqual(list.slice(0, events.count))
      expect(events.count % 9).toBe(0)
      expect(counts.truncated).toBe(1)
    }
    await expect(readBytes('a.aedat4', whole.subarray(0, 20))).rejects.toThrow(/cut or damaged/)
    await expect(readBytes('a.aedat4', whole.subarray(0, start + 50), { truncated: 'error' })).rejects.toThrow(
      FileFormatError,
    )
  })

  it('refuses packets whose size is not possible, and contents that are none, with their place', async () => {
    const start = aedat4Header({ compression: 0 }).bytes.length
    const large = aedat4Header({ compression: 0 })
      .little(0, 4)
      .little(2 ** 31 - 1, 4).bytes
    await expect(readBytes('a.aedat4', large)).rejects.toThrow(`packet at byte ${start} must have`)
    const other = packet(aedat4Header({ compression: 0 }), 0, eventsFlatBuffer([], 'FRME')).bytes
    await expect(readBytes('a.aedat4', other)).rejects.toThrow(/must be EVTS; it is "FRME"/)
    const plain = packet(aedat4Header({ compression: 1 }), 0, eventsFlatBuffer(list)).bytes
    await expect(readBytes('a.aedat4', plain)).rejects.toThrow(/no LZ4 frame begins there/)
    await expect(readBytes('a.aedat4', aedat4Header({ compression: 9 }).bytes)).rejects.toThrow(/compression 9/)
  })

  it('drops events with coordinates below 0', async () => {
    const out = packet(aedat4Header({ compression: 0 }), 0, eventsFlatBuffer([{ x: -1, y: 5, t: 1, p: 1 }]))
    expect((await expectRows('a.aedat4', out.bytes, [])).counts).toEqual({ outside: 1 })
  })
})
