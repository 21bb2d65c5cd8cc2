/** From genome to architecture (sheet 00, sections 1.3, 1.4 and 2). */
import { GenomeError, OptionError } from '../errors.js'
import { countArchitecture } from './counts.js'
import { canonicalKey, type GenomeOptions, geneAt, genesPerCell, type MotifGenes, readGenome } from './genome.js'
import { reductionPositions, reductionsBetween, sourceOf } from './layout.js'
import { backOperation, type MotifBackEdge } from './motifs.js'
import { shown } from './shown.js'
import type {
  ArchitectureSpec,
  CellSpec,
  CellType,
  EdgeSpec,
  InputSpec,
  MotifCellSpec,
  NodeSpec,
  SearchSpace,
} from './types.js'

export { reductionPositions } from './layout.js'

/** A stream between cells: the output of the stem or of a cell. */
interface Stream {
  readonly channels: number
  readonly side: number
}

/**
 * Decodes a genome into the network it describes, in the semantics that the space names.
 *
 * @param genome `20·space.cells + 1` integers
 * @param options allowed motifs and cell types; the null motif is rejected unless listed
 * @throws GenomeError for a malformed genome and for what cannot be built: an odd width, a side that a reduction
 *   cannot halve, in reference semantics an input behind three reductions, counts beyond exact integers
 * @throws OptionError for a malformed space or options
 */
export function decode(genome: readonly number[], space: SearchSpace, options: GenomeOptions = {}): ArchitectureSpec {
  checkSpace(space)
  const { cellType, cells: genes } = readGenome(genome, space, options)
  const outputs: Stream[] = []
  const stem: Stream = { channels: 3 * space.width, side: space.side }
  const streamOf = (cell: number): Stream => outputs[cell] ?? stem
  const cells: CellSpec[] = []
  let { width, side } = space
  for (const cell of genes) {
    if (cell.kind === 'reduction') {
      width *= 2
      side /= 2
      const sourceCell = cell.index - 1
      const source = streamOf(sourceCell)
      const outputChannels = 3 * width
      const inputs = { inputChannels: source.channels, inputSide: source.side }
      cells.push({ kind: 'reduction', index: cell.index, ...inputs, width, sourceCell, outputChannels })
    } else {
      const inputs = motifInputs(cell.index, cellType, space, streamOf)
      cells.push(motifCell(genome, cell, space, { channels: width, side }, inputs))
    }
    outputs.push({ channels: cells[cells.length - 1]?.outputChannels ?? 0, side })
  }
  const headChannels = streamOf(space.cells - 1).channels
  const counts = countArchitecture(space, cells, headChannels)
  if (!Number.isSafeInteger(counts.macsPerStep) || !Number.isSafeInteger(counts.parameters)) {
    throw new GenomeError(
      'decode',
      `the network has more than 2^53 operations a step (width ${space.width}).`,
      'Use a smaller width or side.',
    )
  }
  const key = canonicalKey(genome, space, options)
  return { space, genome: [...genome], cellType, key, cells, headChannels, headSide: side, ...counts }
}

function checkSpace(space: SearchSpace): void {
  const count = (name: 'cells' | 'width' | 'side' | 'inputChannels' | 'classes', value: unknown): void => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
      throw new OptionError(name, `must be a positive integer; got ${shown(value)}.`, `Set ${name} to a whole number.`)
    }
  }
  count('cells', space.cells)
  count('width', space.width)
  count('side', space.side)
  count('inputChannels', space.inputChannels)
  count('classes', space.classes)
  if (space.semantics !== 'clean' && space.semantics !== 'reference') {
    throw new OptionError('semantics', `must be "clean" or "reference"; got ${shown(space.semantics)}.`, 'Use "clean".')
  }
  if (typeof space.event !== 'boolean') {
    throw new OptionError('event', `must be true or false; got ${shown(space.event)}.`, 'Set true for event frames.')
  }
  if (space.width % 2 !== 0) {
    throw new GenomeError(
      'width',
      `must be even: reductions work in two halves; got ${space.width}.`,
      `Use ${space.width + 1}.`,
    )
  }
  const reductions = reductionPositions(space.cells, space.event).length
  const divisor = 2 ** reductions
  if (space.side % divisor !== 0) {
    throw new GenomeError(
      'side',
      `must be a multiple of ${divisor}, it is halved by ${reductions} reduction cells; got ${space.side} pixels.`,
      `Pad or resize the input to ${Math.ceil(space.side / divisor) * divisor} pixels.`,
    )
  }
}

function motifInputs(
  index: number,
  cellType: CellType,
  space: SearchSpace,
  streamOf: (cell: number) => Stream,
): readonly InputSpec[] {
  const positions = reductionPositions(space.cells, space.event)
  return Array.from({ length: cellType }, (_, position): InputSpec => {
    const sourceCell = sourceOf(cellType, index, position)
    const reductions = reductionsBetween(positions, sourceCell, index)
    if (reductions > 2 && space.semantics === 'reference') {
      throw new GenomeError(
        `genome[${space.cells * genesPerCell}]`,
        `input ${position} of cell ${index} lies behind ${reductions} reduction cells, which the reference semantics does not define (at most 2).`,
        'Use cell type 2 or 3, another number of cells, or semantics "clean".',
      )
    }
    return { sourceCell, ...streamOf(sourceCell), reductions }
  })
}

function motifCell(
  genome: readonly number[],
  cell: MotifGenes,
  space: SearchSpace,
  { channels: width, side }: Stream,
  inputs: readonly InputSpec[],
): MotifCellSpec {
  const { motif, start, index } = cell
  const gene = (slot: number): number => geneAt(genome, start + 1 + slot)
  const backEdge = ({ from, kind, sign }: MotifBackEdge): EdgeSpec => {
    const slot = motif.backSlot
    if (kind === 'identity' || slot === null) return { from, kind: 'identity', kernel: 1, sign, slot: null }
    return { from, kind, ...backOperation(space.semantics, sign, gene(slot)), slot }
  }
  const nodes = motif.nodes.map((edges, i): NodeSpec => {
    const node = motif.cellType + i
    const back = motif.backEdges.find((edge) => edge.from === node)
    return {
      index: node,
      edges: edges.map(({ from, kind, sign, slot }): EdgeSpec => {
        if (slot === null) return { from, kind, kernel: 1, sign, slot }
        return { from, kind, kernel: gene(slot) === 0 ? 3 : 5, sign, slot }
      }),
      backEdge: back ? { to: back.to, edge: backEdge(back) } : null,
    }
  })
  const outputChannels = motif.concat.length * width
  return { kind: 'motif', index, motif: motif.id, width, side, inputs, nodes, concat: motif.concat, outputChannels }
}
