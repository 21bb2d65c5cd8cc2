/** Competition for good: the channel that fires first at a pixel silences the others there for the whole sequence. */
import { ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import {
  neuronsOf,
  type OpDefinition,
  pixelsOf,
  shapeOf,
  slabImages,
  slabsFor,
  type Tracer,
  type Value,
  wordsOf,
} from './op.js'

const firstWinner = defineKernel({
  shader: 'neuron/first_winner',
  bindings: { spikes: 'read', strength: 'read', winners: 'write' },
  parameters: {
    invocations: 'u32',
    steps: 'u32',
    batch: 'u32',
    pixels: 'u32',
    channels: 'u32',
    wordsPerImage: 'u32',
    strengthStep: 'u32',
  },
  flags: { LOAD: false },
  workgroupSize: 64,
})

const keepWinners = defineKernel({
  shader: 'neuron/keep_winners',
  bindings: { spikes: 'read', winners: 'read', y: 'write' },
  parameters: { invocations: 'u32', batch: 'u32', pixels: 'u32', channels: 'u32', words: 'u32' },
  flags: {},
  workgroupSize: 64,
})

const keepWinnersGradient = defineKernel({
  shader: 'neuron/keep_winners_gradient',
  bindings: { dy: 'read', winners: 'read', ds: 'write' },
  parameters: { invocations: 'u32', batch: 'u32', pixels: 'u32', channels: 'u32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

/** Inputs: spikes, strength. Outputs: the winners' spikes, the winners. */
const winnerOp: OpDefinition<null> = {
  name: 'winnerTakeAll',
  lower(context, node) {
    const [spikes, strength] = node.inputs as [Value, Value]
    const [y, winners] = node.outputs as [Value, Value]
    const shape = shapeOf(spikes)
    const { batch, channels } = shape
    const extent = { batch, pixels: pixelsOf(shape), channels }
    const words = wordsOf(shape)
    const slabs = slabsFor(context, shape)
    for (const slab of slabs)
      context.dispatch({
        kernel: firstWinner,
        flags: { LOAD: slab.index > 0 },
        views: {
          spikes: context.view(spikes, slab),
          strength: context.view(strength, slab),
          winners: context.view(winners),
        },
        parameters: {
          ...extent,
          invocations: winners.elements,
          steps: slab.steps,
          wordsPerImage: words,
          strengthStep: shapeOf(strength).steps === 1 ? 0 : batch * neuronsOf(shape),
        },
        invocations: winners.elements,
      })
    for (const slab of slabs) {
      const invocations = slabImages(shape, slab).count * words
      context.dispatch({
        kernel: keepWinners,
        views: { spikes: context.view(spikes, slab), winners: context.view(winners), y: context.view(y, slab) },
        parameters: { ...extent, invocations, words },
        invocations,
      })
    }
  },
  adjoint(context, node) {
    const spikes = node.inputs[0] as Value
    const [y, winners] = node.outputs as [Value, Value]
    const dy = context.gradientOf(y)
    if (!dy || !context.wanted(spikes)) return
    context.contribute(spikes, (into) => {
      const label = `d ${spikes.label}`
      const ds = into ? context.alias(into, label) : context.activation('f32', shapeOf(spikes), label)
      const attributes = { accumulate: into !== null }
      context.emit(winnerGradientOp, [dy, winners, ...(into ? [into] : [])], [ds], attributes)
      return ds
    })
  },
}

/** Inputs: dy, winners, (ds so far). */
const winnerGradientOp: OpDefinition<{ readonly accumulate: boolean }> = {
  name: 'winnerTakeAllGradient',
  lower(context, node) {
    const [dy, winners] = node.inputs as [Value, Value]
    const ds = node.outputs[0] as Value
    const shape = shapeOf(ds)
    const { batch, channels } = shape
    for (const slab of slabsFor(context, shape)) {
      const invocations = slabImages(shape, slab).count * neuronsOf(shape)
      context.dispatch({
        kernel: keepWinnersGradient,
        flags: { ACCUMULATE: node.attributes.accumulate },
        views: { dy: context.view(dy, slab), winners: context.view(winners), ds: context.view(ds, slab) },
        parameters: { invocations, batch, pixels: pixelsOf(shape), channels },
        invocations,
      })
    }
  },
}

/**
 * Winner take all between the channels of a pixel (pointwise inhibition; sheet 14, section 3.6): of the channels that
 * fire at the first step at which any does, the one of the largest strength keeps its spikes, the first among equals; all
 * others are silent at all steps. Gradients reach the winner's spikes; the strength has none. For a competition of all
 * neurons of a layer, flatten it first.
 * @param spikes `[T, B, C, H, W]` @param strength f32 of the same shape, or one step of it
 * @returns spikes `[T, B, C, H, W]` @throws ShapeError when the two do not fit
 */
export function traceWinnerTakeAll(tracer: Tracer, spikes: Value, strength: Value): Value {
  const shape = shapeOf(spikes)
  const other = shapeOf(strength)
  const same = Object.entries(shape).every(
    ([axis, size]) => other[axis as keyof typeof shape] === size || (axis === 'steps' && other.steps === 1),
  )
  if (!same || spikes.dtype !== 'spikes' || strength.dtype !== 'f32')
    throw new ShapeError('winnerTakeAll', 'needs spikes and a strength of one shape.', 'Its neurons must fire.')
  const y = tracer.activation('spikes', shape, 'spikes of winners')
  const winners = tracer.raw('u32', shape.batch * pixelsOf(shape), 'winners')
  tracer.emit(winnerOp, [spikes, strength], [y, winners], null)
  return y
}
