/** Writers of AEDAT files and of spiking audio, for tests. */
import { Bytes } from './encoders.js'
import type { Row } from './recordings.js'

const modulo = (value: number, range: number): number => ((value % range) + range) % range
const clock32 = (t: number): number => modulo(t, 2 ** 32)

export const aedatHeader = (version: string, more = ''): string =>
  `#!AER-DAT${version}\r\n# This is a raw AE data file - do not edit\r\n${more}`

/** A DVS128's 16-bit address. */
const dvsAddress = ({ x, y, p }: Row): number => y * 256 + x * 2 + p

export function encodeAedat1(rows: readonly Row[], header = aedatHeader('1.0')): Uint8Array {
  const out = new Bytes().text(header)
  for (const row of rows) out.big(dvsAddress(row), 2).big(clock32(row.t), 4)
  return out.bytes
}

export function encodeAedat2Dvs(rows: readonly Row[], header = aedatHeader('2.0')): Uint8Array {
  const out = new Bytes().text(header)
  for (const row of rows) out.big(dvsAddress(row), 4).big(clock32(row.t), 4)
  return out.bytes
}

export const davisHeader = aedatHeader(
  '2.0',
  '# HardwareInterface: DAVIS FX2\r\n# AEChip: eu.seebetter.ini.chips.davis.DAVIS240C\r\n',
)

/** A word of a DAVIS's address. */
export const davisAddress = ({ x, y, p }: Pick<Row, 'x' | 'y' | 'p'>): number => y * 2 ** 22 + x * 2 ** 12 + p * 2 ** 11

export function encodeAedat2Davis(rows: readonly Row[], header = davisHeader): Uint8Array {
  const out = new Bytes().text(header)
  for (const [i, row] of rows.entries()) {
    // words of frames and of the inertial sensor lie between the events
    if (i % 3 === 1) out.big(2 ** 31 + 2 ** 10 + 2 ** 11 + i * 4096, 4).big(clock32(row.t), 4)
    if (i % 4 === 2) out.big(2 ** 31 + i * 4096, 4).big(clock32(row.t), 4)
    out.big(davisAddress(row), 4).big(clock32(row.t), 4)
  }
  return out.bytes
}

export const aedat3Header =
  '#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#Start-Time: 2020-11-20 18:06:50 (TZ+0300)\r\n#!END-HEADER\r\n'

export interface PacketHeader {
  readonly type?: number
  readonly size?: number
  readonly overflow?: number
  readonly number: number
  readonly valid?: number
}

export function aedat3Packet(out: Bytes, { type = 1, size = 8, overflow = 0, number, valid = number }: PacketHeader) {
  return out
    .little(type, 2)
    .little(1, 2)
    .little(size, 4)
    .little(4, 4)
    .little(overflow, 4)
    .little(number, 4)
    .little(number, 4)
    .little(valid, 4)
}

/** Packets of at most `most` events whose times share an overflow, with packets of other kinds between them. */
export function encodeAedat3(rows: readonly Row[], most = 7, header = aedat3Header): Uint8Array {
  const out = new Bytes().text(header)
  for (let i = 0; i < rows.length; ) {
    const overflow = Math.floor((rows[i]?.t ?? 0) / 2 ** 31)
    const packet: Row[] = []
    for (let row = rows[i]; row && packet.length < most && Math.floor(row.t / 2 ** 31) === overflow; row = rows[++i])
      packet.push(row)
    aedat3Packet(out, { type: 3, size: 36, number: 1 }).byte(...new Array<number>(36).fill(i))
    aedat3Packet(out, { overflow, number: packet.length })
    for (const { x, y, t, p } of packet) out.little(1 + p * 2 + y * 4 + x * 2 ** 17, 4).little(t % 2 ** 31, 4)
  }
  return out.bytes
}

export function encodeAudio(rows: readonly Row[]): Uint8Array {
  const out = new Bytes()
  for (const { x, y, t, p } of rows) out.big(y * 128 + x * 2 + p, 2).big(clock32(t), 4)
  return out.bytes
}

/** A packet's FlatBuffer of events, with its size before it. */
export function eventsFlatBuffer(rows: readonly Row[], identifier = 'EVTS'): Uint8Array {
  const body = new Bytes()
  // root table at 16; identifier; a vtable at 8 of one field at 4; the table; its vector, whose elements begin at 28
  body.little(16, 4).text(identifier).little(6, 2).little(8, 2).little(4, 2).little(0, 2)
  body.little(8, 4).little(4, 4).little(rows.length, 4)
  for (const { x, y, t, p } of rows) body.little(t, 8).little(x, 2).little(y, 2).byte(p, 0, 0, 0)
  return sizePrefixed(body.bytes)
}

const sizePrefixed = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(4 + bytes.length)
  out.set(bytes, 4)
  new DataView(out.buffer).setUint32(0, bytes.length, true)
  return out
}

/** Sensor streams by type, each of 640x480 pixels. */
export const streamsXml = (types: readonly string[]): string =>
  `<dv version="2.0"><node name="outInfo" path="/outInfo/">${types
    .map(
      (type, id) =>
        `<node name="${id}" path="/outInfo/${id}/"><attr key="typeIdentifier" type="string">${type}</attr>` +
        `<node name="info" path="/outInfo/${id}/info/"><attr key="sizeX" type="int">640</attr>` +
        '<attr key="sizeY" type="int">480</attr><attr key="source" type="string">DVX &amp; Co</attr></node></node>',
    )
    .join('\n')}</node></dv>`

export interface Aedat4Layout {
  /** 0 none, 1 LZ4, 3 Zstandard. */
  readonly compression: number
  readonly types?: readonly string[]
  /** Packs a packet as the compression says. */
  readonly pack?: (bytes: Uint8Array) => Uint8Array
  /** Position of the data table; default none. */
  readonly dataTable?: number
}

export function aedat4Header({ compression, types = ['EVTS', 'IMUS'], dataTable = -1 }: Aedat4Layout): Bytes {
  const xml = new TextEncoder().encode(streamsXml(types))
  const body = new Bytes()
  // the vtable of three fields at 8, two bytes of padding, the table at 20, the text at 40
  body.little(20, 4).text('IOHE').little(10, 2).little(20, 2).little(4, 2).little(12, 2).little(8, 2).little(0, 2)
  body.little(12, 4).little(compression, 4).little(12, 4).little(dataTable, 8)
  body.little(xml.length, 4).byte(...xml, 0)
  return new Bytes().text('#!AER-DAT4.0\r\n').byte(...sizePrefixed(body.bytes))
}

export function encodeAedat4(rows: readonly Row[], layout: Aedat4Layout, most = 9): Uint8Array {
  const out = aedat4Header(layout)
  const pack = layout.pack ?? ((bytes: Uint8Array) => bytes)
  for (let i = 0; i < rows.length; i += most) {
    const imu = pack(eventsFlatBuffer([], 'IMUS'))
    const events = pack(eventsFlatBuffer(rows.slice(i, i + most)))
    out
      .little(1, 4)
      .little(imu.length, 4)
      .byte(...imu)
    out
      .little(0, 4)
      .little(events.length, 4)
      .byte(...events)
  }
  return out.bytes
}
