import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawNetwork } from '../../src/report/network-drawing.js'
import { placeNetwork } from '../../src/report/network-edges.js'
import type { Graph } from '../../src/report/report-parts.js'
import { exampleGraph } from './example-graph.js'
import { htmlFault } from './well-formed.js'

function chain(cells: number): Graph {
  const cell = (index: number) => ({
    id: `n${index}`,
    label: String(index),
    kind: 'node' as const,
    cell: index,
    width: 8,
    side: 8,
  })
  return { nodes: Array.from({ length: cells }, (_, index) => cell(index)), edges: [] }
}

describe('the network drawing', () => {
  const svg = drawNetwork(exampleGraph(), new Map([[0, 'LI']])).text

  it('is well-formed and the same every time', () => {
    expect(htmlFault(svg)).toBeNull()
    expect(drawNetwork(exampleGraph(), new Map([[0, 'LI']])).text).toBe(svg)
  })

  it('draws every edge once, with the colour and the end mark of its sign', () => {
    const { edges } = exampleGraph()
    for (const [sign, colour] of [
      ['excitatory', '#0072b2'],
      ['inhibitory', '#d55e00'],
      ['neutral', '#808080'],
    ] as const) {
      const lines = [...svg.matchAll(/<path d="[^"]*" fill="none" stroke="([^"]*)"[^>]*#network-(\w+)\)"><title>/g)]
      const ours = lines.filter((line) => line[2] === sign)
      expect(ours).toHaveLength(edges.filter((edge) => edge.sign === sign).length)
      for (const line of ours) expect(line[1]).toBe(colour)
    }
  })

  it('names cells with their motif, and writes kernel sizes', () => {
    expect(svg).toContain('>cell 0 · LI<')
    expect(svg).toContain('>cell 1 · R<')
    expect(svg).toContain('>stem<')
    const kernels = exampleGraph().edges.filter((edge) => edge.kind === 'convolution').length
    expect(svg.match(/font-size="10.5"[^>]*>[35]<\/text>/g)).toHaveLength(kernels)
  })

  it('keeps nodes apart and inside their cell, and cells apart', () => {
    const { layout } = placeNetwork(exampleGraph())
    for (const cell of layout.cells) {
      for (const { x, y, halfWidth, halfHeight } of cell.nodes) {
        expect(x - halfWidth).toBeGreaterThanOrEqual(cell.left)
        expect(x + halfWidth).toBeLessThanOrEqual(cell.right)
        expect(y - halfHeight).toBeGreaterThan(cell.top)
        expect(y + halfHeight).toBeLessThan(cell.bottom)
      }
    }
    const nodes = [...layout.nodes.values()]
    nodes.forEach((a, i) => {
      for (const b of nodes.slice(i + 1)) {
        const beside = Math.abs(a.x - b.x) > a.halfWidth + b.halfWidth
        expect(beside || Math.abs(a.y - b.y) > a.halfHeight + b.halfHeight).toBe(true)
      }
    })
  })

  it('tells two edges between the same nodes apart', () => {
    const edge = { from: 'n0', to: 'n1', sign: 'excitatory', kernel: 3, kind: 'convolution' } as const
    const { edges } = placeNetwork({ ...chain(2), edges: [edge, { ...edge, kernel: 5 }] })
    expect(edges[0]?.path).not.toBe(edges[1]?.path)
  })

  it('draws any graph, with back edges, loops and edges over many rows, inside its frame', () => {
    const wire = fc.tuple(fc.nat(29), fc.nat(29), fc.constantFrom('excitatory', 'inhibitory', 'neutral'))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.array(wire, { maxLength: 20 }), (cells, wires) => {
        const edges = wires.map(([from, to, sign]) => ({
          from: `n${from % cells}`,
          to: `n${to % cells}`,
          sign,
          kernel: 3,
          kind: 'convolution' as const,
        }))
        const drawing = drawNetwork({ ...chain(cells), edges }).text
        expect(drawing).not.toMatch(/NaN|undefined|Infinity/)
        const width = Number(/width="(\d+)"/.exec(drawing)?.[1])
        const height = Number(/height="(\d+)"/.exec(drawing)?.[1])
        for (const [, path] of drawing.matchAll(/<path d="([^"]*)" fill="none"/g)) {
          for (const [, x, y] of (path ?? '').matchAll(/(-?[\d.]+),(-?[\d.]+)/g)) {
            expect(Number(x)).toBeGreaterThanOrEqual(0)
            expect(Number(x)).toBeLessThanOrEqual(width)
            expect(Number(y)).toBeGreaterThanOrEqual(0)
            expect(Number(y)).toBeLessThanOrEqual(height)
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})
