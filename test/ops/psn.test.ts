/** The parallel spiking neuron: its float64 reference, and what is refused. */
import { describe, expect, it } from 'vitest'
import { LimitError, OptionError } from '../../src/errors.js'
import * as nn from '../../src/nn/index.js'
import { resolvePsn, tracePsn } from '../../src/ops/neuron/psn.js'
import { expectPsn } from '../../src/properties/families/parallel-neurons.js'
import { drawNumbers } from '../../src/properties/op-run.js'
import { finiteDifferences } from '../../src/testing/gradient.js'
import { psnGradients, psnMembrane } from '../../src/testing/oracle/neurons/index.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'
import { primitiveOf, product } from '../testing/support.js'

const atan = { name: 'atan', numbers: [2] }

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

  it('refuses a sequence that was cut, another T than its matrix has, and options out of range', async () => {
    await expect(
      expectPsn(await testGpu(), { steps: 4, channels: 8, readers: 1, minimumSlabs: 2, seed: 4 }),
    ).rejects.toThrow(LimitError)
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
