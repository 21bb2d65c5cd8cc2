import { describe, expect, it } from 'vitest'
import { constantLeak } from '../../examples/own-neuron.js'
import { defineNeuron, OptionError, resolveNeuron, ShaderError, traceNeurons } from '../../src/index.js'
import { drawNumbers, runOp } from '../../src/properties/op-run.js'
import { traceLoad, traceSeed, traceStore } from '../../src/properties/slabbed-io.js'
import { unpackSpikes } from '../../src/testing/oracle/dissimilarity.js'
import { type NeuronModel, neuronGradients, runNeurons, stateOf } from '../../src/testing/oracle/neurons/index.js'
import { compareSpikes, expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

/** float64, from the equations: h = max(v - leak, 0) + x, soft reset. */
const model: NeuronModel = {
  initial: () => ({ v: 0 }),
  step(states, { x, numbers }, fire) {
    const h = Math.max(stateOf(states, 'v') - stateOf(numbers, 'leak'), 0) + x
    const { s, atReset } = fire(h - stateOf(numbers, 'threshold'))
    return { states: { v: h - atReset * stateOf(numbers, 'threshold') }, membrane: h, output: s }
  },
  gradient({ states, x, numbers, G, carry, throughSpike }) {
    const open = stateOf(states, 'v') > stateOf(numbers, 'leak')
    const h = Math.max(stateOf(states, 'v') - stateOf(numbers, 'leak'), 0) + x
    const threshold = stateOf(numbers, 'threshold')
    const V = stateOf(carry, 'v')
    const gh = throughSpike(h - threshold, G - V * threshold) + V
    return { dx: gh, carry: { v: open ? gh : 0 } }
  },
}

describe('a neuron of one’s own', () => {
  it('is its float64 model on the GPU, forward and backward, in one slab and in two', async () => {
    const shape = { steps: 6, batch: 2, height: 1, width: 3, channels: 11 }
    const population = 66
    const x = drawNumbers(1, 0, 6 * population, 1).map((value) => Math.fround(value + 0.31))
    const dy = drawNumbers(1, 1, 6 * population, 1)
    const neuron = resolveNeuron(constantLeak, { leak: 0.15, surrogate: 'triangle' })
    for (const minimumSlabs of [1, 2]) {
      const result = await runOp(await testGpu(), {
        build(graph) {
          const { output } = traceNeurons(graph, traceLoad(graph, 'f32', shape, 'x', 'dx'), neuron)
          traceStore(graph, output, 'spikes')
          traceSeed(graph, output, 'dy')
        },
        write: { x, dy },
        read: ['spikes', 'dx'],
        backward: true,
        minimumSlabs,
      })
      const spikes = unpackSpikes(result.words('spikes'), 12, 33)
      const settings = {
        reset: 'soft',
        detachReset: false,
        strict: false,
        choices: {},
        surrogate: { name: 'triangle', numbers: [1] },
      } as const
      const run = { timeSteps: 6, neurons: population, replaySpikes: spikes }
      const numbers = { leak: 0.15, threshold: 1 }
      const { excess } = runNeurons(model, x, numbers, settings, run)
      const due = excess.map((value) => Number(value >= 0))
      expect(compareSpikes(spikes, due, excess, 0, 1e-4).illegal).toEqual([])
      expect(new Set(spikes).size).toBe(2)
      const { input } = neuronGradients(model, x, dy, numbers, settings, run)
      expectClose(result.floats('dx'), input, { absolute: 1e-4, relative: 1e-4 })
    }
  })

  it('checks its numbers as those of the library do', () => {
    expect(() => resolveNeuron(constantLeak, { leak: -1 })).toThrow(OptionError)
    expect(() => resolveNeuron(constantLeak, { leak: -1 })).toThrow(
      'E_OPTION mylab/constant-leak.leak: must be at least 0',
    )
    expect(() => resolveNeuron(constantLeak, { reset: 'none' })).toThrow('must be soft or hard; got none')
  })

  it('is refused under a name that is taken, without its shader, and with names that WGSL does not allow', () => {
    expect(() => defineNeuron({ ...constantLeak })).toThrow(/there is a neuron called "mylab\/constant-leak" already/)
    expect(() => defineNeuron({ ...constantLeak, name: 'mylab/other', snippet: 'mylab/nowhere' })).toThrow(ShaderError)
    const states = { 'not a name': () => 0 }
    expect(() => defineNeuron({ ...constantLeak, name: 'mylab/another', states })).toThrow(/a name that WGSL allows/)
  })
})
