/** The network as a drawing: cells as boxes, states as nodes, each edge with the look of its sign. */
import { escapeHtml, html, Markup } from './markup.js'
import { shortLabel } from './network-columns.js'
import { type PlacedEdge, placeNetwork } from './network-edges.js'
import { laneSpacing, type PlacedCell, type PlacedNode } from './network-layout.js'
import { palette } from './plots/theme.js'
import type { Graph, GraphEdge } from './report-parts.js'

/** Sign is shown twice, by colour and by the mark at the end, so that neither alone must be told apart. */
const colours = { excitatory: palette.blue, inhibitory: palette.vermilion, neutral: palette.grey } as const

const marker = (name: string, colour: string, shape: string) =>
  `<marker id="network-${name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" ` +
  `markerUnits="userSpaceOnUse" orient="auto" fill="${colour}" stroke="${colour}">${shape}</marker>`

const markers =
  `<defs>${marker('excitatory', colours.excitatory, '<path d="M1,1L9,5L1,9Z" stroke="none"/>')}` +
  `${marker('inhibitory', colours.inhibitory, '<path d="M8.5,0V10" stroke-width="3"/>')}` +
  `${marker('neutral', colours.neutral, '<circle cx="6" cy="5" r="3" stroke="none"/>')}</defs>`

const strokeWidth = (edge: GraphEdge) =>
  edge.kind !== 'convolution' || edge.kernel === null ? 1.2 : edge.kernel > 3 ? 3.2 : 1.7

function edgeLine({ edge, path }: PlacedEdge): string {
  const dashes = edge.kind === 'identity' ? ' stroke-dasharray="5 3"' : ''
  const faint = edge.kind === 'concatenation' ? ' stroke-opacity="0.55"' : ''
  const kernel = edge.kernel === null ? '' : ` ${edge.kernel}×${edge.kernel}`
  const title = escapeHtml(`${edge.from} → ${edge.to}: ${edge.sign} ${edge.kind}${kernel}`)
  return (
    `<path d="${path}" fill="none" stroke="${colours[edge.sign]}" stroke-width="${strokeWidth(edge)}"${dashes}${faint} ` +
    `marker-end="url(#network-${edge.sign})"><title>${title}</title></path>`
  )
}

function edgeLabel({ edge, label }: PlacedEdge): string {
  if (edge.kind !== 'convolution' || edge.kernel === null) return ''
  return (
    `<text class="halo" x="${label.x.toFixed(1)}" y="${(label.y + 4).toFixed(1)}" text-anchor="middle" ` +
    `font-size="10.5" font-weight="600" fill="${colours[edge.sign]}">${edge.kernel}</text>`
  )
}

function nodeShape({ node, x, y, halfWidth, halfHeight }: PlacedNode): string {
  const corner = node.kind === 'node' ? halfHeight : 4
  const title = escapeHtml(`${node.label} (${node.kind}), ${node.width} channels, ${node.side} px`)
  return (
    `<g><title>${title}</title><rect class="card-fill" x="${x - halfWidth}" y="${y - halfHeight}" ` +
    `width="${2 * halfWidth}" height="${2 * halfHeight}" rx="${corner}" stroke="currentColor" stroke-width="1.2"/>` +
    `<text x="${x}" y="${y + 4}" text-anchor="middle" font-size="11.5" fill="currentColor">` +
    `${escapeHtml(shortLabel(node.label))}</text></g>`
  )
}

function cellName(cell: PlacedCell, motifs: ReadonlyMap<number, string>): string {
  const kinds = cell.nodes.map(({ node }) => node.kind)
  if (kinds.includes('stem')) return 'stem'
  if (kinds.includes('head')) return 'head'
  const motif = motifs.get(cell.cell)
  if (motif !== undefined) return `cell ${cell.cell} · ${motif}`
  return kinds.includes('reduction') ? `cell ${cell.cell} · R` : `cell ${cell.cell}`
}

function cellBox(cell: PlacedCell, motifs: ReadonlyMap<number, string>): string {
  const { top, bottom } = cell
  const centre = (cell.left + cell.right) / 2
  const last = cell.nodes[cell.nodes.length - 1]?.node
  const size = last === undefined ? '' : `${last.width} ch, ${last.side} px`
  const text = (y: number, look: string, words: string) =>
    `<text class="halo" x="${centre}" y="${y}" text-anchor="middle" fill="currentColor" ${look}>${escapeHtml(words)}</text>`
  return (
    `<rect x="${cell.left}" y="${top}" width="${cell.right - cell.left}" height="${bottom - top}" rx="10" ` +
    `fill="currentColor" fill-opacity="0.045" stroke="currentColor" stroke-opacity="0.2"/>` +
    text(top - 22, 'font-size="12.5" font-weight="600"', cellName(cell, motifs)) +
    text(top - 7, 'font-size="11" fill-opacity="0.7"', size)
  )
}

/** One sample of each look, with its name. */
function legend(top: number): { svg: string; width: number } {
  const entries = [
    ['excitatory', 'excitatory 3×3', 1.7, ''],
    ['excitatory', 'excitatory 5×5', 3.2, ''],
    ['inhibitory', 'inhibitory', 1.7, ''],
    ['neutral', 'identity', 1.2, '5 3'],
    ['neutral', 'no sign, 1×1 or concatenation', 1.2, ''],
  ] as const
  let x = 12
  const svg = entries.map(([sign, words, width, dashes]) => {
    const line =
      `<path d="M${x},${top}H${x + 36}" fill="none" stroke="${colours[sign]}" stroke-width="${width}" ` +
      `stroke-dasharray="${dashes || 'none'}" marker-end="url(#network-${sign})"/>`
    const text = `<text x="${x + 44}" y="${top + 4}" font-size="11.5" fill="currentColor">${words}</text>`
    x += 64 + words.length * 6.4
    return line + text
  })
  return { svg: svg.join(''), width: x }
}

/**
 * Draws a network as a stand-alone svg element. Long edges run in lanes above the cells; back edges leave and enter
 * their nodes from below or above.
 *
 * @param motifs motif name of each motif cell, by cell number
 */
export function drawNetwork(graph: Graph, motifs: ReadonlyMap<number, string> = new Map()): Markup {
  const { layout, edges } = placeNetwork(graph)
  const turns = [...layout.plan.lanes.values()].filter((lane) => lane.turn !== null).length + 2
  const key = legend(layout.bottom + 30)
  const width = Math.ceil(Math.max(layout.width + 12 + turns * laneSpacing, key.width))
  const height = Math.ceil(layout.bottom + 48)
  const signed = graph.edges.filter((edge) => edge.kind === 'convolution')
  const inhibitory = signed.filter((edge) => edge.sign === 'inhibitory').length
  const label = `Network of ${layout.cells.length} cells, ${signed.length} signed convolutions, ${inhibitory} inhibitory`
  // Faint edges first, so that signed ones stay visible where they cross.
  const drawn = [...edges].sort((a, b) => Number(a.edge.kind === 'convolution') - Number(b.edge.kind === 'convolution'))
  const body = [
    markers,
    ...layout.cells.map((cell) => cellBox(cell, motifs)),
    ...drawn.map(edgeLine),
    ...[...layout.nodes.values()].map(nodeShape),
    ...edges.map(edgeLabel),
    key.svg,
  ]
  return html`<svg class="network" role="img" aria-label="${label}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">${new Markup(body.join('\n'))}</svg>`
}
