/** An architecture as a graph of plain objects, for drawing and for export as JSON. */
import { motifAbbreviations } from './motifs.js'
import type { ArchitectureSpec, EdgeSpec, MotifCellSpec, ReductionCellSpec, Sign } from './types.js'

export type GraphNodeKind = 'data' | 'stem' | 'input' | 'node' | 'output' | 'reduction' | 'head'

export interface GraphNode {
  /** `data`, `stem`, `cell0.input1`, `cell0.node3`, `cell0` (output of a motif cell, or a reduction), `head`. */
  readonly id: string
  readonly label: string
  readonly kind: GraphNodeKind
  /** Index of the cell; null outside cells. */
  readonly cell: number | null
  /** Channels of the node's current; classes at the head. */
  readonly width: number
  /** Side of its maps in pixels; 1 at the head. */
  readonly side: number
}

export type GraphEdgeKind =
  | 'stem'
  | 'preprocess'
  | 'convolution'
  | 'identity'
  | 'back-convolution'
  | 'back-identity'
  | 'concatenation'
  | 'reduction'
  | 'linear'

export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly sign: Sign
  /** Side of the kernel; null where nothing is convolved. */
  readonly kernel: number | null
  readonly kind: GraphEdgeKind
}

export interface ArchitectureGraph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

const neutral = (from: string, to: string, kind: GraphEdgeKind, kernel: number | null): GraphEdge => ({
  from,
  to,
  sign: 'neutral',
  kernel,
  kind,
})

const cellId = (cell: number): string => (cell < 0 ? 'stem' : `cell${cell}`)

const stateId = (cell: MotifCellSpec, state: number): string =>
  `cell${cell.index}.${state < cell.inputs.length ? 'input' : 'node'}${state}`

function reductionGraph(cell: ReductionCellSpec): ArchitectureGraph {
  const id = cellId(cell.index)
  const size = { width: cell.outputChannels, side: cell.inputSide / 2 }
  return {
    nodes: [{ id, label: `${cell.index} reduction`, kind: 'reduction', cell: cell.index, ...size }],
    edges: [neutral(cellId(cell.sourceCell), id, 'reduction', 3)],
  }
}

function motifGraph(cell: MotifCellSpec): ArchitectureGraph {
  const { index, width, side } = cell
  const id = cellId(index)
  const size = { cell: index, width, side }
  const edgeOf = (edge: EdgeSpec, to: number, prefix: '' | 'back-'): GraphEdge => ({
    from: stateId(cell, edge.from),
    to: stateId(cell, to),
    sign: edge.sign,
    kernel: edge.kind === 'identity' ? null : edge.kernel,
    kind: `${prefix}${edge.kind}`,
  })
  return {
    nodes: [
      ...cell.inputs.map((_, k): GraphNode => ({ id: stateId(cell, k), label: `input ${k}`, kind: 'input', ...size })),
      ...cell.nodes.map(
        (node): GraphNode => ({ id: stateId(cell, node.index), label: `node ${node.index}`, kind: 'node', ...size }),
      ),
      {
        id,
        label: `${index} ${motifAbbreviations[cell.motif] ?? cell.motif}`,
        kind: 'output',
        ...size,
        width: cell.outputChannels,
      },
    ],
    edges: [
      ...cell.inputs.map((input, k) =>
        neutral(cellId(input.sourceCell), stateId(cell, k), 'preprocess', input.reductions > 0 ? 3 : 1),
      ),
      ...cell.nodes.flatMap((node) => [
        ...node.edges.map((edge) => edgeOf(edge, node.index, '')),
        ...(node.backEdge ? [edgeOf(node.backEdge.edge, node.backEdge.to, 'back-')] : []),
      ]),
      ...cell.concat.map((state) => neutral(stateId(cell, state), id, 'concatenation', null)),
    ],
  }
}

/**
 * The graph of an architecture: every edge joins two listed nodes, and every node lies on a path from `data`
 * except nodes of zeros. Back edges are the only ones that lead to an earlier node.
 */
export function architectureGraph(spec: ArchitectureSpec): ArchitectureGraph {
  const { space } = spec
  const outside = { cell: null }
  const cells = spec.cells.map((cell) => (cell.kind === 'motif' ? motifGraph(cell) : reductionGraph(cell)))
  return {
    nodes: [
      {
        id: 'data',
        label: space.event ? 'event frames' : 'image',
        kind: 'data',
        ...outside,
        width: space.inputChannels,
        side: space.side,
      },
      { id: 'stem', label: 'stem', kind: 'stem', ...outside, width: 3 * space.width, side: space.side },
      ...cells.flatMap((cell) => cell.nodes),
      { id: 'head', label: `${space.classes} classes`, kind: 'head', ...outside, width: space.classes, side: 1 },
    ],
    edges: [
      neutral('data', 'stem', 'stem', 3),
      ...cells.flatMap((cell) => cell.edges),
      neutral(cellId(spec.cells.length - 1), 'head', 'linear', null),
    ],
  }
}
