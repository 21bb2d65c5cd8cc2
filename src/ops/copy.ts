/** Copies a value into another place. */
import { type BufferView, defineKernel } from '../runtime/kernel.js'
import { elementsOf, type LoweringContext, type OpDefinition, slabsFor, type Tracer, type Value } from './op.js'

const copyKernel = defineKernel({
  shader: 'elementwise/copy',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', start: 'u32' },
  flags: {},
  workgroupSize: 64,
})

/** Copies so many words between two stretches of memory. */
export function dispatchCopy(context: LoweringContext, x: BufferView, y: BufferView, elements: number): void {
  context.dispatch({
    kernel: copyKernel,
    views: { x, y },
    parameters: { invocations: elements, start: 0 },
    invocations: elements,
  })
}

const copyOp: OpDefinition<null> = {
  name: 'copy',
  lower(context, node) {
    const [x] = node.inputs as [Value]
    const y = node.outputs[0] as Value
    const { shape } = x
    if (!shape) {
      dispatchCopy(context, context.view(x), context.view(y), x.elements)
      return
    }
    for (const slab of slabsFor(context, shape)) {
      const step = elementsOf(x.dtype, { ...shape, steps: 1 })
      const invocations = slab.steps * step
      // a raw target is whole where an activation is cut
      const start = y.shape ? 0 : slab.firstStep * step
      context.dispatch({
        kernel: copyKernel,
        views: { x: context.view(x, slab), y: context.view(y, slab) },
        parameters: { invocations, start },
        invocations,
      })
    }
  },
}

const firstOp: OpDefinition<null> = {
  name: 'firstNumbers',
  lower(context, node) {
    const y = node.outputs[0] as Value
    dispatchCopy(context, context.view(node.inputs[0] as Value), context.view(y), y.elements)
  },
}

/** The first numbers of a raw value, as a value of their own; has no gradient. */
export function traceFirst(tracer: Tracer, x: Value, elements: number): Value {
  const y = tracer.raw('f32', elements, `first ${elements} of ${x.label}`)
  tracer.emit(firstOp, [x], [y], null)
  return y
}

/** Copies all of `x` into `y`, raw or of the same shape (for example a slot that the host reads). */
export const traceCopy = (tracer: Tracer, x: Value, y: Value): void => tracer.emit(copyOp, [x], [y], null)
