/** The paths of a network drawing's edges: curves inside a cell, lanes above the cells for edges that skip some. */
import {
  isBackEdge,
  laneHeight,
  layoutNetwork,
  type NetworkLayout,
  nodeOrder,
  type PlacedNode,
} from './network-layout.js'
import type { Graph, GraphEdge } from './report-parts.js'

export interface PlacedEdge {
  readonly edge: GraphEdge
  /** SVG path data. */
  readonly path: string
  /** Where the kernel size may be written. */
  readonly label: { readonly x: number; readonly y: number }
  readonly back: boolean
}

interface Point {
  readonly x: number
  readonly y: number
}
type Curve = readonly [Point, Point, Point, Point]

interface Lane {
  readonly index: number
  readonly lane: number
  readonly from: number
  readonly to: number
  /** Which of the verticals in the gap after the source, and in the gap before the target. */
  readonly exit: number
  readonly entry: number
}

const laneSpacing = 7
const round = (value: number) => Math.round(value * 10) / 10

/** Edges that skip a column, each with a lane of its own where lanes would overlap; short ones lowest. */
function assignLanes(graph: Graph): { lanes: Map<GraphEdge, Lane>; gaps: number[]; above: number } {
  const cells = [...new Set(graph.nodes.map((node) => node.cell))].sort((a, b) => a - b)
  const columnOf = new Map(graph.nodes.map((node) => [node.id, cells.indexOf(node.cell)]))
  const skipping = graph.edges
    .map((edge, index) => ({ edge, index, from: columnOf.get(edge.from) ?? 0, to: columnOf.get(edge.to) ?? 0 }))
    .filter(({ from, to }) => to > from + 1 || to < from)
    .sort((a, b) => Math.abs(a.to - a.from) - Math.abs(b.to - b.from) || a.index - b.index)
  const gaps: number[] = cells.map(() => 0)
  const taken: { from: number; to: number }[][] = []
  const lanes = new Map<GraphEdge, Lane>()
  for (const { edge, index, from, to } of skipping) {
    const span = { from: Math.min(from, to), to: Math.max(from, to) }
    let lane = taken.findIndex((spans) => spans.every((other) => other.to < span.from || other.from > span.to))
    if (lane < 0) lane = taken.push([]) - 1
    taken[lane]?.push(span)
    const place = (gap: number) => {
      const used = gaps[gap] ?? 0
      gaps[gap] = used + 1
      return used
    }
    lanes.set(edge, { index, lane, from, to, exit: place(from), entry: place(Math.max(0, to - 1)) })
  }
  return { lanes, gaps: gaps.map((used) => used * laneSpacing), above: taken.length * laneHeight }
}

const at = ([a, b, c, d]: Curve, t: number): Point => {
  const s = 1 - t
  const mix = (p: number, q: number, r: number, u: number) =>
    s ** 3 * p + 3 * s ** 2 * t * q + 3 * s * t ** 2 * r + t ** 3 * u
  return { x: mix(a.x, b.x, c.x, d.x), y: mix(a.y, b.y, c.y, d.y) }
}

/** Points of the curve that lie on or near a node which is not one of its ends. */
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
  return [start, { x: start.x - lean * 4, y: depth }, { x: end.x + lean * 4, y: depth }, end]
}

const forwardBows = [0, -26, 26, -52, 52, -84, 84, -116, 116]
const backBows = [40, -40, 64, -64, 92, -92]

function curvePath([a, b, c, d]: Curve): string {
  const text = ({ x, y }: Point) => `${round(x)},${round(y)}`
  return `M${text(a)}C${text(b)} ${text(c)} ${text(d)}`
}

/** A path of straight pieces with rounded corners: out, up to the lane, along it, down and in. */
function lanePath(from: PlacedNode, to: PlacedNode, lane: Lane, layout: NetworkLayout): { path: string; label: Point } {
  const exit = (layout.cells[lane.from]?.right ?? 0) + 10 + lane.exit * laneSpacing
  const entry = (layout.cells[Math.max(0, lane.to - 1)]?.right ?? 0) + 10 + lane.entry * laneSpacing
  const y = layout.top - 40 - lane.lane * laneHeight
  const end = to.x - to.halfWidth - 2
  const r = 6
  const turn = Math.sign(entry - exit) || 1
  const path =
    `M${round(from.x + from.halfWidth)},${round(from.y)}H${round(exit - r)}` +
    `q${r},0 ${r},${-r}V${round(y + r)}q0,${-r} ${turn * r},${-r}H${round(entry - turn * r)}` +
    `q${turn * r},0 ${turn * r},${r}V${round(to.y - r)}q0,${r} ${r},${r}H${round(end)}`
  return { path, label: { x: (exit + entry) / 2, y } }
}

/** The place along a curve that is farthest from labels already written and from nodes. */
function labelPlace(curve: Curve, labels: readonly Point[], nodes: readonly PlacedNode[]): Point {
  let best = at(curve, 0.5)
  let bestSpace = Number.NEGATIVE_INFINITY
  for (const t of [0.5, 0.42, 0.58, 0.34, 0.66, 0.28, 0.72]) {
    const point = at(curve, t)
    const obstacles = [...labels, ...nodes.map((node) => ({ x: node.x, y: node.y }))]
    const space = Math.min(18, ...obstacles.map((other) => Math.hypot(point.x - other.x, point.y - other.y)))
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
 * Inside a cell each edge takes the flattest curve that keeps clear of the nodes it passes and of edges between the
 * same two nodes.
 */
export function placeNetwork(graph: Graph): { readonly layout: NetworkLayout; readonly edges: readonly PlacedEdge[] } {
  const { lanes, gaps, above } = assignLanes(graph)
  const layout = layoutNetwork(graph, { gaps, above })
  const order = nodeOrder(graph)
  const nodes = [...layout.nodes.values()]
  const used = new Set<string>()
  const labels: Point[] = []
  const edges = graph.edges.flatMap((edge): PlacedEdge[] => {
    const from = layout.nodes.get(edge.from)
    const to = layout.nodes.get(edge.to)
    if (from === undefined || to === undefined) return []
    const lane = lanes.get(edge)
    if (lane !== undefined) return [{ edge, back: lane.to < lane.from, ...lanePath(from, to, lane, layout) }]
    const back = isBackEdge(edge, order)
    const candidates = (back ? backBows : forwardBows).map((bow, rank) => {
      const curve = back ? backCurve(from, to, bow) : forwardCurve(from, to, bow)
      const name = JSON.stringify([edge.from, edge.to, bow])
      return { curve, name, cost: rank + 10 * hits(curve, nodes, [from, to]) + (used.has(name) ? 1000 : 0) }
    })
    const chosen = candidates.reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best))
    used.add(chosen.name)
    const label = labelPlace(chosen.curve, labels, nodes)
    labels.push(label)
    return [{ edge, path: curvePath(chosen.curve), label, back }]
  })
  return { layout, edges }
}
