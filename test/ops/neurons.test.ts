/** Every neuron of the library in slabs and step by step; that it is its float64 model is a property of `check`. */
import { describe, expect, it } from 'vitest'
import type { NeuronDefinition } from '../../src/ops/neuron/definition.js'
import * as neurons from '../../src/ops/neuron/models.js'
import { neuronCase, neuronSubjects, populationShape } from '../../src/properties/neuron-cases.js'
import { expectNear } from '../../src/properties/neuron-check.js'
import { neuronData, numbersOf, runNeuronCase, runStepByStep } from '../../src/properties/neuron-run.js'
import { testGpu } from '../support/gpu.js'

const names = Object.keys(neuronSubjects)

describe.each(names)('%s on the GPU', (name) => {
  it('fires now and then under each of its options', async () => {
    const { options = [] } = neuronSubjects[name] ?? {}
    for (const index of options.keys()) {
      const run = neuronCase(name, index)
      const { spikes } = await runNeuronCase(await testGpu(), run, neuronData(run), false)
      if (name !== 'integrator') expect(new Set(spikes).size).toBeGreaterThan(1)
    }
  })

  it('gives the same in slabs of its steps', async () => {
    const run = neuronCase(name, 0, { shape: populationShape(6, 8), seed: 4 })
    const data = neuronData(run)
    const whole = await runNeuronCase(await testGpu(), run, data)
    const cut = await runNeuronCase(await testGpu(), { ...run, slabs: 3 }, data)
    expect(cut.slabs).toBeGreaterThanOrEqual(3)
    expect(cut.output).toEqual(whole.output)
    expect(cut.finalState).toEqual(whole.finalState)
    expectNear(cut.dx, whole.dx, 1e-6)
  })

  it('gives the same one step at a time', async () => {
    // a number for each step belongs to a sequence
    if (name === 'gatedLif' || name === 'plif' || name === 'klif') return
    const run = neuronCase(name, 0, { shape: populationShape(6, 8), seed: 5 })
    const data = neuronData(run)
    const whole = await runNeuronCase(await testGpu(), run, data, false)
    const steps = await runStepByStep(await testGpu(), run, data)
    expect(steps.words).toEqual(whole.words)
    expect(steps.finalState).toEqual(whole.finalState)
  })
})

describe('numbers of the sheet', () => {
  it('cover every neuron of the library', () => {
    const defined = Object.values(neurons)
      .filter((entry): entry is NeuronDefinition => typeof entry === 'object' && 'snippet' in entry)
      .map(({ name }) => name)
    // LIF has tests of its own
    expect(defined.filter((name) => name !== 'lif').sort()).toEqual([...names].sort())
  })

  it('reach the model through the options', () => {
    const run = neuronCase('plif', 0)
    expect(numbersOf(run, Float64Array.of(0.25), 3)).toMatchObject({ w: 0.25, threshold: 0.75 })
  })
})
