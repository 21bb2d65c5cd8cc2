/** The graph of a training step without its update: what memory planning needs to know. */
import type { Graph } from '../graph/graph.js'
import { storeHalves } from '../graph/halves.js'
import type { Model, TrainingSetup } from '../nn/model.js'

export type PlannedSetup = Pick<TrainingSetup, 'batch' | 'recompute' | 'activations' | 'events'>

export function differentiateForPlan(model: Model, setup: PlannedSetup): Graph {
  const { batch, recompute, activations, events } = setup
  const { graph, meanLogits } = model.trace({ batch, mode: 'train', dropPathSeed: null, events })
  model.traceLoss(graph, meanLogits, batch, 0)
  model.traceBackward(graph, recompute)
  if (activations === 'f16') storeHalves(graph)
  return graph
}
