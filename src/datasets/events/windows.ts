/** Recordings cut into samples: windows of one length, and stretches that annotations name. */
import { DatasetError, OptionError } from '../../errors.js'
import { type Events, timeAt, timeHalves } from './events.js'
import {
  cutRecording,
  type EventRecording,
  eventCount,
  longestRecording,
  type SensorSize,
  sortEvents,
} from './recording.js'

export interface WindowOptions {
  /** Microseconds of a window. */
  readonly length: number
  /** Microseconds from one window's start to the next; default: the length, so that windows touch. */
  readonly stride?: number
  /** Windows with fewer events are left out; default 0 keeps silent ones. */
  readonly leastEvents?: number
  /** Also a last window that reaches beyond the end; its rest is silent. Default false. */
  readonly partial?: boolean
}

/** A stretch of a recording that has a label. */
export interface LabelledSpan {
  /** µs on the clock of the events, whole. */
  readonly start: number
  /** µs, past the stretch. */
  readonly end: number
  /** Class index. */
  readonly label: number
}

export interface EventWindow {
  readonly recording: EventRecording
  /** µs on the clock of the events. */
  readonly start: number
  /** Class index; null where the windows were not cut by annotations. */
  readonly label: number | null
  /** Which of the annotated stretches, in the order given; null without annotations. */
  readonly span: number | null
}

/** @throws OptionError when an option is out of range */
export function checkWindowOptions({ length, stride = length, leastEvents = 0 }: WindowOptions): void {
  const whole = (name: string, value: number, least: number) => {
    if (Number.isInteger(value) && value >= least && value <= longestRecording) return
    throw new OptionError(`windows.${name}`, `must be a whole number from ${least} to 2^32 - 1; got ${value}.`)
  }
  whole('length', length, 1)
  whole('stride', stride, 1)
  whole('leastEvents', leastEvents, 0)
}

/** Starts of the windows that lie in `[from, to)`. */
function* windowStarts(from: number, to: number, { length, stride = length, partial = false }: WindowOptions) {
  for (let start = from; partial ? start < to : start + length <= to; start += stride) yield start
}

/**
 * Cuts a recording into windows of one length, from its first event to its last. Events out of order of time are put in
 * order first.
 *
 * @throws OptionError when an option is out of range, DatasetError when an event lies outside the sensor
 */
export function* fixedWindows(
  events: Events,
  size: SensorSize,
  options: WindowOptions,
): Generator<EventWindow, void, undefined> {
  checkWindowOptions(options)
  const sorted = sortEvents(events)
  if (sorted.count === 0) return
  const halves = timeHalves(sorted.t)
  const [first, end] = [timeAt(halves, 0), timeAt(halves, sorted.count - 1) + 1]
  for (const start of windowStarts(first, end, options)) {
    const recording = cutRecording(sorted, size, start, start + options.length)
    if (eventCount(recording) >= (options.leastEvents ?? 0)) yield { recording, start, label: null, span: null }
  }
}

export interface AnnotatedOptions extends Partial<WindowOptions> {
  /** Annotations may overlap; default false, since most are of one thing at a time and an overlap is a mistake. */
  readonly overlap?: boolean
}

/**
 * Cuts a recording by its annotations: a sample a stretch, or, with `length`, windows within each stretch.
 *
 * @throws DatasetError when a stretch is empty or has no part in the recording, when two overlap, or an event lies
 * outside the sensor
 * @throws OptionError when an option is out of range
 */
export function* annotatedWindows(
  events: Events,
  size: SensorSize,
  spans: readonly LabelledSpan[],
  options: AnnotatedOptions = {},
): Generator<EventWindow, void, undefined> {
  const { length, leastEvents = 0 } = options
  if (length !== undefined) checkWindowOptions({ ...options, length })
  const sorted = sortEvents(events)
  checkSpans(spans, sorted, options.overlap ?? false)
  for (const [span, { start: from, end, label }] of spans.entries()) {
    const starts = length === undefined ? [from] : windowStarts(from, end, { ...options, length })
    for (const start of starts) {
      const recording = cutRecording(sorted, size, start, length === undefined ? end : start + length)
      if (eventCount(recording) >= leastEvents) yield { recording, start, label, span }
    }
  }
}

function checkSpans(spans: readonly LabelledSpan[], sorted: Events, overlap: boolean): void {
  const halves = timeHalves(sorted.t)
  const [first, last] = sorted.count === 0 ? [0, -1] : [timeAt(halves, 0), timeAt(halves, sorted.count - 1)]
  const show = (i: number) => `annotation ${i + 1} (${spans[i]?.start} to ${spans[i]?.end} µs)`
  spans.forEach(({ start, end, label }, i) => {
    if (!Number.isInteger(label) || label < 0)
      throw new DatasetError(show(i), `must have a class index as its label; got ${label}.`)
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || end <= start || end - start > longestRecording)
      throw new DatasetError(show(i), 'must end after it starts, in whole microseconds, within 2^32 - 1 of them.')
    if (end <= first || start > last) {
      throw new DatasetError(
        show(i),
        `must lie in the recording, which goes from ${first} to ${last} µs.`,
        'Check that both use one clock and one unit of time.',
      )
    }
  })
  if (overlap) return
  const order = spans.map((_, i) => i).sort((a, b) => (spans[a]?.start ?? 0) - (spans[b]?.start ?? 0))
  order.slice(1).forEach((later, k) => {
    const earlier = order[k] as number
    if ((spans[later]?.start ?? 0) >= (spans[earlier]?.end ?? 0)) return
    throw new DatasetError(
      show(later),
      `must not overlap ${show(earlier)}.`,
      'Allow it with overlap: true if it is meant.',
    )
  })
}
