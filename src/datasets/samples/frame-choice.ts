/** Which frames are made of recordings: what the user asks for, what the set suggests, what the sensor allows. */
import { OptionError } from '../../errors.js'
import type { SensorSize } from '../events/recording.js'
import type { FrameSettings, RecordKind } from './recipe.js'
import type { PreparedSet } from './sample-facts.js'

export interface FrameChoice {
  /** T, 1..4096. */
  readonly frames: number
  readonly by: FrameSettings['by']
  /** Larger side of a frame in pixels; null keeps the sensor. Sensors of one row are folded into a square. */
  readonly side: number | null
}

/** @throws OptionError on a number out of range */
export function checkFrameChoice({ frames, side }: Pick<FrameChoice, 'frames' | 'side'>): void {
  const check = (name: string, value: number, least: number, most: number) => {
    if (Number.isInteger(value) && value >= least && value <= most) return
    throw new OptionError(name, `must be a whole number from ${least} to ${most}; got ${value}.`)
  }
  check('frames', frames, 1, 4096)
  if (side !== null) check('side', side, 1, 4096)
}

/** Axes of a sample and how its record is read. */
export interface SampleShape {
  readonly record: RecordKind
  readonly timeSteps: number
  readonly height: number
  readonly width: number
  readonly channels: number
}

/**
 * The shape of a set's samples.
 * @throws OptionError when a frame is to be larger than the sensor
 */
export function sampleShape(set: PreparedSet, choice: FrameChoice): SampleShape {
  const { width, height, channels } = set
  if (set.content === 'image') return { record: { kind: 'values' }, timeSteps: 1, height, width, channels }
  checkFrameChoice(choice)
  const size = frameSize({ width, height }, choice.side)
  const frames = { frames: choice.frames, by: choice.by, size, channels: channels === 1 ? 1 : 2 } as const
  return { record: { kind: 'events', sensor: { width, height }, frames }, timeSteps: choice.frames, ...size, channels }
}

function frameSize(sensor: SensorSize, side: number | null): SensorSize {
  const { width, height } = sensor
  if (height === 1) {
    // one row of channels: as a square whose rows follow one another, since networks look at squares
    const least = Math.ceil(Math.sqrt(width))
    const folded = side ?? Math.min(16, least)
    if (folded <= least) return { width: folded, height: folded }
    throw new OptionError('side', `must be at most ${least} for ${width} channels; got ${folded}.`)
  }
  const longer = Math.max(width, height)
  if (side === null || side === longer) return sensor
  if (side > longer) throw new OptionError('side', `must be at most the sensor's ${longer} pixels; got ${side}.`)
  const scaled = (length: number) => Math.max(1, Math.round((length * side) / longer))
  return { width: scaled(width), height: scaled(height) }
}
