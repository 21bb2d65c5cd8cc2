/** The leaky integrate-and-fire neuron over all time steps, spikes as bits, with its surrogate gradient. */
import { type LifParameters, lifNeuron } from './lif-parameters.js'
import { traceNeurons } from './neuron/neuron.js'
import type { Tracer, Value } from './op.js'

export * from './lif-parameters.js'

export interface LifOptions {
  readonly parameters: LifParameters
  /** T; needed when x is constant (one step), else x decides. */
  readonly timeSteps?: number
  /** `[B, C, H, W]` membrane before the first step; default: the reset potential. */
  readonly initialMembrane?: Value
  /** Also return the membrane after the last step: single-step execution keeps it between runs. */
  readonly keepMembrane?: boolean
}

/**
 * A population of LIF neurons.
 * @param x current `[T, B, C, H, W]`, or `[1, ...]` repeated for `timeSteps` steps
 * @returns spikes `[T, B, C, H, W]`
 * @throws OptionError naming the parameter that is out of range
 */
export function traceLif(
  tracer: Tracer,
  x: Value,
  options: LifOptions,
  label = 'spikes',
): { spikes: Value; finalMembrane: Value | null } {
  const { timeSteps, initialMembrane, keepMembrane = false } = options
  const { output, finalState } = traceNeurons(
    tracer,
    x,
    lifNeuron(options.parameters),
    {
      keepState: keepMembrane,
      ...(timeSteps === undefined ? {} : { timeSteps }),
      ...(initialMembrane ? { initialState: initialMembrane } : {}),
    },
    label,
  )
  return { spikes: output, finalMembrane: finalState }
}
