/** Copies a value into another place. */
import { defineKernel } from '../runtime/kernel.js'
import type { OpDefinition, Tracer, Value } from './op.js'

const copyKernel = defineKernel({
  shader: 'elementwise/copy',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32' },
  flags: {},
  workgroupSize: 64,
})

/** Copies a whole value into another place (a slot the host reads). */
const copyOp: OpDefinition<null> = {
  name: 'copy',
  lower(context, node) {
    const [x] = node.inputs as [Value]
    context.dispatch({
      kernel: copyKernel,
      views: { x: context.view(x), y: context.view(node.outputs[0] as Value) },
      parameters: { invocations: x.elements },
      invocations: x.elements,
    })
  },
}

/** Copies all of `x` into `y` (for example a slot that the host reads). */
export const traceCopy = (tracer: Tracer, x: Value, y: Value): void => tracer.emit(copyOp, [x], [y], null)
