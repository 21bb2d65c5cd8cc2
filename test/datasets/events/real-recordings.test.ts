/** Every fact that is known of the real recordings in the test data, read from them. */
import { describe, expect, it } from 'vitest'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { timeAt, timeHalves } from '../../../src/datasets/events/events.js'
import type { OpenEventsOptions } from '../../../src/datasets/events/formats/index.js'
import { readPropheseeHeader } from '../../../src/datasets/events/formats/prophesee-header.js'
import { readSpikeTargets } from '../../../src/datasets/events/formats/spike-targets.js'
import { largest, missing, readReal, realBytes, smallest, total } from './recordings.js'

interface Facts {
  readonly format: string
  readonly events: number
  readonly first?: number
  readonly on?: number
  readonly columns?: readonly [number, number]
  readonly rows?: readonly [number, number]
  readonly size?: readonly [number | null, number | null]
  /** Counts of warnings by kind; others must be absent. */
  readonly warnings?: Readonly<Record<string, number>>
  readonly options?: OpenEventsOptions
}

async function expectFacts(path: string, facts: Facts): Promise<void> {
  const { format, events, width, height, counts } = await readReal(path, facts.options)
  expect(format).toBe(facts.format)
  expect(events.count).toBe(facts.events)
  if (facts.first !== undefined) expect(Number(events.t[0])).toBe(facts.first)
  if (facts.on !== undefined) expect(total(events.polarity)).toBe(facts.on)
  if (facts.columns) expect([smallest(events.x), largest(events.x)]).toEqual(facts.columns)
  if (facts.rows) expect([smallest(events.y), largest(events.y)]).toEqual(facts.rows)
  if (facts.size) expect([width, height]).toEqual(facts.size)
  expect(counts).toEqual(facts.warnings ?? {})
}

function describeFiles(title: string, files: Readonly<Record<string, Facts>>): void {
  describe(title, () => {
    for (const [path, facts] of Object.entries(files)) {
      const { absent, because } = missing(path)
      it.skipIf(absent)(`${path}${because}`, () => expectFacts(path, facts))
    }
  })
}

const pixels34 = { columns: [0, 33], rows: [0, 33] } as const
describeFiles('N-MNIST', {
  'nmnist/NMNISTsmall/1.bs2': { format: 'bs2', events: 4681, first: 893, on: 2328, ...pixels34 },
  'nmnist/NMNISTsmall/2.bs2': { format: 'bs2', events: 5028, first: 937, on: 2509 },
  'nmnist/NMNISTsmall/500.bs2': { format: 'bs2', events: 4516, first: 196, on: 2229 },
  'nmnist/NMNISTsmall/60001.bs2': { format: 'bs2', events: 3330, first: 5087, on: 1718 },
  'nmnist/NMNISTsmall/60100.bs2': { format: 'bs2', events: 4877, first: 381, on: 2392 },
  'nmnist/sample_nmnist.bin': { format: 'nmnist', events: 4325, first: 654, on: 2145, ...pixels34 },
})

describe('N-MNIST small', () => {
  const { absent, because } = missing('nmnist/NMNISTsmall')
  it.skipIf(absent).each([
    ['train1K.txt', 1000, 4_133_231, 2_059_426, [97, 116, 99, 93, 105, 92, 94, 117, 87, 100]],
    ['test100.txt', 100, 385_596, 190_652, [8, 14, 8, 11, 14, 7, 10, 15, 2, 11]],
  ])(`reads every sample of %s${because}`, async (list, samples, events, on, classes) => {
    const lines = new TextDecoder()
      .decode(realBytes(`nmnist/NMNISTsmall/${list}`))
      .trim()
      .split('\n')
      .slice(1)
    const histogram = new Array<number>(10).fill(0)
    let count = 0
    let bright = 0
    let longest = 0
    for (const line of lines) {
      const [id = '', label = ''] = line.trim().split('\t')
      const sample = await readReal(`nmnist/NMNISTsmall/${id}.bs2`, { width: 34, height: 34 })
      expect(sample.warnings, id).toEqual([])
      histogram[Number(label)] = (histogram[Number(label)] ?? 0) + 1
      count += sample.events.count
      bright += total(sample.events.polarity)
      longest = Math.max(longest, Number(sample.events.t.at(-1)))
    }
    expect(lines.length).toBe(samples)
    expect([count, bright]).toEqual([events, on])
    expect(histogram).toEqual(classes)
    // three saccades of about 100 ms
    expect(longest).toBeGreaterThan(300_000)
    expect(longest).toBeLessThan(340_000)
  })
})

describeFiles('DVS128 Gesture samples', {
  'dvs128-gesture-samples/1.bs2': { format: 'bs2', events: 63471, first: 28, on: 32164, columns: [0, 127] },
  'dvs128-gesture-samples/2.bs2': { format: 'bs2', events: 84260, first: 45, on: 43472 },
  'dvs128-gesture-samples/3.bs2': { format: 'bs2', events: 113063, first: 2, on: 55396 },
  'dvs128-gesture-samples/4.bs2': { format: 'bs2', events: 151879, first: 3, on: 77731 },
  'dvs128-gesture-samples/5.bs2': { format: 'bs2', events: 181179, first: 8, on: 93262 },
  'dvs128-gesture-samples/6.bs2': { format: 'bs2', events: 124244, first: 6, on: 61259 },
  'dvs128-gesture-samples/7.bs2': { format: 'bs2', events: 159617, first: 10, on: 77603 },
  'dvs128-gesture-samples/8.bs2': { format: 'bs2', events: 101288, first: 10, on: 50762 },
  'dvs128-gesture-samples/9.bs2': { format: 'bs2', events: 141773, first: 25, on: 70469 },
  'dvs128-gesture-samples/10.bs2': { format: 'bs2', events: 85936, first: 24, on: 47461 },
  'dvs128-gesture-samples/1.bs3': { format: 'bs3', events: 63471, first: 28, on: 32164 },
})

describe('DVS128 Gesture sample 1', () => {
  const { absent, because } = missing('dvs128-gesture-samples/1.bs2', 'dvs128-gesture-samples/1.bs3')
  it.skipIf(absent)(`is the same event for event as .bs2 and as .bs3${because}`, async () => {
    const { events: two } = await readReal('dvs128-gesture-samples/1.bs2')
    const { events: three } = await readReal('dvs128-gesture-samples/1.bs3')
    expect(three).toEqual(two)
  })
})

describeFiles('SLAYER', {
  'slayer-formats/NTIDIGITS_1.bs1': { format: 'bs1', events: 898, first: 0, columns: [0, 63], rows: [0, 0], on: 898 },
  'slayer-formats/oxford/input.bs1': { format: 'bs1', events: 1889, columns: [0, 199], size: [null, 1] },
  // spikes that are not sorted by time: no wrap-around may be made of that
  'slayer-formats/oxford/output.bs1': {
    format: 'bs1',
    events: 10361,
    columns: [0, 199],
    warnings: { nonMonotonic: 5143 },
  },
})

describe('SLAYER targets', () => {
  const files = Array.from({ length: 10 }, (_, c) => `nmnist/NMNISTsmall/Desired_10_60/${c}.bsn`)
  const { absent, because } = missing('slayer-formats/Out_0.bsn', ...files)
  it.skipIf(absent)(`want 60 spikes of the true class and 10 of the others${because}`, async () => {
    for (const [index, path] of ['slayer-formats/Out_0.bsn', ...files].entries()) {
      const label = Math.max(0, index - 1)
      const targets = await readSpikeTargets(bytesSource(path, realBytes(path)))
      expect(targets.count).toBe(10)
      expect([...targets.neuron]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      expect([...targets.spikes]).toEqual(Array.from({ length: 10 }, (_, c) => (c === label ? 60 : 10)))
      expect(new Set([...targets.start, ...targets.end])).toEqual(new Set([0, 300_000]))
      expect(targets.warnings).toEqual([])
    }
  })
})

describeFiles('Prophesee', {
  'prophesee/expelliarmus_evt2_sample.raw': {
    format: 'evt2',
    events: 539481,
    first: 1317888,
    size: [640, 480],
    columns: [60, 599],
  },
  'prophesee/faery_evt2.raw': { format: 'evt2', events: 521252, first: 913716224, size: [640, 480] },
  // the low part of time steps back eleven times; at two of them the high part goes on, and at none an event is given
  'prophesee/expelliarmus_evt3_sample.raw': {
    format: 'evt3',
    events: 219596,
    first: 11718656,
    size: [1280, 720],
  },
  'prophesee/tonic_sample_ncars.dat': { format: 'dat', events: 2009, first: 0, columns: [0, 77] },
})

describe('Prophesee headers', () => {
  const known = [
    ['prophesee/expelliarmus_evt2_sample.raw', 164, 4 * 542607],
    ['prophesee/faery_evt2.raw', 166, 4 * 527244],
    ['prophesee/expelliarmus_evt3_sample.raw', 166, 2 * 308943],
    // type and size follow the header
    ['prophesee/tonic_sample_ncars.dat', 93 - 2, 2 + 8 * 2009],
  ] as const
  const { absent, because } = missing(...known.map(([path]) => path))
  it.skipIf(absent).each(known)(`of %s has %i bytes and %i follow${because}`, async (path, bytes, data) => {
    const source = bytesSource(path, realBytes(path))
    expect((await readPropheseeHeader(source)).bytes).toBe(bytes)
    expect(source.size - bytes).toBe(data)
  })
})

describe('EVT 3.0', () => {
  const paths = ['prophesee/expelliarmus_evt3_sample.raw', 'prophesee/expelliarmus_evt3_sample.npy'] as const
  const { absent, because } = missing(...paths)
  it.skipIf(absent)(
    `agrees with another decoder in all but the steps that its time has too many${because}`,
    async () => {
      const { events } = await readReal(paths[0])
      const npy = realBytes(paths[1])
      const view = new DataView(npy.buffer, npy.byteOffset, npy.length)
      const start = 10 + view.getUint16(8, true)
      expect(npy.length - start).toBe(16 * events.count)
      const halves = timeHalves(events.t)
      let wrong = 0
      const differences = new Set<number>()
      for (let i = 0; i < events.count; i++) {
        const at = start + 16 * i
        const same =
          view.getInt16(at + 8, true) === events.x[i] &&
          view.getInt16(at + 10, true) === events.y[i] &&
          view.getUint8(at + 12) === events.polarity[i]
        if (!same) wrong++
        differences.add(Number(view.getBigInt64(at, true)) - timeAt(halves, i))
      }
      expect(wrong).toBe(0)
      // it adds 4,096 µs at each of the eleven steps back of the low part; the two where the high part goes on as well
      // are wraps of the low part, so the true time spans three high parts and no more
      expect([...differences].every((difference) => difference % 4096 === 0)).toBe(true)
      expect(new Set([...events.t].map((t) => t >> 12n))).toEqual(new Set([2861n, 2862n, 2863n]))
    },
  )
})
