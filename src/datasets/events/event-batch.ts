/** A batch of recordings as the columns that the GPU bins. */
import { LimitError, ShapeError } from '../../errors.js'
import { type EventFramesSpec, eventsPerStrip, stripCapacity } from '../../ops/event-frames.js'
import { type FrameRule, frameBounds } from './frame-rules.js'
import { checkRecording, type EventRecording, eventCount } from './recording.js'
import { type VoxelGridOptions, voxelAnchors, voxelFractionBits } from './voxel-grid.js'

/** How recordings become frames: counted by a rule, or as voxel grids. */
export type EventBinning = { readonly rule: FrameRule } | { readonly voxelGrid: VoxelGridOptions }

export interface EventBatch {
  /** u32 `[E, 2]`: x | y << 16 | polarity << 31, µs from the sample's start */
  readonly events: Uint32Array
  /** u32 `[S, 4]`: sample, first event, count | fraction bits << 8, place of the first event in its sample; rest zero */
  readonly strips: Uint32Array
  /** u32 `[B, T + 1]` */
  readonly bounds: Uint32Array
  /** u32 `[B]`, bits behind the point of a voxel grid, 0 for counts */
  readonly fractions: Uint32Array
}

/** What a batch needs to know of its program. */
type BatchRoom = Pick<EventFramesSpec, 'batch' | 'frames' | 'capacity'>

/**
 * Packs recordings of one sensor for `traceEventFrames`.
 *
 * @param spec of the program: B recordings, T frames of each, and room for so many events
 * @throws LimitError when the recordings have more events
 * @throws ShapeError when a recording has another size or number of frames
 * @throws DatasetError when a recording is not what it says it is; as `frameBounds`
 */
export function packEventBatch(
  recordings: readonly EventRecording[],
  binning: EventBinning,
  spec: Pick<EventFramesSpec, 'batch' | 'frames' | 'height' | 'width' | 'capacity'>,
): EventBatch {
  const { frames, height, width } = spec
  const packed = new BatchPacker(recordings.map(eventCount), spec)
  recordings.forEach((recording, sample) => {
    checkRecording(recording, `recording ${sample}`)
    const bounds = boundsOf(recording, binning)
    if (recording.height !== height || recording.width !== width || bounds.length !== frames + 1) {
      throw new ShapeError(
        `recording ${sample}`,
        `must be ${width} x ${height} in ${frames} frames;` +
          ` got ${recording.width} x ${recording.height} in ${bounds.length - 1}.`,
      )
    }
    const bits = 'voxelGrid' in binning ? voxelFractionBits(eventCount(recording)) : 0
    packColumns(recording, packed.place(bounds.map(boundWord), bits))
  })
  return packed.batch
}

/**
 * One recording on its own, so that whoever makes samples packs them and a batch only joins them: its bounds
 * u32 `[T + 1]`, behind them its events u32 `[E, 2]` as in `EventBatch`.
 * @throws as `frameBounds`
 */
export function packSample(recording: EventRecording, rule: FrameRule): Uint32Array {
  const { bounds } = frameBounds(recording, rule)
  const packed = new Uint32Array(bounds.length + 2 * eventCount(recording))
  packed.set(bounds.map(boundWord))
  packColumns(recording, packed.subarray(bounds.length))
  return packed
}

/**
 * A batch of samples that `packSample` packed; fewer than the program's leave its last ones silent.
 * @throws LimitError when they have more events than there is room for
 */
export function joinSamples(samples: readonly Uint32Array[], room: BatchRoom): EventBatch {
  const { batch, frames } = room
  const silent = Array.from({ length: batch - samples.length }, () => new Uint32Array(frames + 1))
  const all = [...samples, ...silent]
  const head = frames + 1
  const joined = new BatchPacker(
    all.map(({ length }) => (length - head) / 2),
    room,
  )
  for (const sample of all) joined.place(sample.subarray(0, head), 0).set(sample.subarray(head))
  return joined.batch
}

/** Gives samples their places in a batch, one after the other. */
class BatchPacker {
  readonly batch: EventBatch
  private readonly counts: readonly number[]
  private sample = 0
  private event = 0
  private strip = 0

  /** @param counts events of each sample */
  constructor(counts: readonly number[], { batch, frames, capacity }: BatchRoom) {
    if (counts.length !== batch)
      throw new ShapeError('event batch', `must have ${batch} recordings; got ${counts.length}.`)
    const total = counts.reduce((sum, count) => sum + count, 0)
    if (total > capacity) {
      throw new LimitError(
        'event batch',
        `has room for ${capacity} events; the recordings have ${total}.`,
        'Raise the capacity or take fewer recordings a batch.',
      )
    }
    this.counts = counts
    this.batch = {
      events: new Uint32Array(2 * total),
      strips: new Uint32Array(4 * stripCapacity({ capacity, batch })),
      bounds: new Uint32Array(batch * (frames + 1)),
      fractions: new Uint32Array(batch),
    }
  }

  /** Enters the next sample. @returns where its events go, `[E, 2]` */
  place(bounds: ArrayLike<number>, bits: number): Uint32Array {
    const { sample, event, batch } = this
    const count = this.counts[sample] as number
    batch.bounds.set(bounds, sample * bounds.length)
    batch.fractions[sample] = bits
    for (let first = 0; first < count; first += eventsPerStrip) {
      const length = Math.min(eventsPerStrip, count - first)
      batch.strips.set([sample, event + first, length | (bits << 8), first], 4 * this.strip++)
    }
    this.sample++
    this.event += count
    return batch.events.subarray(2 * event, 2 * this.event)
  }
}

/** Times end below 2^32 - 1, so later bounds may stop there. */
const boundWord = (bound: number): number => Math.min(bound, 0xffffffff)

/** Whether bounds count events instead of microseconds. */
export const boundsByIndex = (binning: EventBinning): boolean => 'rule' in binning && binning.rule.by === 'count'

function boundsOf(recording: EventRecording, binning: EventBinning): Float64Array {
  if ('rule' in binning) return frameBounds(recording, binning.rule).bounds
  return voxelAnchors(recording, binning.voxelGrid.bins, binning.voxelGrid.span ?? 'events')
}

function packColumns({ x, y, t, polarity }: EventRecording, into: Uint32Array): void {
  for (let i = 0; i < t.length; i++) {
    into[2 * i] = (x[i] as number) | ((y[i] as number) << 16) | ((polarity[i] as number) << 31)
    into[2 * i + 1] = t[i] as number
  }
}
