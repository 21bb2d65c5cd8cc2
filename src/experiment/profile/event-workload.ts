/** The binning of events into the frames of a batch. */
import { type EventBinning, packEventBatch } from '../../datasets/events/event-batch.js'
import { eventFramesSpec } from '../../datasets/events/gpu-frames.js'
import type { EventRecording } from '../../datasets/events/recording.js'
import { traceEventFrames } from '../../ops/event-frames.js'
import { RandomSequence, RandomStream } from '../../runtime/philox.js'
import type { KernelShape, Workload } from './workload.js'

/** About as many as a tenth of a second of a small event camera brings. */
const eventsPerSample = 4096
/** µs */
const duration = 100_000

const binningOf = (shape: KernelShape): EventBinning => ({ rule: { by: 'duration', frames: shape.steps } })

const specOf = (shape: KernelShape) => {
  const { batch, height, width } = shape
  return eventFramesSpec(binningOf(shape), { batch, height, width, duration, capacity: batch * eventsPerSample })
}

/** Events at random pixels, evenly spread over time. */
function randomRecording({ height, width }: KernelShape, sample: number): EventRecording {
  const random = new RandomSequence([1, sample], RandomStream.syntheticData)
  const below = (limit: number) => Array.from({ length: eventsPerSample }, () => Math.floor(random.next() * limit))
  return {
    width,
    height,
    duration,
    x: Uint16Array.from(below(width)),
    y: Uint16Array.from(below(height)),
    t: Uint32Array.from({ length: eventsPerSample }, (_, i) => Math.floor((i * duration) / eventsPerSample)),
    polarity: Uint8Array.from(below(2)),
  }
}

export const eventWorkload: Workload = {
  name: 'frames of events',
  trace({ graph, shape }) {
    traceEventFrames(graph, specOf(shape))
    return undefined
  },
  write(shape) {
    const recordings = Array.from({ length: shape.batch }, (_, sample) => randomRecording(shape, sample))
    return { ...packEventBatch(recordings, binningOf(shape), specOf(shape)) }
  },
}
