/** The vocabulary of the search: genomes, decoded architectures, scores. */

export type Semantics = 'clean' | 'reference'
export type CellType = 2 | 3 | 4
export type Sign = 'excitatory' | 'inhibitory' | 'neutral'

/** Where a genome is to be placed: everything outside the genome that shapes the network. */
export interface SearchSpace {
  readonly semantics: Semantics
  /** Number of cells L. */
  readonly cells: number
  /** Width C of the first cells, even. */
  readonly width: number
  /** Side of the square input in pixels. */
  readonly side: number
  readonly inputChannels: number
  readonly classes: number
  /** Event input: other positions of the reduction cells, no shared stem over time. */
  readonly event: boolean
  /**
   * Give nodes that only inhibition feeds, which can never make a spike, the newest input as well (sheet 00, section 1.4,
   * row 6). Default false.
   */
  readonly residualForInhibitory?: boolean
  /**
   * Make the lateral and mutual inhibition of cell type 2 inhibit: the tables list them without an inhibitory edge (row 5).
   * Default false.
   */
  readonly signedMotifs?: boolean
}

/** One operation that feeds a node. `convolution`: LIF, k×k convolution, batch norm, sign clip. */
export interface EdgeSpec {
  /** State index inside the cell: 0..c-1 are the pre-processed inputs, then the nodes. */
  readonly from: number
  readonly kind: 'convolution' | 'identity'
  /** 3 or 5 for a convolution, 1 for identity. */
  readonly kernel: 1 | 3 | 5
  readonly sign: Sign
  /** Gene slot that chose the kernel; null for identity and back edges of fixed kind. */
  readonly slot: number | null
}

/** A node is the sum of its edges. After it is summed, its back edge (if any) adds to an earlier node, same step. */
export interface NodeSpec {
  /** State index of this node, c + i. */
  readonly index: number
  readonly edges: readonly EdgeSpec[]
  readonly backEdge: { readonly to: number; readonly edge: EdgeSpec } | null
}

/** Pre-processing of one input of a motif cell. */
export interface InputSpec {
  /** Cell that made it; -1 is the stem. */
  readonly sourceCell: number
  /** Channels and side of the source. */
  readonly channels: number
  readonly side: number
  /** Reduction cells between the source and here (n of the sheet). */
  readonly reductions: number
}

export interface MotifCellSpec {
  readonly kind: 'motif'
  readonly index: number
  /** 0 is the null motif (output all zero). */
  readonly motif: number
  readonly width: number
  readonly side: number
  readonly inputs: readonly InputSpec[]
  readonly nodes: readonly NodeSpec[]
  /** State indices whose channels are concatenated, in order. */
  readonly concat: readonly number[]
  readonly outputChannels: number
}

export interface ReductionCellSpec {
  readonly kind: 'reduction'
  readonly index: number
  readonly inputChannels: number
  /** Side of the input; the output's side is half. */
  readonly inputSide: number
  /** Width W after doubling; output channels are 3W. */
  readonly width: number
  readonly sourceCell: number
  readonly outputChannels: number
}

export type CellSpec = MotifCellSpec | ReductionCellSpec

export interface ArchitectureSpec {
  readonly space: SearchSpace
  readonly genome: readonly number[]
  readonly cellType: CellType
  /** Canonical key: two genomes with one key are one network (sheet 00, section 2). */
  readonly key: string
  readonly cells: readonly CellSpec[]
  readonly headChannels: number
  readonly headSide: number
  /** LIF populations with multiplicity, the one before pooling included. */
  readonly lifPopulations: number
  /** Weights: convolutions, 2 per batch-norm channel, linear with bias. */
  readonly parameters: number
  /** Stem, all convolutions and linear, one time step, one sample. */
  readonly macsPerStep: number
}

export const indicatorNames = [
  'jaccardSum',
  'jaccardLogdet',
  'manhattanSum',
  'cosineSum',
  'pearsonSum',
  'lspLogdet',
  'jaccardMean',
  'jaccardLogdetClean',
  'hammingMean',
  'cosineMean',
  'pearsonMean',
  'sahdLogdet',
] as const
export type IndicatorName = (typeof indicatorNames)[number]

/** An indicator's mean over weight seeds and batches, and the standard error of that mean (null below two repeats). */
export interface Score {
  /** null stands for NaN, and for ±infinity (see `sign`). */
  readonly mean: number | null
  readonly standardError: number | null
}

export interface GenomeScore {
  readonly status: 'scored'
  readonly indicators: Partial<Record<IndicatorName, Score>>
  readonly parameters: number
  readonly macsPerStep: number
  readonly lifPopulations: number
  /** Synaptic operations a sample: sum over convolutions of rate x MACs x T. */
  readonly synapticOperations: number
  /** Picojoules a sample, 4.6 pJ a MAC and 0.9 pJ a synaptic operation (45 nm). */
  readonly energyPicojoules: number
  /** Mean firing rate of all populations, spikes a neuron and step. */
  readonly firingRate: number
}

/** Why a genome has no score. Never a number. */
export interface GenomeFailure {
  readonly status: 'failed'
  readonly kind: 'unbuildable' | 'out-of-memory' | 'silent' | 'numeric' | 'device'
  readonly reason: string
}

export type GenomeOutcome = GenomeScore | GenomeFailure

/** Scores genomes; the engine's implementation runs them on the GPU, tests use a stand-in. */
export interface GenomeEvaluator {
  /** Everything besides the genome's key that can change a score; part of the cache key in the ledger. */
  readonly identity: Readonly<Record<string, string | number | boolean>>
  evaluate(architecture: ArchitectureSpec): Promise<GenomeOutcome>
}

export type ObjectiveName = 'fitness' | 'parameters' | 'synapticOperations' | 'energy'
