import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { traceCombine } from '../../src/ops/combine.js'
import { dot } from '../../src/testing/gradient.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { type CombineCase, combineData, type EdgeCase, referenceCombine, runCombine } from '../support/combine-run.js'
import { testGpu } from '../support/gpu.js'
import { activationShape, check, randomSeed } from '../support/op-run.js'

const plainEdge: EdgeCase = { input: 0, norm: 'none', sign: 'neutral', drop: false }
const plainCase: CombineCase = {
  shape: { steps: 3, batch: 2, height: 3, width: 7, channels: 8 },
  constant: [false],
  edges: [plainEdge],
  sharedParameters: false,
  seed: 1,
}

/** Compares everything with the oracle. Rounding grows with the gain of the norm, and a parameter's with what is summed. */
async function expectCombine(run: CombineCase, minimumSlabs = 1) {
  const data = combineData(run)
  const device = await runCombine(await testGpu(), run, data, minimumSlabs)
  const reference = referenceCombine(run, data)
  const rounding = { absolute: 2e-5 * Math.max(1, reference.gain), relative: 2e-5 }
  expectClose(device.y, reference.y, rounding)
  run.constant.forEach((_, k) => {
    expectClose(device.dx[k] ?? [], reference.dx[k] ?? [], rounding)
  })
  run.edges.forEach((_, e) => {
    expectClose(device.dgammas[e] ?? [], reference.dgammas[e] ?? [], { ...rounding, absolute: 2e-4 })
    expectClose(device.dbetas[e] ?? [], reference.dbetas[e] ?? [], { ...rounding, absolute: 2e-4 })
    const running = reference.running[e]
    if (running) expectClose(device.running[e] ?? [], running, { absolute: 1e-5, relative: 1e-5 })
  })
  expect(device.slabs).toBeGreaterThanOrEqual(minimumSlabs)
  return device
}

const sign = fc.constantFrom('neutral', 'excitatory', 'inhibitory') satisfies fc.Arbitrary<EdgeCase['sign']>

/** One to five edges over as many inputs or fewer, of which some are constant. */
const combineCase: fc.Arbitrary<CombineCase> = fc
  .record({
    shape: activationShape(),
    edges: fc.array(
      fc.record({
        norm: fc.constantFrom('none', 'none', 'perStep', 'perStepRows', 'pooled', 'evaluate', 'evaluateRows'),
        sign,
        drop: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    inputs: fc.integer({ min: 1, max: 5 }),
    constants: fc.array(fc.constantFrom(false, false, true), { minLength: 5, maxLength: 5 }),
    sharedParameters: fc.constantFrom(false, false, true),
    seed: randomSeed,
  })
  .map(({ shape, edges, inputs, constants, sharedParameters, seed }): CombineCase => {
    const count = Math.min(inputs, edges.length)
    // at least one input has all steps, else the node would have one
    const constant = constants.slice(0, count).map((drawn, k) => drawn && k > 0)
    return {
      shape,
      constant,
      // a repeated constant may not be normalised
      edges: edges.map((edge, e): EdgeCase => {
        const input = e % count
        return { ...edge, input, norm: constant[input] ? 'none' : edge.norm }
      }),
      sharedParameters,
      seed,
    }
  })

describe('node', () => {
  it('is the sum of its edges, with the gradients of inputs and norms of the oracle', async () => {
    await check(
      combineCase,
      async (run) => {
        await expectCombine(run)
      },
      40,
      61,
    )
  })

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

  it('has a gradient that is the adjoint of the forward pass where that is linear', async () => {
    const linear = combineCase.map((run) => ({
      ...run,
      edges: run.edges.map((edge): EdgeCase => ({ ...edge, norm: 'none', sign: 'neutral' })),
    }))
    await check(
      linear,
      async (run) => {
        const data = combineData(run)
        const { y, dx } = await runCombine(await testGpu(), run, data)
        const back = data.inputs.reduce((sum, x, k) => sum + dot(x, dx[k] ?? []), 0)
        const scale = Math.sqrt(dot(y, y) * dot(data.dy, data.dy))
        expectClose([back], [dot(y, data.dy)], { absolute: 1e-5 * scale })
      },
      15,
      62,
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
