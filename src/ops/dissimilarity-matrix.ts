/** Population counts of spikes, matrices of how alike samples are, and their sums without pairs (sheet 00, section 4). */
import { LimitError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import { sharedSpikesOp } from './dissimilarity.js'
import { neuronsOf, type OpDefinition, shapeOf, slabImages, slabsFor, type Tracer, type Value, wordsOf } from './op.js'

const spikeCounts = defineKernel({
  shader: 'dissimilarity/spike_counts',
  bindings: { spikes: 'read', counts: 'write' },
  parameters: { invocations: 'u32', words: 'u32', first: 'u32' },
  flags: {},
  workgroupSize: 64,
})

const perWord = {
  invocations: 'u32',
  batch: 'u32',
  words: 'u32',
  neurons: 'u32',
  firstStep: 'u32',
  bits: 'u32',
} as const

const columnCounts = defineKernel({
  shader: 'dissimilarity/column_counts',
  bindings: { spikes: 'read', counts: 'write' },
  parameters: perWord,
  flags: {},
  workgroupSize: 64,
})

const matrixKernel = defineKernel({
  shader: 'dissimilarity/matrix',
  bindings: { gram: 'read', matrix: 'write' },
  parameters: { invocations: 'u32', batch: 'u32', neurons: 'f32' },
  flags: { KIND: 0 },
  workgroupSize: 64,
})

const columnWeights = defineKernel({
  shader: 'dissimilarity/column_weights',
  bindings: { counts: 'read', weights: 'write' },
  parameters: { invocations: 'u32', batch: 'u32', neurons: 'f32' },
  flags: { PEARSON: false },
  workgroupSize: 64,
})

const weightedColumns = defineKernel({
  shader: 'dissimilarity/weighted_columns',
  bindings: { spikes: 'read', weights: 'read', partial: 'write' },
  parameters: perWord,
  flags: {},
  workgroupSize: 64,
})

/**
 * hamming: share of neurons that differ, 0 to 1. jaccard: shared spikes of all that fire, 1 for two silent samples.
 * cosine: 0 for a silent sample. pearson: correlation, 0 for a sample that is the same at every neuron. sparsityAware: the
 * difference D of the sparsity-aware Hamming kernel K = N − D, kept apart because K in float32 would lose it (section 4.6).
 */
export const dissimilarityKinds = ['hamming', 'jaccard', 'cosine', 'pearson', 'sparsityAware'] as const
export type DissimilarityKind = (typeof dissimilarityKinds)[number]

const spikeCountsOp: OpDefinition<null> = {
  name: 'spikeCounts',
  lower(context, node) {
    const spikes = node.inputs[0] as Value
    const shape = shapeOf(spikes)
    for (const slab of slabsFor(context, shape)) {
      const { first, count } = slabImages(shape, slab)
      context.dispatch({
        kernel: spikeCounts,
        views: { spikes: context.view(spikes, slab), counts: context.view(node.outputs[0] as Value) },
        parameters: { invocations: count, words: wordsOf(shape), first },
        invocations: count,
        cost: { flops: count * wordsOf(shape) },
      })
    }
  },
}

/** Numbers of a dispatch that gives one word of neurons to an invocation. */
const wordNumbers = (shape: ReturnType<typeof shapeOf>, steps: number, firstStep: number) => ({
  invocations: steps * wordsOf(shape),
  batch: shape.batch,
  words: wordsOf(shape),
  neurons: neuronsOf(shape),
  firstStep,
  bits: 32,
})

const columnCountsOp: OpDefinition<null> = {
  name: 'columnCounts',
  lower(context, node) {
    const spikes = node.inputs[0] as Value
    const shape = shapeOf(spikes)
    for (const slab of slabsFor(context, shape)) {
      const parameters = wordNumbers(shape, slab.steps, slab.firstStep)
      context.dispatch({
        kernel: columnCounts,
        views: { spikes: context.view(spikes, slab), counts: context.view(node.outputs[0] as Value) },
        parameters,
        invocations: parameters.invocations,
        cost: { flops: slab.steps * shape.batch * neuronsOf(shape) },
      })
    }
  },
}

/** Input: shared spikes `[T, B, B]`. */
const matrixOp: OpDefinition<{ readonly kind: DissimilarityKind; readonly batch: number; readonly neurons: number }> = {
  name: 'dissimilarityMatrix',
  lower(context, node) {
    const [gram, matrix] = [node.inputs[0] as Value, node.outputs[0] as Value]
    const { kind, batch, neurons } = node.attributes
    context.dispatch({
      kernel: matrixKernel,
      flags: { KIND: dissimilarityKinds.indexOf(kind) },
      views: { gram: context.view(gram), matrix: context.view(matrix) },
      parameters: { invocations: matrix.elements, batch, neurons },
      invocations: matrix.elements,
      cost: { flops: 10 * matrix.elements },
    })
  },
}

/** Inputs: spikes, their counts. */
const similaritySumsOp: OpDefinition<{ readonly kind: 'cosine' | 'pearson' }> = {
  name: 'similaritySums',
  lower(context, node) {
    const [spikes, counts] = node.inputs as [Value, Value]
    const shape = shapeOf(spikes)
    const weights = context.scratch(shape.steps * (shape.batch + 1))
    context.dispatch({
      kernel: columnWeights,
      flags: { PEARSON: node.attributes.kind === 'pearson' },
      views: { counts: context.view(counts), weights },
      parameters: { invocations: shape.steps, batch: shape.batch, neurons: neuronsOf(shape) },
      invocations: shape.steps,
      cost: { flops: 6 * shape.steps * shape.batch },
    })
    for (const slab of slabsFor(context, shape)) {
      const parameters = wordNumbers(shape, slab.steps, slab.firstStep)
      context.dispatch({
        kernel: weightedColumns,
        views: { spikes: context.view(spikes, slab), weights, partial: context.view(node.outputs[0] as Value) },
        parameters,
        invocations: parameters.invocations,
        cost: { flops: slab.steps * shape.batch * neuronsOf(shape) },
      })
    }
  },
}

const slotOf = (name: string | null) => (name === null ? {} : { storage: { kind: 'slot', name } as const })

/** Spikes of every image, `[T, B]`. @param slot where the host reads them, or null */
export function traceSpikeCounts(tracer: Tracer, spikes: Value, slot: string | null): Value {
  const { steps, batch } = shapeOf(spikes)
  const counts = tracer.raw('u32', steps * batch, 'spike counts', slotOf(slot))
  tracer.emit(spikeCountsOp, [spikes], [counts], null)
  return counts
}

/** How many samples each neuron fires for, `[T, N]` in the flat order [H, W, C]. @param slot where the host reads them, or null */
export function traceColumnCounts(tracer: Tracer, spikes: Value, slot: string | null): Value {
  const shape = shapeOf(spikes)
  const counts = tracer.raw('u32', shape.steps * neuronsOf(shape), 'column counts', slotOf(slot))
  tracer.emit(columnCountsOp, [spikes], [counts], null)
  return counts
}

/** Counts stay exact in float32 up to here. */
const mostNeurons = 2 ** 24

/**
 * How alike or different every pair of samples is at each step, `[T, B, B]`, by popcount of packed spikes.
 * @param slot where the host reads it, or null @throws LimitError above 2^24 neurons, where float32 counts are not exact
 */
export function traceDissimilarity(tracer: Tracer, spikes: Value, kind: DissimilarityKind, slot: string | null): Value {
  const shape = shapeOf(spikes)
  const neurons = neuronsOf(shape)
  if (neurons > mostNeurons)
    throw new LimitError('dissimilarity', `counts are exact up to ${mostNeurons} neurons; got ${neurons}.`)
  const pairs = shape.steps * shape.batch ** 2
  const gram = tracer.raw('u32', pairs, 'shared spikes')
  tracer.emit(sharedSpikesOp, [spikes], [gram], null)
  const matrix = tracer.raw('f32', pairs, kind, slotOf(slot))
  tracer.emit(matrixOp, [gram], [matrix], { kind, batch: shape.batch, neurons })
  return matrix
}

/**
 * The sum of all B² cosines or correlations of samples, diagonal included, without a single pair: one pass over the
 * spikes. Partial sums `[T, words]`; add those of a step in float64. Samples without a cosine or correlation count 0.
 */
export function traceSimilaritySums(
  tracer: Tracer,
  spikes: Value,
  kind: 'cosine' | 'pearson',
  slot: string | null,
): Value {
  const shape = shapeOf(spikes)
  const counts = traceSpikeCounts(tracer, spikes, null)
  const partial = tracer.raw('f32', shape.steps * wordsOf(shape), `${kind} sums`, slotOf(slot))
  tracer.emit(similaritySumsOp, [spikes, counts], [partial], { kind })
  return partial
}
