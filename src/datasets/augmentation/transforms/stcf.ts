import { z } from 'zod'
import { OptionError } from '../../../errors.js'
import { RandomStream } from '../../../runtime/philox.js'
import { type EventRecording, takeRecording } from '../../events/recording.js'
import { multiplyDivide, roundHalfEven } from '../arithmetic.js'
import type { Draws } from '../draws.js'
import { blankLike, type FrameSample, placed } from '../frame-sample.js'
import { probability } from '../parameters.js'
import { filterRecording, movePixels } from '../recording-changes.js'
import { defineTransform } from '../transform.js'
import { flipColumns } from './flip.js'
import { invertPolarity } from './polarity.js'

/** What is drawn for one recording: a crop in space, one in time, and flips of both. */
export interface StcfPlan {
  /** P, pixels of padding; the crop's corner lies at (ox, oy) of the padded sensor, both 0..2P. */
  readonly padding: number
  readonly ox: number
  readonly oy: number
  /** Share of the duration that is kept, in (0, 1]. */
  readonly ratio: number
  /** First microsecond kept, 0..D - L with L = floor(ratio · D). */
  readonly start: number
  readonly flip: boolean
  /** Time runs backwards and polarities are exchanged. */
  readonly reverse: boolean
}

/** The default padding of a sensor: a twelfth of its width, at least 1. */
export const stcfPadding = (width: number): number => Math.max(1, roundHalfEven(width / 12))

/** @throws OptionError naming the number of the plan that is out of range */
function checkPlan(plan: StcfPlan, duration: number): number {
  const { padding, ox, oy, ratio, start } = plan
  const kept = Math.floor(ratio * duration)
  const fail = (name: string, must: string, got: number): never => {
    throw new OptionError(`stcf.${name}`, `must be ${must}; got ${got}.`)
  }
  if (!Number.isInteger(padding) || padding < 0) fail('padding', 'a whole number from 0', padding)
  for (const [name, value] of Object.entries({ ox, oy }))
    if (!Number.isInteger(value) || value < 0 || value > 2 * padding) fail(name, `from 0 to ${2 * padding}`, value)
  if (!(ratio > 0 && ratio <= 1)) fail('ratio', 'above 0 and at most 1', ratio)
  if (kept < 1) fail('ratio', `large enough to keep a microsecond of ${duration}`, ratio)
  if (!Number.isInteger(start) || start < 0 || start > duration - kept)
    fail('start', `a whole number from 0 to ${duration - kept}`, start)
  return kept
}

/**
 * Spatio-temporal crop and flip of a recording, with a given plan: crop in time and stretch back, crop in space after
 * padding, mirror, reverse. Events never become more.
 *
 * @throws OptionError when a number of the plan is out of range
 */
export function applyStcf(recording: EventRecording, plan: StcfPlan): EventRecording {
  const { duration } = recording
  const kept = checkPlan(plan, duration)
  const { padding, ox, oy, start } = plan
  let changed = recording
  if (kept < duration) {
    const inside = filterRecording(recording, (i) => {
      const t = (recording.t[i] as number) - start
      return t >= 0 && t < kept
    })
    changed = { ...inside, t: inside.t.map((t) => multiplyDivide(t - start, duration, kept)) }
  }
  changed = movePixels(
    changed,
    (x) => x + padding - ox,
    (_, y) => y + padding - oy,
  )
  if (plan.flip) changed = { ...changed, x: changed.x.map((x) => changed.width - 1 - x) }
  return plan.reverse ? reversed(changed) : changed
}

/** Time backwards: what brightened darkens, and the last event comes first. */
function reversed(recording: EventRecording): EventRecording {
  const count = recording.t.length
  const backwards = takeRecording(
    recording,
    Uint32Array.from({ length: count }, (_, i) => count - 1 - i),
  )
  return {
    ...backwards,
    t: backwards.t.map((t) => recording.duration - 1 - t),
    polarity: backwards.polarity.map((p) => 1 - p),
  }
}

interface StcfRange {
  readonly padding?: number | undefined
  readonly minimum: number
  readonly flip: number
  readonly reverse: number
}

/** One uniform number each, in the order ox, oy, ratio, start, flip, reverse. */
export function drawStcf(
  { width, duration }: Pick<EventRecording, 'width' | 'duration'>,
  { padding = stcfPadding(width), minimum, flip, reverse }: StcfRange,
  draws: Draws,
): StcfPlan {
  const ox = draws.integer(2 * padding + 1)
  const oy = draws.integer(2 * padding + 1)
  const ratio = minimum + (1 - minimum) * draws.next()
  // a recording of a microsecond or two is kept whole where a share of it would be nothing
  const kept = Math.floor(ratio * duration)
  const start = draws.integer(duration - Math.max(kept, 1) + 1)
  return {
    padding,
    ox,
    oy,
    ratio: kept < 1 ? 1 : ratio,
    start,
    flip: draws.chance(flip),
    reverse: draws.chance(reverse),
  }
}

/** The same on frames, when events are gone: `start` counts frames and the crop in time repeats or skips some. */
export function stcfFrames(sample: FrameSample, range: StcfRange, draws: Draws): FrameSample {
  const { steps, width, height, channels } = sample
  const padding = range.padding ?? stcfPadding(width)
  const ox = draws.integer(2 * padding + 1)
  const oy = draws.integer(2 * padding + 1)
  const ratio = range.minimum + (1 - range.minimum) * draws.next()
  const kept = Math.min(Math.max(roundHalfEven(ratio * steps), 1), steps)
  const start = draws.integer(steps - kept + 1)
  const plane = height * width * channels
  const out = blankLike(sample)
  for (let k = 0; k < steps; k++) {
    const from = start + Math.floor((k * kept) / steps)
    out.values.set(sample.values.subarray(from * plane, (from + 1) * plane), k * plane)
  }
  const moved = placed(out, padding - oy, padding - ox)
  if (draws.chance(range.flip)) flipColumns(moved)
  return draws.chance(range.reverse) ? reverseFrames(moved) : moved
}

function reverseFrames(sample: FrameSample): FrameSample {
  const { steps, values } = sample
  const plane = values.length / steps
  const out = blankLike(sample)
  for (let k = 0; k < steps; k++) out.values.set(values.subarray(k * plane, (k + 1) * plane), (steps - 1 - k) * plane)
  return sample.kind === 'event' && sample.channels === 2 ? invertPolarity(out) : out
}

export const stcf = defineTransform({
  name: 'stcf',
  summary: 'crop in space and time, mirror, and reverse time with polarities exchanged',
  stream: RandomStream.spatioTemporalCrop,
  domains: ['events', 'frames'],
  parameters: z.strictObject({
    minimum: z.number().positive().max(1).default(0.75),
    flip: probability(0.5),
    reverse: probability(0.5),
    padding: z.int().min(0).max(65535).optional(),
  }),
  make: (range) => ({
    events: (recording, draws) => applyStcf(recording, drawStcf(recording, range, draws)),
    frames: (sample, draws) => stcfFrames(sample, range, draws),
  }),
})
