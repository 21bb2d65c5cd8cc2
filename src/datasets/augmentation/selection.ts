/** Which events of a recording an operation changes. */
import { OptionError } from '../../errors.js'
import type { Draws } from './draws.js'

/** All events, a stretch of them, or those at the positions given: positions in the recording as it is, not times. */
export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'range'; readonly start: number; readonly count: number }
  | { readonly kind: 'indices'; readonly indices: Uint32Array }

/** How a selection is drawn: events anywhere, a stretch, or the whole recording. */
export type SelectionMode = 'random' | 'range' | 'all'

/**
 * `[E]`, 1 for the events that are selected.
 * @throws OptionError when a position lies outside the recording or occurs twice
 */
export function selectedEvents(selection: Selection, total: number): Uint8Array {
  const selected = new Uint8Array(total)
  if (selection.kind === 'all') return selected.fill(1)
  if (selection.kind === 'range') {
    const { start, count } = selection
    if (!Number.isInteger(start) || !Number.isInteger(count) || start < 0 || count < 0 || start + count > total) {
      throw new OptionError('selection.range', `must lie within ${total} events; got ${count} from ${start}.`)
    }
    return selected.fill(1, start, start + count)
  }
  for (const index of selection.indices) {
    if (index >= total || selected[index] === 1) {
      throw new OptionError('selection.indices', `must be different and below ${total}; got ${index}.`)
    }
    selected[index] = 1
  }
  return selected
}

/**
 * Draws a selection of floor(share · total) events.
 * @param share in [0, 1]; not used for `all`
 */
export function drawSelection(mode: SelectionMode, share: number, total: number, draws: Draws): Selection {
  if (mode === 'all') return { kind: 'all' }
  const count = Math.floor(share * total)
  if (mode === 'range') return { kind: 'range', start: draws.integer(total - count + 1), count }
  return { kind: 'indices', indices: draws.indices(total, count).slice().sort() }
}
