/** Mean over time steps: the read-out of a rate-coded network. */
import { defineKernel } from '../runtime/kernel.js'
import { neuronsOf, type OpDefinition, shapeOf, slabsFor, type Tracer, type Value } from './op.js'

export const timeMeanKernel = defineKernel({
  shader: 'elementwise/time_mean',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', steps: 'u32', scale: 'f32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

export const timeRepeatKernel = defineKernel({
  shader: 'elementwise/time_repeat',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', count: 'u32', scale: 'f32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

const timeMeanOp: OpDefinition<null> = {
  name: 'timeMean',
  lower(context, node) {
    const [x] = node.inputs as [Value]
    const shape = shapeOf(x)
    const invocations = shape.batch * neuronsOf(shape)
    for (const slab of slabsFor(context, shape)) {
      context.dispatch({
        kernel: timeMeanKernel,
        flags: { ACCUMULATE: slab.index > 0 },
        views: { x: context.view(x, slab), y: context.view(node.outputs[0] as Value) },
        parameters: { invocations, steps: slab.steps, scale: 1 / shape.steps },
        invocations,
        cost: { flops: invocations * (slab.steps + 1) },
      })
    }
  },
  adjoint(context, node) {
    const x = node.inputs[0] as Value
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy || !context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
      context.emit(timeRepeatOp, into ? [dy, into] : [dy], [dx], { accumulate: into !== null })
      return dx
    })
  },
}

const timeRepeatOp: OpDefinition<{ readonly accumulate: boolean }> = {
  name: 'timeRepeat',
  lower(context, node) {
    const dx = node.outputs[0] as Value
    const shape = shapeOf(dx)
    const count = shape.batch * neuronsOf(shape)
    for (const slab of slabsFor(context, shape)) {
      context.dispatch({
        kernel: timeRepeatKernel,
        flags: { ACCUMULATE: node.attributes.accumulate },
        views: { x: context.view(node.inputs[0] as Value), y: context.view(dx, slab) },
        parameters: { invocations: count * slab.steps, count, scale: 1 / shape.steps },
        invocations: count * slab.steps,
        cost: { flops: count * slab.steps },
      })
    }
  },
}

/** `[T, B, C, H, W]` to `[1, B, C, H, W]`. */
export function traceTimeMean(tracer: Tracer, x: Value): Value {
  const shape = shapeOf(x)
  if (shape.steps === 1) return x
  const y = tracer.activation('f32', { ...shape, steps: 1 }, 'time mean')
  tracer.emit(timeMeanOp, [x], [y], null)
  return y
}
