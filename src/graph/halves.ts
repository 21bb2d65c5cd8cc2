/**
 * Which activations of a traced network are stored as f16: half the memory of what a training keeps, and half the
 * traffic, where arithmetic stays f32.
 *
 * Rounded to nearest, a stored number is off by at most 2^-11 of itself from 2^-14 to 65504; by 2^-25 below, or by all of
 * itself where an adapter flushes subnormal halves to zero; larger ones become 65504. Numbers that are not finite become
 * NaN. See `shaders/lib/half.wgsl`.
 */
import { elementsOf, type Value } from '../ops/op.js'
import { type Graph, type GraphNode, rootOf } from './graph.js'

/** How activations are stored; `f16` where every op that touches one can, `f32` elsewhere. */
export const activationStorages = ['f32', 'f16'] as const
export type ActivationStorage = (typeof activationStorages)[number]

const reads = (node: GraphNode, place: number) => node.definition.halves?.(node).reads?.includes(place) ?? false
const writes = (node: GraphNode, place: number) => node.definition.halves?.(node).writes?.includes(place) ?? false

/** Whether a value can be halves as far as it is concerned itself: four channels are two words. */
const eligible = ({ dtype, shape, storage }: Value): boolean =>
  dtype === 'f32' && shape !== null && shape.channels % 4 === 0 && storage.kind === 'temporary'

/** Values that some node that touches them cannot take as halves, or that share their memory under another shape. */
function barred(nodes: readonly GraphNode[]): Set<Value> {
  const found = new Set<Value>()
  const look = (value: Value, able: boolean) => {
    if (!able) found.add(value)
    if (value.storage.kind === 'alias') found.add(rootOf(value))
  }
  for (const node of nodes) {
    for (const [place, value] of node.inputs.entries()) look(value, reads(node, place))
    for (const [place, value] of node.outputs.entries()) look(value, writes(node, place))
  }
  return found
}

/**
 * Stores as f16 whatever of the forward pass can be, those values too that the backward pass computes again. Gradients,
 * weights, states and statistics stay f32. To be called when all is traced and differentiated.
 * @returns how many values there are
 */
export function storeHalves(graph: Graph): number {
  const unable = barred(graph.nodes)
  const halves = new Map<Value, Value>()
  for (const value of graph.producers.keys()) {
    if (value.shape && eligible(value) && !unable.has(value) && !graph.gradients.has(value))
      halves.set(value, { ...value, dtype: 'f16', elements: elementsOf('f16', value.shape) })
  }
  const stored = (value: Value) => halves.get(value) ?? value
  const nodes = graph.nodes.splice(0)
  graph.producers.clear()
  for (const { definition, inputs, outputs, attributes, region } of nodes) {
    graph.region = region
    graph.emit(definition, inputs.map(stored), outputs.map(stored), attributes)
  }
  return halves.size
}
