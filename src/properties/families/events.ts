/** Events binned on the GPU: sums of whole numbers, so the bytes are the host's. */
import * as fc from 'fast-check'
import { type EventBinning, packEventBatch } from '../../datasets/events/event-batch.js'
import type { FrameRule } from '../../datasets/events/frame-rules.js'
import { countFrames } from '../../datasets/events/frames.js'
import { eventFramesSpec, GpuEventFrames } from '../../datasets/events/gpu-frames.js'
import type { EventRecording } from '../../datasets/events/recording.js'
import { voxelGrid, voxelValues } from '../../datasets/events/voxel-grid.js'
import { NumericError } from '../../errors.js'
import { traceEventFrames } from '../../ops/event-frames.js'
import type { Gpu } from '../../runtime/gpu.js'
import { expectClose } from '../../testing/tolerance.js'
import { capacityOf, type RecordingBatch, recordingBatch, recordingFrom } from '../event-recordings.js'
import { runOp } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'
import { traceStore } from '../slabbed-io.js'

interface BinningCase {
  readonly batch: RecordingBatch
  readonly binning: EventBinning
  readonly minimumSlabs: number
}

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

async function expectSums(gpu: Gpu, { batch, binning, minimumSlabs }: BinningCase): Promise<void> {
  const { recordings, frames: steps } = batch
  const [{ width, height, duration } = recordingFrom([], 1, 1, 1)] = recordings
  const options = { batch: recordings.length, width, height, duration, capacity: capacityOf(recordings), minimumSlabs }
  const frames = await GpuEventFrames.compile(gpu, binning, options)
  try {
    const expected = interleave(
      recordings.map((recording) => hostSums(recording, binning)),
      steps,
    )
    // a second run begins from nothing
    for (const _ of [1, 2]) expectClose(await frames.bin(recordings), expected)
  } finally {
    frames.release()
  }
}

interface ValuesCase {
  readonly batch: RecordingBatch
  readonly voxel: boolean
  readonly channels: 1 | 2
  /** Pixels that a square has more than the sensor's longer side. */
  readonly margin: number
  readonly most: number
}

/** What a network sees: voxel grids with their fractions, or counts in the middle of a square that stop somewhere. */
async function expectValues(gpu: Gpu, { batch, voxel, channels, margin, most }: ValuesCase): Promise<void> {
  const { recordings, frames: steps } = batch
  const [{ width, height, duration } = recordingFrom([], 1, 1, 1)] = recordings
  const grid = { bins: steps, channels }
  const rule = { by: 'duration', frames: steps } as const
  const binning: EventBinning = voxel ? { voxelGrid: grid } : { rule }
  const options = { batch: recordings.length, width, height, duration, capacity: capacityOf(recordings) }
  const padTo = Math.max(width, height) + margin
  const spec = { ...eventFramesSpec(binning, options), ...(voxel ? {} : { padTo, most }) }
  const result = await runOp(gpu, {
    build: (graph) => traceStore(graph, traceEventFrames(graph, spec).frames, 'frames'),
    write: { ...packEventBatch(recordings, binning, spec) },
    read: ['frames'],
  })
  const samples = recordings.map((recording) =>
    voxel ? voxelValues(voxelGrid(recording, grid)) : centred(countFrames(recording, rule), recording, padTo, most),
  )
  const found = result.floats('frames')
  if (found.length === 0) throw new NumericError('frames', 'must hold numbers; there are none.')
  expectClose(found, interleave(samples, steps))
}

/** `[T, H, W, 2]` in the middle of a square, cut off at `most`. */
function centred(counts: Uint32Array, { width, height }: EventRecording, side: number, most: number): number[] {
  const [top, left] = [Math.floor((side - height) / 2), Math.floor((side - width) / 2)]
  const steps = counts.length / (width * height * 2)
  return Array.from({ length: steps * side * side * 2 }, (_, i) => {
    const [channel, pixel] = [i % 2, Math.floor(i / 2)]
    const [column, row] = [(pixel % side) - left, (Math.floor(pixel / side) % side) - top]
    const step = Math.floor(pixel / (side * side))
    if (column < 0 || column >= width || row < 0 || row >= height) return 0
    return Math.min(most, counts[((step * height + row) * width + column) * 2 + channel] ?? Number.NaN)
  })
}

type BinningOf = (frames: number) => fc.Arbitrary<EventBinning>

const binningCase = (empty: boolean, binningOf: BinningOf): fc.Arbitrary<BinningCase> =>
  recordingBatch(empty).chain((batch) =>
    fc.record({
      batch: fc.constant(batch),
      binning: binningOf(batch.frames),
      minimumSlabs: fc.integer({ min: 1, max: 3 }),
    }),
  )

const byTime: BinningOf = (frames) =>
  fc.oneof(
    fc.constant({ rule: { by: 'duration' as const, frames } }),
    fc
      .constantFrom(1, 400, 100_000, 0xffffffff)
      .map((length): EventBinning => ({ rule: { by: 'window', length, frames } })),
  )

const byCount: BinningOf = (frames) =>
  fc.constantFrom('count' as const, 'time' as const).map((by): EventBinning => ({ rule: { by, frames } as FrameRule }))

const byVoxel: BinningOf = (bins) =>
  fc
    .record({
      channels: fc.constantFrom(1 as const, 2 as const),
      span: fc.constantFrom('events' as const, 'duration' as const),
    })
    .map((options): EventBinning => ({ voxelGrid: { bins, ...options } }))

const binningProperty = (name: string, cases: fc.Arbitrary<BinningCase>, runs: number): GpuProperty =>
  gpuProperty<BinningCase>({ name, kernels: ['events/bin', 'elementwise/fill'], cases, runs, holds: expectSums })

export const eventProperties: readonly GpuProperty[] = [
  binningProperty('events by duration and windows: frames are the bytes of the host', binningCase(true, byTime), 24),
  binningProperty('events by count and time: frames are the bytes of the host', binningCase(false, byCount), 12),
  binningProperty('events in a voxel grid: sums are the bytes of the host', binningCase(true, byVoxel), 20),
  gpuProperty<ValuesCase>({
    name: 'events as a network takes them: voxels, and counts centred in a square',
    kernels: ['events/values'],
    cases: fc.record({
      batch: recordingBatch(true),
      voxel: fc.boolean(),
      channels: fc.constantFrom(1 as const, 2 as const),
      margin: fc.constantFrom(0, 1, 3),
      most: fc.constantFrom(1, 2, 255),
    }),
    runs: 12,
    holds: expectValues,
  }),
]
