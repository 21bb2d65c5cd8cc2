/** What is known about the sign of a current without running the network (sheet 00, section 1.1). */
import type { Sign } from './types.js'

/** `zero`: exactly zero everywhere. `nonPositive`: never above zero. */
export type Range = 'zero' | 'nonPositive' | 'any'

/** The range while all batch-norm shifts are zero, and with any weights. */
export interface Current {
  readonly untrained: Range
  readonly always: Range
}

/** Whether a population fires. `always`: no weights let it. `untrained`: not while every batch-norm shift is zero. */
export type Silence = 'never' | 'untrained' | 'always'

/** A sum of currents; the sum of none is zero. */
export function summed(currents: readonly Current[]): Current {
  const range = (ranges: readonly Range[]): Range => {
    if (ranges.every((entry) => entry === 'zero')) return 'zero'
    return ranges.includes('any') ? 'any' : 'nonPositive'
  }
  return { untrained: range(currents.map((c) => c.untrained)), always: range(currents.map((c) => c.always)) }
}

/**
 * Output of LIF, convolution, batch norm and sign clip. Without spikes, batch norm gives its shift: zero in an
 * untrained network, anything in a trained one, which only the clip of an inhibitory edge bounds.
 */
export function convolved(sign: Sign, silence: Silence): Current {
  const clipped: Range = sign === 'inhibitory' ? 'nonPositive' : 'any'
  return { untrained: silence === 'never' ? clipped : 'zero', always: clipped }
}

/** Silence of a population that reads this current: thresholds are positive and membranes start at zero. */
export function isSilenced(current: Current): Silence {
  if (current.always !== 'any') return 'always'
  return current.untrained === 'any' ? 'never' : 'untrained'
}

/** The weaker of two claims: what holds of both. */
export const weaker = (a: Silence, b: Silence): Silence => {
  if (a === 'never' || b === 'never') return 'never'
  return a === 'untrained' || b === 'untrained' ? 'untrained' : 'always'
}
