/** Real values as bits: what comes from outside as zeros and ones, kept as the engine keeps spikes. */
import { defineKernel } from '../runtime/kernel.js'
import { neuronsOf, type OpDefinition, shapeOf, slabImages, slabsFor, type Tracer, type Value, wordsOf } from './op.js'

const packSpikes = defineKernel({
  shader: 'dissimilarity/pack_spikes',
  bindings: { x: 'read', spikes: 'write' },
  parameters: { invocations: 'u32', neurons: 'u32', words: 'u32' },
  flags: {},
  workgroupSize: 64,
})

const packOp: OpDefinition<null> = {
  name: 'packSpikes',
  recomputable: true,
  lower(context, node) {
    const [x, spikes] = [node.inputs[0] as Value, node.outputs[0] as Value]
    const shape = shapeOf(spikes)
    for (const slab of slabsFor(context, shape)) {
      const words = wordsOf(shape)
      const invocations = slabImages(shape, slab).count * words
      context.dispatch({
        kernel: packSpikes,
        views: { x: context.view(x, slab), spikes: context.view(spikes, slab) },
        parameters: { invocations, neurons: neuronsOf(shape), words },
        invocations,
      })
    }
  },
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (dy) context.share(node.inputs[0] as Value, dy)
  },
}

/**
 * Spikes where x is above 0. Zeros and ones stay the same numbers, so their gradient passes as it is.
 * @param x f32 `[T, B, C, H, W]` @returns spikes of the same shape; what are spikes already is returned unchanged
 */
export function tracePackSpikes(tracer: Tracer, x: Value): Value {
  if (x.dtype === 'spikes') return x
  const spikes = tracer.activation('spikes', shapeOf(x), x.label)
  tracer.emit(packOp, [x], [spikes], null)
  return spikes
}
