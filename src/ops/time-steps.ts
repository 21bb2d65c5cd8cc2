/**
 * Sequences cut into their time steps and put together again, so that a network may go through time step by step: each
 * is the other's adjoint. Steps are copied, because bindings must start at multiples of 256 bytes; bits cost nothing much.
 */
import { ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import { traceCombine } from './combine.js'
import {
  type ActivationShape,
  elementsOf,
  type LoweringContext,
  type OpDefinition,
  type Slab,
  shapeOf,
  type Tracer,
  type Value,
} from './op.js'

const copyRange = defineKernel({
  shader: 'elementwise/copy_range',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', first: 'u32', place: 'u32' },
  flags: { ZERO: false },
  workgroupSize: 64,
})

/** The slab of a sequence that holds a step; a sequence of one step is always whole. */
function slabOf(context: LoweringContext, shape: ActivationShape, step: number): Slab {
  const found = context.slabs.find((slab) => step >= slab.firstStep && step < slab.firstStep + slab.steps)
  return shape.steps > 1 && found ? found : { index: 0, firstStep: 0, steps: 1 }
}

const oneStep = (shape: ActivationShape): ActivationShape => ({ ...shape, steps: 1 })

/** Input: a sequence. Outputs: its steps. */
const splitOp: OpDefinition<null> = {
  name: 'splitSteps',
  recomputable: false,
  lower(context, node) {
    const x = node.inputs[0] as Value
    const shape = shapeOf(x)
    const invocations = elementsOf(x.dtype, oneStep(shape))
    node.outputs.forEach((part, step) => {
      const slab = slabOf(context, shape, step)
      context.dispatch({
        kernel: copyRange,
        views: { x: context.view(x, slab), y: context.view(part) },
        parameters: { invocations, first: (step - slab.firstStep) * invocations, place: 0 },
        invocations,
        cost: { bytes: 8 * invocations },
      })
    })
  },
  adjoint(context, node) {
    const x = node.inputs[0] as Value
    const gradients = node.outputs.map((part) => context.gradientOf(part))
    if (!context.wanted(x) || gradients.every((gradient) => gradient === null)) return
    context.contribute(x, (into) => {
      const dx = context.activation('f32', shapeOf(x), `d ${x.label}`)
      const present = gradients.map((gradient) => gradient !== null)
      const inputs = gradients.filter((gradient) => gradient !== null)
      context.emit(joinOp, inputs, [dx], { present })
      return into ? traceCombine(context, [{ x: into }, { x: dx }]) : dx
    })
  },
}

/** Inputs: the steps that are present, in order. Output: the sequence, zero where none is. */
const joinOp: OpDefinition<{ readonly present: readonly boolean[] }> = {
  name: 'joinSteps',
  lower(context, node) {
    const y = node.outputs[0] as Value
    const shape = shapeOf(y)
    const invocations = elementsOf(y.dtype, oneStep(shape))
    let next = 0
    node.attributes.present.forEach((present, step) => {
      const slab = slabOf(context, shape, step)
      const part = present ? (node.inputs[next++] as Value) : null
      context.dispatch({
        kernel: copyRange,
        flags: { ZERO: part === null },
        views: { x: part ? context.view(part) : context.unused(0), y: context.view(y, slab) },
        parameters: { invocations, first: 0, place: (step - slab.firstStep) * invocations },
        invocations,
        cost: { bytes: (part ? 8 : 4) * invocations },
      })
    })
  },
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy) return
    const parts = node.inputs.map((part) => context.activation('f32', shapeOf(part), `d ${part.label}`))
    context.emit(splitOp, [dy], parts, null)
    node.inputs.forEach((part, step) => {
      const own = parts[step] as Value
      context.contribute(part, (into) => (into ? traceCombine(context, [{ x: into }, { x: own }]) : own))
    })
  },
}

/** `[T, B, C, H, W]`, spikes or f32, as T values of one step. */
export function traceSplitSteps(tracer: Tracer, x: Value): Value[] {
  const shape = shapeOf(x)
  if (shape.steps === 1) return [x]
  const dtype = x.dtype === 'spikes' ? 'spikes' : 'f32'
  const parts = Array.from({ length: shape.steps }, (_, step) =>
    tracer.activation(dtype, oneStep(shape), `${x.label} at ${step}`),
  )
  // a list of the caller's own, to be reordered at will
  tracer.emit(splitOp, [x], [...parts], null)
  return parts
}

/** Values of one step, all spikes or all f32, as one sequence. @throws ShapeError when they do not match */
export function traceJoinSteps(tracer: Tracer, parts: readonly Value[], label = 'sequence'): Value {
  const [first] = parts
  if (!first) throw new ShapeError('joinSteps', 'at least one step is needed.')
  if (parts.length === 1) return first
  const shape = shapeOf(first)
  for (const part of parts) {
    const { steps, batch, height, width, channels } = shapeOf(part)
    const same =
      batch === shape.batch && height === shape.height && width === shape.width && channels === shape.channels
    if (steps !== 1 || !same || part.dtype !== first.dtype)
      throw new ShapeError('joinSteps', 'all parts must be of one step, one kind and one shape.')
  }
  const dtype = first.dtype === 'spikes' ? 'spikes' : 'f32'
  const y = tracer.activation(dtype, { ...shape, steps: parts.length }, label)
  tracer.emit(joinOp, parts, [y], { present: parts.map(() => true) })
  return y
}
