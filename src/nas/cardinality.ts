/** How large a search space is (sheet 00, section 2, "Cardinality"). */
import { type GenomeOptions, type GenomeSpace, geneBounds, genesPerCell, genomeChoices } from './genome.js'
import { reductionPositions, reductionsBetween, sourceOf } from './layout.js'
import { findMotif, motifVariants } from './motifs.js'
import type { CellType } from './types.js'

/**
 * Number of genomes within the gene bounds that name a defined motif in every motif cell.
 * With five motifs, three cell types and six cells: 3·(5·2^18·4)^6.
 * @throws OptionError for an unusable number of cells or options
 */
export function genotypeCount(space: GenomeSpace, options: GenomeOptions = {}): bigint {
  const { motifs, cellTypes } = genomeChoices(options)
  const bounds = geneBounds(space.cells, options)
  const kernels = bounds.slice(1, genesPerCell).reduce((product, { low, high }) => product * BigInt(high - low + 1), 1n)
  const reductions = reductionPositions(space.cells, space.event).length
  return cellTypes.reduce((sum, cellType) => {
    const usable = motifs.filter((id) => findMotif(space.semantics, cellType, id) !== undefined)
    const motifCells = BigInt(usable.length) ** BigInt(space.cells - reductions)
    const reductionCells = BigInt(motifs.length) ** BigInt(reductions)
    return sum + motifCells * reductionCells * kernels ** BigInt(space.cells)
  }, 0n)
}

/**
 * Number of distinct networks, which is the number of canonical keys that can be built. Cell types that the reference
 * semantics cannot build with this many cells count nothing.
 * @throws OptionError for an unusable number of cells or options
 */
export function networkCount(space: GenomeSpace, options: GenomeOptions = {}): bigint {
  geneBounds(space.cells, options)
  const { motifs, cellTypes } = genomeChoices(options)
  const positions = reductionPositions(space.cells, space.event)
  return cellTypes.reduce((sum, cellType) => {
    if (space.semantics === 'reference' && deepestInput(space.cells, positions, cellType) > 2) return sum
    const variants = motifs.reduce((total, id) => {
      const motif = findMotif(space.semantics, cellType, id)
      return total + (motif ? motifVariants(space.semantics, motif) : 0)
    }, 0)
    return sum + BigInt(variants) ** BigInt(space.cells - positions.length)
  }, 0n)
}

/** Most reduction cells that lie between a motif cell and one of its inputs. */
function deepestInput(cells: number, positions: readonly number[], cellType: CellType): number {
  const depths = Array.from({ length: cells }, (_, index) =>
    positions.includes(index) ? 0 : reductionsBetween(positions, sourceOf(cellType, index, 0), index),
  )
  return Math.max(...depths)
}
