import { z } from 'zod'
import { OptionError } from '../../../errors.js'
import { RandomStream } from '../../../runtime/philox.js'
import { type EventRecording, eventCount } from '../../events/recording.js'
import { wrapped } from '../arithmetic.js'
import type { Draws } from '../draws.js'
import { listOf, probability } from '../parameters.js'
import { filterRecording } from '../recording-changes.js'
import { drawSelection, type Selection, type SelectionMode, selectedEvents } from '../selection.js'
import { defineTransform } from '../transform.js'
import { domainSizes, type EventDomain, eventDomains } from './invert.js'

/** Whole shifts by domain: pixels, microseconds, polarities. */
export type EventShift = Readonly<Partial<Record<EventDomain, number>>>

export interface Drifted {
  readonly recording: EventRecording
  /** Every event would have left its domain, so nothing was done. */
  readonly emptied: boolean
}

/**
 * Moves the selected events by a common shift. With `wrap` they come in again at the other end of a domain; without, an
 * event that leaves any domain is dropped, and if none survives the drift is undone.
 *
 * @throws OptionError when a shift is no whole number, or the selection does not fit the recording
 */
export function driftEvents(
  recording: EventRecording,
  shift: EventShift,
  wrap: boolean,
  selection: Selection,
): Drifted {
  for (const [domain, by] of Object.entries(shift)) {
    if (!eventDomains.includes(domain as EventDomain) || !Number.isSafeInteger(by))
      throw new OptionError(`drift.${domain}`, `must be a whole shift in one of x, y, t, p; got ${by}.`)
  }
  const selected = selectedEvents(selection, eventCount(recording))
  const sizes = domainSizes(recording)
  const leaves = new Uint8Array(selected.length)
  const move = <C extends Uint8Array | Uint16Array | Uint32Array>(column: C, domain: EventDomain): C => {
    const by = shift[domain] ?? 0
    if (by === 0) return column
    const out = column.slice() as C
    for (let i = 0; i < out.length; i++) {
      if (selected[i] !== 1) continue
      const moved = (column[i] as number) + by
      if (wrap) out[i] = wrapped(moved, sizes[domain])
      else if (moved < 0 || moved >= sizes[domain]) leaves[i] = 1
      else out[i] = moved
    }
    return out
  }
  const moved: EventRecording = {
    ...recording,
    x: move(recording.x, 'x'),
    y: move(recording.y, 'y'),
    t: move(recording.t, 't'),
    polarity: move(recording.polarity, 'p'),
  }
  const survivors = filterRecording(moved, (i) => leaves[i] === 0)
  const emptied = selected.length > 0 && eventCount(survivors) === 0
  return { recording: emptied ? recording : survivors, emptied }
}

/** One of several drifts, taken with its probability. */
export interface DriftChoice {
  readonly probability: number
  readonly mode: SelectionMode
  /** In the order in which their shifts are drawn. */
  readonly domains: readonly EventDomain[]
  /** Largest shift as a share of the domain. */
  readonly distance: number
  readonly wrap: boolean
  /** Share of the events for modes other than `all`. */
  readonly ratio: number
  readonly uniform: boolean
}

/** Draws a choice, its selection, and a shift for each of its domains. */
export function drawDrift(
  choices: readonly DriftChoice[],
  recording: EventRecording,
  draws: Draws,
): { readonly shift: EventShift; readonly wrap: boolean; readonly selection: Selection } {
  const u = draws.next()
  let sum = 0
  const choice = (choices.find(({ probability: p }) => {
    sum += p
    return sum > u
  }) ?? choices[choices.length - 1]) as DriftChoice
  const { mode, domains, distance, wrap, ratio, uniform } = choice
  const share = mode !== 'all' && uniform ? ratio * draws.next() : ratio
  const selection = drawSelection(mode, share, eventCount(recording), draws)
  const sizes = domainSizes(recording)
  const shift: Partial<Record<EventDomain, number>> = {}
  for (const domain of domains) {
    const most = Math.floor(distance * sizes[domain])
    shift[domain] = draws.integer(2 * most + 1) - most
  }
  return { shift, wrap, selection }
}

const choiceParameters = z.strictObject({
  probability: probability(1),
  mode: z.enum(['random', 'range', 'all']).default('all'),
  domains: listOf(z.enum(eventDomains)),
  distance: z.number().min(0).max(1).default(0.1),
  wrap: z.boolean().default(false),
  ratio: z.number().min(0).max(1).default(0.3),
  uniform: z.boolean().default(false),
})

/** The published pipeline's: in space with probability 0.8, in time with 0.2, by up to a tenth. */
const standardChoices: readonly z.input<typeof choiceParameters>[] = [
  { probability: 0.8, domains: ['x', 'y'] },
  { probability: 0.2, domains: ['t'] },
]

/** EventDrift (Shen et al., arXiv 2207.11659): moves all or part of the events by one shift in space, time or polarity. */
export const eventDrift = defineTransform({
  name: 'drift',
  summary: 'moves events by one shift in space or time (EventDrift)',
  stream: RandomStream.eventDrift,
  domains: ['events'],
  parameters: z.strictObject({
    choices: z
      .array(choiceParameters)
      .min(1)
      .refine((choices) => Math.abs(choices.reduce((sum, { probability: p }) => sum + p, 0) - 1) <= 1e-6, {
        message: 'probabilities must add up to 1',
      })
      .prefault([...standardChoices]),
  }),
  make: ({ choices }) => ({
    events(recording, draws) {
      const { shift, wrap, selection } = drawDrift(choices, recording, draws)
      return driftEvents(recording, shift, wrap, selection).recording
    },
  }),
})
