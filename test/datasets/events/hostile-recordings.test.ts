/** Damaged copies of real recordings: a typed error or events, never anything else, and no more memory than agreed. */
import { afterAll, describe, expect, it } from 'vitest'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { type Events, joinEvents, sliceEvents } from '../../../src/datasets/events/events.js'
import { openEventStream } from '../../../src/datasets/events/formats/event-stream.js'
import { encodeEventStream } from '../../../src/datasets/events/formats/event-stream-writer.js'
import { type OpenEventsOptions, openEvents } from '../../../src/datasets/events/formats/index.js'
import { eventsAtOnce } from '../../../src/datasets/events/formats/stream-reader.js'
import { NeuromotifError } from '../../../src/errors.js'
import { damaged } from './damage.js'
import { Bytes, encodeEvt21, evtHeader } from './encoders.js'
import { encodeAedat1, encodeAedat4 } from './encoders-aedat.js'
import { packZstandard } from './pack.js'
import { missing, type Row, readBytes, realBytes, rowsOf } from './recordings.js'

const copies = 360

interface Victim {
  readonly path: string
  /** Bytes of the file to take, from the start. */
  readonly length: number
  readonly options?: OpenEventsOptions
  /** Most events that one byte can stand for. */
  readonly eventsPerByte: number
  /** Damaged copies to read; default `copies`. */
  readonly copies?: number
}

const victims: readonly Victim[] = [
  { path: 'nmnist/sample_nmnist.bin', length: 4000, eventsPerByte: 1 / 5 },
  { path: 'nmnist/NMNISTsmall/1.bs2', length: 4000, eventsPerByte: 1 / 5 },
  { path: 'slayer-formats/NTIDIGITS_1.bs1', length: 4000, eventsPerByte: 1 / 5 },
  { path: 'dvs128-gesture-samples/1.bs3', length: 4000, eventsPerByte: 1 / 7 },
  { path: 'prophesee/tonic_sample_ncars.dat', length: 4000, eventsPerByte: 1 / 8 },
  { path: 'prophesee/faery_evt2.raw', length: 4000, eventsPerByte: 1 / 4 },
  { path: 'prophesee/expelliarmus_evt3_sample.raw', length: 4000, eventsPerByte: 6 },
  { path: 'dvs128-objects/test/Lapiseira.aedat', length: 7000, eventsPerByte: 1 / 8 },
  { path: 'mnist-dvs/mnist_0_scale04_0001_qt1.aedat', length: 4000, eventsPerByte: 1 / 8 },
  { path: 'aedat2-davis/TranslatingSquare.aedat', length: 4000, eventsPerByte: 1 / 8 },
  { path: 'aedat2-davis/IMU_translBoxes.aedat', length: 180_000, eventsPerByte: 1 / 8, copies: 90 },
  { path: 'aedat-headers/sample_aedat_header.aedat', length: 599, eventsPerByte: 1 / 8 },
  { path: 'aedat3-synthetic/aedat2_led.aedat', length: 359, eventsPerByte: 1 / 8 },
  { path: 'aedat4/tonic_sample.aedat4', length: 40_000, eventsPerByte: 16 },
  { path: 'aedat4/dv_python_sample_data.aedat4', length: 27_127, eventsPerByte: 16 },
  { path: 'aedat4/dv_empty_stereo.aedat4', length: 1529, eventsPerByte: 16 },
  { path: 'audio-aer/tono_puro_10.000000.aedat', length: 4000, eventsPerByte: 1 / 6 },
  { path: 'nmnist/00002.es', length: 4000, eventsPerByte: 1 / 5 },
  { path: 'event-stream/cpphots_trcl0.es', length: 4000, eventsPerByte: 1 / 5 },
]

interface Outcome {
  readonly events: Events
  readonly error: unknown
  readonly largestChunk: number
}

/** What comes of reading: the events up to an error, and the error. */
async function outcomeOf(name: string, bytes: Uint8Array, options: OpenEventsOptions): Promise<Outcome> {
  const chunks: Events[] = []
  let error: unknown = null
  try {
    const reader = await openEvents(bytesSource(name, bytes), options)
    for await (const chunk of reader.chunks()) chunks.push(chunk)
    for (const { message, count } of reader.warnings) expect(message.length * count).toBeGreaterThan(0)
  } catch (caught) {
    error = caught
  }
  return { events: joinEvents(chunks), error, largestChunk: Math.max(0, ...chunks.map(({ count }) => count)) }
}

let tried = 0
let refused = 0

/** Reads a damaged copy and checks what comes of it. */
async function expectSound(victim: Victim, whole: Events, format: string, bytes: Uint8Array, index: number) {
  const copy = damaged(bytes, index)
  const name = index % 2 === 0 ? victim.path : 'no-ending'
  const given = { ...victim.options, chunkBytes: [13, 100, 3000, 1_000_000][index % 4] ?? 1, format }
  const { events, error, largestChunk } = await outcomeOf(name, copy.bytes, given)
  tried++
  if (error !== null) refused++
  if (error !== null && !(error instanceof NeuromotifError)) throw error
  expect(events.count).toBeLessThanOrEqual(copy.bytes.length * victim.eventsPerByte)
  expect(largestChunk).toBeLessThanOrEqual(eventsAtOnce)
  // of a table that was cut the last line may have a number that is too short
  const sure = format === 'csv' && copy.bytes.at(-1) !== 10 ? events.count - 1 : events.count
  if (copy.damage === 'cut') expect(sliceEvents(events, 0, sure)).toEqual(sliceEvents(whole, 0, sure))
}

/** Files that are made here of real events, for formats of which there are no real ones. */
const made: readonly (readonly [string, (rows: readonly Row[]) => Uint8Array, number])[] = [
  [
    'a.csv',
    (rows) => new Bytes().text(`t,x,y,p\n${rows.map(({ x, y, t, p }) => `${t},${x},${y},${p}\n`).join('')}`).bytes,
    1 / 8,
  ],
  ['a.raw', (rows) => encodeEvt21(rows, false, evtHeader('2.1')), 4],
  ['a.raw', (rows) => encodeEvt21(rows, true, evtHeader('2.1', '% endianness legacy\n')), 4],
  ['a.aedat', (rows) => encodeAedat1(rows), 1 / 6],
  ['a.aedat4', (rows) => encodeAedat4(rows, { compression: 3, pack: packZstandard }, 50), 40_000],
]

describe('damaged recordings', () => {
  for (const victim of victims) {
    const { path, length, options } = victim
    const { absent, because } = missing(path)
    it.skipIf(absent)(`${path}${because}`, async () => {
      const bytes = realBytes(path).slice(0, length)
      const { events: whole, format } = await readBytes(path, bytes, options)
      for (let index = 0; index < (victim.copies ?? copies); index++) {
        await expectSound(victim, whole, format, bytes, index)
      }
    })
  }

  const { absent, because } = missing('nmnist/sample_nmnist.bin')
  it.skipIf(absent).each(made)(`%s, made of real events${because}`, async (path, encode, eventsPerByte) => {
    const { events: some } = await readBytes('a.bin', realBytes('nmnist/sample_nmnist.bin').slice(0, 2000))
    const bytes = encode(rowsOf(some))
    const { events: whole, format } = await readBytes(path, bytes)
    expect(whole).toEqual(some)
    for (let index = 0; index < copies; index++) {
      await expectSound({ path, length: bytes.length, eventsPerByte }, whole, format, bytes, index)
    }
  })

  it.skipIf(missing('event-stream/faery_generic.es').absent)(
    'event-stream/faery_generic.es, and ATIS and colour',
    async () => {
      const { events } = await readBytes('a.bin', realBytes('nmnist/sample_nmnist.bin').slice(0, 2000))
      const sensor = { width: 34, height: 34 }
      const files = [
        realBytes('event-stream/faery_generic.es'),
        encodeEventStream({ type: 'atis', ...sensor }, [{ events, thresholdCrossings: events.polarity }]),
        encodeEventStream({ type: 'colour', ...sensor }, [{ events, colours: new Uint8Array(3 * events.count) }]),
      ]
      for (const [which, bytes] of files.entries()) {
        for (let index = 0; index < copies; index++) {
          tried++
          try {
            const stream = await openEventStream(bytesSource('a.es', damaged(bytes, index).bytes), { chunkBytes: 500 })
            for await (const { events: chunk, payloads, colours, thresholdCrossings } of stream.records()) {
              const carried = [payloads?.length, thresholdCrossings?.length, (colours?.length ?? 0) / 3]
              expect(carried[which]).toBe(chunk.count)
            }
          } catch (error) {
            if (!(error instanceof NeuromotifError)) throw error
            refused++
          }
        }
      }
    },
  )

  afterAll(() => {
    console.log(`${tried} damaged recordings read; ${refused} refused with a typed error, the others read`)
  })
})
