/**
 * Ops for tests at the edges of a graph: they fill an activation from a host slot, start a backward pass from a host
 * slot, and hand an activation or the gradient that arrived at it back. Unlike a slot activation, which the host sees
 * only in part when it is cut, they work with any number of slabs.
 */
import type { Graph } from '../graph/graph.js'
import {
  type ActivationShape,
  elementsOf,
  isHalf,
  type LoweringContext,
  neuronsOf,
  type OpDefinition,
  shapeOf,
  slabImages,
  slabsFor,
  type Tracer,
  type Value,
} from '../ops/op.js'
import { defineKernel } from '../runtime/kernel.js'

const copyRange = defineKernel({
  shader: 'testing/copy_range',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', first: 'u32', place: 'u32' },
  flags: {},
  workgroupSize: 64,
})

const convertHalves = defineKernel({
  shader: 'testing/convert_halves',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', first: 'u32', place: 'u32' },
  flags: { HALF_IN: false, HALF_OUT: false },
  workgroupSize: 64,
})

/** One copy for each slab of the activation, between it and its place in the whole slot, whose numbers are always f32. */
function copySlabs(context: LoweringContext, activation: Value, whole: Value, direction: 'load' | 'store'): void {
  const shape = shapeOf(activation)
  const half = isHalf(activation)
  const image = { ...shape, steps: 1, batch: 1 }
  const perImage = half ? neuronsOf(image) / 4 : elementsOf(activation.dtype, image)
  for (const slab of slabsFor(context, shape)) {
    const { first: start, count } = slabImages(shape, slab)
    const [part, all] = [context.view(activation, slab), context.view(whole)]
    const [views, ends] =
      direction === 'load'
        ? [
            { x: all, y: part },
            { first: start * perImage, place: 0 },
          ]
        : [
            { x: part, y: all },
            { first: 0, place: start * perImage },
          ]
    const invocations = count * perImage
    const parameters = { invocations, ...ends }
    if (!half) context.dispatch({ kernel: copyRange, views, parameters, invocations })
    else {
      const flags = { HALF_IN: direction === 'store', HALF_OUT: direction === 'load' }
      context.dispatch({ kernel: convertHalves, flags, views, parameters, invocations })
    }
  }
}

/** Inputs: slot, and what makes the output worth a gradient. Output: the activation. Adjoint: its gradient into `gradient`. */
const loadOp: OpDefinition<{ readonly gradient: Value | null }> = {
  name: 'testLoad',
  halves: () => ({ writes: [0] }),
  lower: (context, node) => copySlabs(context, node.outputs[0] as Value, node.inputs[0] as Value, 'load'),
  adjoint(context, node) {
    const gradient = context.gradientOf(node.outputs[0] as Value)
    if (gradient && node.attributes.gradient) context.emit(storeOp, [gradient], [node.attributes.gradient], null)
  },
}

const storeOp: OpDefinition<null> = {
  name: 'testStore',
  halves: () => ({ reads: [0] }),
  lower: (context, node) => copySlabs(context, node.inputs[0] as Value, node.outputs[0] as Value, 'store'),
}

/** Input: a value. Adjoint: its gradient is what the host wrote into `slot`. */
const seedOp: OpDefinition<{ readonly slot: string }> = {
  name: 'testSeed',
  // never looks at it
  halves: () => ({ reads: [0] }),
  lower: () => undefined,
  adjoint(context, node) {
    const value = node.inputs[0] as Value
    const shape = shapeOf(value)
    const dy = context.activation('f32', shape, `d ${value.label}`)
    context.emit(loadOp, [wholeSlot(context, 'f32', shape, node.attributes.slot)], [dy], { gradient: null })
    context.share(value, dy)
  },
}

const wholeSlot = (tracer: Tracer, dtype: 'f32' | 'spikes', shape: ActivationShape, name: string): Value =>
  tracer.raw('u32', elementsOf(dtype, shape), name, { storage: { kind: 'slot', name } })

/** A stand-in for a trained weight: it makes whatever depends on it worth a gradient, and is never read. */
const anchor = (graph: Graph): Value =>
  graph.raw('f32', 1, 'anchor', { storage: { kind: 'parameter', name: 'anchor' } })

/**
 * An activation that the host fills by writing slot `name` (words of packed spikes, or float32 numbers).
 * With `gradientSlot`, the gradient that reaches it in the backward pass lands there.
 */
export function traceLoad(
  graph: Graph,
  dtype: 'f32' | 'spikes',
  shape: ActivationShape,
  name: string,
  gradientSlot?: string,
): Value {
  const value = graph.activation(dtype, shape, name)
  const gradient = gradientSlot === undefined ? null : wholeSlot(graph, 'f32', shape, gradientSlot)
  const inputs = [wholeSlot(graph, dtype, shape, name), ...(gradient ? [anchor(graph)] : [])]
  graph.emit(loadOp, inputs, [value], { gradient })
  return value
}

/** Copies an activation into slot `name`, time steps in order. */
export function traceStore(graph: Graph, value: Value, name: string): void {
  graph.emit(storeOp, [value], [wholeSlot(graph, value.dtype as 'f32' | 'spikes', shapeOf(value), name)], null)
}

/** The backward pass starts at `value` with the gradient that the host wrote into `slot`. */
export function traceSeed(graph: Graph, value: Value, slot: string): void {
  graph.emit(seedOp, [value], [], { slot })
}

/** Packs 0/1 numbers `[images, neurons]` as the engine keeps spikes: each image padded to whole words. */
export function packSpikes(spikes: ArrayLike<number>, images: number): Uint32Array {
  const neurons = spikes.length / images
  const words = Math.ceil(neurons / 32)
  const packed = new Uint32Array(images * words)
  for (let image = 0; image < images; image++)
    for (let n = 0; n < neurons; n++)
      if (spikes[image * neurons + n] === 1) {
        const at = image * words + (n >>> 5)
        packed[at] = ((packed[at] ?? 0) | (1 << (n & 31))) >>> 0
      }
  return packed
}
