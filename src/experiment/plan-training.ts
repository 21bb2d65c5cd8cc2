/** The graph of a training step without its update: what memory planning needs to know. */
import type { Graph } from '../graph/graph.js'
import type { Model } from '../nn/model.js'
import type { EventFramesSpec } from '../ops/event-frames.js'

export function differentiateForPlan(model: Model, batch: number, recompute: boolean, events?: EventFramesSpec): Graph {
  const { graph, meanLogits } = model.trace({ batch, mode: 'train', dropPathSeed: null, events })
  model.traceLoss(graph, meanLogits, batch, 0)
  model.traceBackward(graph, recompute)
  return graph
}
