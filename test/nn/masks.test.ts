/** Masks on weights, delays of single synapses, and reservoirs. */
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import { evaluate } from '../../src/learning/evaluation.js'
import { train } from '../../src/learning/trainer.js'
import * as nn from '../../src/nn/index.js'
import { Model } from '../../src/nn/model.js'
import type { ActivationShape } from '../../src/ops/op.js'
import { countOf, drawNumbers, drawSpikes } from '../../src/properties/op-run.js'
import { finiteDifferences } from '../../src/testing/gradient.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { digits, trainingOptions } from '../support/digits-network.js'
import { testGpu } from '../support/gpu.js'
import { runLayer, traceLayer } from '../support/layer-run.js'

const flat: ActivationShape = { steps: 4, batch: 2, height: 1, width: 1, channels: 9 }

describe('masks', () => {
  it.each([
    ['linear', nn.linear(7, { mask: nn.sparse(0.3, 1) }), flat, 1],
    ['square convolution', nn.conv2d(3, { mask: nn.sparse(0.5, 2) }), { ...flat, height: 3, width: 4 }, 12],
    [
      'grouped convolution',
      nn.conv2d(6, { kernel: [1, 3], groups: 3, bias: true, mask: nn.sparse(0.5, 3) }),
      { ...flat, width: 4 },
      4,
    ],
  ] as const)('leave synapses of a %s out: no current, no gradient, no work', async (_, layer, shape, pixels) => {
    const x = drawSpikes(1, 0, countOf(shape), 0.4)
    const result = await runLayer({ layer, input: shape, x, spikes: true })
    const { mask = new Float32Array() } = result.states
    const { weight = new Float32Array() } = result.parameters
    expect(mask.length).toBe(weight.length)
    expect(new Set(mask)).toEqual(new Set([0, 1]))
    const gradient = result.gradients.weight ?? new Float32Array()
    expect([...gradient.keys()].filter((i) => mask[i] === 0 && gradient[i] !== 0)).toEqual([])
    expect(gradient.some((value) => value !== 0)).toBe(true)
    // weights that are left out may be anything
    const other = weight.map((w, i) => (mask[i] === 0 ? 5 : w))
    const again = await runLayer({ layer, input: shape, x, spikes: true, values: { weight: other } })
    expect(Array.from(again.y)).toEqual(Array.from(result.y))
    expect(result.convolutions[0]?.macs).toBe(pixels * mask.reduce((sum, kept) => sum + kept, 0))
  })

  it('of a small world have as many synapses a neuron as asked for, near ones unless rewired', () => {
    const ring = Array.from(nn.smallWorld(4, 0)([1, 1, 10, 10]))
    for (let o = 0; o < 10; o++) {
      const sources = Array.from({ length: 10 }, (_, i) => i).filter((i) => ring[i * 10 + o] === 1)
      const due = [o + 1, o + 2, o + 8, o + 9].map((i) => i % 10).sort((a, b) => a - b)
      expect(sources).toEqual(due)
    }
    const mask = nn.smallWorld(4, 0.5, 7)
    const rewired = Array.from(mask([1, 1, 10, 10]))
    expect(rewired).toEqual(Array.from(mask([1, 1, 10, 10])))
    expect(rewired).not.toEqual(ring)
    for (let o = 0; o < 10; o++) {
      expect(rewired[o * 11]).toBe(0)
      expect(rewired.filter((_, i) => i % 10 === o).reduce((sum, kept) => sum + kept, 0)).toBe(4)
    }
  })

  it('make a recurrent layer sparse, at every step the same', async () => {
    const layer = nn.recurrent({ feedback: nn.linear(9, { bias: false, mask: nn.smallWorld(2, 0.1) }) })
    const x = drawNumbers(2, 0, countOf(flat), 2)
    const result = await runLayer({ layer, input: flat, x })
    const mask = result.states['feedback.mask'] ?? new Float32Array()
    const gradient = result.gradients['feedback.weight'] ?? new Float32Array()
    expect([...gradient.keys()].filter((i) => mask[i] === 0 && gradient[i] !== 0)).toEqual([])
    expect(gradient.some((value) => value !== 0)).toBe(true)
  })

  it('are refused when they are none', () => {
    expect(() => nn.sparse(0)).toThrow(OptionError)
    expect(() => nn.smallWorld(3, 0.1)).toThrow(OptionError)
    expect(() => nn.smallWorld(2, 1.1)).toThrow(OptionError)
    expect(() => traceLayer(nn.linear(4, { mask: nn.smallWorld(2, 0) }), flat)).toThrow(ShapeError)
    expect(() => traceLayer(nn.linear(4, { mask: () => [1] }), flat)).toThrow(/36 numbers; got 1/)
    expect(() => traceLayer(nn.linear(4, { mask: () => new Float32Array(36).fill(0.5) }), flat)).toThrow(OptionError)
  })
})

describe('delays of single synapses', () => {
  const outputs = 3
  const delays = nn.randomDelays(2, 5)
  const list = Array.from(delays(9, outputs))

  /** I[t, b, o] = sum of w[i, o] x[t - d[i, o], b, i]. */
  function currents(x: ArrayLike<number>, weights: ArrayLike<number>): Float64Array {
    const y = new Float64Array(flat.steps * flat.batch * outputs)
    for (let k = 0; k < y.length; k++) {
      const [t, b, o] = [Math.floor(k / (flat.batch * outputs)), Math.floor(k / outputs) % flat.batch, k % outputs]
      for (let i = 0; i < 9; i++) {
        const from = t - (list[i * outputs + o] ?? Number.NaN)
        if (from >= 0) y[k] = (y[k] ?? 0) + (weights[i * outputs + o] ?? 0) * (x[(from * flat.batch + b) * 9 + i] ?? 0)
      }
    }
    return y
  }

  it.each([true, false])('are those of a direct sum, with both gradients, of spikes: %s', async (spikes) => {
    expect(new Set(list)).toEqual(new Set([0, 1, 2]))
    const x = spikes ? drawSpikes(3, 0, countOf(flat), 0.4) : drawNumbers(3, 0, countOf(flat))
    const layer = nn.delayedLinear(outputs, { delays, bias: false })
    const result = await runLayer({ layer, input: flat, x, spikes })
    const { weight = new Float32Array() } = result.parameters
    expectClose(result.y, currents(x, weight), { absolute: 1e-5 })
    const loss = (inputs: ArrayLike<number>, weights: ArrayLike<number>) =>
      currents(inputs, weights).reduce((sum, y, i) => sum + y * (result.dy[i] ?? Number.NaN), 0)
    expectClose(
      result.dx,
      finiteDifferences((values) => loss(values, weight), x),
      { absolute: 1e-4 },
    )
    expectClose(
      result.gradients.weight ?? [],
      finiteDifferences((values) => loss(x, values), Float64Array.from(weight)),
      { absolute: 1e-4 },
    )
  })

  it('of equal length are the delay layer before a linear one', async () => {
    const x = drawSpikes(4, 0, countOf(flat), 0.4)
    const run = (layer: nn.Layer, values = {}) => runLayer({ layer, input: flat, x, spikes: true, values })
    const single = await run(nn.delayedLinear(outputs, { delays: () => new Array(27).fill(1) }))
    const { weight, bias } = single.parameters
    const both = await run(nn.sequential(nn.delay(1), nn.linear(outputs)), { '1.weight': weight, '1.bias': bias })
    expectClose(single.y, both.y, { absolute: 1e-6 })
  })

  it('are refused unless whole steps, one a synapse', () => {
    expect(() => nn.randomDelays(-1)).toThrow(OptionError)
    expect(() => traceLayer(nn.delayedLinear(3, { delays: () => [1] }), flat)).toThrow(ShapeError)
    expect(() => traceLayer(nn.delayedLinear(1, { delays: () => new Array(9).fill(0.5) }), flat)).toThrow(OptionError)
  })
})

describe('a reservoir', () => {
  it('has the spectral radius asked for', async () => {
    expect(nn.spectralRadius([0, 0.5, -0.5, 0], 2)).toBeCloseTo(0.5, 6)
    expect(nn.spectralRadius([0.25, 3, 0, -0.75], 2)).toBeCloseTo(0.75, 2)
    expect(nn.spectralRadius([0, 1, 0, 0], 2)).toBe(0)
    const x = drawSpikes(5, 0, countOf(flat), 0.5)
    const run = (seed: number) =>
      runLayer({ layer: nn.reservoir(40, { seed, spectralRadius: 0.8, density: 0.2 }), input: flat, x, spikes: true })
    const [first, again, other] = [await run(1), await run(1), await run(2)]
    const feedback = first.states['feedback.weight'] ?? new Float32Array()
    expect(Math.abs(nn.spectralRadius(feedback, 40) - 0.8)).toBeLessThan(0.01)
    const share = feedback.filter((w) => w !== 0).length / feedback.length
    expect(Math.abs(share - 0.2)).toBeLessThan(0.05)
    expect(Array.from(again.y)).toEqual(Array.from(first.y))
    expect(Array.from(other.y)).not.toEqual(Array.from(first.y))
    expect(Object.keys(first.parameters)).toEqual(['anchor'])
  })

  it('stays as it is while a read-out learns from it', async () => {
    const data = await digits()
    const model = new Model(await testGpu(), {
      layer: nn.sequential(nn.reservoir(100, { inputScale: 2, seed: 3 }), nn.linear(10)),
      input: { height: 8, width: 8, channels: 1, perStep: false },
      classes: 10,
      timeSteps: 4,
      statistics: 'pooled',
      architecture: 'reservoir',
    })
    await model.memory.initialize([1, 1])
    const before = await model.memory.read('states')
    expect(model.parameters.count).toBe(1010)
    await train(model, data, trainingOptions(data, { epochs: 2 }))
    expect(await model.memory.read('states')).toEqual(before)
    const layout = { mean: data.mean, deviation: data.deviation }
    const { accuracy } = await evaluate(model, data.test, { batch: 50, layout, limit: 200 })
    // chance is 0.1
    expect(accuracy).toBeGreaterThan(0.5)
    model.release()
  })

  it('refuses numbers out of range', () => {
    for (const options of [{ spectralRadius: 1 }, { density: 0 }, { inputScale: Number.NaN }])
      expect(() => nn.reservoir(10, options)).toThrow(OptionError)
    expect(() => nn.reservoir(0)).toThrow(OptionError)
    // one neuron, one synapse with itself that is not there
    expect(() => nn.reservoir(1, { density: 1e-9 })).toThrow(/without a cycle/)
  })
})
