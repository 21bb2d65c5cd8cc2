/** An architecture's graph in the words of the report's drawing. */
import { architectureGraph, type GraphEdgeKind, type GraphNodeKind } from '../nas/describe.js'
import type { ArchitectureSpec } from '../nas/types.js'
import type { ReportInput } from '../report/report-data.js'

type ReportGraph = NonNullable<NonNullable<ReportInput['winner']>['graph']>

const nodeKind: Record<Exclude<GraphNodeKind, 'data'>, ReportGraph['nodes'][number]['kind']> = {
  stem: 'stem',
  input: 'preprocess',
  node: 'node',
  output: 'concatenation',
  reduction: 'reduction',
  head: 'head',
}

const edgeKind: Record<Exclude<GraphEdgeKind, 'stem'>, ReportGraph['edges'][number]['kind']> = {
  preprocess: 'preprocess',
  convolution: 'convolution',
  identity: 'identity',
  'back-convolution': 'convolution',
  'back-identity': 'identity',
  concatenation: 'concatenation',
  reduction: 'reduction',
  linear: 'linear',
}

/** Stem and head get columns of their own, before and after the cells; the data node is left out. */
export function reportGraph(spec: ArchitectureSpec): ReportGraph {
  const graph = architectureGraph(spec)
  return {
    nodes: graph.nodes.flatMap(({ kind, cell, ...node }) =>
      kind === 'data'
        ? []
        : [{ ...node, kind: nodeKind[kind], cell: cell ?? (kind === 'stem' ? -1 : spec.cells.length) }],
    ),
    edges: graph.edges.flatMap(({ kind, ...edge }) => (kind === 'stem' ? [] : [{ ...edge, kind: edgeKind[kind] }])),
  }
}
