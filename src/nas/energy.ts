/** Synaptic operations and energy of a network from its convolutions and firing rates (sheet 00, section 7, point 4). */

/** Picojoules of one 32-bit multiply-accumulate and of one accumulate in 45 nm silicon (Horowitz, ISSCC 2014). */
export const picojoulesPerMac = 4.6
export const picojoulesPerAccumulate = 0.9

export const energyAssumptions =
  'Energy counts arithmetic only: 4.6 pJ for each multiply-accumulate of a real-valued input (the stem, once for an image; the read-out, every step) and 0.9 pJ for each accumulate caused by a spike (45 nm). Memory traffic and neuron updates are left out.'

export interface ConvolutionWork {
  /** MACs of one sample and step. */
  readonly macs: number
  /** Mean spikes a neuron and step of the population that drives it; null for real-valued input. */
  readonly rate: number | null
  /** Real-valued input that does not change over time is computed once. */
  readonly constant: boolean
}

export interface NetworkWork {
  /** Accumulates a sample, all steps. */
  readonly synapticOperations: number
  /** pJ a sample, all steps. */
  readonly energyPicojoules: number
}

export function workOf(convolutions: readonly ConvolutionWork[], timeSteps: number): NetworkWork {
  let synapticOperations = 0
  let multiplyAccumulates = 0
  for (const { macs, rate, constant } of convolutions) {
    if (rate === null) multiplyAccumulates += macs * (constant ? 1 : timeSteps)
    else synapticOperations += rate * macs * timeSteps
  }
  return {
    synapticOperations,
    energyPicojoules: picojoulesPerMac * multiplyAccumulates + picojoulesPerAccumulate * synapticOperations,
  }
}
