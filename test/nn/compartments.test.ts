/** Neurons of three compartments as layers. */
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import * as nn from '../../src/nn/index.js'
import { multiCompartment } from '../../src/ops/neuron/models.js'
import { resolveNeuron } from '../../src/ops/neuron/resolve.js'
import type { ActivationShape } from '../../src/ops/op.js'
import { countOf, drawNumbers } from '../../src/properties/op-run.js'
import { neuronGradients, neuronModels, runNeurons } from '../../src/testing/oracle/neurons/index.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { runLayer, traceLayer } from '../support/layer-run.js'

const shape: ActivationShape = { steps: 4, batch: 3, height: 2, width: 1, channels: 5 }
const perStep = countOf(shape) / shape.steps
const numbers = { tau: 2, basalTau: 2, apicalTau: 2, threshold: 0.5, resetPotential: 0 }
const settings = {
  reset: 'hard',
  detachReset: false,
  strict: false,
  choices: {},
  surrogate: { name: 'atan', numbers: [2] },
} as const

describe('a neuron of three compartments', () => {
  it('gets the current of each dendrite, and gives each its gradient', async () => {
    const x = drawNumbers(4, 0, countOf(shape), 3)
    // both dendrites read the input itself
    const layer = nn.multiCompartment({ apical: nn.identity() }, { threshold: 0.5 })
    const result = await runLayer({ layer, input: shape, x })
    const both = Float64Array.from({ length: 2 * x.length }, (_, i) => {
      const step = Math.floor(i / (2 * perStep))
      return x[step * perStep + (i % perStep)] ?? Number.NaN
    })
    const run = { timeSteps: shape.steps, neurons: perStep }
    const { spikes } = runNeurons(neuronModels.multiCompartment, both, numbers, settings, run)
    expectClose(result.y, spikes)
    const back = neuronGradients(neuronModels.multiCompartment, both, result.dy, numbers, settings, run)
    const dx = Float64Array.from(x, (_, i) => {
      const place = i + Math.floor(i / perStep) * perStep
      return (back.input[place] ?? Number.NaN) + (back.input[place + perStep] ?? Number.NaN)
    })
    expectClose(result.dx, dx, { absolute: 1e-4 })
  })

  it('learns the synapses of both dendrites, one of them from a constant current', async () => {
    const layer = nn.sequential(
      nn.flatten(),
      nn.multiCompartment(
        { basal: nn.linear(6), apical: nn.sequential(nn.lif(), nn.linear(6)) },
        { threshold: 0.1, apicalTau: 3 },
      ),
    )
    const single = { ...shape, steps: 1 }
    const x = drawNumbers(4, 0, countOf(single), 3)
    const { gradients, shape: made } = await runLayer({ layer, input: single, x, timeSteps: 4 })
    expect(made).toMatchObject({ steps: 4, batch: 3, channels: 6 })
    for (const name of ['1.basal.weight', '1.apical.1.weight'])
      expect(gradients[name]?.some((value) => value !== 0)).toBe(true)
  })

  it('is BrainCog’s by name, and refuses what does not fit', () => {
    const twice = { apical: nn.identity() }
    expect(traceLayer(nn.presets.brainCog.multiCompartment(twice), shape).dtype).toBe('spikes')
    expect(() => nn.multiCompartment(twice, { basalTau: 0.5 })).toThrow(OptionError)
    expect(() => traceLayer(nn.multiCompartment({ apical: nn.conv2d(4) }), shape)).toThrow(ShapeError)
    // two samples are not two inputs
    expect(() => traceLayer(nn.neuron(multiCompartment), { ...shape, batch: 2 })).toThrow(/a batch of 4; got 2/)
    expect(() => nn.recurrent({ neuron: resolveNeuron(multiCompartment) })).toThrow(OptionError)
  })
})
