import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { traceDelay } from '../../src/ops/delay.js'
import { traceLateralInhibition } from '../../src/ops/lateral-inhibition.js'
import { type ActivationShape, imagesOf, neuronsOf, pixelsOf, type Value } from '../../src/ops/op.js'
import { traceSpikeLogic } from '../../src/ops/spike-logic.js'
import { traceJoinSteps, traceSplitSteps } from '../../src/ops/time-steps.js'
import { floatsOf, runLinear, totalOf } from '../../src/properties/linear-op.js'
import {
  activationShape,
  check,
  countOf,
  drawNumbers,
  drawSpikes,
  randomSeed,
  runOp,
} from '../../src/properties/op-run.js'
import { traceLoad, traceSeed, traceStore } from '../../src/properties/slabbed-io.js'
import { checkAdjoint, checkGradient, dot } from '../../src/testing/gradient.js'
import { packSpikes, unpackSpikes } from '../../src/testing/oracle/dissimilarity.js'
import {
  delayBackward,
  delayForward,
  lateralInhibition,
  lateralInhibitionGradient,
  type SequenceExtent,
  spikeLogic,
  spikeLogicGradients,
} from '../../src/testing/oracle/time.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

interface Run {
  readonly shape: ActivationShape
  readonly spikes: boolean
  readonly readers: number
  readonly slabs: number
  readonly seed: number
}

const runs = (fixed: Partial<ActivationShape> = {}): fc.Arbitrary<Run> =>
  fc
    .record({
      shape: activationShape(fixed),
      spikes: fc.boolean(),
      readers: fc.constantFrom(1, 2),
      slabs: fc.integer({ min: 1, max: 4 }),
      seed: randomSeed,
    })
    .map((run) => ({ ...run, slabs: Math.min(run.slabs, run.shape.steps) }))

const numbersOf = (words: Uint32Array, shape: ActivationShape, spikes: boolean): ArrayLike<number> =>
  spikes ? unpackSpikes(words, imagesOf(shape), neuronsOf(shape)) : floatsOf(words)

describe('steps of a sequence', () => {
  it('are cut out and joined in another order, with their gradients, in any number of slabs', async () => {
    await check(runs(), async (run) => {
      const perStep = countOf(run.shape) / run.shape.steps
      const reversed = (x: ArrayLike<number>) =>
        Float64Array.from({ length: x.length }, (_, i) => {
          const step = run.shape.steps - 1 - Math.floor(i / perStep)
          return x[step * perStep + (i % perStep)] ?? Number.NaN
        })
      const result = await runLinear(await testGpu(), {
        inputs: [run],
        outputSize: countOf(run.shape),
        trace: (graph, [x]) => traceJoinSteps(graph, traceSplitSteps(graph, x as Value).reverse()),
        readers: run.readers,
        minimumSlabs: run.slabs,
        seed: run.seed,
      })
      for (const y of result.ys) expectClose(numbersOf(y, run.shape, run.spikes), reversed(result.xs[0] ?? []))
      expectClose(result.dxs[0] ?? [], reversed(totalOf(result.dys)))
    })
  })

  it('that nobody reads have no gradient', async () => {
    const shape: ActivationShape = { steps: 3, batch: 2, height: 1, width: 2, channels: 3 }
    const result = await runLinear(await testGpu(), {
      inputs: [{ shape, spikes: false }],
      outputSize: 12,
      trace: (graph, [x]) => traceSplitSteps(graph, x as Value)[1] as Value,
      minimumSlabs: 2,
      seed: 5,
    })
    expect(Array.from(result.dxs[0] ?? [])).toEqual([
      ...new Float64Array(12),
      ...Array.from(result.dys[0] ?? []),
      ...new Float64Array(12),
    ])
  })

  it('must match to be joined', () => {
    const graph = new Graph()
    const shape: ActivationShape = { steps: 1, batch: 1, height: 1, width: 1, channels: 2 }
    const x = graph.activation('f32', shape, 'x')
    expect(() => traceJoinSteps(graph, [])).toThrow(ShapeError)
    expect(() => traceJoinSteps(graph, [x, graph.activation('spikes', shape, 's')])).toThrow(ShapeError)
    expect(() => traceJoinSteps(graph, [x, graph.activation('f32', { ...shape, steps: 2 }, 'y')])).toThrow(ShapeError)
    expect(traceJoinSteps(graph, [x])).toBe(x)
    expect(traceSplitSteps(graph, x)).toEqual([x])
  })
})

describe('delays', () => {
  it('are those of the oracle for spikes and real values, across slabs, with their gradients', async () => {
    const cases = fc.tuple(runs(), fc.integer({ min: 0, max: 5 }))
    await check(
      cases,
      async ([run, longest]) => {
        const { shape } = run
        const extent: SequenceExtent = {
          timeSteps: shape.steps,
          positions: shape.batch * pixelsOf(shape),
          channels: shape.channels,
        }
        const delays = Float64Array.from({ length: shape.channels }, (_, c) => (c * 7 + run.seed) % (longest + 1))
        const x = run.spikes ? drawSpikes(run.seed, 0, countOf(shape), 0.4) : drawNumbers(run.seed, 0, countOf(shape))
        const dys = Array.from({ length: run.readers }, (_, k) => drawNumbers(run.seed, 10 + k, countOf(shape), 1))
        const result = await runOp(await testGpu(), {
          build(graph, values) {
            const input = traceLoad(graph, run.spikes ? 'spikes' : 'f32', shape, 'x', 'dx')
            for (const k of dys.keys()) {
              const y = traceDelay(graph, input, values.delays as Value, longest)
              traceStore(graph, y, `y${k}`)
              traceSeed(graph, y, `dy${k}`)
            }
          },
          states: { delays },
          write: {
            x: run.spikes ? packSpikes(x, imagesOf(shape), neuronsOf(shape)) : x,
            ...Object.fromEntries(dys.map((dy, k) => [`dy${k}`, dy])),
          },
          read: [...dys.map((_, k) => `y${k}`), 'dx'],
          backward: true,
          minimumSlabs: run.slabs,
        })
        const expected = delayForward(x, delays, extent)
        dys.forEach((_, k) => {
          expectClose(numbersOf(result.words(`y${k}`), shape, run.spikes), expected)
        })
        expectClose(result.floats('dx'), delayBackward(totalOf(dys), delays, extent))
      },
      30,
    )
  })

  it('of the oracle have their adjoint', () => {
    const extent = { timeSteps: 4, positions: 3, channels: 2 }
    checkAdjoint({
      forward: (x) => delayForward(x, [1, 3], extent),
      adjoint: (dy) => delayBackward(dy, [1, 3], extent),
      x: drawNumbers(1, 0, 24),
      y: drawNumbers(1, 1, 24),
    })
    expect([...delayForward([1, 2, 3, 4, 5, 6], [0, 2], { timeSteps: 3, positions: 1, channels: 2 })]).toEqual([
      1, 0, 3, 0, 5, 2,
    ])
  })

  it('are refused when they fit no channel', () => {
    const graph = new Graph()
    const x = graph.activation('f32', { steps: 2, batch: 1, height: 1, width: 1, channels: 2 }, 'x')
    expect(() => traceDelay(graph, x, graph.raw('f32', 3, 'delays'), 1)).toThrow(ShapeError)
    expect(() => traceDelay(graph, x, graph.raw('f32', 2, 'delays'), 0.5)).toThrow(OptionError)
  })
})

describe('lateral inhibition', () => {
  it('is that of the oracle, with the gradients of membrane and spikes', async () => {
    await check(runs(), async ({ shape, readers, slabs, seed }) => {
      const spikes = drawSpikes(seed, 1, countOf(shape), 0.1)
      const { channels } = shape
      const result = await runLinear(await testGpu(), {
        inputs: [
          { shape, spikes: false },
          { shape, spikes: true },
        ],
        outputSize: countOf(shape),
        trace: (graph, [v, s]) => traceLateralInhibition(graph, v as Value, s as Value, 0.75),
        readers,
        minimumSlabs: slabs,
        density: 0.1,
        seed,
      })
      expect(result.xs[1]).toEqual(spikes)
      for (const y of result.ys) expectClose(floatsOf(y), lateralInhibition(result.xs[0] ?? [], spikes, channels, 0.75))
      const dy = totalOf(result.dys)
      expectClose(result.dxs[0] ?? [], dy)
      expectClose(result.dxs[1] ?? [], lateralInhibitionGradient(dy, spikes, channels, 0.75), { absolute: 1e-4 })
    })
  })

  it('takes from losers only, and nothing where nobody spikes', () => {
    expect([...lateralInhibition([1, 1, 1, 1], [0, 1, 0, 0], 2, 0.5)]).toEqual([0.5, 1, 1, 1])
    const [s, dw] = [
      [0.25, 1, 0.5, 0.75, 0.125, 0.0625],
      [1, -2, 3, 4, -1, 2],
    ]
    // between spikes of different height the largest has one gradient, that of finite differences
    const gradient = (spikes: ArrayLike<number>) => dot(lateralInhibition([0, 0, 0, 0, 0, 0], spikes, 3, 2), dw)
    const holders = [0, 1, 0, 1, 0, 0]
    checkGradient((spikes) => gradient(spikes), s, lateralInhibitionGradient(dw, holders, 3, 2))
  })
})

describe('logic of spikes', () => {
  it.each(['and', 'iand'] as const)('%s is that of the oracle, with the gradients of a product', async (kind) => {
    await check(runs(), async ({ shape, readers, slabs, seed }) => {
      const result = await runLinear(await testGpu(), {
        inputs: [
          { shape, spikes: true },
          { shape, spikes: true },
        ],
        outputSize: countOf(shape),
        trace: (graph, [a, x]) => traceSpikeLogic(graph, kind, a as Value, x as Value),
        readers,
        minimumSlabs: slabs,
        seed,
      })
      const [a = new Float64Array(), x = new Float64Array()] = result.xs
      for (const z of result.ys) expectClose(numbersOf(z, shape, true), spikeLogic(kind, a, x))
      const { da, dx } = spikeLogicGradients(kind, totalOf(result.dys), a, x)
      expectClose(result.dxs[0] ?? [], da)
      expectClose(result.dxs[1] ?? [], dx)
    })
  })

  it('has the gradients that finite differences give for numbers', () => {
    const [a, x, dz] = [drawNumbers(1, 0, 6), drawNumbers(1, 1, 6), drawNumbers(1, 2, 6)]
    for (const kind of ['and', 'iand'] as const) {
      const { da, dx } = spikeLogicGradients(kind, dz, a, x)
      checkGradient((values) => dot(spikeLogic(kind, values, x), dz), a, da)
      checkGradient((values) => dot(spikeLogic(kind, a, values), dz), x, dx)
    }
  })

  it('needs two spike trains of one shape', () => {
    const graph = new Graph()
    const shape: ActivationShape = { steps: 1, batch: 1, height: 1, width: 1, channels: 2 }
    const s = graph.activation('spikes', shape, 's')
    expect(() => traceSpikeLogic(graph, 'and', s, graph.activation('f32', shape, 'x'))).toThrow(ShapeError)
    const wider = graph.activation('spikes', { ...shape, channels: 3 }, 'w')
    expect(() => traceSpikeLogic(graph, 'iand', wider, s)).toThrow(ShapeError)
  })
})
