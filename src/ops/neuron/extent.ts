/** How a population of neurons lies in memory, and what of it both kernels are told. */
import { type ActivationShape, ceilDivide, type LoweringContext, neuronsOf, type Slab, wordsOf } from '../op.js'
import { blockCounts, blockSteps, type NeuronKernels, neuronKernels, teamLanes } from './kernels.js'
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

/** Words that a team takes one after the other: starting invocations costs a CPU much, and a GPU wants many. */
const wordsPerTeam = (software: boolean) => (software ? 8 : 1)

/** Which kernels serve a population, and how many words or neurons are for each invocation. */
export function divisionOf(context: LoweringContext, neuron: Neuron, shape: ActivationShape) {
  const { vector, perSample } = lanesOf(neuron, shape)
  const { traits } = context.variants
  const able = vector && neuronsOf(shape) % 32 === 0 && traits.subgroupLanes >= teamLanes
  const variant = context.variants.choose('neurons', `T${shape.steps}`, able ? ['team', 'portable'] : ['portable'])
  const kernels: NeuronKernels[keyof NeuronKernels] = neuronKernels(neuron.definition)[variant]
  const words = shape.batch * wordsOf(shape)
  if (variant === 'portable')
    return { kernels, group: vector ? 8 : 32, forward: words, backward: shape.batch * perSample }
  const group = wordsPerTeam(traits.software)
  const invocations = teamLanes * ceilDivide(words, group)
  return { kernels, group, forward: invocations, backward: invocations }
}

/** The forward kernel's flag of that name. */
export const blocksFlag = (steps: number): number =>
  blockCounts.find((most) => steps <= most * blockSteps) ?? Math.max(...blockCounts)

/** Steps of a slab that the gradient goes back through in one dispatch. */
export interface Block {
  /** First step, counted from the slab's. */
  readonly begin: number
  readonly steps: number
}

export const blocksOf = (slab: Slab): Block[] =>
  Array.from({ length: ceilDivide(slab.steps, blockSteps) }, (_, index) => ({
    begin: index * blockSteps,
    steps: Math.min(blockSteps, slab.steps - index * blockSteps),
  }))

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
    stepWords: shape.batch * wordsOf(shape),
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
