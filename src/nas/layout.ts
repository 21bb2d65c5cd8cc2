/** Where the reduction cells sit and what they do to the streams between cells (sheet 00, section 1.3). */

/** Genes a cell: motif id, 18 kernel genes, one gene in 0..3. */
export const genesPerCell = 20

/**
 * Positions of the reduction cells, ascending: ⌊L/4⌋, ⌊L/2⌋, ⌊3L/4⌋ for images, 1, 3, 5, 7 for events.
 * Networks of up to three cells may consist of nothing but reductions.
 * @param cells number of cells L, at least 1
 */
export function reductionPositions(cells: number, event: boolean): readonly number[] {
  const positions = event
    ? [1, 3, 5, 7].filter((position) => position < cells)
    : [Math.floor(cells / 4), Math.floor(cells / 2), Math.floor((3 * cells) / 4)]
  return [...new Set(positions)]
}

/** Cell that made input `position` (0 oldest) of cell `index`; -1 is the stem. */
export const sourceOf = (cellType: number, index: number, position: number): number =>
  Math.max(-1, index - cellType + position)

/** Reduction cells strictly between a source and the cell that reads it: n of the sheet, 0..3. */
export const reductionsBetween = (positions: readonly number[], source: number, reader: number): number =>
  positions.filter((position) => position > source && position < reader).length
