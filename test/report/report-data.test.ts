import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.js'
import { parseReportData } from '../../src/report/report-data.js'
import { fullExample, minimalExample } from './example-data.js'

describe('report data', () => {
  it.each([
    ['full', fullExample()],
    ['minimal', minimalExample()],
  ])('survives writing and reading as JSON (%s)', (_, example) => {
    const data = parseReportData(example)
    expect(parseReportData(JSON.parse(JSON.stringify(data)))).toEqual(data)
  })

  it('turns numbers that are not finite into null and keeps all others', () => {
    fc.assert(
      fc.property(fc.double(), (loss) => {
        const point = { step: 1, epoch: 0, loss, trainAccuracy: null, validationAccuracy: 0.5, learningRate: 0.1 }
        const parsed = parseReportData({ ...minimalExample(), training: { curves: [point] } })
        expect(parsed.training?.curves[0]?.loss).toBe(Number.isFinite(loss) ? loss : null)
      }),
    )
  })

  const full = fullExample()
  const graph = full.winner?.graph ?? { nodes: [], edges: [] }
  it.each([
    ['a field nobody knows', { colour: 'red' }, 'colour'],
    ['a missing title', { title: undefined }, 'title'],
    ['percent instead of a fraction', { evaluation: { ...full.evaluation, accuracy: 88.9 } }, 'fraction'],
    ['a text for a number', { evaluation: { ...full.evaluation, loss: '0.3' } }, 'evaluation.loss'],
    ['a matrix that is not square', { rdm: { population: 'p', matrix: [[0, 1]], labels: ['a'] } }, 'square'],
    ['too few labels', { rdm: { population: 'p', matrix: [[0]], labels: [] } }, 'one label'],
    [
      'a confusion matrix of another size',
      { evaluation: { ...full.evaluation, confusion: { classes: ['a'], matrix: [] } } },
      'each class',
    ],
    [
      'classes of one name',
      {
        evaluation: {
          ...full.evaluation,
          confusion: {
            classes: ['a', 'a'],
            matrix: [
              [1, 0],
              [0, 1],
            ],
          },
        },
      },
      'own name',
    ],
    [
      'a spike after the last time step',
      { raster: { population: 'p', timeSteps: 2, neurons: 3, spikes: [[2, 0]] } },
      'within the time steps',
    ],
    [
      'an edge to nowhere',
      {
        winner: {
          ...full.winner,
          graph: {
            ...graph,
            edges: [{ from: 'stem', to: 'nowhere', sign: 'neutral', kernel: null, kind: 'identity' }],
          },
        },
      },
      'join nodes',
    ],
    [
      'two nodes of one id',
      { winner: { ...full.winner, graph: { ...graph, nodes: [...graph.nodes, ...graph.nodes] } } },
      'own id',
    ],
  ])('refuses %s and names the place', (_, change, words) => {
    const parse = () => parseReportData({ ...full, ...change })
    expect(parse).toThrow(ConfigError)
    expect(parse).toThrow(words)
  })
})
