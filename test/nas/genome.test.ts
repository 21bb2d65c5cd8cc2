import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GenomeError, OptionError } from '../../src/errors.js'
import { decode } from '../../src/nas/decode.js'
import { activeGenes, canonicalKey, geneBounds, parseGenome, validateGenome } from '../../src/nas/genome.js'
import type { ArchitectureSpec } from '../../src/nas/types.js'
import { genomes, imageSpace, referenceSpace, uniformGenome, workedGenome } from './sample-genomes.js'

const network = ({ genome: _genome, key: _key, ...rest }: ArchitectureSpec) => JSON.stringify(rest)

const changed = (genome: readonly number[], position: number, value: number): number[] =>
  genome.map((gene, i) => (i === position ? value : gene))

describe('bounds', () => {
  it('gives every gene its range', () => {
    const bounds = geneBounds(6)
    expect(bounds).toHaveLength(121)
    expect([bounds[0], bounds[1], bounds[18], bounds[19], bounds[20], bounds[120]]).toEqual([
      { low: 1, high: 5 },
      { low: 0, high: 1 },
      { low: 0, high: 1 },
      { low: 0, high: 3 },
      { low: 1, high: 5 },
      { low: 2, high: 4 },
    ])
  })

  it('follows the allowed motifs and cell types', () => {
    const bounds = geneBounds(2, { motifs: [0, 1, 2, 3], cellTypes: [3, 2] })
    expect([bounds[0], bounds[40]]).toEqual([
      { low: 0, high: 3 },
      { low: 2, high: 3 },
    ])
  })

  it.each([
    { motifs: [] },
    { motifs: [1, 3] },
    { motifs: [5, 6] },
    { motifs: [1, 1] },
    { motifs: [0] },
    { motifs: [Number.NaN] },
    { cellTypes: [2, 4] as (2 | 4)[] },
    { cellTypes: [] },
  ])('refuses the options %j', (options) => {
    expect(() => geneBounds(6, options)).toThrow(OptionError)
  })

  it.each([0, -1, 2.5, Number.NaN, 65])('refuses %d cells', (cells) => {
    expect(() => geneBounds(cells)).toThrow(/cells: must be an integer within 1..64/)
  })
})

describe('validation', () => {
  it('accepts the worked genome', () => {
    expect(() => validateGenome(workedGenome, imageSpace)).not.toThrow()
  })

  it.each([
    [0, 6, /genome\[0\]: a motif must be an integer within 1\.\.5; got 6/],
    [0, 0, /genome\[0\]: .*got 0\. The null motif must be enabled/],
    [5, 2, /genome\[5\]: gene 5 of a cell must be an integer within 0\.\.1; got 2/],
    [19, 4, /genome\[19\]: gene 19 of a cell must be an integer within 0\.\.3; got 4/],
    [25, -1, /genome\[25\]/],
    [30, 0.5, /got 0\.5/],
    [31, Number.NaN, /got NaN/],
    [120, 5, /genome\[120\]: the cell type must be an integer within 2\.\.4; got 5/],
    [20, 6, /genome\[20\]: a motif must be an integer within 0\.\.5/],
  ])('names position %i holding %d', (position, value, message) => {
    expect(() => validateGenome(changed(workedGenome, position, value), imageSpace)).toThrow(GenomeError)
    expect(() => validateGenome(changed(workedGenome, position, value), imageSpace)).toThrow(message)
  })

  it('says which length it expects', () => {
    expect(() => validateGenome(workedGenome.slice(1), imageSpace)).toThrow(/must have 121 genes.*got 120 genes/)
    expect(() => validateGenome(null as unknown as number[], imageSpace)).toThrow(GenomeError)
  })

  it('ignores the motif of a reduction cell', () => {
    expect(() => validateGenome(changed(workedGenome, 20, 0), imageSpace)).not.toThrow()
  })

  it('accepts the null motif where it is enabled and defined', () => {
    const motifs = [0, 1, 2, 3, 4, 5]
    for (const type of [2, 3]) {
      expect(canonicalKey(uniformGenome(type, 0), imageSpace, { motifs })).toBe(`${type}|m0:/R/m0:/R/R/m0:`)
    }
    expect(() => canonicalKey(uniformGenome(4, 0), imageSpace, { motifs })).toThrow(/cell type 4 does not define/)
  })

  it('refuses a cell type that is not allowed', () => {
    expect(() => validateGenome(workedGenome, imageSpace, { cellTypes: [3, 4] })).toThrow(
      /genome\[120\].*3\.\.4; got 2/,
    )
  })
})

describe('canonical key', () => {
  it('is the sheet key of the worked genome in both semantics', () => {
    const key = '2|m3:10110/R/m5:010/R/R/m4:01011011'
    expect(canonicalKey(workedGenome, referenceSpace)).toBe(key)
    expect(canonicalKey(workedGenome, imageSpace)).toBe(key)
  })

  it('keeps a four-valued back gene in reference semantics and its parity in clean', () => {
    const genome = changed(uniformGenome(4, 5), 19, 3)
    expect(canonicalKey(genome, referenceSpace).split('/')[0]).toBe('4|m5:0000000003')
    expect(canonicalKey(genome, imageSpace).split('/')[0]).toBe('4|m5:0000000001')
  })

  it.each([imageSpace, referenceSpace])('changes with active genes only ($semantics)', (space) => {
    fc.assert(
      fc.property(genomes(), fc.nat(120), (genome, position) => {
        const gene = genome[position] as number
        const bound = geneBounds(6)[position] as { low: number; high: number }
        // steps by one, so that the parity of a back gene changes too
        const other = changed(genome, position, gene < bound.high ? gene + 1 : gene - 1)
        const active = activeGenes(genome, space).includes(position)
        expect(canonicalKey(other, space) !== canonicalKey(genome, space)).toBe(active)
        expect(network(decode(other, space)) !== network(decode(genome, space))).toBe(active)
      }),
      { numRuns: 150 },
    )
  })

  it.each([imageSpace, referenceSpace])('is equal exactly when networks are equal ($semantics)', (space) => {
    // few cells and one type, so that equal networks do turn up
    const small = { ...space, cells: 4, side: 32 }
    const options = { motifs: [1, 2], cellTypes: [2 as const] }
    let equal = 0
    fc.assert(
      fc.property(genomes(4, options), genomes(4, options), (a, b) => {
        const same = canonicalKey(a, small) === canonicalKey(b, small)
        if (same) equal++
        expect(network(decode(a, small)) === network(decode(b, small))).toBe(same)
      }),
      { numRuns: 400, seed: 1 },
    )
    expect(equal).toBeGreaterThan(0)
  })

  it('lists the active genes of the worked genome', () => {
    expect(activeGenes(workedGenome, referenceSpace)).toEqual([
      ...[0, 1, 2, 4, 6, 8],
      ...[40, 41, 42, 44],
      ...[100, 101, 102, 103, 104, 105, 106, 108, 110],
      120,
    ])
  })
})

describe('parsing', () => {
  const text = workedGenome.join(', ')

  it.each([
    ['a list', workedGenome],
    ['an object', { genome: workedGenome }],
    ['JSON of a list', JSON.stringify(workedGenome)],
    ['JSON of an object', JSON.stringify({ note: 'best', genome: workedGenome })],
    ['commas', text],
    ['blanks and line ends', ` ${workedGenome.join(' \n\t')}\n`],
  ])('reads %s', (_form, input) => {
    expect(parseGenome(input)).toEqual(workedGenome)
  })

  it.each([
    ['', /empty text/],
    ['[1, 2', /starts like JSON/],
    ['{"genes": []}', /property "genome"/],
    [`${text},`, /genome\[121\]: must be an integer; got ""/],
    [text.replace('3', 'x'), /genome\[0\]: must be an integer; got "x"/],
    [text.replace('3', '3.5'), /got "3\.5"/],
    ['[null]', /genome\[0\]: must be an integer; got null/],
    ['1 2 3', /21, 41, \.\.\. 121 for 6 cells; got 3/],
    [text.replace('3, ', ''), /got 120/],
    [null, /got null/],
    [42, /got 42/],
    [{ genome: { genome: [] } }, /must be a list/],
    [[1e30], /got 1e\+30/],
  ])('refuses %j', (input, message) => {
    expect(() => parseGenome(input)).toThrow(GenomeError)
    expect(() => parseGenome(input)).toThrow(message)
  })

  it('never throws anything but a GenomeError', () => {
    const onlyGenomeError = (action: () => unknown) => {
      try {
        action()
      } catch (error) {
        expect(error).toBeInstanceOf(GenomeError)
      }
    }
    const inputs = fc.oneof(fc.anything(), fc.array(fc.anything()), fc.string())
    fc.assert(
      fc.property(inputs, fc.anything(), fc.nat(120), (input, gene, position) => {
        onlyGenomeError(() => parseGenome(input))
        onlyGenomeError(() => validateGenome(changed(workedGenome, position, gene as number), imageSpace))
      }),
      { numRuns: 500 },
    )
    // values that cannot be turned into text
    for (const odd of [Object.create(null), { toString: null, valueOf: null }, Symbol('gene'), 7n]) {
      expect(() => parseGenome(odd)).toThrow(GenomeError)
      expect(() => parseGenome([odd])).toThrow(GenomeError)
      expect(() => validateGenome(changed(workedGenome, 0, odd), imageSpace)).toThrow(GenomeError)
    }
  })
})
