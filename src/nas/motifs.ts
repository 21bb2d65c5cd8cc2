/** The motif tables: circuits of a cell for every cell type (sheet 00, section 1.2), as data. */
import type { CellType, SearchSpace, Semantics, Sign } from './types.js'

/** One incoming edge of a motif node; the kernel of a convolution is chosen by the gene at `slot`. */
export interface MotifEdge {
  /** State index: 0..c-1 are the inputs, oldest first, then the nodes. */
  readonly from: number
  readonly kind: 'convolution' | 'identity'
  readonly sign: Sign
  /** Gene offset inside the cell is `1 + slot`; null for an identity. */
  readonly slot: number | null
}

/** Applied right after node `from` has been summed, in the same time step: `state[to] += operation(state[from])`. */
export interface MotifBackEdge {
  readonly from: number
  readonly to: number
  readonly kind: 'convolution' | 'identity'
  /** The sign the table lists; the reference semantics takes the sign from the back gene instead. */
  readonly sign: Sign
}

export interface Motif {
  readonly id: number
  readonly cellType: CellType
  /** Incoming edges of node c + i; an empty list is a node of zeros. */
  readonly nodes: readonly (readonly MotifEdge[])[]
  readonly backEdges: readonly MotifBackEdge[]
  /** Slot of the gene that all convolutional back edges share, or null without such an edge. */
  readonly backSlot: number | null
  /** States whose channels form the cell's output: every node, in order. */
  readonly concat: readonly number[]
  /** Slots of the node edges' kernel genes, ascending. The back gene is not among them. */
  readonly activeSlots: readonly number[]
}

/** Full names by motif id; the numbers are the genome's. */
export const motifNames = [
  'null motif',
  'feed-forward excitation',
  'feed-forward inhibition',
  'feedback inhibition',
  'lateral inhibition',
  'mutual inhibition',
] as const

/** Customary abbreviations by motif id. */
export const motifAbbreviations = ['null', 'FE', 'FI', 'FbI', 'LI', 'MI'] as const

export const cellTypes: readonly CellType[] = [2, 3, 4]

const E = (from: number, slot: number): MotifEdge => ({ from, kind: 'convolution', sign: 'excitatory', slot })
const I = (from: number, slot: number): MotifEdge => ({ from, kind: 'convolution', sign: 'inhibitory', slot })
const same = (from: number): MotifEdge => ({ from, kind: 'identity', sign: 'neutral', slot: null })

const backConvolution = (from: number, to: number, sign: Sign): MotifBackEdge => ({
  from,
  to,
  kind: 'convolution',
  sign,
})
const backIdentity = (from: number, to: number): MotifBackEdge => ({ from, to, kind: 'identity', sign: 'neutral' })

function motif(
  cellType: CellType,
  id: number,
  nodes: readonly (readonly MotifEdge[])[],
  backEdges: readonly MotifBackEdge[] = [],
  backSlot: number | null = null,
): Motif {
  const slots = nodes.flatMap((edges) => edges.flatMap((edge) => (edge.slot === null ? [] : [edge.slot])))
  return {
    id,
    cellType,
    nodes,
    backEdges,
    backSlot,
    concat: nodes.map((_, i) => cellType + i),
    activeSlots: slots.sort((a, b) => a - b),
  }
}

const all2 = [E(0, 0), E(1, 1)]
const all3 = [E(0, 0), E(1, 1), E(2, 2)]
const all4 = [E(0, 0), E(1, 1), E(2, 2), E(3, 3)]

const referenceTables: readonly Motif[] = [
  motif(2, 0, [[]]),
  motif(2, 1, [all2, [same(0), E(2, 3)]]),
  motif(2, 2, [all2, [same(0), I(2, 3)], [E(2, 4), I(3, 5)]]),
  motif(
    2,
    3,
    [all2, [same(0), I(2, 3)], [same(0), E(3, 5)]],
    [backIdentity(3, 2), backConvolution(4, 3, 'excitatory')],
    7,
  ),
  motif(2, 4, [all2, [E(0, 2), E(1, 3)], [E(2, 4), E(3, 5)], [same(0), E(4, 7)], [same(0), E(4, 9)]]),
  motif(2, 5, [all2, [same(0), E(2, 3)]], [backIdentity(3, 2)]),

  motif(3, 0, [[]]),
  motif(3, 1, [all3, [E(3, 4)]]),
  motif(3, 2, [all3, [I(3, 4)], [E(3, 6), I(4, 7)]]),
  motif(3, 3, [all3, [E(3, 4)], [E(3, 7)]], [backConvolution(4, 3, 'inhibitory')], 10),
  motif(3, 4, [all3, [E(0, 3), E(1, 4), E(2, 5)], [E(3, 7), E(4, 8)], [E(3, 10), I(5, 11)], [E(4, 13), I(5, 14)]]),
  motif(3, 5, [all3, [I(3, 5)]], [backIdentity(4, 3)]),

  motif(4, 1, [all4, [E(4, 5)], [E(5, 9)], [E(5, 13)]]),
  motif(4, 2, [all4, [I(4, 5)], [E(4, 8), I(5, 9)]]),
  motif(4, 3, [all4, [], [E(4, 8), E(4, 10)]], [backConvolution(5, 4, 'inhibitory')], 14),
  motif(4, 4, [all4, [E(0, 4), I(4, 6)], [E(3, 9), I(4, 10)]]),
  motif(4, 5, [all4, [I(4, 7)], [I(4, 10), I(5, 11)], [I(4, 14), I(5, 15)]], [backConvolution(5, 4, 'inhibitory')], 18),
]

/** The one circuit that differs: the release's list of this motif is shifted by one entry (section 1.4, row 4). */
const cleanFeedback4 = motif(4, 3, [all4, [E(4, 8)], [E(4, 10)]], [backConvolution(5, 4, 'inhibitory')], 14)

const cleanTables = referenceTables.map((entry) => (entry.cellType === 4 && entry.id === 3 ? cleanFeedback4 : entry))

/** Lateral and mutual inhibition of cell type 2 with the inhibition that their names promise. */
const signedMotifs: readonly Motif[] = [
  motif(2, 4, [all2, [E(0, 2), E(1, 3)], [E(2, 4), E(3, 5)], [same(0), I(4, 7)], [same(0), I(4, 9)]]),
  motif(2, 5, [all2, [same(0), I(2, 3)]], [backIdentity(3, 2)]),
]

/** Options that change circuits; both are off in the published search. */
export type CircuitOptions = Pick<SearchSpace, 'residualForInhibitory' | 'signedMotifs'>

/** The newest input added to every node that only inhibition feeds. */
const withResiduals = (entry: Motif): Motif => ({
  ...entry,
  nodes: entry.nodes.map((edges) =>
    edges.length > 0 && edges.every((edge) => edge.sign === 'inhibitory')
      ? [...edges, same(entry.cellType - 1)]
      : edges,
  ),
})

/**
 * The circuit of a motif.
 * @param id 0 (null motif, output all zero; cell types 2 and 3 only) to 5
 * @returns undefined where the tables define none: the null motif of cell type 4, ids outside 0..5
 */
export function findMotif(
  semantics: Semantics,
  cellType: CellType,
  id: number,
  options: CircuitOptions = {},
): Motif | undefined {
  const tables = semantics === 'clean' ? cleanTables : referenceTables
  const isWanted = (entry: Motif) => entry.cellType === cellType && entry.id === id
  const found = (options.signedMotifs ? signedMotifs.find(isWanted) : undefined) ?? tables.find(isWanted)
  return found && options.residualForInhibitory ? withResiduals(found) : found
}

/**
 * Kernel and sign of a motif's convolutional back edges (section 2). Clean: the listed sign, and only the gene's
 * parity counts. Reference: genes 2 and 3 are inhibitory, genes 0 and 1 excitatory whatever the table lists.
 */
export function backOperation(semantics: Semantics, listed: Sign, gene: number): { kernel: 3 | 5; sign: Sign } {
  const kernel = gene % 2 === 0 ? 3 : 5
  if (semantics === 'clean') return { kernel, sign: listed }
  return { kernel, sign: gene < 2 ? 'excitatory' : 'inhibitory' }
}

/** Distinct networks a motif stands for (the tables' last column): kernel choices times back-gene choices. */
export function motifVariants(semantics: Semantics, entry: Motif): number {
  const back = entry.backSlot === null ? 1 : semantics === 'reference' && entry.backSlot === 18 ? 4 : 2
  return 2 ** entry.activeSlots.length * back
}
