/**
 * Sums over time steps and repetitions along them, each the other's adjoint: the mean that reads out a rate-coded network,
 * and a constant written out for layers that treat steps differently.
 */
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

interface ScaledSteps {
  readonly scale: number
  /** Add to what the output holds. */
  readonly accumulate: boolean
}

/** Emits the adjoint of one of the pair: the other, with the same scale, into the gradient of the node's input. */
const contributeBy =
  (other: () => OpDefinition<ScaledSteps>): NonNullable<OpDefinition<ScaledSteps>['adjoint']> =>
  (context, node) => {
    const x = node.inputs[0] as Value
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy || !context.wanted(x)) return
    const { scale } = node.attributes
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
      context.emit(other(), into ? [dy, into] : [dy], [dx], { scale, accumulate: into !== null })
      return dx
    })
  }

/** y[0] = scale · sum over t of x[t] */
const sumStepsOp: OpDefinition<ScaledSteps> = {
  name: 'sumSteps',
  lower(context, node) {
    const x = node.inputs[0] as Value
    const shape = shapeOf(x)
    const { scale, accumulate } = node.attributes
    const invocations = shape.batch * neuronsOf(shape)
    for (const slab of slabsFor(context, shape)) {
      context.dispatch({
        kernel: timeMeanKernel,
        flags: { ACCUMULATE: accumulate || slab.index > 0 },
        views: { x: context.view(x, slab), y: context.view(node.outputs[0] as Value) },
        parameters: { invocations, steps: slab.steps, scale },
        invocations,
        cost: { flops: invocations * (slab.steps + 1) },
      })
    }
  },
  adjoint: contributeBy(() => repeatStepsOp),
}

/** y[t] = scale · x[0] */
const repeatStepsOp: OpDefinition<ScaledSteps> = {
  name: 'repeatSteps',
  recomputable: true,
  lower(context, node) {
    const y = node.outputs[0] as Value
    const shape = shapeOf(y)
    const { scale, accumulate } = node.attributes
    const count = shape.batch * neuronsOf(shape)
    for (const slab of slabsFor(context, shape)) {
      context.dispatch({
        kernel: timeRepeatKernel,
        flags: { ACCUMULATE: accumulate },
        views: { x: context.view(node.inputs[0] as Value), y: context.view(y, slab) },
        parameters: { invocations: count * slab.steps, count, scale },
        invocations: count * slab.steps,
        cost: { flops: count * slab.steps },
      })
    }
  },
  adjoint: contributeBy(() => sumStepsOp),
}

/** `[T, B, C, H, W]` to `[1, B, C, H, W]`. */
export function traceTimeMean(tracer: Tracer, x: Value): Value {
  const shape = shapeOf(x)
  if (shape.steps === 1) return x
  const y = tracer.activation('f32', { ...shape, steps: 1 }, 'time mean')
  tracer.emit(sumStepsOp, [x], [y], { scale: 1 / shape.steps, accumulate: false })
  return y
}

/** A real value `[1, B, C, H, W]` as `[timeSteps, B, C, H, W]`; one that has steps already passes as it is. */
export function traceRepeatSteps(tracer: Tracer, x: Value, timeSteps: number): Value {
  const shape = shapeOf(x)
  if (shape.steps === timeSteps || shape.steps > 1) return x
  const y = tracer.activation('f32', { ...shape, steps: timeSteps }, x.label)
  tracer.emit(repeatStepsOp, [x], [y], { scale: 1, accumulate: false })
  return y
}
