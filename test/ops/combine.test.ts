import { describe, expect, it } from 'vitest'
import { ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { traceCombine } from '../../src/ops/combine.js'
import { type CombineCase, combineData, type EdgeCase } from '../../src/properties/combine-run.js'
import { expectNode } from '../../src/properties/families/nodes.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

const plainEdge: EdgeCase = { input: 0, norm: 'none', sign: 'neutral', drop: false }
const plainCase: CombineCase = {
  shape: { steps: 3, batch: 2, height: 3, width: 7, channels: 8 },
  constant: [false],
  edges: [plainEdge],
  sharedParameters: false,
  seed: 1,
}

const expectCombine = async (run: CombineCase, minimumSlabs = 1) => expectNode(await testGpu(), run, minimumSlabs)

describe('node', () => {
  it.each(['neutral', 'excitatory', 'inhibitory'] as const)(
    'clips one %s edge, with and without drop-path',
    async (s) => {
      for (const channels of [5, 8])
        for (const drop of [false, true])
          for (const constant of [false, true]) {
            const shape = { ...plainCase.shape, channels }
            const edges = [
              { ...plainEdge, sign: s, drop },
              { ...plainEdge, input: 1 },
            ]
            await expectCombine({ ...plainCase, shape, edges, constant: [constant, false] })
          }
    },
  )

  it('passes one gradient on to several identity edges, and adds to it what comes from elsewhere', async () => {
    const edges: EdgeCase[] = [
      plainEdge,
      { ...plainEdge, input: 1 },
      plainEdge,
      { ...plainEdge, input: 1, sign: 'excitatory' },
      { ...plainEdge, input: 1, norm: 'perStep' },
    ]
    const { dx } = await expectCombine({ ...plainCase, constant: [false, false], edges })
    const { dy } = combineData(plainCase)
    expectClose(
      dx[0] ?? [],
      dy.map((value) => 2 * value),
    )
  })

  it('gives the same numbers in 1, 2 and 3 slabs', async () => {
    for (const channels of [5, 8]) {
      const run: CombineCase = {
        ...plainCase,
        shape: { ...plainCase.shape, channels },
        constant: [false, true],
        edges: [
          { ...plainEdge, norm: 'perStep', sign: 'excitatory', drop: true },
          { ...plainEdge, norm: 'pooled', sign: 'inhibitory' },
          { ...plainEdge, input: 1, drop: true, sign: 'excitatory' },
        ],
      }
      const whole = await expectCombine(run)
      for (const slabs of [2, 3]) {
        const cut = await expectCombine(run, slabs)
        expect(cut.y).toEqual(whole.y)
        expect(cut.dgammas).toEqual(whole.dgammas)
        expect(cut.dx[0]).toEqual(whole.dx[0])
        expectClose(cut.dx[1] ?? [], whole.dx[1] ?? [], { absolute: 1e-6, relative: 1e-6 })
      }
    }
  })

  it('refuses edges that do not fit together', () => {
    const graph = new Graph()
    const { shape } = plainCase
    const x = graph.activation('f32', shape, 'x')
    for (const other of [{ channels: 4 }, { batch: 1 }, { height: 4 }, { width: 6 }, { steps: 2 }]) {
      const y = graph.activation('f32', { ...shape, ...other }, 'y')
      expect(() => traceCombine(graph, [{ x }, { x: y }])).toThrow(ShapeError)
    }
    expect(() => traceCombine(graph, [])).toThrow('at least one edge is needed')
  })
})
