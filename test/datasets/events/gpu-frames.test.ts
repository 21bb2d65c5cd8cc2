import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EventBinning, packEventBatch } from '../../../src/datasets/events/event-batch.js'
import type { FrameRule } from '../../../src/datasets/events/frame-rules.js'
import { countFrames } from '../../../src/datasets/events/frames.js'
import { eventFramesSpec, GpuEventFrames } from '../../../src/datasets/events/gpu-frames.js'
import { type EventRecording, eventCount } from '../../../src/datasets/events/recording.js'
import { voxelGrid, voxelValues } from '../../../src/datasets/events/voxel-grid.js'
import { DatasetError, LimitError, OptionError, ShapeError } from '../../../src/errors.js'
import { Graph } from '../../../src/graph/graph.js'
import { traceEventFrames } from '../../../src/ops/event-frames.js'
import { runOp } from '../../../src/properties/op-run.js'
import { traceStore } from '../../../src/properties/slabbed-io.js'
import { testGpu } from '../../support/gpu.js'
import { recordingFrom } from './drawn-recordings.js'

/** `[T, B, H, W, C]` from each recording's `[T, H, W, C]`. */
function interleave(samples: readonly ArrayLike<number>[], steps: number): number[] {
  const plane = (samples[0]?.length ?? 0) / steps
  return Array.from({ length: steps }, (_, t) =>
    samples.flatMap((sample) => Array.from({ length: plane }, (_, i) => sample[t * plane + i] ?? Number.NaN)),
  ).flat()
}

/** Sums of one recording as the host makes them, in the bits of u32. */
function hostSums(recording: EventRecording, binning: EventBinning): Uint32Array {
  if ('rule' in binning) return countFrames(recording, binning.rule)
  const { values } = voxelGrid(recording, binning.voxelGrid)
  return new Uint32Array(values.buffer, values.byteOffset, values.length)
}

interface Drawn {
  readonly recordings: readonly EventRecording[]
  readonly frames: number
}

/** Batches on one sensor; numbers of events around strips of 32 and none, durations up to the longest. */
const drawn = (empty: boolean): fc.Arbitrary<Drawn> =>
  fc
    .record({
      batch: fc.integer({ min: 1, max: 4 }),
      width: fc.integer({ min: 1, max: 7 }),
      height: fc.integer({ min: 1, max: 6 }),
      frames: fc.integer({ min: 1, max: 7 }),
      duration: fc.constantFrom(1, 3, 1000, 300_000, 0xffffffff),
    })
    .chain(({ batch, width, height, frames, duration }) => {
      const event = fc.tuple(
        fc.nat(width - 1),
        fc.nat(height - 1),
        fc.oneof(fc.nat(duration - 1), fc.constantFrom(0, duration - 1)),
        fc.nat(1),
      )
      const size = fc.constantFrom(...(empty ? [0, 1, 31, 32, 33, 70] : [1, 31, 32, 33, 70]))
      const recording = size
        .chain((count) => fc.array(event, { minLength: count, maxLength: count }))
        .map((events) =>
          recordingFrom(
            [...events].sort((a, b) => a[2] - b[2]),
            width,
            height,
            duration,
          ),
        )
      return fc.array(recording, { minLength: batch, maxLength: batch }).map((recordings) => ({ recordings, frames }))
    })

const capacityOf = (recordings: readonly EventRecording[]) =>
  recordings.reduce((sum, recording) => sum + eventCount(recording), 0)

async function gpuSums({ recordings }: Drawn, binning: EventBinning, minimumSlabs: number): Promise<Uint32Array> {
  const [{ width, height, duration } = recordingFrom([], 1, 1, 1)] = recordings
  const options = { batch: recordings.length, width, height, duration, capacity: capacityOf(recordings), minimumSlabs }
  const frames = await GpuEventFrames.compile(await testGpu(), binning, options)
  try {
    const sums = await frames.bin(recordings)
    // a second run begins from nothing
    expect(await frames.bin(recordings)).toEqual(sums)
    return sums
  } finally {
    frames.release()
  }
}

const slabs = fc.integer({ min: 1, max: 3 })
const check = (empty: boolean, binningOf: (frames: number) => fc.Arbitrary<EventBinning>, numRuns = 12) =>
  fc.assert(
    fc.asyncProperty(
      drawn(empty).chain((batch) => binningOf(batch.frames).map((binning) => ({ batch, binning }))),
      slabs,
      async ({ batch, binning }, minimumSlabs) => {
        const expected = interleave(
          batch.recordings.map((recording) => hostSums(recording, binning)),
          batch.frames,
        )
        expect([...(await gpuSums(batch, binning, minimumSlabs))]).toEqual(expected)
      },
    ),
    { numRuns, seed: 41 },
  )

describe('frames binned on the GPU', () => {
  it('by duration are the bytes of the host, empty samples among them, for any number of slabs', async () => {
    await check(true, (frames) => fc.constant({ rule: { by: 'duration', frames } }))
  })

  it('by windows drop what lies beyond them as the host does', async () => {
    await check(true, (frames) =>
      fc
        .constantFrom(1, 400, 100_000, 0xffffffff)
        .map((length): EventBinning => ({ rule: { by: 'window', length, frames } })),
    )
  })

  it('by count and by time are the bytes of the host', async () => {
    await check(false, (frames) =>
      fc
        .constantFrom('count' as const, 'time' as const)
        .map((by): EventBinning => ({ rule: { by, frames } as FrameRule })),
    )
  })

  it('of a voxel grid are the bytes of the host, signed or apart', async () => {
    await check(
      true,
      (bins) =>
        fc
          .record({
            channels: fc.constantFrom(1 as const, 2 as const),
            span: fc.constantFrom('events' as const, 'duration' as const),
          })
          .map((options): EventBinning => ({ voxelGrid: { bins, ...options } })),
      20,
    )
  })
})

describe('frames as a network takes them', () => {
  it('stand in the middle of a square and stop at 255, like those of a data set', async () => {
    const many = recordingFrom(
      Array.from({ length: 300 }, (_, i) => [2, 0, i, 1] as const),
      3,
      2,
      600,
    )
    const binning: EventBinning = { rule: { by: 'duration', frames: 2 } }
    const spec = { ...eventFramesSpec(binning, { batch: 1, width: 3, height: 2, capacity: 300 }), padTo: 6 }
    const result = await runOp(await testGpu(), {
      build: (graph) => traceStore(graph, traceEventFrames(graph, spec).frames, 'frames'),
      write: { ...packEventBatch([many], binning, spec) },
      read: ['frames'],
    })
    const frames = result.floats('frames')
    // rows 2 and 3, columns 1 to 3 of 6: floor((6 - 2) / 2), floor((6 - 3) / 2)
    const at = ((0 * 6 + 2) * 6 + 1 + 2) * 2 + 1
    expect([...frames.keys()].filter((i) => frames[i] !== 0)).toEqual([at])
    expect(frames[at]).toBe(255)
  })

  it('of a voxel grid are its values', async () => {
    await fc.assert(
      fc.asyncProperty(
        drawn(true),
        fc.constantFrom(1 as const, 2 as const),
        async ({ recordings, frames: bins }, channels) => {
          const binning: EventBinning = { voxelGrid: { bins, channels } }
          const [{ width, height } = recordingFrom([], 1, 1, 1)] = recordings
          const spec = eventFramesSpec(binning, {
            batch: recordings.length,
            width,
            height,
            capacity: capacityOf(recordings),
          })
          const result = await runOp(await testGpu(), {
            build: (graph) => traceStore(graph, traceEventFrames(graph, spec).frames, 'frames'),
            write: { ...packEventBatch(recordings, binning, spec) },
            read: ['frames'],
          })
          const expected = recordings.map((recording) => voxelValues(voxelGrid(recording, binning.voxelGrid)))
          expect([...result.floats('frames')].map((v) => v + 0)).toEqual(interleave(expected, bins).map((v) => v + 0))
        },
      ),
      { numRuns: 8, seed: 43 },
    )
  })

  it('are refused when something does not fit', async () => {
    const recording = recordingFrom([[0, 0, 1, 1]], 3, 2, 10)
    const binning: EventBinning = { rule: { by: 'duration', frames: 2 } }
    const spec = eventFramesSpec(binning, { batch: 1, width: 3, height: 2, capacity: 1 })
    expect(() => packEventBatch([recording, recording], binning, spec)).toThrow(ShapeError)
    expect(() => packEventBatch([recording], binning, { ...spec, capacity: 0 })).toThrow(LimitError)
    expect(() => packEventBatch([{ ...recording, width: 4 }], binning, spec)).toThrow(ShapeError)
    expect(() => packEventBatch([{ ...recording, duration: 1 }], binning, spec)).toThrow(DatasetError)
    expect(() => packEventBatch([recording], binning, { ...spec, frames: 3 })).toThrow(ShapeError)
    for (const wrong of [{ batch: 0 }, { capacity: -1 }, { frames: 0.5 }])
      expect(() => traceEventFrames(new Graph(), { ...spec, ...wrong })).toThrow(OptionError)
    expect(() => traceEventFrames(new Graph(), { ...spec, padTo: 2 })).toThrow(ShapeError)
  })
})
