/** Neurons whose dendrites have inputs of their own. */
import { traceUnpack } from '../ops/concatenate.js'
import type { NeuronOptions } from '../ops/neuron/definition.js'
import * as models from '../ops/neuron/models.js'
import { shapeOf } from '../ops/op.js'
import { traceStackBatch } from '../ops/stack-batch.js'
import { traceRepeatSteps } from '../ops/time-sums.js'
import { identity, type Layer } from './layers.js'
import { neuron } from './neurons.js'

export interface Dendrites {
  /** From the layer's input to the current of the basal dendrite; default: the input is the current. */
  readonly basal?: Layer
  /** From the layer's input to the current of the apical dendrite, for example by weights of its own. */
  readonly apical: Layer
}

type CompartmentNumber = keyof typeof models.multiCompartment.numbers
export type CompartmentOptions = NeuronOptions<CompartmentNumber, never>

/**
 * BrainCog's neuron of three compartments (sheet 12, section 3.6): two dendrites with currents of their own drive a soma
 * that fires, and a spike resets all three. Both currents must have one shape `[T, B, C, H, W]`; spikes of that shape
 * leave.
 * @throws OptionError on a number out of range, ShapeError when the currents differ in shape
 */
export function multiCompartment(dendrites: Dendrites, options: CompartmentOptions = {}): Layer {
  const population = neuron<CompartmentNumber, never>(models.multiCompartment, options)
  const { basal = identity(), apical } = dendrites
  return (scope, x) => {
    const currents = [basal(scope.child('basal'), x), apical(scope.child('apical'), x)]
    const real = currents.map((current) => traceUnpack(scope.graph, current))
    const changing = real.some((current) => shapeOf(current).steps > 1)
    const parts = changing ? real.map((current) => traceRepeatSteps(scope.graph, current, scope.timeSteps)) : real
    return population(scope, traceStackBatch(scope.graph, parts))
  }
}
