/** Reading a genome that a person typed or a file holds. */
import { GenomeError } from '../errors.js'
import { genesPerCell } from './layout.js'
import { shown } from './shown.js'

/**
 * A genome from a list of numbers, an object with a `genome` property, or text: JSON of either, or numbers separated
 * by commas or blanks. Only form is checked here (integers, `20·L + 1` of them); ranges depend on the search space.
 *
 * @returns the genes, as a new list
 * @throws GenomeError naming the first entry that is no integer, or the wrong length
 */
export function parseGenome(input: unknown): number[] {
  const entries = entriesOf(input)
  const genome = entries.map((entry, position) => {
    if (typeof entry === 'number' && Number.isSafeInteger(entry)) return entry
    throw new GenomeError(`genome[${position}]`, `must be an integer; got ${shown(entry)}.`, 'Correct the gene.')
  })
  if (genome.length <= genesPerCell || genome.length % genesPerCell !== 1) {
    throw new GenomeError(
      'genome',
      `must have 20 genes a cell and one cell type, 21, 41, ... 121 for 6 cells; got ${genome.length}.`,
      'Check that no gene is missing or doubled.',
    )
  }
  return genome
}

function entriesOf(input: unknown): readonly unknown[] {
  if (Array.isArray(input)) return input
  if (typeof input === 'string') return textEntries(input.trim())
  if (typeof input === 'object' && input !== null && 'genome' in input) {
    // only a list here: an object inside an object is no genome, and would otherwise be followed without end
    if (Array.isArray(input.genome)) return input.genome
    throw new GenomeError('genome', `the property "genome" must be a list of integers; got ${shown(input.genome)}.`)
  }
  throw new GenomeError(
    'genome',
    `must be a list of integers, text or an object with the property "genome"; got ${shown(input)}.`,
    'Pass for example [1,0,0,...,2].',
  )
}

function textEntries(text: string): readonly unknown[] {
  if (text === '') throw new GenomeError('genome', 'must be a list of integers; got empty text.', 'Pass the genes.')
  if (text.startsWith('[') || text.startsWith('{')) {
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch (cause) {
      throw new GenomeError(
        'genome',
        `the text starts like JSON but is none: ${cause instanceof Error ? cause.message : String(cause)}.`,
        'Correct the JSON or write the genes separated by commas.',
        { cause },
      )
    }
    return entriesOf(parsed)
  }
  return text.split(/\s*,\s*|\s+/).map((token) => (/^[+-]?\d+$/.test(token) ? Number(token) : token))
}
