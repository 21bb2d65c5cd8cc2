/** Damaged copies of real recordings: a typed error or events, never anything else, and no more memory than agreed. */
import { afterAll, describe, expect, it } from 'vitest'
import { bytesSource } from '../../../src/datasets/events/byte-source.js'
import { type Events, joinEvents, sliceEvents } from '../../../src/datasets/events/events.js'
import { type OpenEventsOptions, openEvents } from '../../../src/datasets/events/formats/index.js'
import { eventsAtOnce } from '../../../src/datasets/events/formats/stream-reader.js'
import { NeuromotifError } from '../../../src/errors.js'
import { damaged } from './damage.js'
import { missing, readBytes, realBytes } from './recordings.js'

const copies = 360

interface Victim {
  readonly path: string
  /** Bytes of the file to take, from the start. */
  readonly length: number
  readonly options?: OpenEventsOptions
  /** Most events that one byte can stand for. */
  readonly eventsPerByte: number
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
  { path: 'aedat2-davis/IMU_translBoxes.aedat', length: 180_000, eventsPerByte: 1 / 8 },
  { path: 'aedat-headers/sample_aedat_header.aedat', length: 599, eventsPerByte: 1 / 8 },
  { path: 'aedat3-synthetic/aedat2_led.aedat', length: 359, eventsPerByte: 1 / 8 },
  { path: 'aedat4/tonic_sample.aedat4', length: 40_000, eventsPerByte: 16 },
  { path: 'aedat4/dv_python_sample_data.aedat4', length: 27_127, eventsPerByte: 16 },
  { path: 'aedat4/dv_empty_stereo.aedat4', length: 1529, eventsPerByte: 16 },
  { path: 'audio-aer/tono_puro_10.000000.aedat', length: 4000, eventsPerByte: 1 / 6 },
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

describe('damaged recordings', () => {
  for (const { path, length, options, eventsPerByte } of victims) {
    const { absent, because } = missing(path)
    it.skipIf(absent)(`${path}${because}`, async () => {
      const bytes = realBytes(path).slice(0, length)
      const { events: whole, format } = await readBytes(path, bytes, options)
      for (let index = 0; index < copies; index++) {
        const copy = damaged(bytes, index)
        const name = index % 2 === 0 ? path : 'no-ending'
        const given = { ...options, chunkBytes: [5, 100, 3000, 1_000_000][index % 4] ?? 1, format }
        const { events, error, largestChunk } = await outcomeOf(name, copy.bytes, given)
        tried++
        if (error !== null) refused++
        if (error !== null && !(error instanceof NeuromotifError)) throw error
        expect(events.count).toBeLessThanOrEqual(copy.bytes.length * eventsPerByte)
        expect(largestChunk).toBeLessThanOrEqual(eventsAtOnce)
        if (copy.damage === 'cut') expect(events).toEqual(sliceEvents(whole, 0, events.count))
      }
    })
  }

  afterAll(() => {
    console.log(`${tried} damaged recordings read; ${refused} refused with a typed error, the others read`)
  })
})
