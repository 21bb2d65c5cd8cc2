import { OptionError } from '../errors.js'
import { deriveSeed, RandomSequence, RandomStream, type Seed } from '../runtime/philox.js'
import { recordEvents, type Scene, type SensorOptions } from './event-camera.js'
import { eventSplit } from './events/event-split.js'
import type { EventRecording } from './events/recording.js'
import { type MotionPose, type ShapeName, shapeNames, shapeView } from './shapes.js'
import type { EventSplit } from './types.js'

/** What moves how: the class of a sample. The shape, its size, place, speed and brightness are drawn independently. */
export const motionClasses = [
  'right',
  'down',
  'left',
  'up',
  'clockwise',
  'anticlockwise',
  'expanding',
  'contracting',
] as const
export type MotionClass = (typeof motionClasses)[number]

export interface MovingShapesOptions {
  /** Side of the square sensor in pixels, 12..256. */
  readonly side?: number
  /** Frames a sample, 1..256. */
  readonly timeSteps?: number
  /** Length of a sample in whole microseconds. */
  readonly duration?: number
  /**
   * `bright`: shapes brighter than the ground, so one frame shows the direction by where ON and OFF lie.
   * `both`: brighter or darker at random, so only the order of the frames tells the class; harder.
   */
  readonly contrast?: 'bright' | 'both'
  readonly trainCount?: number
  readonly testCount?: number
  readonly sensor?: Partial<SensorOptions>
}

export const movingShapesDefaults = {
  side: 32,
  timeSteps: 10,
  duration: 100_000,
  contrast: 'bright',
  trainCount: 2000,
  testCount: 400,
  sensor: { threshold: 0.25, refractory: 1000, sampling: 1000, noise: 0.5 },
} as const

export interface MovingShapesSample extends EventRecording {
  /** Index into `motionClasses`. */
  readonly label: number
  readonly shape: ShapeName
}

/** Sample numbers of the test part begin here, so no size of the training part reaches them. */
export const firstTestSample = 0x80000000

/** Rounds away the last bits, in which the mathematical functions of different engines may differ. */
const settle = (value: number): number => Math.round(value * 0x100000) / 0x100000

/**
 * The raw events of one sample: a function of (seed, sample, options) alone, the same in every engine. Classes take
 * turns: the label is the sample number modulo 8.
 *
 * @param sample whole number from 0; the test part's begin at `firstTestSample`
 * @throws OptionError on options out of range
 */
export function movingShapesSample(
  seed: number | Seed,
  sample: number,
  options: MovingShapesOptions = {},
): MovingShapesSample {
  const { side, duration, contrast, sensor } = checkedOptions(options)
  if (!Number.isInteger(sample) || sample < 0 || sample > 0xffffffff) {
    throw new OptionError('sample', `must be a whole number from 0 to 2^32 - 1; got ${sample}.`, 'Count from 0.')
  }
  const label = sample % motionClasses.length
  const random = new RandomSequence(deriveSeed(seed), RandomStream.syntheticData, sample)
  const between = (low: number, high: number) => low + (high - low) * random.next()
  const shape = shapeNames[random.integer(shapeNames.length)] as ShapeName
  const pose = drawMotion(motionClasses[label] as MotionClass, side, duration, between)
  const ground = between(0.15, 0.3)
  const figure = between(0.7, 1)
  const dark = random.next() < 0.5 && contrast === 'both'
  const [inside, outside] = dark ? [ground, figure] : [figure, ground]
  // log intensity by coverage of a pixel in 256 levels
  const levels = Float64Array.from({ length: 257 }, (_, i) =>
    settle(Math.log(outside + ((inside - outside) * i) / 256)),
  )
  const scene: Scene = {
    width: side,
    height: side,
    duration,
    background: levels[0] as number,
    view: (time) => shapeView(shape, pose(time), side, levels),
  }
  return { ...recordEvents(scene, sensor, random), label, shape }
}

/** Draws a motion of the class: position, radius and orientation as functions of time in microseconds. */
function drawMotion(
  motion: MotionClass,
  side: number,
  duration: number,
  between: (low: number, high: number) => number,
): (time: number) => MotionPose {
  const unit = side / 32
  const middle = (side - 1) / 2
  const x = middle + unit * between(-2.5, 2.5)
  const y = middle + unit * between(-2.5, 2.5)
  const radius = unit * between(4, 6.5)
  const startAngle = between(0, 2 * Math.PI)
  const distance = unit * between(11, 16)
  const turn = between(1.6, 2.4)
  const growth = unit * between(4, 5.5)
  const [towardsX, towardsY] = { right: [1, 0], left: [-1, 0], down: [0, 1], up: [0, -1] }[motion as string] ?? [0, 0]
  // y points down, so a growing angle turns clockwise as seen
  const turning = motion === 'clockwise' ? turn : motion === 'anticlockwise' ? -turn : 0
  const growing = motion === 'expanding' ? growth : motion === 'contracting' ? -growth : 0
  return (time) => {
    const progress = time / duration - 0.5
    const angle = startAngle + turning * progress
    return {
      x: x + (towardsX as number) * distance * progress,
      y: y + (towardsY as number) * distance * progress,
      radius: radius + growing * progress,
      cosine: settle(Math.cos(angle)),
      sine: settle(Math.sin(angle)),
    }
  }
}

/**
 * The training and test parts, binned into frames `[N, T, H, W, 2]`. Eight classes of motion (`motionClasses`) by four
 * shapes; every shape occurs with every motion, so a shape tells nothing of the class.
 *
 * @throws OptionError on options out of range
 */
export function movingShapes(
  seed: number | Seed,
  options: MovingShapesOptions = {},
): { train: EventSplit; test: EventSplit } {
  const { side, timeSteps, trainCount, testCount } = checkedOptions(options)
  const part = (first: number, count: number): EventSplit => {
    const labels = Uint8Array.from({ length: count }, (_, i) => (first + i) % motionClasses.length)
    const recordings = function* () {
      for (let i = 0; i < count; i++) yield movingShapesSample(seed, first + i, options)
    }
    return eventSplit(recordings(), labels, { timeSteps, height: side, width: side })
  }
  return { train: part(0, trainCount), test: part(firstTestSample, testCount) }
}

function checkedOptions(options: MovingShapesOptions) {
  const all = { ...movingShapesDefaults, ...options, sensor: { ...movingShapesDefaults.sensor, ...options.sensor } }
  const ranges = {
    side: [12, 256],
    timeSteps: [1, 256],
    duration: [1000, 60_000_000],
    trainCount: [1, 1_000_000],
    testCount: [1, 1_000_000],
  } as const
  for (const [name, [low, high]] of Object.entries(ranges)) {
    const value = all[name as keyof typeof ranges]
    if (Number.isInteger(value) && value >= low && value <= high) continue
    throw new OptionError(
      `movingShapes.${name}`,
      `must be a whole number from ${low} to ${high}; got ${value}.`,
      'Leave it out for the default.',
    )
  }
  if (all.contrast !== 'bright' && all.contrast !== 'both') {
    throw new OptionError(
      'movingShapes.contrast',
      `must be bright or both; got ${String(all.contrast)}.`,
      'Choose one.',
    )
  }
  return all
}
