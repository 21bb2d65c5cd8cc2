import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OpenEventsOptions } from '../../../src/datasets/events/formats/index.js'
import {
  encodeBs1,
  encodeBs3,
  encodeDat,
  encodeEvt2,
  encodeEvt3,
  encodeEvt21,
  encodeNmnist,
  encodeNmnistWithMarkers,
  evtHeader,
} from './encoders.js'
import {
  aedat3Header,
  davisHeader,
  encodeAedat1,
  encodeAedat2Davis,
  encodeAedat2Dvs,
  encodeAedat3,
  encodeAedat4,
  encodeAudio,
} from './encoders-aedat.js'
import { packLz4, packZstandard } from './pack.js'
import { expectRows, type Row, type RowRanges, rows } from './recordings.js'

interface RoundTrip {
  readonly title: string
  readonly name: string
  readonly ranges: RowRanges
  readonly encode: (rows: readonly Row[]) => Uint8Array
  readonly options?: OpenEventsOptions
  /** µs after which the format's clock begins anew; every first time lies before it. */
  readonly wrap?: number
  /** µs at which it does so for the first time; default `wrap`. */
  readonly wrapsAt?: number
}

const hd = { width: 1280, height: 720 }
/** Few pixels, so that runs of neighbours happen. */
const line = { width: 40, height: 2 }

const dvs128 = { width: 128, height: 128 }
const vga = { width: 640, height: 480 }

const trips: readonly RoundTrip[] = [
  {
    title: 'N-MNIST .bin',
    name: 'a.bin',
    ranges: { width: 256, height: 240, start: [0, 1000], steps: [1000, 100_000] },
    encode: encodeNmnist,
  },
  {
    title: 'N-MNIST .bin with overflow markers',
    name: 'a.bin',
    ranges: { width: 34, height: 34, start: [0, 1000], steps: [3000, 80_000] },
    encode: (list) => encodeNmnistWithMarkers(list),
  },
  {
    title: 'SLAYER .bs1',
    name: 'a.bs1',
    ranges: { width: 65536, height: 1, start: [0, 1000], steps: [1000, 100_000] },
    encode: encodeBs1,
  },
  {
    title: 'SLAYER .bs2, whose row 240 is a row',
    name: 'a.bs2',
    ranges: { width: 256, height: 256, start: [0, 1000], steps: [1000, 100_000] },
    encode: encodeNmnist,
  },
  {
    title: 'SLAYER .bs3',
    name: 'a.bs3',
    ranges: { width: 4096, height: 4096, start: [0, 1000], steps: [1000, 200_000], polarities: 256 },
    encode: encodeBs3,
    options: { channels: 256 },
  },
  {
    title: 'Prophesee .dat over wraps of its clock',
    name: 'a.dat',
    ranges: { width: 16384, height: 16384, start: [0, 2 ** 32 - 1], steps: [1000, 2 ** 31 - 1] },
    encode: (list) => encodeDat(list),
    wrap: 2 ** 32,
  },
  {
    title: 'Prophesee .dat of version 1',
    name: 'a.dat',
    ranges: { width: 304, height: 240, start: [0, 1000], steps: [1000, 1_000_000] },
    encode: (list) => encodeDat(list, 1),
  },
  {
    title: 'Prophesee .dat without a header, as version 1',
    name: 'a.dat',
    ranges: { width: 304, height: 240, start: [0, 20], steps: [1000, 1_000_000] },
    encode: (list) => encodeDat(list, 1, ''),
  },
  {
    title: 'EVT 2.0 over wraps of its clock',
    name: 'a.raw',
    ranges: { ...hd, start: [0, 2 ** 34 - 1], steps: [100, 2 ** 33 - 100] },
    encode: (list) => encodeEvt2(list),
    wrap: 2 ** 34,
  },
  {
    title: 'EVT 2.1, lower half first by the header',
    name: 'a.raw',
    ranges: { ...line, start: [0, 2 ** 34 - 1], steps: [1, 2 ** 33 - 100] },
    encode: (list) => encodeEvt21(list, false, evtHeader('2.1', '% endianness little\n')),
    wrap: 2 ** 34,
  },
  {
    title: 'EVT 2.1, upper half first by the header',
    name: 'a.raw',
    ranges: { ...line, start: [0, 2 ** 34 - 1], steps: [1, 2 ** 33 - 100] },
    encode: (list) =>
      encodeEvt21(list, true, '% format EVT21;height=720;width=1280;endianness=legacy\n% geometry 1280x720\n% end\n'),
    wrap: 2 ** 34,
  },
  {
    title: 'EVT 3.0 over wraps of its clock',
    name: 'a.raw',
    ranges: { ...line, start: [0, 2 ** 24 - 1], steps: [1, 2 ** 23 - 5000] },
    encode: (list) => encodeEvt3(list),
    wrap: 2 ** 24,
  },
  {
    title: 'EVT 3.0 of a large sensor',
    name: 'a.raw',
    ranges: { ...hd, start: [0, 2 ** 24 - 1], steps: [5000, 2 ** 23 - 5000] },
    encode: (list) => encodeEvt3(list),
    wrap: 2 ** 24,
  },
  {
    title: 'AEDAT 1.0 over wraps of its signed clock',
    name: 'a.aedat',
    ranges: { ...dvs128, start: [-(2 ** 31), 2 ** 31 - 1], steps: [1000, 2 ** 31 - 1] },
    encode: (list) => encodeAedat1(list),
    wrap: 2 ** 32,
    wrapsAt: 2 ** 31,
  },
  {
    title: 'AEDAT 2.0 of a DVS128 over wraps of its signed clock',
    name: 'a.aedat',
    ranges: { ...dvs128, start: [-(2 ** 31), 2 ** 31 - 1], steps: [1000, 2 ** 31 - 1] },
    encode: (list) => encodeAedat2Dvs(list),
    wrap: 2 ** 32,
    wrapsAt: 2 ** 31,
  },
  {
    title: 'AEDAT 2.0 of a DAVIS over wraps of its signed clock',
    name: 'a.aedat',
    ranges: { width: 240, height: 180, start: [-(2 ** 31), 2 ** 31 - 1], steps: [1000, 2 ** 31 - 1] },
    encode: (list) => encodeAedat2Davis(list, davisHeader),
    wrap: 2 ** 32,
    wrapsAt: 2 ** 31,
  },
  {
    title: 'AEDAT 3.1 over overflows of its time',
    name: 'a.aedat',
    ranges: { ...dvs128, start: [0, 2 ** 31 - 1], steps: [1000, 2 ** 33] },
    encode: (list) => encodeAedat3(list, 7, aedat3Header),
  },
  {
    title: 'AEDAT 4.0, plain',
    name: 'a.aedat4',
    ranges: { ...vga, start: [-(2 ** 31), 2 ** 31 - 1], steps: [1000, 2 ** 45] },
    encode: (list) => encodeAedat4(list, { compression: 0 }),
  },
  {
    title: 'AEDAT 4.0, LZ4',
    name: 'a.aedat4',
    ranges: { ...vga, start: [0, 2 ** 31 - 1], steps: [1000, 2 ** 45] },
    encode: (list) => encodeAedat4(list, { compression: 1, pack: (bytes) => packLz4(bytes, { block: 50 }) }),
  },
  {
    title: 'AEDAT 4.0, Zstandard',
    name: 'a.aedat4',
    ranges: { ...vga, start: [0, 2 ** 31 - 1], steps: [1000, 2 ** 45] },
    encode: (list) => encodeAedat4(list, { compression: 3, pack: packZstandard }),
  },
  {
    title: 'spiking audio over wraps of its clock, in whole ticks',
    name: 'a.aedat',
    ranges: { width: 64, height: 2, start: [0, 2 ** 32 - 1], steps: [1000, 2 ** 31 - 1] },
    encode: encodeAudio,
    options: { tick: 1 },
    wrap: 2 ** 32,
  },
]

describe('write, then read, at every chunk size', () => {
  it.each(trips)('$title', async ({ name, ranges, encode, options, wrap, wrapsAt = wrap ?? 0 }) => {
    let wraps = 0
    await fc.assert(
      fc.asyncProperty(rows(ranges), async (list) => {
        const { counts } = await expectRows(name, encode(list), list, options)
        expect(counts.nonMonotonic ?? 0).toBe(0)
        expect(counts.truncated ?? 0).toBe(0)
        if (wrap === undefined) return
        const behind = (list.at(-1)?.t ?? 0) - wrapsAt
        expect(counts.wrapAround ?? 0).toBe(Math.floor(behind / wrap) + 1)
        wraps += counts.wrapAround ?? 0
      }),
      { numRuns: 60 },
    )
    // a property about wrap-arounds that saw none would show nothing
    if (wrap !== undefined) expect(wraps).toBeGreaterThan(0)
  })
})
