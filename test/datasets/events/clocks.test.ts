/** Clocks that wrap around, step back, or have not begun. */
import { describe, expect, it } from 'vitest'
import {
  Bytes,
  encodeBs1,
  encodeDat,
  encodeEvt2,
  encodeEvt3,
  encodeEvt21,
  encodeNmnist,
  evtHeader,
} from './encoders.js'
import { expectRows, type Row, readBytes } from './recordings.js'

const at = (...times: readonly number[]): Row[] => times.map((t) => ({ x: 1, y: 0, t, p: 1 }))

describe('time that steps back a little is given as it is and counted', () => {
  it.each([
    ['a.bin', encodeNmnist(at(5_000_000, 4_999_999, 10))],
    ['a.bs1', encodeBs1(at(5_000_000, 4_999_999, 10))],
    ['a.dat', encodeDat(at(5_000_000, 4_999_999, 10))],
    ['a.raw', encodeEvt2(at(5_000_000, 4_999_999, 10))],
    ['a.raw', encodeEvt21(at(5_000_000, 4_999_999, 10), false, evtHeader('2.1', '% endianness little\n'))],
    ['a.raw', encodeEvt3(at(5_000_000, 4_999_999, 10))],
  ])('%s', async (name, bytes) => {
    const { counts } = await expectRows(name, bytes, at(5_000_000, 4_999_999, 10))
    expect(counts).toEqual({ nonMonotonic: 2 })
  })
})

describe('an event from before a wrap-around that comes after it keeps its time', () => {
  it.each([
    ['a.dat', 2 ** 32, (rows: Row[]) => encodeDat(rows)],
    ['a.raw', 2 ** 34, (rows: Row[]) => encodeEvt2(rows)],
    ['a.raw', 2 ** 24, (rows: Row[]) => encodeEvt3(rows)],
  ] as const)('%s, %i µs', async (name, wrap, encode) => {
    const rows = at(wrap - 200, wrap + 300, wrap - 100, wrap + 400, 1.25 * wrap, 1.625 * wrap, 2 * wrap + 1)
    const { counts } = await expectRows(name, encode(rows), rows)
    expect(counts).toEqual({ nonMonotonic: 1, wrapAround: 2 })
  })
})

describe('N-MNIST', () => {
  it('carries overflow markers on beyond 32 bits', async () => {
    const markers = 2 ** 19
    const bytes = new Uint8Array(5 * (markers + 2))
    bytes.set([1, 0, 0x80, 0, 7], 0)
    for (let i = 1; i <= markers; i++) bytes[5 * i + 1] = 240
    bytes.set([1, 0, 0x80, 0, 9], 5 * (markers + 1))
    const { events, counts } = await readBytes('a.bin', bytes)
    expect([...events.t]).toEqual([7n, 2n ** 32n + 9n])
    expect(counts).toEqual({ wrapAround: markers })
  })
})

describe('EVT', () => {
  const event = (out: Bytes) => out.little(2 ** 28 + 2 ** 22 + 2048, 4)

  it('2.0 leaves out events before the first time', async () => {
    const out = event(new Bytes().text(evtHeader('2.0'))).little(8 * 2 ** 28 + 3, 4)
    const { counts, warnings } = await expectRows('a.raw', event(out).bytes, [{ x: 1, y: 0, t: 193, p: 1 }])
    expect(counts).toEqual({ skipped: 1 })
    expect(warnings[0]?.message).toMatch(/before the first time/)
  })

  it('2.0 counts triggers and extensions', async () => {
    const out = new Bytes().text(evtHeader('2.0')).little(8 * 2 ** 28, 4)
    out
      .little(10 * 2 ** 28, 4)
      .little(14 * 2 ** 28, 4)
      .little(15 * 2 ** 28, 4)
    const { warnings } = await expectRows('a.raw', event(out).bytes, [{ x: 1, y: 0, t: 1, p: 1 }])
    expect(warnings.map(({ count, message }) => [count, message])).toEqual([
      [1, '1 external triggers skipped.'],
      [2, '2 words of other kinds skipped.'],
    ])
  })

  it('3.0 leaves out events before the first row or time', async () => {
    const out = new Bytes().text(evtHeader('3.0'))
    const word = (type: number, value: number) => out.little(type * 4096 + value, 2)
    word(2, 5)
    word(8, 1)
    word(2, 6)
    word(0, 9)
    word(2, 7)
    const { counts } = await expectRows('a.raw', out.bytes, [{ x: 7, y: 9, t: 4096, p: 0 }])
    expect(counts).toEqual({ skipped: 2 })
  })

  it('3.0 begins the low part anew with the high part', async () => {
    const out = new Bytes().text(evtHeader('3.0'))
    const word = (type: number, value: number) => out.little(type * 4096 + value, 2)
    word(0, 0)
    word(8, 1)
    word(6, 4000)
    word(2, 1 + 2048)
    word(8, 2)
    word(2, 1 + 2048)
    word(8, 2)
    word(6, 5)
    word(8, 2)
    word(2, 1 + 2048)
    const { counts } = await expectRows('a.raw', out.bytes, at(8096, 8192, 8197))
    expect(counts).toEqual({})
  })

  it('3.0 drops events beyond the sensor, from vectors too', async () => {
    const out = new Bytes().text(evtHeader('3.0', '% geometry 10x10\n'))
    const word = (type: number, value: number) => out.little(type * 4096 + value, 2)
    word(8, 0)
    word(0, 3)
    word(3, 8 + 2048)
    word(4, 0b111)
    word(5, 0b1)
    word(2, 10)
    word(0, 10)
    word(2, 1)
    const rows = [8, 9].map((x) => ({ x, y: 3, t: 0, p: 1 }))
    const { counts } = await expectRows('a.raw', out.bytes, rows)
    expect(counts).toEqual({ outside: 4 })
  })

  it('2.1 finds out which half of a word comes first', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => ({ x: (i * 37) % 1200, y: i % 700, t: 64 * i + 7, p: i % 2 }))
    for (const upperFirst of [true, false])
      await expectRows('a.raw', encodeEvt21(rows, upperFirst, evtHeader('2.1')), rows)
  })
})
