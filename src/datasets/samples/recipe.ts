/** How stored samples become what a network sees: frames, changes at random, nothing. Plain data for any thread. */
import { compose, type Pipeline } from '../augmentation/pipeline.js'
import type { TransformSpec } from '../augmentation/transform.js'
import { packSample } from '../events/event-batch.js'
import type { FrameRule } from '../events/frame-rules.js'
import { addFrames } from '../events/frames.js'
import { type EventRecording, eventCount, type SensorSize } from '../events/recording.js'
import { downsample } from '../events/reshape.js'
import type { Draw } from '../types.js'
import { decodeRecording } from './event-record.js'

/** What a record holds. */
export type RecordKind =
  /** Events of a recording; frames are made of them. */
  | { readonly kind: 'events'; readonly sensor: SensorSize; readonly frames: FrameSettings }
  /** Values `[T, H, W, C]`, 8 bits each. */
  | { readonly kind: 'values' }

/** Recordings into frames `[T, H, W, C]`. */
export interface FrameSettings {
  /** T */
  readonly frames: number
  /** `duration`: equal parts of the sample's length; `time`: of the time from the first event to the last; `count`: of its events. */
  readonly by: 'duration' | 'time' | 'count'
  /** Size that the sensor is reduced to; events of a block are counted together. */
  readonly size: SensorSize
  /** 2: OFF and ON apart; 1: together. */
  readonly channels: 1 | 2
}

export interface Recipe {
  readonly record: RecordKind
  /** Changes of recordings at random, in order, before they become frames. */
  readonly transforms: readonly TransformSpec[]
}

/** A recipe that is ready: its pipeline is built once. */
export class SampleMaker {
  private readonly pipeline: Pipeline<'events'>

  constructor(readonly recipe: Recipe) {
    this.pipeline = compose('events', recipe.transforms)
  }

  /**
   * One sample, `[T, H, W, C]`.
   * @param bytes    its record, which is not written into
   * @param duration µs, of a recording
   * @param draw     null leaves the sample as it is
   */
  make(bytes: Uint8Array, duration: number, sample: number, draw: Draw | null): Uint8Array {
    const { record } = this.recipe
    if (record.kind === 'values') return bytes
    const { frames, size, channels } = record.frames
    const recording = this.recording(bytes, record, duration, sample, draw)
    const counts = new Uint8Array(frames * size.height * size.width * 2)
    addFrames(recording, ruleFor(recording, record.frames), counts)
    return channels === 2 ? counts : withoutPolarity(counts)
  }

  /** The same sample before it is counted, as the bytes of what `packSample` makes; parameters as of `make`. */
  pack(bytes: Uint8Array, duration: number, sample: number, draw: Draw | null): Uint8Array {
    const { record } = this.recipe
    if (record.kind === 'values') throw new TypeError('frames have no events any more')
    const recording = this.recording(bytes, record, duration, sample, draw)
    return new Uint8Array(packSample(recording, ruleFor(recording, record.frames)).buffer)
  }

  /** What is counted: changed at random, on the sensor that frames have. */
  private recording(
    bytes: Uint8Array,
    { sensor, frames }: RecordKind & { readonly kind: 'events' },
    duration: number,
    sample: number,
    draw: Draw | null,
  ): EventRecording {
    const stored = decodeRecording(bytes, { ...sensor, duration })
    const whole = draw && !this.pipeline.isEmpty ? this.pipeline.apply(stored, { ...draw, sample }) : stored
    return reduced(whole, frames.size)
  }
}

/** Rules that look at the events need some. */
const ruleFor = (recording: EventRecording, { by, frames }: FrameSettings): FrameRule => ({
  by: eventCount(recording) === 0 ? 'duration' : by,
  frames,
})

/** A recording on a smaller sensor; one row of channels becomes the rows of a square, one behind the other. */
function reduced(recording: EventRecording, size: SensorSize): EventRecording {
  if (recording.width === size.width && recording.height === size.height) return recording
  if (recording.height > 1 || size.height === 1) return downsample(recording, size)
  const places = size.width * size.height
  const one = places < recording.width ? downsample(recording, { width: places, height: 1 }) : recording
  return {
    ...one,
    ...size,
    x: one.x.map((channel) => channel % size.width),
    y: one.x.map((channel) => Math.floor(channel / size.width)),
  }
}

/** OFF and ON together; sums stop at 255. */
function withoutPolarity(counts: Uint8Array): Uint8Array {
  const sums = new Uint8ClampedArray(counts.length / 2)
  for (let i = 0; i < sums.length; i++) sums[i] = (counts[2 * i] as number) + (counts[2 * i + 1] as number)
  return new Uint8Array(sums.buffer)
}
