/** A network's cells as columns: which node stands where inside its cell, how wide the cell is, which row it is in. */
import type { Graph, GraphEdge, GraphNode } from './report-parts.js'

export interface Rank {
  readonly nodes: readonly GraphNode[]
  /** Pixels. */
  readonly width: number
  /** Pixels to the next rank, wider where many edges pass. */
  readonly gap: number
}

export interface Column {
  readonly cell: number
  /** Row of the drawing this cell is in; long networks are broken like lines of text. */
  readonly row: number
  readonly ranks: readonly Rank[]
  /** Pixels of the cell's box. */
  readonly width: number
}

const longestLabel = 12
const boxPadding = 16
/** Pixels between two cells without long edges. */
export const cellGap = 34
/** A cell is at least as wide as the text above it. */
const captionWidth = 88
/** A row of cells is broken beyond this many pixels. */
const longestRow = 960

/** What is written on a node. */
export function shortLabel(label: string): string {
  return label.length > longestLabel ? `${label.slice(0, longestLabel - 1)}…` : label
}

/** Half the width of a node's shape, pixels. */
export const halfWidthOf = (node: GraphNode): number => Math.max(15, shortLabel(node.label).length * 3.7 + 8)

/** Position of every node in the graph's list, which is the order of computation. */
export function nodeOrder(graph: Graph): Map<string, number> {
  return new Map(graph.nodes.map((node, index) => [node.id, index]))
}

/** Whether the edge runs against the order of computation. */
export function isBackEdge(edge: GraphEdge, order: ReadonlyMap<string, number>): boolean {
  return (order.get(edge.to) ?? 0) <= (order.get(edge.from) ?? 0)
}

/** Longest path to each node over the forward edges inside its cell; 0 for the cell's inputs. */
function depthsOf(graph: Graph): Map<string, number> {
  const order = nodeOrder(graph)
  const cellOf = new Map(graph.nodes.map((node) => [node.id, node.cell]))
  const withInputs = new Set(graph.nodes.filter((node) => node.kind === 'preprocess').map((node) => node.cell))
  const depths = new Map<string, number>()
  for (const node of graph.nodes) {
    // A node nothing leads to still stands after its cell's inputs.
    let depth = node.kind !== 'preprocess' && withInputs.has(node.cell) ? 1 : 0
    for (const edge of graph.edges) {
      if (edge.to !== node.id || cellOf.get(edge.from) !== node.cell || isBackEdge(edge, order)) continue
      depth = Math.max(depth, (depths.get(edge.from) ?? 0) + 1)
    }
    depths.set(node.id, depth)
  }
  return depths
}

function ranksOf(graph: Graph, cell: number, depths: ReadonlyMap<string, number>): Rank[] {
  const lists: GraphNode[][] = []
  for (const node of graph.nodes) {
    if (node.cell !== cell) continue
    const depth = depths.get(node.id) ?? 0
    while (lists.length <= depth) lists.push([])
    lists[depth]?.push(node)
  }
  return lists
    .filter((nodes) => nodes.length > 0)
    .map((nodes) => {
      const ids = new Set(nodes.map((node) => node.id))
      const leaving = graph.edges.filter((edge) => ids.has(edge.from) && edge.kind === 'convolution').length
      return { nodes, width: 2 * Math.max(...nodes.map(halfWidthOf)), gap: 34 + 5 * Math.min(8, leaving) }
    })
}

/** Pixels of all ranks and the gaps between them. */
export function innerWidth(ranks: readonly Rank[]): number {
  return ranks.reduce((sum, rank, index) => sum + rank.width + (index < ranks.length - 1 ? rank.gap : 0), 0)
}

/** The cells in order, broken into rows. */
export function columnsOf(graph: Graph): Column[] {
  const depths = depthsOf(graph)
  const cells = [...new Set(graph.nodes.map((node) => node.cell))].sort((a, b) => a - b)
  let row = 0
  let used = 0
  return cells.map((cell) => {
    const ranks = ranksOf(graph, cell, depths)
    const width = Math.max(innerWidth(ranks) + 2 * boxPadding, captionWidth)
    if (used > 0 && used + width > longestRow) {
      row++
      used = 0
    }
    used += width + cellGap
    return { cell, row, ranks, width }
  })
}
