/** Samples that are packed by whoever makes them and counted on the GPU, against those that the host counts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinSamples } from '../../../src/datasets/events/event-batch.js'
import type { EventRecording } from '../../../src/datasets/events/recording.js'
import { encodeRecording } from '../../../src/datasets/samples/event-record.js'
import { type FrameSettings, SampleMaker } from '../../../src/datasets/samples/recipe.js'
import { LimitError, ShapeError } from '../../../src/errors.js'
import { type EventFramesSpec, traceEventFrames } from '../../../src/ops/event-frames.js'
import { runOp } from '../../../src/properties/op-run.js'
import { traceStore } from '../../../src/properties/slabbed-io.js'
import { deriveSeed } from '../../../src/runtime/philox.js'
import { testGpu } from '../../support/gpu.js'
import { recordingFrom } from '../events/drawn-recordings.js'

const sensor = { width: 6, height: 5 }
const duration = 2000

/** Up to 900 events, many of them of one pixel, so that counts of a polarity or of both pass 255. */
const recording: fc.Arbitrary<EventRecording> = fc
  .record({ count: fc.constantFrom(0, 1, 33, 900), crowd: fc.boolean(), salt: fc.nat(1000) })
  .map(({ count, crowd, salt }) => {
    const events = Array.from({ length: count }, (_, i) => {
      const place = crowd && i % 9 > 0 ? 7 : (i * 17 + salt) % 30
      return [place % 6, Math.floor(place / 6), Math.floor((i * duration) / count), (i + salt) % 3 > 0 ? 1 : 0] as const
    })
    return recordingFrom(events, sensor.width, sensor.height, duration)
  })

const settings: fc.Arbitrary<FrameSettings> = fc.record({
  frames: fc.integer({ min: 1, max: 4 }),
  by: fc.constantFrom('duration' as const, 'time' as const, 'count' as const),
  size: fc.constantFrom(sensor, { width: 3, height: 3 }, { width: 1, height: 1 }),
  channels: fc.constantFrom(1 as const, 2 as const),
})

describe('samples counted on the GPU', () => {
  it('are those that the host counts, for any rule, size and channels, changed at random or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(recording, { minLength: 1, maxLength: 3 }),
        settings,
        fc.boolean(),
        fc.boolean(),
        async (recordings, frames, changed, drawn) => {
          const transforms = changed
            ? [{ name: 'drop', least: 0.2, most: 0.6 }, { name: 'jitter' }, { name: 'flip' }]
            : []
          const maker = new SampleMaker({ record: { kind: 'events', sensor, frames }, transforms })
          const draw = drawn ? { seed: deriveSeed(4), epoch: 2 } : null
          const records = recordings.map(encodeRecording)
          const made = records.map((bytes, i) => maker.make(bytes, duration, i, draw))
          const packed = records.map((bytes, i) => new Uint32Array(maker.pack(bytes, duration, i, draw).buffer))
          const { width, height } = frames.size
          // one sample fewer than the batch has room for: the last is silent
          const spec: EventFramesSpec = {
            batch: recordings.length + 1,
            frames: frames.frames,
            width,
            height,
            channels: frames.channels,
            capacity: recordings.reduce((sum, { t }) => sum + t.length, 0),
            kind: 'count',
            byIndex: frames.by === 'count',
          }
          const result = await runOp(await testGpu(), {
            build: (graph) => traceStore(graph, traceEventFrames(graph, spec).frames, 'frames'),
            write: { ...joinSamples(packed, spec) },
            read: ['frames'],
          })
          const plane = width * height * frames.channels
          const expected = Array.from({ length: frames.frames }, (_, t) => [
            ...made.flatMap((values) => [...values.subarray(t * plane, (t + 1) * plane)]),
            ...new Array<number>(plane).fill(0),
          ]).flat()
          expect([...result.floats('frames')]).toEqual(expected)
        },
      ),
      { numRuns: 30, seed: 7 },
    )
  })

  it('are refused when a batch has no room for them', () => {
    const frames = { frames: 2, by: 'duration', size: sensor, channels: 2 } as const
    const maker = new SampleMaker({ record: { kind: 'events', sensor, frames }, transforms: [] })
    const bytes = encodeRecording(recordingFrom([[1, 1, 5, 1]], 6, 5, duration))
    const sample = new Uint32Array(maker.pack(bytes, duration, 0, null).buffer)
    expect(() => joinSamples([sample, sample], { batch: 2, frames: 2, capacity: 1 })).toThrow(LimitError)
    expect(() => joinSamples([sample, sample], { batch: 1, frames: 2, capacity: 9 })).toThrow(ShapeError)
    expect(joinSamples([sample], { batch: 2, frames: 2, capacity: 1 }).events).toHaveLength(2)
  })
})
