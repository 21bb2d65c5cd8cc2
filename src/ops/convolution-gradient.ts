/** Gradients of a convolution: by its input, its weights and its bias. */
import { columnSums } from './convolution-kernels.js'
import { neuronsOf, type OpDefinition, pixelsOf, shapeOf, slabImages, slabsFor, type Value } from './op.js'

export { inputGradientOp } from './convolution-input-gradient.js'
export { weightGradientOp } from './convolution-weight-gradient.js'

export const biasGradientOp: OpDefinition<{ readonly accumulate: boolean }> = {
  name: 'biasGradient',
  lower(context, node) {
    const dy = node.inputs[0] as Value
    const shape = shapeOf(dy)
    for (const slab of slabsFor(context, shape)) {
      const { count } = slabImages(shape, slab)
      context.dispatch({
        kernel: columnSums,
        flags: { ACCUMULATE: node.attributes.accumulate || slab.index > 0 },
        views: { x: context.view(dy, slab), y: context.view(node.outputs[0] as Value) },
        parameters: { invocations: shape.channels, rows: count * pixelsOf(shape) },
        invocations: shape.channels,
        cost: { flops: count * neuronsOf(shape) },
      })
    }
  },
}
