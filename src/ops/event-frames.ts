/** Events of a batch as frames, binned on the GPU by atomic sums of whole numbers: the same bytes as on the host. */
import { OptionError, ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import { fillKernel } from './fill.js'
import {
  type ActivationShape,
  ceilDivide,
  neuronsOf,
  type OpDefinition,
  shapeOf,
  slabImages,
  slabsFor,
  type Tracer,
  type Value,
} from './op.js'

/** Events that one invocation walks. */
export const eventsPerStrip = 32

const binKernel = defineKernel({
  shader: 'events/bin',
  bindings: { events: 'read', strips: 'read', bounds: 'read', counts: 'write' },
  parameters: {
    invocations: 'u32',
    frames: 'u32',
    batch: 'u32',
    height: 'u32',
    width: 'u32',
    channels: 'u32',
    firstFrame: 'u32',
    steps: 'u32',
    byIndex: 'u32',
  },
  flags: { VOXEL: false },
  workgroupSize: 64,
})

const valuesKernel = defineKernel({
  shader: 'events/values',
  bindings: { counts: 'read', fractions: 'read', y: 'write' },
  parameters: {
    invocations: 'u32',
    batch: 'u32',
    height: 'u32',
    width: 'u32',
    outHeight: 'u32',
    outWidth: 'u32',
    channels: 'u32',
    top: 'u32',
    left: 'u32',
    most: 'f32',
  },
  flags: {},
  workgroupSize: 64,
})

/** What a program that bins events is compiled for. */
export interface EventFramesSpec {
  readonly batch: number
  /** T: frames, or bins of a voxel grid. */
  readonly frames: number
  /** Pixels of the sensor. */
  readonly height: number
  readonly width: number
  /** 2 keeps polarities apart; 1 counts both together, or in a voxel grid subtracts OFF from ON. */
  readonly channels: 1 | 2
  /** Events of the largest batch. */
  readonly capacity: number
  /** `count`: an event adds 1 to its frame; `voxel`: it is shared between the two nearest bins of time. */
  readonly kind: 'count' | 'voxel'
  /** Frames are bounded by events' places in their sample instead of their times. */
  readonly byIndex: boolean
  /** Side of the square that the frames are centred in; default: the sensor as it is. */
  readonly padTo?: number
  /** Values stop here; default 255, as counts in bytes do. */
  readonly most?: number
}

/** Strips that hold any batch of a capacity: each sample may leave one that is not full. */
export const stripCapacity = ({ capacity, batch }: Pick<EventFramesSpec, 'capacity' | 'batch'>): number =>
  ceilDivide(capacity, eventsPerStrip) + batch

const eventFrames: OpDefinition<EventFramesSpec> = {
  name: 'eventFrames',
  lower(context, node) {
    const [events, strips, bounds, fractions] = node.inputs as [Value, Value, Value, Value]
    const [counts, y] = node.outputs as [Value, Value]
    const spec = node.attributes
    const [inner, outer] = [shapeOf(counts), shapeOf(y)]
    const shared = { batch: spec.batch, height: spec.height, width: spec.width, channels: spec.channels }
    for (const slab of slabsFor(context, inner)) {
      const { count } = slabImages(inner, slab)
      const cells = count * neuronsOf(inner)
      const view = context.view(counts, slab)
      context.dispatch({
        kernel: fillKernel,
        views: { y: view },
        parameters: { invocations: cells, value: 0 },
        invocations: cells,
      })
      const invocations = stripCapacity(spec)
      context.dispatch({
        kernel: binKernel,
        flags: { VOXEL: spec.kind === 'voxel' },
        views: {
          events: context.view(events),
          strips: context.view(strips),
          bounds: context.view(bounds),
          counts: view,
        },
        parameters: {
          invocations,
          frames: spec.frames,
          ...shared,
          firstFrame: slab.firstStep,
          steps: slab.steps,
          byIndex: Number(spec.byIndex),
        },
        invocations,
        // a sum for each event, in no more cells than there are events
        cost: { flops: spec.capacity, touched: { counts: 8 * spec.capacity } },
      })
      const values = count * neuronsOf(outer)
      context.dispatch({
        kernel: valuesKernel,
        views: { counts: view, fractions: context.view(fractions), y: context.view(y, slab) },
        parameters: {
          invocations: values,
          ...shared,
          outHeight: outer.height,
          outWidth: outer.width,
          top: Math.floor((outer.height - inner.height) / 2),
          left: Math.floor((outer.width - inner.width) / 2),
          most: spec.most ?? 255,
        },
        invocations: values,
        cost: { flops: values },
      })
    }
  },
}

/** @throws OptionError, ShapeError when a number of the spec makes no sense */
function checkSpec(spec: EventFramesSpec): void {
  for (const [name, least] of [
    ['batch', 1],
    ['frames', 1],
    ['height', 1],
    ['width', 1],
    ['capacity', 0],
  ] as const) {
    if (!Number.isInteger(spec[name]) || spec[name] < least)
      throw new OptionError(`eventFrames.${name}`, `must be a whole number from ${least}; got ${spec[name]}.`)
  }
  const side = spec.padTo ?? Math.max(spec.height, spec.width)
  if (!Number.isInteger(side) || side < Math.max(spec.height, spec.width))
    throw new ShapeError('eventFrames', `padTo must be at least the sensor's side; got ${side}.`)
  if (spec.height > 32768 || spec.width > 65536)
    throw new ShapeError('eventFrames', `a sensor has at most 32768 rows; got ${spec.width} x ${spec.height}.`)
}

/**
 * Frames of a batch of events that the host writes into slots `events`, `strips`, `bounds` and `fractions` (see
 * `packEventBatch`).
 *
 * @returns counts u32 `[T, B, H, W, C]`, and the same as f32 `[T, B, C, OH, OW]`, ready to be a network's input
 * @throws OptionError, ShapeError when a number of the spec makes no sense
 */
export function traceEventFrames(tracer: Tracer, spec: EventFramesSpec): { counts: Value; frames: Value } {
  checkSpec(spec)
  const slot = (name: string, elements: number) =>
    tracer.raw('u32', elements, name, { storage: { kind: 'slot', name } })
  const shape: ActivationShape = {
    steps: spec.frames,
    batch: spec.batch,
    height: spec.height,
    width: spec.width,
    channels: spec.channels,
  }
  const counts = tracer.activation('f32', shape, 'event counts')
  const padded = spec.padTo === undefined ? shape : { ...shape, height: spec.padTo, width: spec.padTo }
  const frames = tracer.activation('f32', padded, 'event frames')
  const inputs = [
    slot('events', 2 * Math.max(1, spec.capacity)),
    slot('strips', 4 * stripCapacity(spec)),
    slot('bounds', spec.batch * (spec.frames + 1)),
    slot('fractions', spec.batch),
  ]
  tracer.emit(eventFrames, inputs, [counts, frames], spec)
  return { counts, frames }
}
