/** Genomes shared by the tests of the decoding half. */
import fc from 'fast-check'
import { type GenomeOptions, geneBounds } from '../../src/nas/genome.js'
import type { SearchSpace } from '../../src/nas/types.js'

const zeros = (count: number): number[] => Array(count).fill(0)
const ones: number[] = Array(20).fill(1)

/** The worked genome of sheet 00, section 8. */
export const workedGenome: readonly number[] = [
  ...[3, 1, 0, 0, 1, 0, 1, 0, 0, 1, ...zeros(9), 2],
  ...ones,
  ...[5, 0, 1, 1, 0, 1, ...zeros(14)],
  ...[2, ...zeros(19)],
  ...ones,
  ...[4, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, ...zeros(9)],
  2,
]

export const imageSpace: SearchSpace = {
  semantics: 'clean',
  cells: 6,
  width: 16,
  side: 32,
  inputChannels: 3,
  classes: 10,
  event: false,
}

export const referenceSpace: SearchSpace = { ...imageSpace, semantics: 'reference' }

/** Any genome within the bounds of the options. */
export const genomes = (cells = 6, options: GenomeOptions = {}): fc.Arbitrary<number[]> =>
  fc.tuple(...geneBounds(cells, options).map(({ low, high }) => fc.integer({ min: low, max: high }))) as fc.Arbitrary<
    number[]
  >

/** A genome whose motif cells all hold the same motif and whose other genes are zero. */
export const uniformGenome = (cellType: number, motif: number, cells = 6, gene = 0): number[] => [
  ...Array.from({ length: cells }, () => [motif, ...Array<number>(19).fill(gene)]).flat(),
  cellType,
]
