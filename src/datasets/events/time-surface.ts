/** Time surfaces: how long ago each pixel fired last, as a value that fades. */
import { OptionError } from '../../errors.js'
import { eventsByFrame, type FrameRule, frameBounds } from './frame-rules.js'
import type { EventRecording } from './recording.js'

export interface TimeSurfaceOptions {
  /** A surface at the end of each frame, of all events so far. */
  readonly frames: FrameRule
  /** Time constant in microseconds, above 0. */
  readonly tau: number
  /** `exponential`: exp(-age / tau) (Lagorce et al. 2017); `linear`: max(0, 1 - age / tau). Default exponential. */
  readonly decay?: 'exponential' | 'linear'
}

/**
 * Time surface at the end of every frame, `[T, H, W, 2]` in [0, 1]: the faded age of the last event of each pixel and
 * polarity before that moment, 0 where there was none.
 *
 * @throws OptionError when an option is out of range
 * @throws as `frameBounds`
 */
export function timeSurface(recording: EventRecording, options: TimeSurfaceOptions): Float32Array {
  const { tau, decay = 'exponential' } = options
  if (!(tau > 0 && Number.isFinite(tau)))
    throw new OptionError('timeSurface.tau', `must be a positive number of microseconds; got ${tau}.`)
  if (decay !== 'exponential' && decay !== 'linear')
    throw new OptionError('timeSurface.decay', `must be exponential or linear; got ${String(decay)}.`)
  const { key, bounds } = frameBounds(recording, options.frames)
  const { width, height, x, y, t, polarity } = recording
  const plane = height * width * 2
  const frames = bounds.length - 1
  const surface = new Float32Array(frames * plane)
  const latest = new Float64Array(plane).fill(Number.NEGATIVE_INFINITY)
  const { starts, events } = eventsByFrame(recording, { key, bounds })
  for (let frame = 0; frame < frames; frame++) {
    for (let k = starts[frame] as number; k < (starts[frame + 1] as number); k++) {
      const i = events[k] as number
      const at = ((y[i] as number) * width + (x[i] as number)) * 2 + (polarity[i] as number)
      latest[at] = Math.max(latest[at] as number, t[i] as number)
    }
    const end = key === 'time' ? (bounds[frame + 1] as number) : lastTime(recording, bounds[frame + 1] as number)
    for (let n = 0; n < plane; n++) {
      const age = (end - (latest[n] as number)) / tau
      surface[frame * plane + n] = decay === 'exponential' ? Math.exp(-age) : Math.max(0, 1 - age)
    }
  }
  return surface
}

/** Time of the last of the first `count` events. */
const lastTime = ({ t }: EventRecording, count: number): number => (count === 0 ? 0 : (t[count - 1] as number))
