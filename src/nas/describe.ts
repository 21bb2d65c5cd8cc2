/** An architecture in words. */
import { motifAbbreviations, motifNames } from './motifs.js'
import type { ArchitectureSpec, CellSpec, EdgeSpec, InputSpec, MotifCellSpec, SearchSpace } from './types.js'

export {
  type ArchitectureGraph,
  architectureGraph,
  type GraphEdge,
  type GraphEdgeKind,
  type GraphNode,
  type GraphNodeKind,
} from './architecture-graph.js'
export { motifAbbreviations, motifNames } from './motifs.js'

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ' ')

/** `feedback inhibition (FbI)`; for a number that is no motif, `motif 7`. */
export function motifTitle(id: number): string {
  const name = motifNames[id]
  return name === undefined ? `motif ${id}` : id === 0 ? name : `${name} (${motifAbbreviations[id]})`
}

function operation({ from, kind, sign, kernel }: EdgeSpec): string {
  if (kind === 'identity') return `${from} identity`
  return `${from} ${sign} ${kernel}×${kernel}`
}

function inputText(input: InputSpec, position: number): string {
  const source = input.sourceCell < 0 ? 'stem' : `cell ${input.sourceCell}`
  const path =
    input.reductions === 0
      ? '1×1'
      : input.reductions === 1
        ? 'through one reduction'
        : `through ${input.reductions} reductions`
  return `input ${position} from ${source}, ${input.channels} channels, ${path}`
}

function motifLines(cell: MotifCellSpec): string[] {
  const head = `cell ${cell.index}: ${motifTitle(cell.motif)}, width ${cell.width}, side ${cell.side} -> ${cell.outputChannels} channels`
  const nodes = cell.nodes.flatMap((node) => {
    const line = `  ${node.index} <- ${node.edges.map(operation).join(', ') || 'zeros'}`
    return node.backEdge ? [line, `  back to ${node.backEdge.to} <- ${operation(node.backEdge.edge)}`] : [line]
  })
  return [
    head,
    ...cell.inputs.map((input, k) => `  ${inputText(input, k)}`),
    ...nodes,
    `  output: ${cell.concat.join(', ')}`,
  ]
}

function cellLines(cell: CellSpec): string[] {
  if (cell.kind === 'motif') return motifLines(cell)
  const from = `${cell.inputChannels} channels, side ${cell.inputSide}`
  return [`cell ${cell.index}: reduction, ${from} -> ${cell.outputChannels} channels, side ${cell.inputSide / 2}`]
}

/** The options that change circuits, for texts and names; empty when none is on. */
export const circuitChanges = (space: SearchSpace): string =>
  [space.residualForInhibitory && ', residuals for inhibition', space.signedMotifs && ', signed motifs']
    .filter(Boolean)
    .join('')

/**
 * A text outline: key, stem, one block a cell with its inputs, nodes and back edges, head and counts.
 * Lines are separated by `\n`, without a final one.
 */
export function describeArchitecture(spec: ArchitectureSpec): string {
  const { space } = spec
  return [
    `key ${spec.key}`,
    `${space.semantics} semantics${circuitChanges(space)}, cell type ${spec.cellType}, ${space.cells} cells`,
    `stem: ${space.inputChannels} channels, side ${space.side} -> ${3 * space.width} channels`,
    ...spec.cells.flatMap(cellLines),
    `head: ${spec.headChannels} channels, side ${spec.headSide} -> ${space.classes} classes`,
    `${spec.lifPopulations} LIF populations, ${grouped(spec.parameters)} weights, ${grouped(spec.macsPerStep)} multiply-accumulates a step`,
  ].join('\n')
}
