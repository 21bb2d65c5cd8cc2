/** Every fact that is known of the real recordings in the test data, read from them. */
import { describe, expect, it } from 'vitest'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { timeAt, timeHalves } from '../../../src/datasets/events/events.js'
import { readAedatHeader } from '../../../src/datasets/events/formats/aedat-header.js'
import { type OpenEventsOptions, openEvents } from '../../../src/datasets/events/formats/index.js'
import { readPropheseeHeader } from '../../../src/datasets/events/formats/prophesee-header.js'
import { readSpikeTargets } from '../../../src/datasets/events/formats/spike-targets.js'
import { largest, missing, readReal, realBytes, rowAt, rowsOf, smallest, total } from './recordings.js'

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

const ticks = { format: 'audio-aer', size: [64, 2] } as const
const stereo = { columns: [0, 63], rows: [0, 1] } as const
const dvs128 = { format: 'aedat2', size: [128, 128], columns: [0, 127] } as const
describeFiles('DVS128 objects', {
  'dvs128-objects/test/Caixa.aedat': { ...dvs128, events: 201523, first: -1143324973 },
  'dvs128-objects/test/Caneca.aedat': { ...dvs128, events: 351217, first: -1043845709 },
  'dvs128-objects/test/Celular.aedat': { ...dvs128, events: 307531, first: -276988829 },
  'dvs128-objects/test/Estilete.aedat': { ...dvs128, events: 314257, first: -355941350 },
  'dvs128-objects/test/Lapiseira.aedat': { ...dvs128, events: 126164, first: -495322561 },
  'dvs128-objects/test/Mouse.aedat': { ...dvs128, events: 293096, first: -1293810339 },
  'dvs128-objects/test/Tesoura.aedat': { ...dvs128, events: 143655, first: -1404695045 },
  'dvs128-objects/train/Caixa.aedat': { ...dvs128, events: 374039, first: 525879511 },
  'dvs128-objects/train/Caneca.aedat': { ...dvs128, events: 518133, first: 835302848 },
  'dvs128-objects/train/Cubo.aedat': { ...dvs128, events: 494435, first: 1353410779 },
  'dvs128-objects/train/Estilete.aedat': { ...dvs128, events: 413436, first: 1177010601 },
  'dvs128-objects/train/Lapiseira.aedat': { ...dvs128, events: 249545, first: 597323253 },
  'dvs128-objects/train/Tesoura.aedat': { ...dvs128, events: 263941, first: 446340208 },
})

describeFiles('MNIST-DVS', {
  'mnist-dvs/mnist_0_scale04_0001.aedat': { format: 'aedat2', size: [128, 128], events: 15744, first: 0 },
  'mnist-dvs/mnist_0_scale04_0001_qt1.aedat': { format: 'aedat2', size: [128, 128], events: 1782, first: 0 },
  'mnist-dvs/mnist_0_scale08_0001_qt1.aedat': { format: 'aedat2', size: [128, 128], events: 5078, first: 0 },
  'mnist-dvs/mnist_0_scale16_0001_qt1.aedat': { format: 'aedat2', size: [128, 128], events: 11209, first: 0 },
})

describeFiles('AEDAT 2.0 of a DAVIS', {
  // its header of 175 KB holds a document of XML, every line of which begins with #
  'aedat2-davis/IMU_translBoxes.aedat': {
    format: 'aedat2',
    size: [240, 180],
    events: 162771,
    first: 294976755,
    columns: [0, 239],
    warnings: { skipped: 33837 },
  },
  // without a line that names the sensor: the addresses tell
  'aedat2-davis/TranslatingSquare.aedat': {
    format: 'aedat2',
    size: [null, null],
    events: 16000,
    first: 50000,
    columns: [30, 169],
  },
  // a header and nothing else
  'aedat-headers/sample_aedat_header.aedat': { format: 'aedat2', size: [346, 260], events: 0 },
})

describe('AEDAT headers', () => {
  const known = [
    ['dvs128-objects/test/Caixa.aedat', 3412, 8 * 201523],
    ['dvs128-objects/train/Tesoura.aedat', 3412, 8 * 263941],
    ['mnist-dvs/mnist_0_scale04_0001.aedat', 216, 8 * 15744],
    ['aedat2-davis/IMU_translBoxes.aedat', 175268, 8 * 196608],
    ['aedat2-davis/TranslatingSquare.aedat', 185, 8 * 16000],
    ['aedat-headers/sample_aedat_header.aedat', 599, 0],
    ['aedat3-synthetic/aedat1_for_testing.aedat', 103, 3 * 28 + 8 * 12],
    ['aedat3-synthetic/aedat2_led.aedat', 103, 4 * 28 + 8 * 18],
    ['aedat3-synthetic/aedat3_fluorescent.aedat', 103, 2 * 28 + 8 * 5],
  ] as const
  const { absent, because } = missing(...known.map(([path]) => path))
  it.skipIf(absent).each(known)(`of %s has %i bytes and %i follow${because}`, async (path, bytes, data) => {
    const source = bytesSource(path, realBytes(path))
    expect((await readAedatHeader(source, ['2.0', '3.1'])).bytes).toBe(bytes)
    expect(source.size - bytes).toBe(data)
  })
})

describe('AEDAT 3.1', () => {
  const known = [
    ['aedat3-synthetic/aedat1_for_testing.aedat', 12, { t: 10, x: 0, y: 0, p: 1 }],
    ['aedat3-synthetic/aedat2_led.aedat', 18, { t: 10, x: 0, y: 0, p: 1 }],
    ['aedat3-synthetic/aedat3_fluorescent.aedat', 5, { t: 15, x: 127, y: 126, p: 1 }],
  ] as const
  const { absent, because } = missing(...known.map(([path]) => path))
  it.skipIf(absent).each(known)(
    `%s: the packets say that events are valid, the events do not${because}`,
    async (path, count, first) => {
      const { format, events } = await readReal(path)
      expect([format, events.count]).toEqual(['aedat3', count])
      expect(rowAt(events, 0)).toEqual(first)
      expect((await readReal(path, { valid: 'all' })).events).toEqual(events)
      // a strict reader finds none
      const strict = await readReal(path, { valid: 'bit' })
      expect([strict.events.count, strict.counts.skipped]).toEqual([0, count])
    },
  )
})

const evts = { format: 'aedat4' } as const
describeFiles('AEDAT 4.0', {
  'aedat4/tonic_sample.aedat4': {
    ...evts,
    size: [320, 240],
    events: 111954,
    first: 1605537493718345,
    warnings: { skipped: 59 },
  },
  'aedat4/dv_test-minimal.aedat4': {
    ...evts,
    size: [640, 480],
    events: 255283,
    first: 1631717221674515,
    warnings: { skipped: 270 },
  },
  'aedat4/dv_python_sample_data.aedat4': { ...evts, events: 9408, first: 1 },
  'aedat4/dv_empty_stereo.aedat4': { ...evts, size: [100, 100], events: 0, warnings: { other: 1 } },
})

describe('AEDAT 4.0', () => {
  const known = [
    ['aedat4/tonic_sample.aedat4', 'lz4', 59, /^0:EVTS, 2:IMUS/],
    ['aedat4/dv_test-minimal.aedat4', 'lz4 high', 270, /0:EVTS.*2:IMUS/],
    ['aedat4/dv_python_sample_data.aedat4', 'lz4', 1, /0:EVTS/],
    ['aedat4/dv_empty_stereo.aedat4', 'lz4', 0, /^0:EVTS, 1:EVTS$/],
  ] as const
  const { absent, because } = missing(...known.map(([path]) => path))
  it.skipIf(absent).each(known)(
    `%s has its compression, packets and streams${because}`,
    async (path, compression, packets, streams) => {
      const reader = await openEvents(bytesSource(path, realBytes(path)))
      expect(reader.metadata.compression).toBe(compression)
      expect(reader.metadata.streams).toMatch(streams)
      let count = 0
      for await (const chunk of reader.chunks()) count += Math.min(1, chunk.count)
      expect(count).toBe(packets)
    },
  )

  it.skipIf(absent)(`whose times are all the same has them${because}`, async () => {
    const { events } = await readReal('aedat4/dv_python_sample_data.aedat4')
    expect(new Set(events.t)).toEqual(new Set([1n]))
  })
})

describeFiles('spiking audio in ticks', {
  'audio-aer/sound_mono_32ch_ONOFF_addr2b_ts02.aedat': {
    ...ticks,
    events: 49864,
    first: 573010,
    columns: [0, 31],
    rows: [0, 0],
  },
  'audio-aer/tono_puro_10.000000.aedat': { ...ticks, ...stereo, events: 81886, first: 76 },
  'audio-aer/tono_puro_19054.607180.aedat': { ...ticks, ...stereo, events: 124894, first: 44 },
  'audio-aer/tono_puro_2884.031503.aedat': { ...ticks, ...stereo, events: 155614, first: 23 },
  'audio-aer/tono_puro_436.515832.aedat': { ...ticks, ...stereo, events: 147421, first: 15 },
  'audio-aer/tono_puro_66.069345.aedat': { ...ticks, ...stereo, events: 139230, first: 110 },
})

/** How well times keep to one phase of a frequency: 1 wholly, π/4 as half a wave does, about 0 not at all. */
function vectorStrength(times: readonly number[], hertz: number): number {
  let [cosine, sine] = [0, 0]
  for (const time of times) {
    cosine += Math.cos(2 * Math.PI * hertz * time * 1e-6)
    sine += Math.sin(2 * Math.PI * hertz * time * 1e-6)
  }
  return Math.hypot(cosine, sine) / times.length
}

describe('spiking audio', () => {
  const tones = [66.069345, 436.515832, 2884.031503]
  const paths = tones.map((hertz) => `audio-aer/tono_puro_${hertz}.aedat`)
  const mono = 'audio-aer/sound_mono_32ch_ONOFF_addr2b_ts02.aedat'
  const { absent, because } = missing(mono, ...paths)
  // What tells the length of a tick is the tone itself. At 1 µs the best channel keeps its phase as half a wave does, for
  // every tone; at 0.2 µs no channel keeps any.
  it.skipIf(absent).each(tones)(
    `of a tone of %d Hz has ticks of 1 µs and lasts half a second${because}`,
    async (hertz) => {
      const strengths = async (tick: number) => {
        const { events } = await readReal(`audio-aer/tono_puro_${hertz}.aedat`, { tick })
        expect(Number(events.t.at(-1)) / 1e6).toBeCloseTo(0.5 * tick, 2)
        const byAddress = new Map<number, number[]>()
        for (const { x, y, t, p } of rowsOf(events)) {
          const address = (y * 64 + x) * 2 + p
          const times = byAddress.get(address)
          if (times) times.push(t)
          else byAddress.set(address, [t])
        }
        const busy = [...byAddress.values()].filter((times) => times.length > 500)
        return Math.max(...busy.map((times) => vectorStrength(times, hertz)))
      }
      expect(await strengths(1)).toBeCloseTo(Math.PI / 4, 1)
      expect(await strengths(0.2)).toBeLessThan(0.2)
    },
  )

  it.skipIf(absent)(`has the addresses that are known${because}`, async () => {
    for (const [path, known] of [[mono, 63], ...paths.map((path) => [path, 255])] as [string, number][]) {
      const { events } = await readReal(path)
      expect(
        Math.max(
          ...rowsOf(events)
            .slice(0, 50_000)
            .map(({ x, y, p }) => (y * 64 + x) * 2 + p),
        ),
      ).toBe(known)
    }
  })

  it.skipIf(absent)(`is rounded to whole µs at ticks of 0.2 µs${because}`, async () => {
    const inTicks = await readReal(mono, { tick: 1 })
    const { events, metadata } = await readReal(mono, { tick: 0.2 })
    expect(metadata.tick).toBe('0.2 µs')
    expect(rowsOf(events)).toEqual(rowsOf(inTicks.events).map((row) => ({ ...row, t: Math.round(row.t / 5) })))
    // 6.3 million ticks
    expect(Number(events.t.at(-1)) / 1e6).toBeCloseTo(1.26, 2)
  })
})

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
