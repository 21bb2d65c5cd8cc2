/** A network of six cells: lateral inhibition, feedback inhibition, feed-forward inhibition, three reductions. */
import type { Graph, GraphEdge, GraphNode } from '../../src/report/report-parts.js'

type Wire = readonly [from: number, to: number, sign: 'E' | 'I', kernel: 3 | 5]

const lateralInhibition: Wire[] = [
  [0, 3, 'E', 3],
  [1, 3, 'E', 5],
  [2, 3, 'E', 3],
  [0, 4, 'E', 3],
  [1, 4, 'E', 3],
  [2, 4, 'E', 5],
  [3, 5, 'E', 3],
  [4, 5, 'E', 5],
  [3, 6, 'E', 3],
  [5, 6, 'I', 5],
  [4, 7, 'E', 3],
  [5, 7, 'I', 3],
]
const feedbackInhibition: Wire[] = [
  [0, 3, 'E', 3],
  [1, 3, 'E', 3],
  [2, 3, 'E', 5],
  [3, 4, 'E', 5],
  [3, 5, 'E', 3],
  [4, 3, 'I', 3],
]
const feedForwardInhibition: Wire[] = [
  [0, 3, 'E', 3],
  [1, 3, 'E', 3],
  [2, 3, 'E', 5],
  [3, 4, 'I', 5],
  [3, 5, 'E', 3],
  [4, 5, 'I', 3],
]

/** The graph as the schema wants it. */
export function exampleGraph(): Graph {
  const nodes: GraphNode[] = [{ id: 'stem', label: 'stem', kind: 'stem', cell: -1, width: 48, side: 32 }]
  const edges: GraphEdge[] = []
  const join = (from: string, to: string, kind: GraphEdge['kind'], kernel: number | null) =>
    edges.push({ from, to, sign: 'neutral', kernel, kind })
  let sources = ['stem', 'stem', 'stem']
  let width = 16
  let side = 32
  const motifs = [lateralInhibition, null, feedbackInhibition, null, null, feedForwardInhibition]
  motifs.forEach((wires, cell) => {
    const id = (state: number | string) => `cell${cell}.${state}`
    const add = (state: number | string, label: string, kind: GraphNode['kind'], channels: number) =>
      nodes.push({ id: id(state), label, kind, cell, width: channels, side })
    if (wires === null) {
      width *= 2
      side /= 2
      add('out', 'reduce', 'reduction', 3 * width)
      join(sources[2] ?? '', id('out'), 'reduction', 3)
    } else {
      const last = Math.max(...wires.map((wire) => wire[1]))
      sources.forEach((source, input) => {
        add(input, `in ${input}`, 'preprocess', width)
        join(source, id(input), 'preprocess', 1)
      })
      for (let state = 3; state <= last; state++) add(state, String(state), 'node', width)
      add('out', 'concat', 'concatenation', width * (last - 2))
      for (const [from, to, sign, kernel] of wires) {
        const word = sign === 'E' ? 'excitatory' : 'inhibitory'
        edges.push({ from: id(from), to: id(to), sign: word, kernel, kind: 'convolution' })
      }
      for (let state = 3; state <= last; state++) join(id(state), id('out'), 'concatenation', null)
    }
    sources = [...sources.slice(1), id('out')]
  })
  nodes.push({ id: 'head', label: 'linear', kind: 'head', cell: 6, width: 10, side: 1 })
  join(sources[2] ?? '', 'head', 'linear', null)
  return { nodes, edges }
}
