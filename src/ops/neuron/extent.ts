/** How a population of neurons lies in memory, and what of it both kernels are told. */
import { type ActivationShape, neuronsOf, type Slab, wordsOf } from '../op.js'
import { type Neuron, neuronNumbers } from './resolve.js'

/** Vectors of four neurons where nothing stands against it. */
export function lanesOf(neuron: Neuron, shape: ActivationShape): { vector: boolean; perSample: number } {
  const neurons = neuronsOf(shape)
  const vector = neurons % 4 === 0 && !(neuron.perChannel && shape.channels % 4 !== 0)
  return { vector, perSample: vector ? neurons / 4 : neurons }
}

/** How many inputs a neuron has. */
export const inputsOf = ({ definition }: Neuron): number => definition.inputs?.length ?? 1

/** The states of a population as an activation `[S, B, C, H, W]`. */
export const stateShape = (neuron: Neuron, shape: ActivationShape): ActivationShape => ({
  ...shape,
  steps: 1,
  batch: shape.batch * Object.keys(neuron.definition.states).length,
})

/** Uniform fields that both kernels share. */
export function sequenceNumbers(
  neuron: Neuron,
  shape: ActivationShape,
  slab: Slab,
  constant: boolean,
  timeSteps: number,
) {
  const { perSample } = lanesOf(neuron, shape)
  const stepSize = shape.batch * perSample
  return {
    steps: slab.steps,
    batch: shape.batch,
    neurons: neuronsOf(shape),
    words: wordsOf(shape),
    inputStep: constant ? 0 : inputsOf(neuron) * stepSize,
    stepSize,
    firstStep: slab.firstStep,
    sequence: timeSteps,
    channels: neuron.perChannel ? shape.channels : 1,
    ...neuronNumbers(neuron),
  }
}

/** Shape of what a population of neurons emits, from that of its input, in which several inputs share the batch. */
export const emittedShape = (neuron: Neuron, input: ActivationShape, steps: number): ActivationShape => ({
  ...input,
  steps,
  batch: input.batch / inputsOf(neuron),
})

export const previousSlab = (slab: Slab): Slab => ({ ...slab, index: slab.index - 1 })
