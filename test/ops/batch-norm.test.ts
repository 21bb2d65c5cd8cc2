import { describe, expect, it } from 'vitest'
import { Graph } from '../../src/graph/graph.js'
import { traceBatchNorm } from '../../src/ops/batch-norm.js'
import { traceCombine } from '../../src/ops/combine.js'
import { traceCopy } from '../../src/ops/copy.js'
import { type ActivationShape, paddedChannels, pixelsOf } from '../../src/ops/op.js'
import type { CombineCase, EdgeCase } from '../../src/properties/combine-run.js'
import { expectNode } from '../../src/properties/families/nodes.js'
import { countOf, drawNumbers, runOp } from '../../src/properties/op-run.js'
import { traceLoad, traceStore } from '../../src/properties/slabbed-io.js'
import { batchNormForward, batchNormRunning } from '../../src/testing/oracle/batch-norm.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

const norms = ['perStep', 'perStepRows', 'pooled', 'evaluate', 'evaluateRows'] as const

const normCase = (norm: EdgeCase['norm'], shape: ActivationShape, seed: number): CombineCase => ({
  shape,
  constant: [false],
  edges: [{ input: 0, norm, sign: 'neutral', drop: false }],
  sharedParameters: false,
  seed,
})

describe('batch norm', () => {
  it.each(norms)('is that of the oracle for images of many strips, cut anywhere: %s', async (norm) => {
    // 90 strips a step: more than the 64 lanes that merge them
    for (const channels of [3, 4]) {
      const shape = { steps: 3, batch: 6, height: 15, width: 16, channels }
      for (const slabs of [1, 2, 3]) await expectNode(await testGpu(), normCase(norm, shape, 5), slabs)
    }
  })

  it('leaves no trace of a constant current but the shift', async () => {
    const shape = { steps: 2, batch: 2, height: 3, width: 3, channels: 4 }
    const beta = [0.5, -0.25, 0, 2]
    const result = await runOp(await testGpu(), {
      build(graph, { gamma, beta: shift }) {
        if (!gamma || !shift) throw new Error('parameters are declared below')
        const x = traceLoad(graph, 'f32', shape, 'x')
        const options = { gamma, beta: shift, running: null, mode: 'train', statistics: 'pooled' } as const
        traceStore(graph, traceCombine(graph, [{ x, norm: traceBatchNorm(graph, x, null, options) }]), 'y')
      },
      parameters: { gamma: [1, 1, 1, 1], beta },
      write: { x: new Float32Array(countOf(shape)).fill(3.5) },
      read: ['y'],
    })
    expectClose(
      result.floats('y'),
      Array.from({ length: countOf(shape) }, (_, i) => beta[i % 4] ?? Number.NaN),
      { absolute: 1e-4 },
    )
  })

  it('keeps the variance of numbers far from zero', async () => {
    const shape = { steps: 2, batch: 4, height: 8, width: 9, channels: 5 }
    const x = drawNumbers(3, 0, countOf(shape), 1).map((value) => value + 1000)
    const extent = {
      timeSteps: 2,
      positions: shape.batch * pixelsOf(shape),
      channels: shape.channels,
      statistics: 'perStep',
    } as const
    const ones = new Float64Array(5).fill(1)
    const forward = batchNormForward(x, ones, new Float64Array(5), extent)
    const padded = paddedChannels(shape.channels)
    const result = await runOp(await testGpu(), {
      build(graph, { gamma, beta, running }) {
        if (!gamma || !beta || !running) throw new Error('parameters are declared below')
        const input = traceLoad(graph, 'f32', shape, 'x')
        const options = { gamma, beta, running, mode: 'train', statistics: 'perStep', momentum: 0.25 } as const
        const { state } = traceBatchNorm(graph, input, null, options)
        traceCopy(graph, state, graph.raw('f32', state.elements, 'kept', { storage: { kind: 'slot', name: 'state' } }))
      },
      parameters: { gamma: ones, beta: new Float64Array(5) },
      states: { running: [...new Float64Array(5), ...ones] },
      write: { x },
      read: ['state'],
    })
    const state = result.floats('state')
    for (let step = 0; step < 2; step++) {
      const row = (k: number) => state.subarray((step * 4 + k) * padded, (step * 4 + k) * padded + 5)
      expectClose(row(0), forward.mean.subarray(step * 5, step * 5 + 5), { relative: 1e-6 })
      expectClose(row(1), forward.variance.subarray(step * 5, step * 5 + 5), { relative: 1e-3 })
    }
    const { mean, variance } = batchNormRunning({ mean: new Float64Array(5), variance: ones }, forward, extent, 0.25)
    expectClose(result.state('running'), [...mean, ...variance], { relative: 1e-3 })
  })

  it('refuses running averages for another number of steps', () => {
    const graph = new Graph()
    const x = graph.activation('f32', { steps: 3, batch: 1, height: 1, width: 2, channels: 4 }, 'x')
    const [gamma, beta] = [graph.raw('f32', 4, 'gamma'), graph.raw('f32', 4, 'beta')]
    const running = graph.raw('f32', 2 * 2 * 4, 'running')
    for (const mode of ['train', 'evaluate'] as const)
      expect(() => traceBatchNorm(graph, x, null, { gamma, beta, running, mode, statistics: 'perStep' })).toThrow(
        'running averages must be [2, 4] or [3, 2, 4]; got 16 numbers',
      )
  })

  it('needs running averages to evaluate', () => {
    const graph = new Graph()
    const x = graph.activation('f32', { steps: 1, batch: 1, height: 1, width: 1, channels: 4 }, 'x')
    const [gamma, beta] = [graph.raw('f32', 4, 'gamma'), graph.raw('f32', 4, 'beta')]
    const options = { gamma, beta, running: null, mode: 'evaluate', statistics: 'pooled' } as const
    expect(() => traceBatchNorm(graph, x, null, options)).toThrow('evaluation needs running averages')
  })
})
