import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import { type EventRecording, eventCount } from '../../events/recording.js'
import type { Draws } from '../draws.js'
import { listOf } from '../parameters.js'
import { drawSelection, type Selection, type SelectionMode, selectedEvents } from '../selection.js'
import { defineTransform } from '../transform.js'

/** Domains of an event, in their fixed order: column, row, time, polarity. */
export const eventDomains = ['x', 'y', 't', 'p'] as const
export type EventDomain = (typeof eventDomains)[number]

/** Number of values in each domain; that of time is the recording's duration. */
export const domainSizes = ({ width, height, duration }: EventRecording): Readonly<Record<EventDomain, number>> => ({
  x: width,
  y: height,
  t: duration,
  p: 2,
})

/**
 * Mirrors the selected events in the domains given: c becomes R - 1 - c. Events keep their places in the list, so
 * inverted times leave it out of order.
 *
 * @throws OptionError when the selection does not fit the recording
 */
export function invertEvents(
  recording: EventRecording,
  domains: readonly EventDomain[],
  selection: Selection,
): EventRecording {
  const selected = selectedEvents(selection, eventCount(recording))
  const sizes = domainSizes(recording)
  const mirror = <C extends Uint8Array | Uint16Array | Uint32Array>(column: C, domain: EventDomain): C => {
    if (!domains.includes(domain)) return column
    const out = column.slice() as C
    for (let i = 0; i < out.length; i++) if (selected[i] === 1) out[i] = sizes[domain] - 1 - (out[i] as number)
    return out
  }
  return {
    ...recording,
    x: mirror(recording.x, 'x'),
    y: mirror(recording.y, 'y'),
    t: mirror(recording.t, 't'),
    polarity: mirror(recording.polarity, 'p'),
  }
}

export interface InvertSettings {
  readonly mode: SelectionMode
  /** Share of the events that is inverted, or with `uniform` the largest. */
  readonly ratio: number
  readonly uniform: boolean
  /** For modes other than random, which draws them. */
  readonly domains: readonly EventDomain[]
}

/** Draws what is inverted. @param total events of the recording */
export function drawInvert(
  { mode, ratio, uniform, domains }: InvertSettings,
  total: number,
  draws: Draws,
): { readonly domains: readonly EventDomain[]; readonly selection: Selection } {
  if (mode === 'all') return { domains, selection: { kind: 'all' } }
  const share = uniform ? ratio * draws.next() : ratio
  if (mode === 'range') return { domains, selection: drawSelection(mode, share, total, draws) }
  const count = Math.floor(4 * draws.next())
  const chosen = [...draws.indices(4, count)]
  return {
    domains: eventDomains.filter((_, place) => chosen.includes(place)),
    selection: drawSelection(mode, share, total, draws),
  }
}

/**
 * EventInvert (Shen et al., arXiv 2207.11659): mirrors part of the events in column, row, time or polarity. It does not
 * keep the label of a direction of motion or of a glyph that has a handedness.
 */
export const eventInvert = defineTransform({
  name: 'invert',
  summary: 'mirrors part of the events in column, row, time or polarity (EventInvert)',
  stream: RandomStream.eventInvert,
  domains: ['events'],
  parameters: z.strictObject({
    mode: z.enum(['random', 'range', 'all']).default('random'),
    ratio: z.number().min(0).max(1).default(0.33),
    uniform: z.boolean().default(true),
    domains: listOf(z.enum(eventDomains)).default(['x']),
  }),
  make: (settings) => ({
    events(recording, draws) {
      const { domains, selection } = drawInvert(settings, eventCount(recording), draws)
      return invertEvents(recording, domains, selection)
    },
  }),
})
