/** Genomes: reading, checking, bounds, active genes and the canonical key (sheet 00, section 2). */
import { GenomeError, OptionError } from '../errors.js'
import { genesPerCell, reductionPositions } from './layout.js'
import { cellTypes as allCellTypes, findMotif, type Motif } from './motifs.js'
import { shown } from './shown.js'
import type { CellType, SearchSpace } from './types.js'

export { genesPerCell } from './layout.js'
export { parseGenome } from './parse-genome.js'

/** What a genome may contain. Both lists must be runs of consecutive integers: mutation moves between neighbours. */
export interface GenomeOptions {
  /** Motif ids of motif cells, default 1..5. List 0 as well to enable the null motif (cell types 2 and 3 only). */
  readonly motifs?: readonly number[]
  /** Cell types, default 2..4. */
  readonly cellTypes?: readonly CellType[]
}

/** The part of a search space that says how genes are read. */
export type GenomeSpace = Pick<SearchSpace, 'cells' | 'event' | 'semantics' | 'residualForInhibitory' | 'signedMotifs'>

/** Inclusive range of a gene. */
export interface GeneBound {
  readonly low: number
  readonly high: number
}

function consecutive(name: string, values: readonly number[], low: number, high: number): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b)
  const first = sorted[0] ?? Number.NaN
  const runs = sorted.every((value, i) => value === first + i)
  if (sorted.length === 0 || !runs || !Number.isInteger(first) || first < low || first + sorted.length - 1 > high) {
    throw new OptionError(
      name,
      `must be different consecutive integers within ${low}..${high}; got [${values.map(shown).join(', ')}].`,
      'List a run such as 2, 3, 4.',
    )
  }
  return sorted
}

/** The allowed motif ids and cell types, ascending. @throws OptionError for empty, broken or unknown ranges */
export function genomeChoices(options: GenomeOptions = {}): {
  motifs: readonly number[]
  cellTypes: readonly CellType[]
} {
  const motifs = consecutive('motifs', options.motifs ?? [1, 2, 3, 4, 5], 0, 5)
  const listed = consecutive('cellTypes', options.cellTypes ?? allCellTypes, 2, 4)
  const types = allCellTypes.filter((type) => listed.includes(type))
  if (motifs.length === 1 && motifs[0] === 0 && types.includes(4)) {
    throw new OptionError(
      'motifs',
      'only the null motif is allowed, which cell type 4 does not define.',
      'Add motif 1.',
    )
  }
  return { motifs, cellTypes: types }
}

/**
 * Inclusive range of every gene, `20·cells + 1` entries: what sampling and mutation draw from.
 * @throws OptionError for a number of cells that is no positive integer, or unusable options
 */
export function geneBounds(cells: number, options: GenomeOptions = {}): readonly GeneBound[] {
  checkCells(cells)
  const { motifs, cellTypes } = genomeChoices(options)
  const range = (values: readonly number[]): GeneBound => ({ low: Math.min(...values), high: Math.max(...values) })
  const cell = Array.from({ length: genesPerCell }, (_, offset): GeneBound => {
    if (offset === 0) return range(motifs)
    return { low: 0, high: offset === genesPerCell - 1 ? 3 : 1 }
  })
  return [...Array.from({ length: cells }, () => cell).flat(), range(cellTypes)]
}

function checkCells(cells: number): void {
  if (!Number.isInteger(cells) || cells < 1 || cells > 64) {
    throw new OptionError('cells', `must be an integer within 1..64; got ${shown(cells)}.`, 'The usual number is 6.')
  }
}

/** A motif cell as its genes choose it. */
export interface MotifGenes {
  readonly kind: 'motif'
  readonly index: number
  readonly motif: Motif
  /** Position of the cell's first gene. */
  readonly start: number
}

export type CellGenes = MotifGenes | { readonly kind: 'reduction'; readonly index: number }

/**
 * Checks a genome and reads it cell by cell. Genes of reduction cells are inert but still must be in range
 * (their motif gene may be anything in 0..5).
 *
 * @param genome `20·cells + 1` integers: a cell is [motif, 18 genes 0..1, one gene 0..3], the last gene is the cell type
 * @throws GenomeError naming the position, the expected range and what was found
 * @throws OptionError for unusable options
 */
export function readGenome(
  genome: readonly number[],
  space: GenomeSpace,
  options: GenomeOptions = {},
): { cellType: CellType; cells: readonly CellGenes[] } {
  const choices = genomeChoices(options)
  const bounds = geneBounds(space.cells, options)
  if (!Array.isArray(genome) || genome.length !== bounds.length) {
    throw new GenomeError(
      'genome',
      `must have ${bounds.length} genes, 20 for each of ${space.cells} cells and one cell type; got ${Array.isArray(genome) ? `${genome.length} genes` : typeof genome}.`,
      'Check the number of cells.',
    )
  }
  const reductions = new Set(reductionPositions(space.cells, space.event))
  bounds.forEach((bound, position) => {
    const inertMotif = position % genesPerCell === 0 && reductions.has(position / genesPerCell)
    checkGene(genome, position, inertMotif ? { low: 0, high: 5 } : bound)
  })
  const cellType = choices.cellTypes.find((type) => type === genome[genome.length - 1]) as CellType
  const cells = Array.from({ length: space.cells }, (_, index): CellGenes => {
    if (reductions.has(index)) return { kind: 'reduction', index }
    const start = index * genesPerCell
    const motif = findMotif(space.semantics, cellType, geneAt(genome, start), space)
    if (!motif) {
      throw new GenomeError(
        `genome[${start}]`,
        `cell ${index} has the null motif (0), which cell type ${cellType} does not define.`,
        'Use a motif 1..5 or cell type 2 or 3.',
      )
    }
    return { kind: 'motif', index, motif, start }
  })
  return { cellType, cells }
}

const geneNames = (offset: number, last: boolean): string =>
  last ? 'the cell type' : offset === 0 ? 'a motif' : `gene ${offset} of a cell`

function checkGene(genome: readonly number[], position: number, bound: GeneBound): void {
  const value: unknown = genome[position]
  if (typeof value === 'number' && Number.isInteger(value) && value >= bound.low && value <= bound.high) return
  const offset = position % genesPerCell
  const last = position === genome.length - 1
  const advice =
    value === 0 && offset === 0 && !last
      ? 'The null motif must be enabled: list 0 among the motifs.'
      : 'Correct the gene.'
  throw new GenomeError(
    `genome[${position}]`,
    `${geneNames(offset, last)} must be an integer within ${bound.low}..${bound.high}; got ${shown(value)}.`,
    advice,
  )
}

/** A gene of a genome that has been checked. */
export const geneAt = (genome: readonly number[], position: number): number => genome[position] ?? Number.NaN

/** Checks a genome; see {@link readGenome}. @throws GenomeError, OptionError */
export function validateGenome(genome: readonly number[], space: GenomeSpace, options: GenomeOptions = {}): void {
  readGenome(genome, space, options)
}

/**
 * Positions of the genes that shape the network, ascending: in motif cells the motif, its kernel genes and its back
 * gene; last the cell type. Changing one changes the canonical key, except that in clean semantics only the parity
 * of a back gene counts.
 * @throws GenomeError, OptionError as {@link readGenome}
 */
export function activeGenes(genome: readonly number[], space: GenomeSpace, options: GenomeOptions = {}): number[] {
  const positions = readGenome(genome, space, options).cells.flatMap((cell) => {
    if (cell.kind === 'reduction') return []
    const slots = [...cell.motif.activeSlots, ...(cell.motif.backSlot === null ? [] : [cell.motif.backSlot])]
    return [cell.start, ...slots.map((slot) => cell.start + 1 + slot).sort((a, b) => a - b)]
  })
  return [...positions, genome.length - 1]
}

/**
 * Canonical key: two genomes with one key are one network within one search space, e.g. `2|m3:10110/R/m5:010`.
 * @throws GenomeError, OptionError as {@link readGenome}
 */
export function canonicalKey(genome: readonly number[], space: GenomeSpace, options: GenomeOptions = {}): string {
  const { cellType, cells } = readGenome(genome, space, options)
  const texts = cells.map((cell) => {
    if (cell.kind === 'reduction') return 'R'
    const genes = cell.motif.activeSlots.map((slot) => geneAt(genome, cell.start + 1 + slot))
    if (cell.motif.backSlot !== null) {
      const back = geneAt(genome, cell.start + 1 + cell.motif.backSlot)
      genes.push(space.semantics === 'clean' ? back % 2 : back)
    }
    return `m${cell.motif.id}:${genes.join('')}`
  })
  return `${cellType}|${texts.join('/')}`
}
