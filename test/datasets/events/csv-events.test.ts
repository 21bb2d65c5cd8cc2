import * as fc from 'fast-check'
import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import type { OpenEventsOptions } from '../../../src/datasets/events/formats/index.js'
import { FileFormatError, OptionError } from '../../../src/errors.js'
import { expectRows, missing, type Row, readBytes, realBytes, rowAt, rows } from './recordings.js'

const text = (value: string) => new TextEncoder().encode(value)
const read = (value: string, options: OpenEventsOptions = {}) => readBytes('a.csv', text(value), options)
const list: readonly Row[] = [
  { x: 3, y: 1, t: 100, p: 1 },
  { x: 0, y: 2, t: 1_605_537_493_718_345, p: 0 },
]

describe('tables of events', () => {
  it('written in any order, with any separator, are read at every chunk size', async () => {
    const some = rows({ width: 1280, height: 720, start: [-1000, 1000], steps: [1000, 2 ** 40], most: 20 })
    const orders = fc.constantFrom('txyp', 'xypt', 'pyxt', 'x_typ', 'ytxp')
    const separator = fc.constantFrom(',', ';', '\t', ' ', ', ')
    const end = fc.constantFrom('\n', '\r\n')
    await fc.assert(
      fc.asyncProperty(some, orders, separator, end, fc.boolean(), async (events, order, between, newline, named) => {
        const names: Record<string, string> = { t: 'timestamp', x: 'x', y: 'y', p: 'polarity', _: 'frame' }
        const head = named ? [[...order].map((letter) => names[letter]).join(between)] : []
        const lines = events.map((row) => [...order].map((letter) => ({ ...row, _: 7 })[letter as 'x']).join(between))
        const file = text([...head, ...lines].map((line) => line + newline).join(''))
        await expectRows('a.csv', file, events, named ? {} : { columns: order })
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['t,x,y,p\n100,3,1,1\n1605537493718345,0,2,0\n', {}],
    ['# x y p t\n3 1 1 100\n0 2 0 1605537493718345', {}],
    ['% made by a program\n\nTimestamp;Column;Row;On\n100;3;1;true\n1605537493718345;0;2;False\n\n', {}],
    ['"t","x","y","p"\r\n"100","3","1","1"\r\n"1605537493718345","0","2","-1"\r\n', {}],
    ['t_ns,x,y,p\n100000,3,1,1\n1605537493718345000,0,2,-1\n', {}],
    ['time [s] x y p\n0.0001 3 1 1\n1605537493.718345 0 2 0\n', {}],
    ['x, y, polarity, time (ms)\n3, 1, +1, 0.1\n0, 2, -1, 1605537493718.345\n', {}],
    ['1e-4 3 1 1\n1605537493.718345 0 2 0\n', { columns: 'txyp', timeUnit: 's' }],
    ['  100   3 1\t1  \n1605537493718345 0 2 0\n', { columns: 'txyp' }],
  ] as const)('%j', async (value, options) => {
    await expectRows('a.csv', text(value), list, options)
  })

  it('round times to the nearest µs', async () => {
    const { events } = await read('t_ns x\n1499 0\n1500 0\n-1600 0\n1605537493718345501 0\n')
    expect([...events.t]).toEqual([1n, 2n, -2n, 1605537493718346n])
  })

  it('need no rows and polarities', async () => {
    await expectRows(
      'a.csv',
      text('5 7\n6 8\n'),
      [
        { x: 7, y: 0, t: 5, p: 1 },
        { x: 8, y: 0, t: 6, p: 1 },
      ],
      { columns: 'tx' },
    )
  })

  it('drop and count events outside the sensor, and those below 0', async () => {
    const { counts } = await read('t x y p\n1 5 0 1\n2 10 0 1\n3 -1 0 1\n', { width: 10, height: 10 })
    expect(counts).toEqual({ outside: 2 })
  })

  it.each([
    ['1,2,3,4\n', {}, /must name its columns.*'txyp'/],
    ['a,b,c\n1,2,3\n', {}, /must name its columns/],
    ['x,y,p\n1,2,3\n', {}, /must name its columns/],
    ['t,x,y,p\n1,2,3,4\n5,6\n', {}, /line 3 must have 4 columns/],
    ['t,x,y,p\n1,2,3,4\n5,six,7,8\n', {}, /line 3 must have numbers; it has "six"/],
    ['t,x,y,p\n1,2.5,3,4\n', {}, /whole coordinates/],
    ['t,x,y,p\n1,2,3,maybe\n', {}, /a polarity; it has "maybe"/],
    ['t,x,y,p\n1,2,3,\n', {}, /line 2/],
    ['# nothing\n\n0.0038 1 2 0\n', { columns: 'txyp' }, /line 3 must have a time in whole µs.*timeUnit: 's'/],
    ['t,x\n99999999999999999999,1\n', {}, /within 2\^53/],
    ['t,x\n1.2.3,1\n', {}, /must have numbers/],
  ] as const)('such as %j are refused', async (value, options, message) => {
    for (const chunkBytes of [3, 100_000]) {
      await expect(read(value, { ...options, chunkBytes })).rejects.toThrow(FileFormatError)
      await expect(read(value, { ...options, chunkBytes })).rejects.toThrow(message)
    }
  })

  it('with a line longer than any is are refused', async () => {
    for (const blanks of [60_000, 70_000]) {
      const value = `t,x\n1,1\n${' '.repeat(blanks)}1,1\n`
      if (blanks === 60_000) expect((await read(value)).events.count).toBe(2)
      else await expect(read(value)).rejects.toThrow(/at most 65536 bytes/)
      if (blanks === 70_000) await expect(read(`t,x\n${value.slice(8)}`)).rejects.toThrow(/at most 65536 bytes/)
    }
  })

  it.each(['xy', 'tt', 'txyq', 't', 'txx'])('with columns %j are refused', async (columns) => {
    await expect(read('1,2\n', { columns })).rejects.toThrow(OptionError)
  })

  it('cut within the last line say so', async () => {
    const cut = await read('t x y p\n1 2 3 1\n4 5 ')
    expect([cut.events.count, cut.counts]).toEqual([1, { truncated: 1 }])
    // a number may be short without looking so
    const short = await read('t x y p\n1 2 3 1\n4 5 6 0')
    expect([short.events.count, short.counts]).toEqual([2, { other: 1 }])
  })

  it('of nothing but a head hold no events', async () => {
    expect((await read('t,x,y,p\n')).events.count).toBe(0)
    expect((await read('# t x y p', {})).events.count).toBe(0)
  })
})

describe('POKER-DVS pips as text', () => {
  const zips = [
    ['poker-dvs/poker_card_task_2types_200reps.zip', 't10_1pip_2types_200reps.txt', 155_130, 500_100],
    ['poker-dvs/poker_card_task_1pip_200reps.zip', 'pip1_rep200_jitter0.txt', 98_240, 52_130],
  ] as const
  const { absent, because } = missing(...zips.map(([path]) => path))
  it.skipIf(absent).each(zips)(`%s${because}`, async (path, name, count, first) => {
    const files = unzipSync(realBytes(path))
    const file = Object.keys(files).find((entry) => entry.endsWith(name)) ?? ''
    const bytes = files[file] ?? new Uint8Array(0)
    const { events, format } = await readBytes(name, bytes, { columns: 'txy', timeUnit: 'ms' })
    expect([format, events.count, rowAt(events, 0)?.t]).toEqual(['csv', count, first])
    await expect(readBytes(name, bytes, { columns: 'txy' })).rejects.toThrow(/timeUnit/)
  })
})
