import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { traceDelay } from '../../src/ops/delay.js'
import type { ActivationShape, Value } from '../../src/ops/op.js'
import { traceSpikeLogic } from '../../src/ops/spike-logic.js'
import { traceJoinSteps, traceSplitSteps } from '../../src/ops/time-steps.js'
import { runLinear } from '../../src/properties/linear-op.js'
import { drawNumbers } from '../../src/properties/op-run.js'
import { checkAdjoint, checkGradient, dot } from '../../src/testing/gradient.js'
import {
  delayBackward,
  delayForward,
  lateralInhibition,
  lateralInhibitionGradient,
  spikeLogic,
  spikeLogicGradients,
} from '../../src/testing/oracle/time.js'
import { testGpu } from '../support/gpu.js'

describe('steps of a sequence', () => {
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
