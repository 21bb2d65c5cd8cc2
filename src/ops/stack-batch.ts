/** Activations of one shape behind one another in the batch of each step: how a neuron with several inputs gets them. */
import { ShapeError } from '../errors.js'
import { placeChannels, sliceChannels } from './concatenate.js'
import { neuronsOf, type OpDefinition, shapeOf, slabsFor, type Tracer, type Value } from './op.js'

/** A step of a part is one row that the kernels of concatenation copy. */
function rowOf(part: Value, parts: number, index: number) {
  const row = shapeOf(part).batch * neuronsOf(shapeOf(part))
  const vector = row % 4 === 0
  const lanes = vector ? row / 4 : row
  return { vector, lanes, total: parts * lanes, offset: index * lanes }
}

/** Inputs: the parts. Output: the stack. */
const stackOp: OpDefinition<null> = {
  name: 'stackBatch',
  recomputable: true,
  lower(context, node) {
    const y = node.outputs[0] as Value
    for (const slab of slabsFor(context, shapeOf(y)))
      node.inputs.forEach((part, index) => {
        const { vector, lanes, total, offset } = rowOf(part, node.inputs.length, index)
        const invocations = slab.steps * lanes
        context.dispatch({
          kernel: placeChannels,
          flags: { VEC: vector },
          views: { x: context.view(part, slab), y: context.view(y, slab) },
          parameters: { invocations, lanes, total, offset },
          invocations,
        })
      })
  },
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy) return
    node.inputs.forEach((part, index) => {
      if (!context.wanted(part)) return
      context.contribute(part, (into) => {
        const label = `d ${part.label}`
        const dx = into ? context.alias(into, label) : context.activation('f32', shapeOf(part), label)
        const attributes = { parts: node.inputs.length, index, accumulate: into !== null }
        context.emit(partGradientOp, [dy, ...(into ? [into] : [])], [dx], attributes)
        return dx
      })
    })
  },
}

/** Inputs: gradient of the stack, (gradient of the part so far). */
const partGradientOp: OpDefinition<{
  readonly parts: number
  readonly index: number
  readonly accumulate: boolean
}> = {
  name: 'stackBatchGradient',
  lower(context, node) {
    const [dy] = node.inputs as [Value]
    const dx = node.outputs[0] as Value
    const { parts, index, accumulate } = node.attributes
    const { vector, lanes, total, offset } = rowOf(dx, parts, index)
    for (const slab of slabsFor(context, shapeOf(dx))) {
      const invocations = slab.steps * lanes
      context.dispatch({
        kernel: sliceChannels,
        flags: { VEC: vector, ACCUMULATE: accumulate },
        views: { x: context.view(dy, slab), y: context.view(dx, slab) },
        parameters: { invocations, lanes, total, offset },
        invocations,
      })
    }
  },
}

/**
 * Real values of one shape as the inputs of a neuron that has several.
 * @param parts `[T, B, C, H, W]` each @returns `[T, parts·B, C, H, W]`, at each step the first part first
 * @throws ShapeError when they differ in shape or hold spikes
 */
export function traceStackBatch(tracer: Tracer, parts: readonly Value[], label = 'inputs'): Value {
  const [first] = parts
  if (!first) throw new ShapeError('stackBatch', 'at least one part is needed.')
  if (parts.length === 1) return first
  const shape = shapeOf(first)
  for (const part of parts) {
    const same = Object.entries(shape).every(([axis, size]) => shapeOf(part)[axis as keyof typeof shape] === size)
    if (!same || part.dtype !== 'f32') throw new ShapeError('stackBatch', 'all parts must be currents of one shape.')
  }
  const y = tracer.activation('f32', { ...shape, batch: parts.length * shape.batch }, label)
  tracer.emit(stackOp, parts, [y], null)
  return y
}
