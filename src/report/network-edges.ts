/** The paths of a network drawing's edges: curves inside a cell and to the next one, lanes for all others. */
import { isBackEdge, nodeOrder } from './network-columns.js'
import type { Lane } from './network-lanes.js'
import {
  captionHeight,
  laneHeight,
  laneSpacing,
  layoutNetwork,
  type NetworkLayout,
  type PlacedNode,
} from './network-layout.js'
import type { Graph, GraphEdge } from './report-parts.js'

export interface PlacedEdge {
  readonly edge: GraphEdge
  /** SVG path data. */
  readonly path: string
  /** Where the kernel size may be written. */
  readonly label: Point
}

interface Point {
  readonly x: number
  readonly y: number
}
type Curve = readonly [Point, Point, Point, Point]

const round = (value: number) => Math.round(value * 10) / 10
const text = ({ x, y }: Point) => `${round(x)},${round(y)}`

const at = ([a, b, c, d]: Curve, t: number): Point => {
  const s = 1 - t
  const mix = (p: number, q: number, r: number, u: number) =>
    s ** 3 * p + 3 * s ** 2 * t * q + 3 * s * t ** 2 * r + t ** 3 * u
  return { x: mix(a.x, b.x, c.x, d.x), y: mix(a.y, b.y, c.y, d.y) }
}

/** How many points of the curve lie on or near a node which is not one of its ends. */
function hits(curve: Curve, nodes: readonly PlacedNode[], ends: readonly PlacedNode[]): number {
  let count = 0
  for (const node of nodes) {
    if (ends.includes(node)) continue
    for (let i = 1; i < 24; i++) {
      const point = at(curve, i / 24)
      if (Math.abs(point.x - node.x) < node.halfWidth + 6 && Math.abs(point.y - node.y) < node.halfHeight + 6) count++
    }
  }
  return count
}

function forwardCurve(from: PlacedNode, to: PlacedNode, bow: number): Curve {
  const start = { x: from.x + from.halfWidth, y: from.y }
  const end = { x: to.x - to.halfWidth - 2, y: to.y }
  const pull = Math.max(16, (end.x - start.x) * 0.42)
  return [start, { x: start.x + pull, y: start.y + bow }, { x: end.x - pull, y: end.y + bow }, end]
}

/** Back edges leave and enter at the bottom (or top, for a negative bow), so their direction is plain. */
function backCurve(from: PlacedNode, to: PlacedNode, bow: number): Curve {
  const side = Math.sign(bow)
  const lean = from === to ? 8 : 0
  const start = { x: from.x + lean, y: from.y + side * from.halfHeight }
  const end = { x: to.x - lean, y: to.y + side * (to.halfHeight + 2) }
  const depth = side > 0 ? Math.max(start.y, end.y) + bow : Math.min(start.y, end.y) + bow
  return [start, { x: start.x + lean * 4, y: depth }, { x: end.x - lean * 4, y: depth }, end]
}

/** Pixels by which a curve's inner points are moved; the largest still stays inside the drawing. */
const forwardBows = [0, -26, 26, -52, 52, -78, 78, -100, 100]
const backBows = [40, -40, 56, -56, 72, -72]

/** A line through the points, its corners rounded by at most 6 pixels. */
function roundedPath(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const previous = points[index - 1]
      const next = points[index + 1]
      if (previous === undefined) return `M${text(point)}`
      if (next === undefined) return `L${text(point)}`
      const toward = (other: Point) => {
        const length = Math.hypot(other.x - point.x, other.y - point.y)
        const share = length === 0 ? 0 : Math.min(6, length / 2) / length
        return { x: point.x + (other.x - point.x) * share, y: point.y + (other.y - point.y) * share }
      }
      return `L${text(toward(previous))}Q${text(point)} ${text(toward(next))}`
    })
    .join('')
}

/** Out into the gap, to the lane above the target's row, along it, down and in. */
function lanePath(from: PlacedNode, to: PlacedNode, lane: Lane, layout: NetworkLayout): { path: string; label: Point } {
  const source = layout.cells[lane.from]
  const target = layout.cells[lane.to]
  const previous = layout.cells[lane.to - 1]
  const firstInRow = previous === undefined || previous.row !== target?.row
  const exit = (source?.right ?? 0) + 10 + lane.exit * laneSpacing
  const entry = firstInRow
    ? (target?.left ?? 0) - 12 - lane.entry * laneSpacing
    : previous.right + 10 + lane.entry * laneSpacing
  const laneY = (top: number, index: number) => top - captionHeight - index * laneHeight
  const y = laneY(target?.top ?? 0, lane.lane)
  const turn: Point[] = []
  if (lane.turn !== null) {
    const { row } = lane.turn
    const turnY = laneY(layout.cells.find((cell) => cell.row === row)?.top ?? 0, lane.turn.lane)
    const margin = layout.width + 12 + lane.turn.margin * laneSpacing
    turn.push({ x: exit, y: turnY }, { x: margin, y: turnY }, { x: margin, y })
  }
  const points = [
    { x: from.x + from.halfWidth, y: from.y },
    { x: exit, y: from.y },
    ...(turn.length > 0 ? turn : [{ x: exit, y }]),
    { x: entry, y },
    { x: entry, y: to.y },
    { x: to.x - to.halfWidth - 2, y: to.y },
  ]
  return { path: roundedPath(points), label: { x: (exit + entry) / 2, y } }
}

/** The place along a curve that is farthest from labels already written and from nodes. */
function labelPlace(curve: Curve, labels: readonly Point[], nodes: readonly PlacedNode[]): Point {
  const obstacles = [...labels, ...nodes]
  let best = at(curve, 0.5)
  let bestSpace = Number.NEGATIVE_INFINITY
  for (const t of [0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8]) {
    const point = at(curve, t)
    const space = Math.min(17, ...obstacles.map((other) => Math.hypot(point.x - other.x, point.y - other.y)))
    if (space > bestSpace + 0.5) {
      best = point
      bestSpace = space
    }
  }
  return best
}

/**
 * Lays out a graph and the paths of its edges. The same graph always gives the same drawing.
 *
 * Each edge takes the flattest curve that keeps clear of the nodes it passes and of edges between the same two nodes.
 */
export function placeNetwork(graph: Graph): { readonly layout: NetworkLayout; readonly edges: readonly PlacedEdge[] } {
  const layout = layoutNetwork(graph)
  const order = nodeOrder(graph)
  const nodes = [...layout.nodes.values()]
  const used = new Set<string>()
  const labels: Point[] = []
  const edges = graph.edges.flatMap((edge): PlacedEdge[] => {
    const from = layout.nodes.get(edge.from)
    const to = layout.nodes.get(edge.to)
    if (from === undefined || to === undefined) return []
    const lane = layout.plan.lanes.get(edge)
    if (lane !== undefined) return [{ edge, ...lanePath(from, to, lane, layout) }]
    const back = isBackEdge(edge, order)
    const candidates = (back ? backBows : forwardBows).map((bow, rank) => {
      const curve = back ? backCurve(from, to, bow) : forwardCurve(from, to, bow)
      const name = JSON.stringify([edge.from, edge.to, bow])
      return { curve, name, cost: rank + 10 * hits(curve, nodes, [from, to]) + (used.has(name) ? 1000 : 0) }
    })
    const chosen = candidates.reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best))
    used.add(chosen.name)
    const [a, b, c, d] = chosen.curve
    const label = labelPlace(chosen.curve, labels, nodes)
    if (edge.kind === 'convolution') labels.push(label)
    return [{ edge, path: `M${text(a)}C${text(b)} ${text(c)} ${text(d)}`, label }]
  })
  return { layout, edges }
}
