/** The parallel spiking neuron on the GPU against its float64 reference. */
import { describe, expect, it } from 'vitest'
import { LimitError, OptionError } from '../../src/errors.js'
import * as nn from '../../src/nn/index.js'
import { resolvePsn, tracePsn } from '../../src/ops/neuron/psn.js'
import type { Value } from '../../src/ops/op.js'
import { drawNumbers, runOp } from '../../src/properties/op-run.js'
import { traceLoad, traceSeed, traceStore } from '../../src/properties/slabbed-io.js'
import { finiteDifferences } from '../../src/testing/gradient.js'
import { unpackSpikes } from '../../src/testing/oracle/dissimilarity.js'
import { psnGradients, psnMembrane } from '../../src/testing/oracle/neurons/index.js'
import { compareSpikes, expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'
import { primitiveOf, product } from '../testing/support.js'

interface Case {
  readonly steps: number
  readonly channels: number
  readonly readers?: number
  readonly minimumSlabs?: number
}

const batch = 2
const atan = { name: 'atan', numbers: [2] }

async function runPsn({ steps, channels, readers = 1, minimumSlabs = 1 }: Case) {
  const shape = { steps, batch, height: 1, width: 1, channels }
  const population = batch * channels
  const x = drawNumbers(steps, 0, steps * population, 2).map((value) => Math.fround(value + 0.113))
  const weights = drawNumbers(steps, 1, steps * (steps + 1), 1).map((value) => Math.fround(value * 0.7))
  const dys = Array.from({ length: readers }, (_, reader) => drawNumbers(steps, 2 + reader, steps * population, 1))
  const result = await runOp(await testGpu(), {
    build(graph, values) {
      const input = traceLoad(graph, 'f32', shape, 'x', 'dx')
      dys.forEach((_, reader) => {
        const spikes = tracePsn(graph, input, values.weights as Value, resolvePsn())
        if (reader === 0) traceStore(graph, spikes, 'spikes')
        traceSeed(graph, spikes, `dy${reader}`)
      })
    },
    parameters: { weights },
    write: { x, ...Object.fromEntries(dys.map((dy, reader) => [`dy${reader}`, dy])) },
    read: ['spikes', 'dx'],
    backward: true,
    minimumSlabs,
  })
  const extent = { timeSteps: steps, neurons: population }
  const membrane = psnMembrane(x, weights, extent)
  const spikes = unpackSpikes(result.words('spikes'), steps * batch, channels)
  const due = membrane.map((h) => Number(h >= 0))
  expect(compareSpikes(spikes, due, membrane, 0, 1e-4).illegal).toEqual([])
  const dy = dys[0]?.map((_, i) => dys.reduce((sum, one) => sum + (one[i] ?? Number.NaN), 0)) ?? []
  const expected = psnGradients(x, weights, dy, atan, extent)
  expectClose(result.floats('dx'), expected.dx, { absolute: 2e-4, relative: 2e-4 })
  expectClose(result.gradient('weights'), expected.dWeights, { absolute: 5e-4, relative: 5e-4 })
  return spikes
}

describe('the parallel spiking neuron', () => {
  it('has the gradients that finite differences of a smooth one have', () => {
    const extent = { timeSteps: 3, neurons: 4 }
    const [x, weights, dy] = [drawNumbers(1, 0, 12), drawNumbers(1, 1, 12, 1), drawNumbers(1, 2, 12, 1)]
    const loss = (input: ArrayLike<number>, matrix: ArrayLike<number>) =>
      product(
        psnMembrane(input, matrix, extent).map((h) => primitiveOf('atan')(h, 2)),
        dy,
      )
    const found = psnGradients(x, weights, dy, atan, extent)
    expectClose(
      found.dx,
      finiteDifferences((at) => loss(at, weights), x),
      { absolute: 1e-7 },
    )
    expectClose(
      found.dWeights,
      finiteDifferences((at) => loss(x, at), weights),
      { absolute: 1e-7 },
    )
  })

  it('is its float64 reference on the GPU for any size, forward and backward', async () => {
    for (const run of [
      { steps: 1, channels: 31 },
      { steps: 4, channels: 32 },
      { steps: 7, channels: 33, readers: 2 },
      { steps: 16, channels: 12 },
      { steps: 40, channels: 5 },
    ])
      expect(new Set(await runPsn(run)).size).toBe(2)
  })

  it('refuses a sequence that was cut, another T than its matrix has, and options out of range', async () => {
    await expect(runPsn({ steps: 4, channels: 8, minimumSlabs: 2 })).rejects.toThrow(LimitError)
    expect(() => nn.psn({ surrogate: { name: 'atan', alpha: -1 } })).toThrow(OptionError)
    expect(() => nn.psn({ surrogate: { name: 'atan', learn: true } })).toThrow('psn.surrogate.learn')
    const graphCase = (steps: number, elements: number) => async () => {
      const { Graph } = await import('../../src/graph/graph.js')
      const graph = new Graph()
      const x = graph.activation('f32', { steps, batch: 1, height: 1, width: 1, channels: 4 }, 'x')
      return tracePsn(graph, x, graph.raw('f32', elements, 'weights'), resolvePsn())
    }
    await expect(graphCase(4, 12)()).rejects.toThrow('psn.timeSteps: must be those its matrix was made for')
    await expect(graphCase(41, 41 * 42)()).rejects.toThrow('must be at most 40; got 41')
  })
})
