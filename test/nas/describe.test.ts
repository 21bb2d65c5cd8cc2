import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode } from '../../src/nas/decode.js'
import { architectureGraph, describeArchitecture, motifTitle } from '../../src/nas/describe.js'
import { genomes, imageSpace, referenceSpace, uniformGenome, workedGenome } from './sample-genomes.js'

describe('outline', () => {
  it('tells the worked genome', () => {
    const lines = describeArchitecture(decode(workedGenome, imageSpace)).split('\n')
    expect(lines.slice(0, 12)).toEqual([
      'key 2|m3:10110/R/m5:010/R/R/m4:01011011',
      'clean semantics, cell type 2, 6 cells',
      'stem: 3 channels, side 32 -> 48 channels',
      'cell 0: feedback inhibition (FbI), width 16, side 32 -> 48 channels',
      '  input 0 from stem, 48 channels, 1×1',
      '  input 1 from stem, 48 channels, 1×1',
      '  2 <- 0 excitatory 5×5, 1 excitatory 3×3',
      '  3 <- 0 identity, 2 inhibitory 5×5',
      '  back to 2 <- 3 identity',
      '  4 <- 0 identity, 3 excitatory 5×5',
      '  back to 3 <- 4 excitatory 3×3',
      '  output: 2, 3, 4',
    ])
    expect(lines).toContain('cell 1: reduction, 48 channels, side 32 -> 96 channels, side 16')
    expect(lines).toContain('  input 0 from cell 0, 48 channels, through one reduction')
    expect(lines.at(-1)).toBe('26 LIF populations, 3 674 842 weights, 115 366 144 multiply-accumulates a step')
  })

  it('writes a node without input as zeros', () => {
    expect(describeArchitecture(decode(uniformGenome(4, 3), referenceSpace))).toContain('\n  5 <- zeros\n')
  })

  it('names motifs', () => {
    expect([0, 1, 4, 9].map(motifTitle)).toEqual([
      'null motif',
      'feed-forward excitation (FE)',
      'lateral inhibition (LI)',
      'motif 9',
    ])
  })
})

describe('graph', () => {
  it('has the edges of the worked genome', () => {
    const { edges, nodes } = architectureGraph(decode(workedGenome, imageSpace))
    expect(nodes.filter(({ cell }) => cell === 0).map(({ id }) => id)).toEqual([
      'cell0.input0',
      'cell0.input1',
      'cell0.node2',
      'cell0.node3',
      'cell0.node4',
      'cell0',
    ])
    expect(edges).toContainEqual({
      from: 'cell0.node4',
      to: 'cell0.node3',
      sign: 'excitatory',
      kernel: 3,
      kind: 'back-convolution',
    })
    expect(edges).toContainEqual({
      from: 'cell0.node3',
      to: 'cell0.node2',
      sign: 'neutral',
      kernel: null,
      kind: 'back-identity',
    })
    expect(edges).toContainEqual({
      from: 'cell0.node2',
      to: 'cell0.node3',
      sign: 'inhibitory',
      kernel: 5,
      kind: 'convolution',
    })
    expect(edges).toContainEqual({ from: 'cell0', to: 'cell2.input0', sign: 'neutral', kernel: 3, kind: 'preprocess' })
    expect(nodes.find(({ id }) => id === 'cell5')).toEqual({
      id: 'cell5',
      label: '5 LI',
      kind: 'output',
      cell: 5,
      width: 640,
      side: 4,
    })
  })

  it('joins listed nodes only, forward except for back edges, and survives JSON', () => {
    fc.assert(
      fc.property(genomes(), fc.constantFrom(imageSpace, referenceSpace), (genome, space) => {
        const graph = architectureGraph(decode(genome, space))
        const order = new Map(graph.nodes.map(({ id }, i) => [id, i]))
        expect(order.size).toBe(graph.nodes.length)
        for (const { from, to, kind } of graph.edges) {
          const distance = (order.get(to) ?? Number.NaN) - (order.get(from) ?? Number.NaN)
          expect(kind.startsWith('back-') ? distance < 0 : distance > 0).toBe(true)
        }
        expect(JSON.parse(JSON.stringify(graph))).toEqual(graph)
      }),
      { numRuns: 60 },
    )
  })
})
