/** Places the nodes of a network: cells as columns from left to right, inside a cell the order of computation. */
import type { Graph, GraphEdge, GraphNode } from './report-parts.js'

export interface PlacedNode {
  readonly node: GraphNode
  /** Centre, pixels. */
  readonly x: number
  readonly y: number
  readonly halfWidth: number
  readonly halfHeight: number
}

export interface PlacedCell {
  readonly cell: number
  readonly left: number
  readonly right: number
  readonly nodes: readonly PlacedNode[]
  readonly column: number
}

export interface NetworkLayout {
  readonly cells: readonly PlacedCell[]
  readonly nodes: ReadonlyMap<string, PlacedNode>
  readonly width: number
  /** Top and bottom of the cells' boxes; lanes for long edges run above. */
  readonly top: number
  readonly bottom: number
}

export const laneHeight = 13
const rowStep = 54
const columnGap = 48
const boxPadding = 18
const cellGap = 34
const longestLabel = 12

/** What is written on a node. */
export function shortLabel(label: string): string {
  return label.length > longestLabel ? `${label.slice(0, longestLabel - 1)}…` : label
}

/** Whether the edge runs against the order of computation, which is the order of the nodes. */
export function isBackEdge(edge: GraphEdge, order: ReadonlyMap<string, number>): boolean {
  return (order.get(edge.to) ?? 0) <= (order.get(edge.from) ?? 0)
}

/** Position of every node in the graph's list. */
export function nodeOrder(graph: Graph): Map<string, number> {
  return new Map(graph.nodes.map((node, index) => [node.id, index]))
}

/** Longest path to each node over the forward edges inside its cell; 0 for the cell's inputs. */
function depths(graph: Graph, order: ReadonlyMap<string, number>): Map<string, number> {
  const cellOf = new Map(graph.nodes.map((node) => [node.id, node.cell]))
  const inputs = new Set(graph.nodes.filter((node) => node.kind === 'preprocess').map((node) => node.cell))
  const depth = new Map<string, number>()
  for (const node of graph.nodes) {
    // A node nothing leads to still stands after its cell's inputs.
    let deepest = node.kind !== 'preprocess' && inputs.has(node.cell) ? 1 : 0
    for (const edge of graph.edges) {
      if (edge.to !== node.id || cellOf.get(edge.from) !== node.cell || isBackEdge(edge, order)) continue
      deepest = Math.max(deepest, (depth.get(edge.from) ?? 0) + 1)
    }
    depth.set(node.id, deepest)
  }
  return depth
}

const halfWidthOf = (node: GraphNode) => Math.max(15, shortLabel(node.label).length * 3.7 + 8)

/** Nodes of one cell by depth, each list in the order of computation. */
function ranksOf(nodes: readonly GraphNode[], depth: ReadonlyMap<string, number>): GraphNode[][] {
  const ranks: GraphNode[][] = []
  for (const node of nodes) {
    const at = depth.get(node.id) ?? 0
    while (ranks.length <= at) ranks.push([])
    ranks[at]?.push(node)
  }
  return ranks.filter((rank) => rank.length > 0)
}

/** Pixels a cell's column needs at least, for the two lines of text above it. */
const captionWidth = 92

/**
 * Positions of all nodes.
 *
 * @param space for each gap right of a column, pixels that long edges need in it; and pixels above for their lanes
 */
export function layoutNetwork(
  graph: Graph,
  space: { readonly gaps: readonly number[]; readonly above: number },
): NetworkLayout {
  const depth = depths(graph, nodeOrder(graph))
  const cellNumbers = [...new Set(graph.nodes.map((node) => node.cell))].sort((a, b) => a - b)
  const columns = cellNumbers.map((cell) => ({
    cell,
    ranks: ranksOf(
      graph.nodes.filter((node) => node.cell === cell),
      depth,
    ),
  }))
  const tallest = Math.max(...columns.flatMap((column) => column.ranks.map((rank) => rank.length)))
  const top = space.above + 44
  const bottom = top + tallest * rowStep + 56
  const middle = (top + bottom) / 2
  const placed = new Map<string, PlacedNode>()
  let left = 8
  const cells = columns.map(({ cell, ranks }, column): PlacedCell => {
    const widths = ranks.map((rank) => 2 * Math.max(...rank.map(halfWidthOf)))
    const inner = widths.reduce((sum, width) => sum + width, 0) + columnGap * (ranks.length - 1)
    const boxWidth = Math.max(inner + 2 * boxPadding, captionWidth)
    let x = left + (boxWidth - inner) / 2
    const nodes = ranks.flatMap((rank, at) => {
      const width = widths[at] ?? 0
      const centre = x + width / 2
      x += width + columnGap
      return rank.map((node, row): PlacedNode => {
        const y = middle + (row - (rank.length - 1) / 2) * rowStep
        return { node, x: centre, y, halfWidth: halfWidthOf(node), halfHeight: 14 }
      })
    })
    for (const one of nodes) placed.set(one.node.id, one)
    const box = { cell, left, right: left + boxWidth, nodes, column }
    left = box.right + cellGap + (space.gaps[column] ?? 0)
    return box
  })
  return { cells, nodes: placed, width: (cells[cells.length - 1]?.right ?? 0) + 8, top, bottom }
}
