/** Places the nodes of a network: cells from left to right in rows, inside a cell the order of computation. */
import { type Column, cellGap, columnsOf, halfWidthOf, innerWidth } from './network-columns.js'
import { type LanePlan, planLanes } from './network-lanes.js'
import type { Graph, GraphNode } from './report-parts.js'

export interface PlacedNode {
  readonly node: GraphNode
  /** Centre, pixels. */
  readonly x: number
  readonly y: number
  readonly halfWidth: number
  readonly halfHeight: number
}

/** A cell's box, pixels. */
export interface PlacedCell {
  readonly cell: number
  readonly row: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly nodes: readonly PlacedNode[]
}

export interface NetworkLayout {
  readonly cells: readonly PlacedCell[]
  readonly nodes: ReadonlyMap<string, PlacedNode>
  readonly plan: LanePlan
  /** Right end of the widest row. */
  readonly width: number
  readonly bottom: number
}

export const laneHeight = 13
/** Pixels between two verticals in a gap. */
export const laneSpacing = 7
/** Pixels above a box for its two lines of text. */
export const captionHeight = 40
const rankStep = 54
const edgeSpace = 56

function placeCell(column: Column, left: number, top: number, bottom: number): PlacedCell {
  const middle = (top + bottom) / 2
  let x = left + (column.width - innerWidth(column.ranks)) / 2
  const nodes = column.ranks.flatMap((rank) => {
    const centre = x + rank.width / 2
    x += rank.width + rank.gap
    return rank.nodes.map((node, index): PlacedNode => {
      const y = middle + (index - (rank.nodes.length - 1) / 2) * rankStep
      return { node, x: centre, y, halfWidth: halfWidthOf(node), halfHeight: 14 }
    })
  })
  return { cell: column.cell, row: column.row, left, right: left + column.width, top, bottom, nodes }
}

/** Positions of all cells and nodes, and the lanes of the long edges. */
export function layoutNetwork(graph: Graph): NetworkLayout {
  const columns = columnsOf(graph)
  const plan = planLanes(graph, columns)
  const cells: PlacedCell[] = []
  let left = 0
  let top = 0
  let bottom = 0
  columns.forEach((column, index) => {
    const verticals = (plan.before[index] ?? 0) * laneSpacing
    if (column.row !== columns[index - 1]?.row) {
      const row = columns.filter((other) => other.row === column.row)
      const tallest = Math.max(...row.flatMap((other) => other.ranks.map((rank) => rank.nodes.length)))
      top = bottom + 14 + (plan.above[column.row] ?? 0) * laneHeight + captionHeight
      bottom = top + tallest * rankStep + edgeSpace
      left = 8 + (verticals > 0 ? verticals + 12 : 0)
    } else {
      left += cellGap + verticals
    }
    cells.push(placeCell(column, left, top, bottom))
    left += column.width
  })
  const nodes = new Map(cells.flatMap((cell) => cell.nodes.map((placed) => [placed.node.id, placed] as const)))
  const width = Math.max(...cells.map((cell) => cell.right))
  return { cells, nodes, plan, width, bottom }
}
