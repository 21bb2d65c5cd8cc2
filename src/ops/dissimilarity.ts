/** Integer counts over packed spikes, from which every dissimilarity follows (sheet 00, section 4). */
import { LimitError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import { ceilDivide, type OpDefinition, shapeOf, slabsFor, type Tracer, type Value, wordsOf } from './op.js'

export const columnPairs = defineKernel({
  shader: 'dissimilarity/column_pairs',
  bindings: { spikes: 'read', sums: 'write' },
  parameters: { words: 'u32', batch: 'u32', groups: 'u32', lanes: 'u32', firstRecord: 'u32' },
  flags: {},
  workgroupSize: 64,
})

export const sharedSpikes = defineKernel({
  shader: 'dissimilarity/shared_spikes',
  bindings: { spikes: 'read', counts: 'write' },
  parameters: { invocations: 'u32', words: 'u32', batch: 'u32', blocks: 'u32', four: 'u32', firstStep: 'u32' },
  flags: { VEC: true },
  workgroupSize: 64,
})

/** Partial sums a record has: one a workgroup of 64 words. */
export const columnGroups = (words: number): number => ceilDivide(words, 64)

const columnPairsOp: OpDefinition<null> = {
  name: 'columnPairs',
  lower(context, node) {
    const [spikes] = node.inputs as [Value]
    const shape = shapeOf(spikes)
    const words = wordsOf(shape)
    const groups = columnGroups(words)
    for (const slab of slabsFor(context, shape)) {
      context.dispatch({
        kernel: columnPairs,
        views: { spikes: context.view(spikes, slab), sums: context.view(node.outputs[0] as Value) },
        parameters: {
          words,
          batch: shape.batch,
          groups,
          lanes: 64,
          firstRecord: slab.firstStep * groups,
        },
        invocations: slab.steps * groups * 64,
        // integer operations: eleven planes with each sample, then every pair of planes
        cost: { flops: slab.steps * words * (22 * shape.batch + 4 * 11 ** 2) },
      })
    }
  },
}

export const sharedSpikesOp: OpDefinition<null> = {
  name: 'sharedSpikes',
  lower(context, node) {
    const [spikes] = node.inputs as [Value]
    const shape = shapeOf(spikes)
    const blocks = ceilDivide(shape.batch, 4)
    const words = wordsOf(shape)
    const vector = words % 4 === 0
    for (const slab of slabsFor(context, shape)) {
      const invocations = slab.steps * blocks * blocks
      context.dispatch({
        kernel: sharedSpikes,
        flags: { VEC: vector },
        views: { spikes: context.view(spikes, slab), counts: context.view(node.outputs[0] as Value) },
        parameters: {
          invocations,
          words: vector ? words / 4 : words,
          batch: shape.batch,
          blocks,
          four: 4,
          firstStep: slab.firstStep,
        },
        invocations,
        // and, population count, addition: for each word of each pair of samples once
        cost: { flops: (3 * slab.steps * words * shape.batch * (shape.batch + 1)) / 2 },
      })
    }
  },
}

/**
 * For each step of a population: partial sums of 2c(B-c) and of c over neurons, `[T, groups, 2]`.
 * @throws LimitError when a partial sum could exceed 32 bits (B above 2047)
 */
export function traceColumnPairs(tracer: Tracer, spikes: Value, slot: string): Value {
  const shape = shapeOf(spikes)
  if (shape.batch > 2047)
    throw new LimitError(
      'columnPairs',
      `counts fit 32 bits up to a batch of 2047; got ${shape.batch}.`,
      'Use a smaller batch for the fitness.',
    )
  const sums = tracer.raw('u32', shape.steps * columnGroups(wordsOf(shape)) * 2, slot, {
    storage: { kind: 'slot', name: slot },
  })
  tracer.emit(columnPairsOp, [spikes], [sums], null)
  return sums
}

/** For each step of a population: spikes shared by every pair of samples, `[T, B, B]`; the diagonal is each sample's count. */
export function traceSharedSpikes(tracer: Tracer, spikes: Value, slot: string): Value {
  const shape = shapeOf(spikes)
  const counts = tracer.raw('u32', shape.steps * shape.batch * shape.batch, slot, {
    storage: { kind: 'slot', name: slot },
  })
  tracer.emit(sharedSpikesOp, [spikes], [counts], null)
  return counts
}
