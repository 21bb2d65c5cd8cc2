/** Reset and its gradient, as the models share them (sheet 12, section 3.1). */
import { type GradientContext, type NeuronNumbers, type NeuronSettings, numberOf, stateOf } from './neuron.js'

/** The reset potential with hard reset, else 0. */
export const idle = (numbers: NeuronNumbers, { reset }: NeuronSettings): number =>
  reset === 'hard' ? (numbers.resetPotential ?? 0) : 0

/** v after the reset: (1 - s) h + s v_reset, h - s v_th, or h. */
export function afterReset(h: number, s: number, numbers: NeuronNumbers, { reset }: NeuronSettings): number {
  if (reset === 'hard') return (1 - s) * h + s * numberOf(numbers, 'resetPotential')
  return reset === 'soft' ? h - s * numberOf(numbers, 'threshold') : h
}

/**
 * gh of a neuron that fires at `excess` = (h - theta) scale: hard G q + V ((1 - s) + D (v_reset - h) q), soft
 * G q + V (1 - D v_th q), none G q + V.
 * @returns gh, and the part of it that came through the spike
 */
export function membraneGradient(context: GradientContext, h: number, excess: number, G: number, scale = 1) {
  const { numbers, settings, s } = context
  const V = stateOf(context.carry, 'v')
  const D = settings.detachReset ? 0 : 1
  let byReset = 0
  let past = V
  if (settings.reset === 'hard') {
    byReset = numberOf(numbers, 'resetPotential') - h
    past = V * (1 - s)
  } else if (settings.reset === 'soft') byReset = -numberOf(numbers, 'threshold')
  const spike = context.throughSpike(excess, G + D * V * byReset) * scale
  return { gh: spike + past, spike }
}

export interface Charge {
  readonly h: number
  readonly dv: number
  readonly dx: number
}

/** Charge of LIF and its derivatives: h = v + k (x - (v - rest)), or v - k (v - rest) + x. */
export function lifCharge(v: number, x: number, k: number, rest: number, decayInput: boolean): Charge {
  const h = decayInput ? v + k * (x - (v - rest)) : v - k * (v - rest) + x
  return { h, dv: 1 - k, dx: decayInput ? k : 1 }
}
