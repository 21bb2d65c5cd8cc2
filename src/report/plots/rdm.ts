/** Representational dissimilarity matrix as a heat map, samples sorted by class. */
import type { ReportSection } from '../report-data.js'
import { evenlyChosen } from './scales.js'
import { type Layer, type PlotSpec, plotFrame } from './theme.js'

type Rdm = ReportSection<'rdm'>

/** A drawing of more cells than this squared is slow to open and no clearer. */
export const shownSamples = 72
const side = 400
/** Neighbouring cells overlap a little, or the page would shine through where they meet. */
const overlap = 1.1

/** Sample indices in class order, classes in order of first appearance, thinned evenly to `shownSamples`. */
export function rdmOrder(labels: readonly string[]): number[] {
  const classes = [...new Set(labels)]
  const place = new Map(classes.map((name, index) => [name, index]))
  const order = labels
    .map((name, index) => ({ index, place: place.get(name) ?? 0 }))
    .sort((a, b) => a.place - b.place || a.index - b.index)
    .map((entry) => entry.index)
  return evenlyChosen(order.length, shownSamples).flatMap((at) => order[at] ?? [])
}

interface Block {
  readonly name: string
  readonly start: number
  readonly end: number
}

function classBlocks(names: readonly string[]): Block[] {
  const blocks: Block[] = []
  names.forEach((name, index) => {
    const last = blocks[blocks.length - 1]
    if (last?.name === name) blocks[blocks.length - 1] = { ...last, end: index + 1 }
    else blocks.push({ name, start: index, end: index + 1 })
  })
  return blocks
}

/** Class names beside and below the matrix, and lines between the classes. */
function blockLayers(blocks: readonly Block[], count: number): Layer[] {
  const middles = blocks.map(({ name, start, end }) => ({ name, middle: (start + end) / 2 }))
  const borders = blocks.slice(1).map(({ start }) => ({ start, zero: 0, count }))
  const rule = { type: 'rule', color: '#ffffff', strokeWidth: 1.2, opacity: 0.85 } as const
  const at = (field: string) => ({ field, type: 'quantitative' }) as const
  const lines: Layer[] = [
    { data: { values: borders }, mark: rule, encoding: { x: at('start'), y: at('zero'), y2: { field: 'count' } } },
    { data: { values: borders }, mark: rule, encoding: { y: at('start'), x: at('zero'), x2: { field: 'count' } } },
  ]
  if (side / blocks.length < 13) return lines
  const text = { type: 'text', color: 'currentColor', limit: 130, fontSize: 12 } as const
  return [
    ...lines,
    {
      data: { values: middles },
      mark: { ...text, align: 'right', baseline: 'middle' },
      encoding: { x: { value: -8 }, y: at('middle'), text: { field: 'name' } },
    },
    {
      data: { values: middles },
      mark: { ...text, align: 'right', baseline: 'middle', angle: -40 },
      encoding: { y: { value: side + 10 }, x: at('middle'), text: { field: 'name' } },
    },
  ]
}

/** The heat map; the colour scale starts at 0 and ends at the largest dissimilarity. */
export function rdmPlot(rdm: Rdm): PlotSpec {
  const order = rdmOrder(rdm.labels)
  const cells = order.flatMap((i, row) =>
    order.flatMap((j, column) => {
      const value = rdm.matrix[i]?.[j] ?? null
      return value === null ? [] : [{ x: column, x2: column + overlap, y: row, y2: row + overlap, value }]
    }),
  )
  let largest = 0
  for (const cell of cells) largest = Math.max(largest, cell.value)
  const span = [0, order.length]
  const map: Layer = {
    data: { values: cells },
    mark: { type: 'rect', stroke: null, opacity: 1, clip: true },
    encoding: {
      x: { field: 'x', type: 'quantitative', scale: { domain: span, nice: false }, axis: null },
      x2: { field: 'x2' },
      y: { field: 'y', type: 'quantitative', scale: { domain: span, nice: false, reverse: true }, axis: null },
      y2: { field: 'y2' },
      color: {
        field: 'value',
        type: 'quantitative',
        scale: { scheme: 'cividis', domain: [0, largest || 1], nice: false },
        legend: { title: 'dissimilarity', gradientLength: 200, offset: 24, tickCount: 5 },
      },
    },
  }
  const names = order.map((index) => rdm.labels[index] ?? '')
  return { ...plotFrame, width: side, height: side, layer: [map, ...blockLayers(classBlocks(names), order.length)] }
}
