/** Writers of the formats that are only read by the library: small, slow and written from the layouts alone. */
import type { Row } from './recordings.js'

/** Bytes put one after another. */
export class Bytes {
  readonly list: number[] = []

  byte(...values: readonly number[]): this {
    for (const value of values) this.list.push(value & 255)
    return this
  }

  text(text: string): this {
    for (const byte of new TextEncoder().encode(text)) this.list.push(byte)
    return this
  }

  /** An integer of `length` bytes, two's complement. */
  little(value: number, length: number): this {
    for (let i = 0; i < length; i++) this.byte(Math.floor(value / 256 ** i))
    return this
  }

  big(value: number, length: number): this {
    for (let i = length - 1; i >= 0; i--) this.byte(Math.floor(value / 256 ** i))
    return this
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.list)
  }
}

/** Remainder that is never negative. */
const modulo = (value: number, range: number): number => ((value % range) + range) % range

export function encodeNmnist(rows: readonly Row[]): Uint8Array {
  const out = new Bytes()
  for (const { x, y, t, p } of rows) out.byte(x, y).big(p * 2 ** 23 + t, 3)
  return out.bytes
}

/** N-MNIST's own kind, with a record of row 240 for each 8,192 µs that do not fit into the field. */
export function encodeNmnistWithMarkers(rows: readonly Row[], fieldLimit = 2 ** 14): Uint8Array {
  const out = new Bytes()
  let shift = 0
  for (const { x, y, t, p } of rows) {
    for (; t - shift >= fieldLimit; shift += 8192) out.byte(0, 240).big(0, 3)
    out.byte(x, y).big(p * 2 ** 23 + t - shift, 3)
  }
  return out.bytes
}

export function encodeBs1(rows: readonly Row[]): Uint8Array {
  const out = new Bytes()
  for (const { x, t, p } of rows) out.big(x, 2).big(p * 2 ** 23 + t, 3)
  return out.bytes
}

export function encodeBs3(rows: readonly Row[]): Uint8Array {
  const out = new Bytes()
  for (const { x, y, t, p } of rows)
    out
      .big(x * 4096 + y, 3)
      .byte(p)
      .big(t, 3)
  return out.bytes
}

export function encodeDat(
  rows: readonly Row[],
  version = 2,
  header = `% Version ${version}\n% Date 2020\n`,
): Uint8Array {
  const out = new Bytes().text(header)
  if (header !== '') out.byte(0, 8)
  const [rowShift, polarityShift] = version >= 2 ? [14, 28] : [9, 17]
  for (const { x, y, t, p } of rows) {
    out.little(modulo(t, 2 ** 32), 4).little(x + y * 2 ** rowShift + p * 2 ** polarityShift, 4)
  }
  return out.bytes
}

export const evtHeader = (evt: string, more = ''): string =>
  `% evt ${evt}\n% plugin_name hal_plugin_gen41_evk3\n${more}% end\n`

export function encodeEvt2(rows: readonly Row[], header = evtHeader('2.0')): Uint8Array {
  const out = new Bytes().text(header)
  let high = -1
  for (const { x, y, t, p } of rows) {
    const now = Math.floor(modulo(t, 2 ** 34) / 64)
    if (now !== high) out.little(8 * 2 ** 28 + now, 4)
    high = now
    out.little(p * 2 ** 28 + modulo(t, 64) * 2 ** 22 + x * 2 ** 11 + y, 4)
  }
  return out.bytes
}

/** Neighbours to the right, of the same time, row and polarity, share a word. */
export function encodeEvt21(rows: readonly Row[], upperFirst: boolean, header: string): Uint8Array {
  const out = new Bytes().text(header)
  const word = (upper: number, lower: number) =>
    upperFirst ? out.little(upper, 4).little(lower, 4) : out.little(lower, 4).little(upper, 4)
  let high = -1
  for (let i = 0; i < rows.length; ) {
    const { x, y, t, p } = rows[i] as Row
    const now = Math.floor(modulo(t, 2 ** 34) / 64)
    if (now !== high) word(8 * 2 ** 28 + now, 0)
    high = now
    let mask = 0
    for (let last = -1; i < rows.length; i++) {
      const next = rows[i] as Row
      const offset = next.x - x
      if (next.y !== y || next.t !== t || next.p !== p || offset <= last || offset > 31) break
      mask += 2 ** offset
      last = offset
    }
    word(p * 2 ** 28 + modulo(t, 64) * 2 ** 22 + x * 2 ** 11 + y, mask)
  }
  return out.bytes
}

/** Runs of neighbours become vectors of 12 and 8, all else single events. */
export function encodeEvt3(rows: readonly Row[], header = evtHeader('3.0')): Uint8Array {
  const out = new Bytes().text(header)
  const word = (type: number, value: number) => out.little(type * 4096 + value, 2)
  let [high, low, line] = [-1, -1, -1]
  for (let i = 0; i < rows.length; ) {
    const { x, y, t, p } = rows[i] as Row
    const time = modulo(t, 2 ** 24)
    if (Math.floor(time / 4096) !== high) {
      high = Math.floor(time / 4096)
      low = 0
      word(8, high)
    }
    if (time % 4096 !== low) {
      low = time % 4096
      word(6, low)
    }
    if (y !== line) word(0, y)
    line = y
    const offsets: number[] = []
    for (let k = i; k < rows.length; k++) {
      const next = rows[k] as Row
      const offset = next.x - x
      if (next.y !== y || next.t !== t || next.p !== p || offset <= (offsets.at(-1) ?? -1) || offset >= 20) break
      offsets.push(offset)
    }
    if (offsets.length > 2) {
      const mask = offsets.reduce((sum, offset) => sum + 2 ** offset, 0)
      word(3, p * 2048 + x)
      word(4, mask % 4096)
      if (mask >= 4096) word(5, Math.floor(mask / 4096))
      i += offsets.length
    } else {
      word(2, p * 2048 + x)
      i++
    }
  }
  return out.bytes
}
