import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyseArchitecture, populationCounts, populations } from '../../src/nas/analysis.js'
import { decode } from '../../src/nas/decode.js'
import { geneBounds } from '../../src/nas/genome.js'
import type { ArchitectureSpec, EdgeSpec, NodeSpec, SearchSpace, Semantics, Sign } from '../../src/nas/types.js'
import { deriveSeed, RandomSequence, RandomStream } from '../../src/runtime/philox.js'
import { genomes, imageSpace, referenceSpace, uniformGenome, workedGenome } from './sample-genomes.js'
import { runToy } from './toy-network.js'

const uniform = (cellType: number, motif: number, space: SearchSpace): ArchitectureSpec =>
  decode(uniformGenome(cellType, motif), space)

/** Node populations of cell 0 whose silence is not `never`, as `state:silence`. */
const silentStates = (spec: ArchitectureSpec): string[] =>
  populations(spec).flatMap(({ value, silence }) =>
    value.kind === 'state' && value.cell === 0 && silence !== 'never' ? [`${value.state}:${silence}`] : [],
  )

describe('populations', () => {
  it.each([imageSpace, referenceSpace])('adds up to the population count ($semantics)', (space) => {
    fc.assert(
      fc.property(genomes(), (genome) => {
        const spec = decode(genome, space)
        const list = populations(spec)
        expect(populationCounts(list).withMultiplicity).toBe(spec.lifPopulations)
        expect(new Set(list.map(({ id }) => id)).size).toBe(list.length)
        const readers = list.flatMap((entry) => entry.readers)
        expect(new Set(readers).size).toBe(spec.lifPopulations)
        expect(list.every((entry) => entry.readers.length === entry.multiplicity)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('shares the stem, cell outputs and states of the worked genome', () => {
    const found = populations(decode(workedGenome, imageSpace)).map(({ id, multiplicity, channels, side }) => [
      id,
      multiplicity,
      channels,
      side,
    ])
    expect(found).toEqual([
      ['stem', 2, 48, 32],
      ['cell0.state0', 1, 16, 32],
      ['cell0.state1', 1, 16, 32],
      ['cell0.state2', 1, 16, 32],
      ['cell0.state3', 1, 16, 32],
      ['cell0.state4', 1, 16, 32],
      ['cell0', 2, 48, 32],
      ['cell1', 1, 96, 16],
      ['cell2.state0', 1, 32, 16],
      ['cell2.state1', 1, 32, 16],
      ['cell2.state2', 1, 32, 16],
      ['cell2', 1, 64, 16],
      ['cell3', 2, 192, 8],
      ['cell4', 1, 384, 4],
      ['cell5.state0', 2, 128, 4],
      ['cell5.state1', 2, 128, 4],
      ['cell5.state2', 1, 128, 4],
      ['cell5.state3', 1, 128, 4],
      ['cell5.state4', 2, 128, 4],
      ['cell5', 1, 640, 4],
    ])
  })

  it('reads one state in two versions exactly where the sheet says', () => {
    const twoVersions = (semantics: Semantics): string[] =>
      [2, 3, 4].flatMap((type) =>
        [1, 2, 3, 4, 5].flatMap((motif) => {
          const list = populations(uniform(type, motif, { ...imageSpace, semantics }))
          const states = list.flatMap(({ value }) =>
            value.kind === 'state' && value.cell === 0 ? [{ state: value.state, version: value.version }] : [],
          )
          const both = states.some((a) => a.version === 0 && states.some((b) => b.version === 1 && b.state === a.state))
          return both ? [`${type}:${motif}`] : []
        }),
      )
    expect(twoVersions('clean')).toEqual(['3:3', '4:3', '4:5'])
    expect(twoVersions('reference')).toEqual(['3:3', '4:5'])
  })

  it('saves as many populations and neurons as the sheet measured on 400 random genomes', () => {
    const draw = new RandomSequence(deriveSeed(3), RandomStream.evolution)
    const bounds = geneBounds(6)
    const measured = Array.from({ length: 400 }, () => {
      const genome = bounds.map(({ low, high }) => low + draw.integer(high - low + 1))
      const counts = populationCounts(populations(decode(genome, imageSpace)))
      return {
        described: counts.withMultiplicity,
        populations: 100 * (1 - counts.distinct / counts.withMultiplicity),
        neurons: 100 * (1 - counts.distinctNeurons / counts.neuronsWithMultiplicity),
      }
    })
    const range = (values: number[]) => [Math.min(...values), Math.max(...values)].map(Math.round)
    expect(range(measured.map((entry) => entry.described))).toEqual([19, 48])
    expect(range(measured.map((entry) => entry.populations))).toEqual([12, 43])
    // the sheet's sample of the same size ended at 57
    const neurons = range(measured.map((entry) => entry.neurons))
    expect(neurons[0]).toBe(27)
    expect(Math.abs((neurons[1] ?? 0) - 57)).toBeLessThanOrEqual(1)
  })
})

describe('silence', () => {
  it.each([imageSpace, referenceSpace])('finds the inhibition-only nodes of the tables ($semantics)', (space) => {
    const found = (type: number, motif: number) => silentStates(uniform(type, motif, space))
    expect(found(2, 2)).toEqual([])
    expect(found(3, 2)).toEqual(['4:always'])
    expect(found(3, 5)).toEqual([])
    expect(found(4, 2)).toEqual(['5:always'])
    expect(found(4, 5)).toEqual(['5:always'])
    expect(found(4, 4)).toEqual([])
  })

  it('finds the node without input of the reference (type 4 FbI)', () => {
    expect(silentStates(uniform(4, 3, referenceSpace))).toEqual(['5:always'])
    expect(silentStates(uniform(4, 3, imageSpace))).toEqual([])
  })

  it('counts the channels of a cell output that never fire', () => {
    const output = (type: number, motif: number) =>
      populations(uniform(type, motif, imageSpace)).find(({ id }) => id === 'cell0')
    expect(output(4, 5)).toMatchObject({ channels: 64, silentChannels: 48, silence: 'never' })
    expect(output(3, 2)).toMatchObject({ channels: 48, silentChannels: 16 })
    // node 3 takes up node 4 through the identity, node 4 itself is joined as it is
    expect(output(3, 5)).toMatchObject({ channels: 32, silentChannels: 16 })
  })

  it('lists the edges that can be dropped', () => {
    const dropped = (type: number, motif: number, space = imageSpace) =>
      analyseArchitecture(uniform(type, motif, space))
        .droppableEdges.filter(({ cell }) => cell === 0)
        .map(({ node, edge, from, reason, when }) => `${node} ${edge ?? 'back'} from ${from} ${reason} ${when}`)
    expect(dropped(3, 2)).toEqual(['4 0 from 3 unheard always', '5 1 from 4 silent untrained'])
    expect(dropped(3, 5)).toEqual([])
    expect(dropped(2, 3)).toEqual([])
    expect(dropped(4, 3, referenceSpace)).toEqual(['5 back from 5 silent untrained'])
    expect(dropped(4, 5)).toEqual([
      '5 0 from 4 unheard always',
      '5 back from 5 silent untrained',
      '6 0 from 4 unheard always',
      '6 1 from 5 unheard always',
      '7 0 from 4 unheard always',
      '7 1 from 5 unheard always',
    ])
  })

  it('keeps an inhibition-only current that an identity or a back edge carries on', () => {
    const spec = decode(uniformGenome(3, 1), imageSpace)
    const convolution = (from: number, sign: Sign): EdgeSpec => ({
      from,
      kind: 'convolution',
      kernel: 3,
      sign,
      slot: 0,
    })
    const identity: EdgeSpec = { from: 3, kind: 'identity', kernel: 1, sign: 'neutral', slot: null }
    const first = spec.cells[0]
    if (first?.kind !== 'motif') throw new Error('cell 0 must be a motif cell')
    const dropped = (nodes: readonly NodeSpec[]) => {
      const cells = [{ ...first, nodes }, ...spec.cells.slice(1)]
      return analyseArchitecture({ ...spec, cells }).droppableEdges
    }
    const inhibited = { index: 3, edges: [convolution(0, 'inhibitory')], backEdge: null }
    const excited = { index: 4, edges: [convolution(1, 'excitatory')], backEdge: null }
    expect(dropped([inhibited, excited])).toMatchObject([{ node: 3, reason: 'unheard', when: 'always' }])
    expect(dropped([inhibited, { ...excited, edges: [...excited.edges, identity] }])).toEqual([])
    expect(dropped([inhibited, { ...excited, backEdge: { to: 3, edge: { ...identity, from: 4 } } }])).toEqual([])
  })

  it('sees that the null motif cuts the output off', () => {
    const options = { motifs: [0, 1, 2, 3, 4, 5] }
    const genome = uniformGenome(2, 1)
    expect(analyseArchitecture(decode(genome, imageSpace, options)).disconnected).toBe(false)
    genome[100] = 0
    const cut = analyseArchitecture(decode(genome, imageSpace, options))
    expect(cut.disconnected).toBe(true)
    expect(cut.populations.at(-1)).toMatchObject({ id: 'cell5', silence: 'always', silentChannels: 128 })
    // cells 0 and 2 null: the reduction after each passes on zeros until weights are trained
    const zeros = decode([...uniformGenome(2, 0).slice(0, 100), ...uniformGenome(2, 1).slice(100)], imageSpace, options)
    expect(analyseArchitecture(zeros).populations.map(({ id, silence }) => `${id} ${silence}`)).toEqual([
      'stem never',
      'cell0 always',
      'cell1 untrained',
      'cell2 always',
      'cell3 untrained',
      'cell4 untrained',
      'cell5.state0 untrained',
      'cell5.state1 untrained',
      'cell5.state2 untrained',
      'cell5 untrained',
    ])
  })
})

describe('against a network that runs', () => {
  const spaces = fc.constantFrom<SearchSpace>(
    { ...imageSpace, width: 4 },
    { ...referenceSpace, width: 4 },
    // inputs behind three reductions
    { ...imageSpace, width: 4, cells: 5 },
  )
  const motifs = [0, 1, 2, 3, 4, 5]
  const cases = spaces.chain((space) =>
    fc.tuple(
      fc.constant(space),
      fc.oneof(genomes(space.cells), genomes(space.cells, { motifs, cellTypes: [2, 3] })),
      fc.nat(1000),
      fc.boolean(),
    ),
  )

  it('shares only populations that fire alike, and silent ones never fire', () => {
    fc.assert(
      fc.property(cases, ([space, genome, seed, trained]) => {
        const spec = decode(genome, space, { motifs })
        const fired = runToy(spec, { seed, trained })
        const list = populations(spec)
        expect(list.flatMap((entry) => entry.readers).sort()).toEqual([...fired.keys()].sort())
        for (const { id, readers, silence, silentChannels } of list) {
          const texts = new Set(readers.map((reader) => JSON.stringify(fired.get(reader))))
          expect([id, texts.size]).toEqual([id, 1])
          const spikes = fired.get(readers[0] ?? '')?.flat() ?? []
          const active = new Set(spikes.flatMap((row) => row.flatMap((spike, channel) => (spike ? [channel] : []))))
          if (silence === 'always' || (silence === 'untrained' && !trained)) expect([id, active.size]).toEqual([id, 0])
          expect(active.size).toBeLessThanOrEqual((spikes[0]?.length ?? 0) - silentChannels)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('fires the same without the droppable edges', () => {
    let total = 0
    fc.assert(
      fc.property(cases, ([space, genome, seed, trained]) => {
        const spec = decode(genome, space, { motifs })
        const edges = analyseArchitecture(spec).droppableEdges.filter(({ when }) => when === 'always' || !trained)
        total += edges.length
        const dropped = new Set(edges.map(({ cell, node, edge }) => `${cell}.${node}.${edge ?? 'back'}`))
        const full = runToy(spec, { seed, trained })
        for (const [reader, spikes] of runToy(spec, { seed, trained, dropped })) {
          expect([reader, JSON.stringify(spikes)]).toEqual([reader, JSON.stringify(full.get(reader))])
        }
      }),
      { numRuns: 40, seed: 5 },
    )
    expect(total).toBeGreaterThan(0)
  })
})
