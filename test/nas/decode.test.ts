import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GenomeError, OptionError } from '../../src/errors.js'
import { architectureName } from '../../src/experiment/network.js'
import { genotypeCount, networkCount } from '../../src/nas/cardinality.js'
import { decode, reductionPositions } from '../../src/nas/decode.js'
import { describeArchitecture } from '../../src/nas/describe.js'
import { findMotif, motifVariants } from '../../src/nas/motifs.js'
import type { CellType, EdgeSpec, MotifCellSpec, SearchSpace, Semantics } from '../../src/nas/types.js'
import { genomes, imageSpace, referenceSpace, uniformGenome, workedGenome } from './sample-genomes.js'

/** `0E5` excitatory 5×5 from state 0, `0=` identity. */
const short = ({ from, kind, sign, kernel }: EdgeSpec): string =>
  kind === 'identity' ? `${from}=` : `${from}${{ excitatory: 'E', inhibitory: 'I', neutral: 'N' }[sign]}${kernel}`

const circuit = (cell: MotifCellSpec): string[] =>
  cell.nodes.map(({ index, edges, backEdge }) => {
    const back = backEdge ? ` ^${backEdge.to} ${short(backEdge.edge)}` : ''
    return `${index} ${edges.map(short).join(' ')}${back}`
  })

const motifCell = (genome: readonly number[], space: SearchSpace, index: number): MotifCellSpec => {
  const cell = decode(genome, space).cells[index]
  if (cell?.kind !== 'motif') throw new Error(`cell ${index} is no motif cell`)
  return cell
}

describe('worked genome', () => {
  describe.each([imageSpace, referenceSpace])('in $semantics semantics', (space) => {
    const spec = decode(workedGenome, space)

    it('has the sheet counts', () => {
      expect(spec.lifPopulations).toBe(26)
      expect(spec.parameters).toBe(3_674_842)
      expect(spec.macsPerStep).toBe(115_366_144)
    })

    it('has the sheet circuits', () => {
      expect(circuit(motifCell(workedGenome, space, 0))).toEqual(['2 0E5 1E3', '3 0= 2I5 ^2 3=', '4 0= 3E5 ^3 4E3'])
      expect(circuit(motifCell(workedGenome, space, 2))).toEqual(['2 0E3 1E5', '3 0= 2E3 ^2 3='])
      expect(circuit(motifCell(workedGenome, space, 5))).toEqual([
        '2 0E3 1E5',
        '3 0E3 1E5',
        '4 2E5 3E3',
        '5 0= 4E5',
        '6 0= 4E5',
      ])
    })

    it('has the sheet widths, sides and inputs', () => {
      expect(spec.cells.map((cell) => cell.kind)).toEqual([
        'motif',
        'reduction',
        'motif',
        'reduction',
        'reduction',
        'motif',
      ])
      expect(spec.cells.map((cell) => cell.width)).toEqual([16, 32, 32, 64, 128, 128])
      expect(spec.cells.map((cell) => cell.outputChannels)).toEqual([48, 96, 64, 192, 384, 640])
      expect(spec.cells.map((cell) => (cell.kind === 'motif' ? cell.side : cell.inputSide))).toEqual([
        32, 32, 16, 16, 8, 4,
      ])
      expect([0, 2, 5].map((index) => motifCell(workedGenome, space, index).inputs)).toEqual([
        [
          { sourceCell: -1, channels: 48, side: 32, reductions: 0 },
          { sourceCell: -1, channels: 48, side: 32, reductions: 0 },
        ],
        [
          { sourceCell: 0, channels: 48, side: 32, reductions: 1 },
          { sourceCell: 1, channels: 96, side: 16, reductions: 0 },
        ],
        [
          { sourceCell: 3, channels: 192, side: 8, reductions: 1 },
          { sourceCell: 4, channels: 384, side: 4, reductions: 0 },
        ],
      ])
      expect(motifCell(workedGenome, space, 5).concat).toEqual([2, 3, 4, 5, 6])
      expect([spec.headChannels, spec.headSide]).toEqual([640, 4])
    })
  })

  it('names the gene slots of its kernels and of the back edge', () => {
    const cell = motifCell(workedGenome, imageSpace, 0)
    expect(cell.nodes.map((node) => node.edges.map((edge) => edge.slot))).toEqual([
      [0, 1],
      [null, 3],
      [null, 5],
    ])
    expect(cell.nodes.map((node) => node.backEdge?.edge.slot)).toEqual([undefined, null, 7])
  })
})

describe('semantics', () => {
  const first = (cellType: CellType, motif: number, space: SearchSpace, backGene = 0): string[] => {
    const genome = uniformGenome(cellType, motif)
    if (cellType === 4 && motif === 5) genome[19] = backGene
    return circuit(motifCell(genome, space, 0))
  }

  it('makes a listed inhibitory back edge excitatory in the reference only (type 3 FbI)', () => {
    expect(first(3, 3, imageSpace)).toEqual(['3 0E3 1E3 2E3', '4 3E3 ^3 4I3', '5 3E3'])
    expect(first(3, 3, referenceSpace)).toEqual(['3 0E3 1E3 2E3', '4 3E3 ^3 4E3', '5 3E3'])
  })

  it('repairs the shifted list in clean only (type 4 FbI)', () => {
    expect(first(4, 3, imageSpace)).toEqual(['4 0E3 1E3 2E3 3E3', '5 4E3 ^4 5I3', '6 4E3'])
    expect(first(4, 3, referenceSpace)).toEqual(['4 0E3 1E3 2E3 3E3', '5  ^4 5E3', '6 4E3 4E3'])
  })

  it('reads four back genes in the reference and their parity in clean (type 4 MI)', () => {
    const back = (space: SearchSpace, gene: number) => first(4, 5, space, gene)[1]
    expect([0, 1, 2, 3].map((gene) => back(referenceSpace, gene))).toEqual([
      '5 4I3 ^4 5E3',
      '5 4I3 ^4 5E5',
      '5 4I3 ^4 5I3',
      '5 4I3 ^4 5I5',
    ])
    expect([0, 1, 2, 3].map((gene) => back(imageSpace, gene))).toEqual([
      '5 4I3 ^4 5I3',
      '5 4I3 ^4 5I5',
      '5 4I3 ^4 5I3',
      '5 4I3 ^4 5I5',
    ])
  })

  it.each([
    [2, 1, ['2 0E3 1E3', '3 0= 2E3']],
    [2, 2, ['2 0E3 1E3', '3 0= 2I3', '4 2E3 3I3']],
    [3, 1, ['3 0E3 1E3 2E3', '4 3E3']],
    [3, 2, ['3 0E3 1E3 2E3', '4 3I3', '5 3E3 4I3']],
    [3, 4, ['3 0E3 1E3 2E3', '4 0E3 1E3 2E3', '5 3E3 4E3', '6 3E3 5I3', '7 4E3 5I3']],
    [3, 5, ['3 0E3 1E3 2E3', '4 3I3 ^3 4=']],
    [4, 1, ['4 0E3 1E3 2E3 3E3', '5 4E3', '6 5E3', '7 5E3']],
    [4, 2, ['4 0E3 1E3 2E3 3E3', '5 4I3', '6 4E3 5I3']],
    [4, 4, ['4 0E3 1E3 2E3 3E3', '5 0E3 4I3', '6 3E3 4I3']],
  ] as const)('agree on type %i motif %i', (cellType, motif, expected) => {
    expect(first(cellType, motif, imageSpace)).toEqual(expected)
    expect(first(cellType, motif, referenceSpace)).toEqual(expected)
  })
})

describe('options that change circuits', () => {
  const cell = (space: SearchSpace, cellType: CellType, motif: number) =>
    circuit(motifCell(uniformGenome(cellType, motif), space, 0))

  it('give nodes that only inhibition feeds the newest input', () => {
    const space = { ...imageSpace, residualForInhibitory: true }
    expect(cell(space, 3, 2)).toEqual(['3 0E3 1E3 2E3', '4 3I3 2=', '5 3E3 4I3'])
    expect(cell(space, 3, 5)).toEqual(['3 0E3 1E3 2E3', '4 3I3 2= ^3 4='])
    expect(cell(space, 4, 5).slice(1)).toEqual(['5 4I3 3= ^4 5I3', '6 4I3 5I3 3=', '7 4I3 5I3 3='])
    // a node that something excites, and the node without input of the release, stay as they are
    expect(cell(space, 2, 2)).toEqual(cell(imageSpace, 2, 2))
    expect(cell({ ...space, semantics: 'reference' }, 4, 3)).toEqual(cell(referenceSpace, 4, 3))
  })

  it('make lateral and mutual inhibition of type 2 inhibit', () => {
    const space = { ...imageSpace, signedMotifs: true }
    expect(cell(space, 2, 4).slice(3)).toEqual(['5 0= 4I3', '6 0= 4I3'])
    expect(cell(space, 2, 5)).toEqual(['2 0E3 1E3', '3 0= 2I3 ^2 3='])
    for (const [cellType, motif] of [
      [2, 3],
      [3, 4],
      [4, 5],
    ] as const)
      expect(cell(space, cellType, motif)).toEqual(cell(imageSpace, cellType, motif))
  })

  it('change the network that is built and neither its key nor its size', () => {
    const genome = uniformGenome(3, 5)
    const plain = decode(genome, imageSpace)
    const changed = decode(genome, { ...imageSpace, residualForInhibitory: true })
    expect(changed.key).toBe(plain.key)
    expect(changed.parameters).toBe(plain.parameters)
    expect(describeArchitecture(changed)).toContain('residuals for inhibition')
    expect(architectureName(changed, 4, 'perStep')).not.toBe(architectureName(plain, 4, 'perStep'))
  })
})

describe('variants and cardinality', () => {
  const column = (semantics: Semantics, cellType: CellType) =>
    [0, 1, 2, 3, 4, 5].map((id) => {
      const motif = findMotif(semantics, cellType, id)
      return motif && motifVariants(semantics, motif)
    })

  it('has the tables column of variants', () => {
    for (const semantics of ['reference', 'clean'] as const) {
      expect(column(semantics, 2)).toEqual([1, 8, 32, 32, 256, 8])
      expect(column(semantics, 3)).toEqual([1, 16, 64, 64, 4096, 16])
    }
    expect(column('reference', 4)).toEqual([undefined, 128, 128, 128, 256, 2048])
    expect(column('clean', 4)).toEqual([undefined, 128, 128, 128, 256, 1024])
  })

  it('counts networks and genotypes of six cells', () => {
    expect(networkCount(referenceSpace)).toBe(336n ** 3n + 4256n ** 3n + 2688n ** 3n)
    expect(networkCount(imageSpace)).toBe(336n ** 3n + 4256n ** 3n + 1664n ** 3n)
    expect(Number(networkCount(referenceSpace)).toPrecision(3)).toBe('9.66e+10')
    expect(Number(networkCount(imageSpace)).toPrecision(3)).toBe('8.17e+10')
    expect(genotypeCount(imageSpace)).toBe(3n * (5n * 2n ** 18n * 4n) ** 6n)
    expect(Number(genotypeCount(imageSpace)).toPrecision(2)).toBe('6.2e+40')
  })

  it('leaves out what cannot be built', () => {
    // five cells put three reductions before the last one
    expect(networkCount({ ...referenceSpace, cells: 5 })).toBe(336n ** 2n + 4256n ** 2n)
    expect(networkCount({ ...imageSpace, cells: 5 })).toBe(336n ** 2n + 4256n ** 2n + 1664n ** 2n)
    const motifs = [0, 1]
    expect(networkCount(imageSpace, { motifs })).toBe(9n ** 3n + 17n ** 3n + 128n ** 3n)
    expect(genotypeCount(imageSpace, { motifs })).toBe((2n ** 3n + 2n ** 3n + 1n) * 2n ** 3n * (2n ** 20n) ** 6n)
  })
})

describe('layout', () => {
  it('places the reduction cells', () => {
    expect(reductionPositions(6, false)).toEqual([1, 3, 4])
    expect(reductionPositions(6, true)).toEqual([1, 3, 5])
    expect(reductionPositions(10, true)).toEqual([1, 3, 5, 7])
    expect(reductionPositions(5, false)).toEqual([1, 2, 3])
    expect(reductionPositions(1, false)).toEqual([0])
    expect(reductionPositions(1, true)).toEqual([])
  })

  it('keeps channels consistent from source to reader', () => {
    const spaces = fc.record({
      semantics: fc.constantFrom<Semantics>('clean', 'reference'),
      cells: fc.integer({ min: 1, max: 9 }).filter((cells) => cells !== 5),
      event: fc.boolean(),
    })
    const cases = spaces.chain((part) =>
      fc.tuple(fc.constant({ ...imageSpace, ...part }), genomes(part.cells, { motifs: [1, 2, 3, 4, 5] })),
    )
    fc.assert(
      fc.property(cases, ([space, genome]) => {
        const spec = decode(genome, space)
        const outputs = spec.cells.map((cell) => ({
          channels: cell.outputChannels,
          side: cell.kind === 'motif' ? cell.side : cell.inputSide / 2,
        }))
        const streamOf = (cell: number) => outputs[cell] ?? { channels: 3 * space.width, side: space.side }
        let lif = 1
        for (const cell of spec.cells) {
          if (cell.kind === 'reduction') {
            expect(streamOf(cell.sourceCell)).toEqual({ channels: cell.inputChannels, side: cell.inputSide })
            lif++
            continue
          }
          expect(cell.inputs).toHaveLength(spec.cellType)
          for (const input of cell.inputs) {
            expect(streamOf(input.sourceCell)).toEqual({ channels: input.channels, side: input.side })
            expect(cell.side * 2 ** input.reductions).toBe(input.side)
            lif += space.semantics === 'clean' ? Math.max(1, input.reductions) : 1
          }
          for (const node of cell.nodes) {
            for (const edge of node.edges) expect(edge.from).toBeLessThan(node.index)
            if (node.backEdge) expect(node.backEdge.to).toBeLessThan(node.index)
            const edges = [...node.edges, ...(node.backEdge ? [node.backEdge.edge] : [])]
            lif += edges.filter((edge) => edge.kind === 'convolution').length
          }
          expect(cell.outputChannels).toBe(cell.nodes.length * cell.width)
        }
        expect(spec.lifPopulations).toBe(lif)
        expect(streamOf(space.cells - 1)).toEqual({ channels: spec.headChannels, side: spec.headSide })
        expect(spec.headSide).toBeGreaterThanOrEqual(1)
      }),
      { numRuns: 150 },
    )
  })

  it('counts a chain of reductions by hand', () => {
    // cell 4 of type 4 reads cell 0 across the reductions 1 and 3
    const space: SearchSpace = { ...imageSpace, cells: 5, width: 2, side: 8, inputChannels: 2, classes: 3, event: true }
    const genome = uniformGenome(4, 1, 5)
    const clean = decode(genome, space)
    const reference = decode(genome, { ...space, semantics: 'reference' })
    const twice = motifCell(genome, space, 4).inputs.filter((input) => input.reductions === 2)
    expect(twice).toHaveLength(1)
    // width 8 behind two halvings: clean adds one LIF and 2·8 batch-norm values
    expect(clean.lifPopulations - reference.lifPopulations).toBe(1)
    expect(clean.parameters - reference.parameters).toBe(16)
    expect(clean.macsPerStep).toBe(reference.macsPerStep)
  })

  it('counts a network of one motif cell by hand', () => {
    const space: SearchSpace = { ...imageSpace, cells: 1, width: 2, side: 4, inputChannels: 1, classes: 3, event: true }
    const spec = decode(uniformGenome(2, 1, 1), space)
    // stem 1->6, two 1×1 6->2, three 3×3 2->2, linear 4->3
    expect(spec.parameters).toBe(9 * 6 + 12 + 2 * (12 + 4) + 3 * (36 + 4) + 4 * 3 + 3)
    expect(spec.macsPerStep).toBe(16 * (9 * 6 + 2 * 12 + 3 * 36) + 12)
    expect(spec.lifPopulations).toBe(6)
  })
})

describe('what cannot be built', () => {
  const genome = uniformGenome(4, 1, 5)

  it('refuses three reductions in reference semantics only', () => {
    expect(() => decode(genome, { ...referenceSpace, cells: 5 })).toThrow(/genome\[100\].*3 reduction cells.*at most 2/)
    expect(() => decode(genome, { ...referenceSpace, cells: 5 })).toThrow(GenomeError)
    const clean = decode(genome, { ...imageSpace, cells: 5 })
    expect(clean.cells[4]).toMatchObject({
      inputs: [{ reductions: 3 }, { reductions: 2 }, { reductions: 1 }, { reductions: 0 }],
    })
  })

  it.each([
    [{ side: 28 }, /side: must be a multiple of 8.*got 28 pixels\. Pad or resize the input to 32/],
    [{ side: 7 }, /got 7 pixels/],
    [{ width: 15 }, /width: must be even.*got 15/],
    [{ width: 2 ** 40 }, /2\^53/],
  ])('refuses %j with a GenomeError', (part, message) => {
    expect(() => decode(workedGenome, { ...imageSpace, ...part })).toThrow(GenomeError)
    expect(() => decode(workedGenome, { ...imageSpace, ...part })).toThrow(message)
  })

  it.each([
    { width: 0 },
    { side: Number.NaN },
    { classes: 1.5 },
    { inputChannels: -1 },
    { cells: 0 },
    { semantics: 'other' as Semantics },
    { event: 'yes' as unknown as boolean },
  ])('refuses %j with an OptionError', (part) => {
    expect(() => decode(workedGenome, { ...imageSpace, ...part })).toThrow(OptionError)
  })

  it('refuses the null motif unless it is enabled', () => {
    const silent = uniformGenome(2, 0)
    expect(() => decode(silent, imageSpace)).toThrow(/null motif must be enabled/)
    const spec = decode(silent, imageSpace, { motifs: [0, 1] })
    expect(spec.cells[0]).toMatchObject({
      motif: 0,
      outputChannels: 16,
      concat: [2],
      nodes: [{ edges: [], backEdge: null }],
    })
    // stem, two inputs a cell, three reductions, one head
    expect(spec.lifPopulations).toBe(3 * 2 + 3 + 1)
  })

  it('keeps its own copy of the genome', () => {
    const mine = [...workedGenome]
    const spec = decode(mine, imageSpace)
    mine[0] = 1
    expect(spec.genome).toEqual(workedGenome)
  })
})
