/** How many events samples have, how long they last, how their polarities are balanced. */
import { type PreparedSet, samplesOf } from './sample-facts.js'
import type { Part } from './sample-file.js'

export interface Spread {
  readonly least: number
  readonly median: number
  readonly mean: number
  readonly most: number
}

export interface EventStatistics {
  readonly samples: number
  /** All events. */
  readonly events: number
  /** Events a sample. */
  readonly perSample: Spread
  /** Milliseconds a sample. */
  readonly duration: Spread
  /** Events a second, within a sample. */
  readonly rate: Spread
  /** Share of ON events, 0..1; null where there are no events. */
  readonly on: number | null
  /** Samples without any event. */
  readonly silent: number
}

/** Statistics of a part as its files have it, before validation is held out; null for pictures and empty parts. */
export function eventStatistics(set: PreparedSet, part: Part): EventStatistics | null {
  const { facts } = set
  const samples = samplesOf(facts, part)
  if (set.content === 'image' || samples.length === 0) return null
  const events = Array.from(samples, (sample) => facts.events[sample] as number)
  const durations = Array.from(samples, (sample) => (facts.durations[sample] as number) / 1000)
  const total = events.reduce((sum, count) => sum + count, 0)
  const on = samples.reduce((sum, sample) => sum + (facts.on[sample] as number), 0)
  return {
    samples: samples.length,
    events: total,
    perSample: spreadOf(events),
    duration: spreadOf(durations),
    rate: spreadOf(events.map((count, i) => (1000 * count) / (durations[i] as number))),
    on: total > 0 ? on / total : null,
    silent: events.filter((count) => count === 0).length,
  }
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return {
    least: sorted[0] as number,
    median: ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    most: sorted[sorted.length - 1] as number,
  }
}

/** The statistics as a line for a terminal. */
export function formatEventStatistics({ events, perSample, duration, rate, on, silent }: EventStatistics): string {
  const whole = (value: number) => Math.round(value).toLocaleString('en-US')
  const short = (value: number) => (value < 100 ? value.toFixed(1) : whole(value))
  return [
    `${whole(events)} events`,
    `${whole(perSample.median)} a sample (${whole(perSample.least)} to ${whole(perSample.most)})`,
    `${short(duration.median)} ms (${short(duration.least)} to ${short(duration.most)})`,
    `${whole(rate.median)} events/s`,
    ...(on === null ? [] : [`${(100 * on).toFixed(1)} % ON`]),
    ...(silent > 0 ? [`${silent} without events`] : []),
  ].join(', ')
}
