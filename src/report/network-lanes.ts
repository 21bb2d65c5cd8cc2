/** Lanes for the edges that cannot go straight to the next cell: those that skip cells and those to another row. */
import type { Column } from './network-columns.js'
import type { Graph, GraphEdge } from './report-parts.js'

export interface Lane {
  /** Column numbers of the ends. */
  readonly from: number
  readonly to: number
  /** Lane above the row of the target, 0 is lowest. */
  readonly lane: number
  /** Place among the verticals right of the source. */
  readonly exit: number
  /** Place among the verticals left of the target. */
  readonly entry: number
  /** First lane of an edge that passes over a whole row, above `row`; null for all others. */
  readonly turn: { readonly row: number; readonly lane: number; readonly margin: number } | null
}

export interface LanePlan {
  readonly lanes: ReadonlyMap<GraphEdge, Lane>
  /** Number of verticals left of each column. */
  readonly before: readonly number[]
  /** Number of lanes above each row. */
  readonly above: readonly number[]
}

interface Span {
  readonly from: number
  readonly to: number
}

const everywhere: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

/** Hands out lanes above rows; two edges share one where their spans keep apart. */
class LaneBook {
  private readonly rows = new Map<number, Span[][]>()

  take(row: number, span: Span): number {
    const lanes = this.rows.get(row) ?? []
    this.rows.set(row, lanes)
    const free = lanes.findIndex((spans) => spans.every((other) => other.to < span.from || other.from > span.to))
    const lane = free < 0 ? lanes.push([]) - 1 : free
    lanes[lane]?.push(span)
    return lane
  }

  count(row: number): number {
    return this.rows.get(row)?.length ?? 0
  }
}

/** Which edges need a lane and which lane each gets; short edges lie lowest. */
export function planLanes(graph: Graph, columns: readonly Column[]): LanePlan {
  const columnOfCell = new Map(columns.map((column, index) => [column.cell, index]))
  const columnOf = new Map(graph.nodes.map((node) => [node.id, columnOfCell.get(node.cell) ?? 0]))
  const rowOf = (column: number) => columns[column]?.row ?? 0
  const long = graph.edges
    .map((edge, index) => ({ edge, index, from: columnOf.get(edge.from) ?? 0, to: columnOf.get(edge.to) ?? 0 }))
    .filter(({ from, to }) => to > from + 1 || to < from || rowOf(from) !== rowOf(to))
    .sort((a, b) => Math.abs(a.to - a.from) - Math.abs(b.to - b.from) || a.index - b.index)
  const before: number[] = columns.map(() => 0)
  const afterRow = new Map<number, number>()
  const book = new LaneBook()
  const lanes = new Map<GraphEdge, Lane>()
  let margins = 0
  const slotBefore = (column: number) => {
    const slot = before[column] ?? 0
    before[column] = slot + 1
    return slot
  }
  const slotAfter = (column: number) => {
    if (column + 1 < columns.length && rowOf(column + 1) === rowOf(column)) return slotBefore(column + 1)
    const slot = afterRow.get(rowOf(column)) ?? 0
    afterRow.set(rowOf(column), slot + 1)
    return slot
  }
  for (const { edge, from, to } of long) {
    const sameRow = rowOf(from) === rowOf(to)
    const span = sameRow ? { from: Math.min(from, to), to: Math.max(from, to) } : everywhere
    const far = !sameRow && rowOf(to) !== rowOf(from) + 1
    const turnRow = Math.min(rowOf(from) + 1, rowOf(columns.length - 1))
    lanes.set(edge, {
      from,
      to,
      lane: book.take(rowOf(to), span),
      exit: slotAfter(from),
      entry: slotBefore(to),
      turn: far ? { row: turnRow, lane: book.take(turnRow, everywhere), margin: margins++ } : null,
    })
  }
  const rows = rowOf(columns.length - 1) + 1
  return { lanes, before, above: Array.from({ length: rows }, (_, row) => book.count(row)) }
}
