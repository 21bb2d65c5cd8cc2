/** Another shape for the same memory: pixels and channels of a sample as one axis. */
import { neuronsOf, type OpDefinition, pixelsOf, shapeOf, type Tracer, type Value } from './op.js'

const reshape: OpDefinition<null> = {
  name: 'flatten',
  // both shapes are the same bytes: nothing to run
  lower() {},
  adjoint(context, node) {
    const x = node.inputs[0] as Value
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy || !context.wanted(x)) return
    const dx = context.alias(dy, `d ${x.label}`, shapeOf(x))
    context.emit(reshape, [dy], [dx], null)
    context.share(x, dx)
  },
}

/** `[T, B, C, H, W]` to `[T, B, H·W·C, 1, 1]` in channel-last order, without moving anything. */
export function traceFlatten(tracer: Tracer, x: Value): Value {
  const shape = shapeOf(x)
  if (pixelsOf(shape) === 1) return x
  const y = tracer.alias(x, `flat ${x.label}`, { ...shape, height: 1, width: 1, channels: neuronsOf(shape) })
  tracer.emit(reshape, [x], [y], null)
  return y
}
