/** Logic of two spike trains, bit by bit: what spike-element-wise residual blocks join their branches with. */
import { ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import {
  type AdjointContext,
  elementsOf,
  neuronsOf,
  type OpDefinition,
  shapeOf,
  slabImages,
  slabsFor,
  type Tracer,
  type Value,
  wordsOf,
} from './op.js'

const spikeLogic = defineKernel({
  shader: 'elementwise/spike_logic',
  bindings: { a: 'read', x: 'read', z: 'write' },
  parameters: { invocations: 'u32' },
  flags: { INVERT: false },
  workgroupSize: 64,
})

const spikeGate = defineKernel({
  shader: 'elementwise/spike_gate',
  bindings: { dz: 'read', spikes: 'read', dx: 'write' },
  parameters: { invocations: 'u32', neurons: 'u32', wordsPerImage: 'u32', sign: 'f32' },
  flags: { INVERT: false, ACCUMULATE: false },
  workgroupSize: 64,
})

interface LogicAttributes {
  readonly invert: boolean
}

/** Inputs: a, x. Output: a AND x, or (NOT a) AND x. As numbers a·x and (1 − a)·x, which is what the adjoint differentiates. */
const logicOp: OpDefinition<LogicAttributes> = {
  name: 'spikeLogic',
  recomputable: true,
  lower(context, node) {
    const [a, x] = node.inputs as [Value, Value]
    const z = node.outputs[0] as Value
    const shape = shapeOf(z)
    for (const slab of slabsFor(context, shape)) {
      const invocations = elementsOf('spikes', { ...shape, steps: 1, batch: slabImages(shape, slab).count })
      context.dispatch({
        kernel: spikeLogic,
        flags: { INVERT: node.attributes.invert },
        views: { a: context.view(a, slab), x: context.view(x, slab), z: context.view(z, slab) },
        parameters: { invocations },
        invocations,
      })
    }
  },
  adjoint(context, node) {
    const [a, x] = node.inputs as [Value, Value]
    const dz = context.gradientOf(node.outputs[0] as Value)
    if (!dz) return
    const { invert } = node.attributes
    contributeGate(context, dz, a, x, { invert: false, sign: invert ? -1 : 1 })
    contributeGate(context, dz, x, a, { invert, sign: 1 })
  },
}

interface GateAttributes {
  readonly invert: boolean
  readonly sign: number
}

/** The gradient of `to`, let through where the other's spikes say so. */
function contributeGate(context: AdjointContext, dz: Value, to: Value, other: Value, attributes: GateAttributes): void {
  if (!context.wanted(to)) return
  context.contribute(to, (into) => {
    const dx = into ? context.alias(into, `d ${to.label}`) : context.activation('f32', shapeOf(to), `d ${to.label}`)
    const inputs = [dz, context.saved(other), ...(into ? [into] : [])]
    context.emit(gateOp, inputs, [dx], { ...attributes, accumulate: into !== null })
    return dx
  })
}

/** Inputs: dz, spikes, (dx so far). */
const gateOp: OpDefinition<GateAttributes & { readonly accumulate: boolean }> = {
  name: 'spikeGate',
  lower(context, node) {
    const [dz, spikes] = node.inputs as [Value, Value]
    const dx = node.outputs[0] as Value
    const shape = shapeOf(dx)
    const { invert, sign, accumulate } = node.attributes
    for (const slab of slabsFor(context, shape)) {
      const invocations = slabImages(shape, slab).count * neuronsOf(shape)
      context.dispatch({
        kernel: spikeGate,
        flags: { INVERT: invert, ACCUMULATE: accumulate },
        views: { dz: context.view(dz, slab), spikes: context.view(spikes, slab), dx: context.view(dx, slab) },
        parameters: { invocations, neurons: neuronsOf(shape), wordsPerImage: wordsOf(shape), sign },
        invocations,
      })
    }
  },
}

/**
 * `and`: a AND x. `iand`: (NOT a) AND x.
 * @param a spikes `[T, B, C, H, W]` @param x spikes of the same shape @returns spikes
 * @throws ShapeError unless both are spikes of one shape
 */
export function traceSpikeLogic(tracer: Tracer, kind: 'and' | 'iand', a: Value, x: Value): Value {
  const shape = shapeOf(x)
  const same = Object.entries(shape).every(([axis, size]) => shapeOf(a)[axis as keyof typeof shape] === size)
  if (a.dtype !== 'spikes' || x.dtype !== 'spikes' || !same)
    throw new ShapeError(
      kind,
      'both sides must be spikes of one shape.',
      'End the branch in neurons and keep its sides and channels, or add instead.',
    )
  const z = tracer.activation('spikes', shape, kind)
  tracer.emit(logicOp, [a, x], [z], { invert: kind === 'iand' })
  return z
}
