/** Operations along time and between channels in float64: delays, lateral inhibition, logic of spikes. */
import { accumulate, at, type Numbers, requireIntegers, requireLength } from './array.js'

export interface SequenceExtent {
  readonly timeSteps: number
  /** B·H·W. */
  readonly positions: number
  readonly channels: number
}

const size = ({ timeSteps, positions, channels }: SequenceExtent): number => timeSteps * positions * channels

/** y[t, p, c] = x[t − delays[c], p, c], 0 before the sequence. @throws ShapeError when a length disagrees */
export function delayForward(x: Numbers, delays: Numbers, extent: SequenceExtent): Float64Array {
  requireLength('delay oracle', 'x', x, size(extent))
  requireLength('delay oracle', 'delays', delays, extent.channels)
  const perStep = extent.positions * extent.channels
  return Float64Array.from({ length: size(extent) }, (_, i) => {
    const source = i - at(delays, i % extent.channels) * perStep
    return source >= 0 ? at(x, source) : 0
  })
}

/** dL/dx of `delayForward`; what arrives after the last step counts for nothing. */
export function delayBackward(dy: Numbers, delays: Numbers, extent: SequenceExtent): Float64Array {
  requireLength('delay oracle', 'dy', dy, size(extent))
  const dx = new Float64Array(size(extent))
  const perStep = extent.positions * extent.channels
  dx.forEach((_, i) => {
    const arrival = i + at(delays, i % extent.channels) * perStep
    if (arrival < dx.length) dx[i] = at(dy, arrival)
  })
  return dx
}

/**
 * v − strength·(m − s) with m the largest spike among the channels of a position (sheet 12, section 3.6).
 * @param v `[positions, C]` @param spikes 0/1 of the same shape
 */
export function lateralInhibition(v: Numbers, spikes: Numbers, channels: number, strength: number): Float64Array {
  requireIntegers('lateral-inhibition oracle', { channels })
  requireLength('lateral-inhibition oracle', 'spikes', spikes, v.length)
  return Float64Array.from(v, (value, i) => {
    const first = Math.floor(i / channels) * channels
    let most = 0
    for (let c = 0; c < channels; c++) most = Math.max(most, at(spikes, first + c))
    return value - strength * (most - at(spikes, i))
  })
}

/** dL/ds; the largest passes its gradient to the first spike of a position, or to channel 0 if none spiked. dL/dv is dw. */
export function lateralInhibitionGradient(
  dw: Numbers,
  spikes: Numbers,
  channels: number,
  strength: number,
): Float64Array {
  const ds = new Float64Array(dw.length)
  for (let first = 0; first < dw.length; first += channels) {
    let holder = first
    for (let c = channels - 1; c >= 0; c--) if (at(spikes, first + c) === 1) holder = first + c
    for (let c = 0; c < channels; c++) {
      accumulate(ds, first + c, strength * at(dw, first + c))
      accumulate(ds, holder, -strength * at(dw, first + c))
    }
  }
  return ds
}

/** Spikes a AND x, or (NOT a) AND x, as the product of numbers that they are. */
export const spikeLogic = (kind: 'and' | 'iand', a: Numbers, x: Numbers): Float64Array =>
  Float64Array.from(x, (value, i) => (kind === 'and' ? at(a, i) : 1 - at(a, i)) * value)

/** dL/da and dL/dx of `spikeLogic`. */
export function spikeLogicGradients(kind: 'and' | 'iand', dz: Numbers, a: Numbers, x: Numbers) {
  const sign = kind === 'and' ? 1 : -1
  return {
    da: Float64Array.from(dz, (gradient, i) => sign * gradient * at(x, i)),
    dx: Float64Array.from(dz, (gradient, i) => gradient * (kind === 'and' ? at(a, i) : 1 - at(a, i))),
  }
}

export interface CompetitionExtent {
  readonly timeSteps: number
  readonly batch: number
  readonly pixels: number
  readonly channels: number
}

/**
 * 1 for the channel that wins a pixel: at the first step at which any fires the strongest of those that do, the first
 * among equals (sheet 14, section 3.6).
 * @param spikes `[T, B, P, C]` @param strength the same, or one step of it @returns `[B, P, C]`
 */
export function winnersOf(spikes: Numbers, strength: Numbers, extent: CompetitionExtent): Float64Array {
  const { timeSteps, batch, pixels, channels } = extent
  const perStep = batch * pixels * channels
  requireLength('winners', 'spikes', spikes, timeSteps * perStep)
  const constant = strength.length === perStep
  const wins = new Float64Array(perStep)
  for (let place = 0; place < batch * pixels; place++) {
    for (let t = 0; t < timeSteps; t++) {
      const fired = Array.from({ length: channels }, (_, c) => c).filter(
        (c) => at(spikes, t * perStep + place * channels + c) === 1,
      )
      if (fired.length === 0) continue
      const power = (c: number) => at(strength, (constant ? 0 : t * perStep) + place * channels + c)
      const best = fired.reduce((winner, c) => (power(c) > power(winner) ? c : winner))
      wins[place * channels + best] = 1
      break
    }
  }
  return wins
}
