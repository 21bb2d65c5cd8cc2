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
  const { batch, frames, height, width, capacity } = spec
  if (recordings.length !== batch)
    throw new ShapeError('event batch', `must have ${batch} recordings; got ${recordings.length}.`)
  const total = recordings.reduce((sum, recording) => sum + eventCount(recording), 0)
  if (total > capacity) {
    throw new LimitError(
      'event batch',
      `has room for ${capacity} events; the recordings have ${total}.`,
      'Raise the capacity or take fewer recordings a batch.',
    )
  }
  const packed: EventBatch = {
    events: new Uint32Array(2 * total),
    strips: new Uint32Array(4 * stripCapacity({ capacity, batch })),
    bounds: new Uint32Array(batch * (frames + 1)),
    fractions: new Uint32Array(batch),
  }
  let [at, strip] = [0, 0]
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
    // times end below 2^32 - 1, so later bounds may stop there
    packed.bounds.set(
      bounds.map((bound) => Math.min(bound, 0xffffffff)),
      sample * (frames + 1),
    )
    const bits = 'voxelGrid' in binning ? voxelFractionBits(eventCount(recording)) : 0
    packed.fractions[sample] = bits
    const count = eventCount(recording)
    for (let first = 0; first < count; first += eventsPerStrip) {
      const length = Math.min(eventsPerStrip, count - first)
      packed.strips.set([sample, at + first, length | (bits << 8), first], 4 * strip++)
    }
    packColumns(recording, packed.events, 2 * at)
    at += count
  })
  return packed
}

/** Whether bounds count events instead of microseconds. */
export const boundsByIndex = (binning: EventBinning): boolean => 'rule' in binning && binning.rule.by === 'count'

function boundsOf(recording: EventRecording, binning: EventBinning): Float64Array {
  if ('rule' in binning) return frameBounds(recording, binning.rule).bounds
  return voxelAnchors(recording, binning.voxelGrid.bins, binning.voxelGrid.span ?? 'events')
}

function packColumns({ x, y, t, polarity }: EventRecording, into: Uint32Array, start: number): void {
  for (let i = 0; i < t.length; i++) {
    into[start + 2 * i] = (x[i] as number) | ((y[i] as number) << 16) | ((polarity[i] as number) << 31)
    into[start + 2 * i + 1] = t[i] as number
  }
}
