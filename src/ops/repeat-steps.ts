/** A value that is the same at every step, written out for each: for layers that treat steps differently. */

import { neuronsOf, type OpDefinition, shapeOf, slabsFor, type Tracer, type Value } from './op.js'
import { timeMeanKernel, timeRepeatKernel } from './time-mean.js'

const repeatOp: OpDefinition<null> = {
  name: 'repeatSteps',
  recomputable: true,
  lower(context, node) {
    const x = node.inputs[0] as Value
    const y = node.outputs[0] as Value
    const shape = shapeOf(y)
    const count = shape.batch * neuronsOf(shape)
    for (const slab of slabsFor(context, shape)) {
      context.dispatch({
        kernel: timeRepeatKernel,
        views: { x: context.view(x), y: context.view(y, slab) },
        parameters: { invocations: count * slab.steps, count, scale: 1 },
        invocations: count * slab.steps,
      })
    }
  },
  adjoint(context, node) {
    const x = node.inputs[0] as Value
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy || !context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
      context.emit(sumStepsOp, into ? [dy, into] : [dy], [dx], { accumulate: into !== null })
      return dx
    })
  },
}

const sumStepsOp: OpDefinition<{ readonly accumulate: boolean }> = {
  name: 'sumSteps',
  lower(context, node) {
    const dy = node.inputs[0] as Value
    const shape = shapeOf(dy)
    const invocations = shape.batch * neuronsOf(shape)
    for (const slab of slabsFor(context, shape)) {
      context.dispatch({
        kernel: timeMeanKernel,
        flags: { ACCUMULATE: node.attributes.accumulate || slab.index > 0 },
        views: { x: context.view(dy, slab), y: context.view(node.outputs[0] as Value) },
        parameters: { invocations, steps: slab.steps, scale: 1 },
        invocations,
        cost: { flops: slab.steps * invocations },
      })
    }
  },
}

/** A real value `[1, B, C, H, W]` as `[timeSteps, B, C, H, W]`; one that has steps already passes as it is. */
export function traceRepeatSteps(tracer: Tracer, x: Value, timeSteps: number): Value {
  const shape = shapeOf(x)
  if (shape.steps === timeSteps || shape.steps > 1) return x
  const y = tracer.activation('f32', { ...shape, steps: timeSteps }, x.label)
  tracer.emit(repeatOp, [x], [y], null)
  return y
}
