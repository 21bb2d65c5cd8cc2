import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import * as nn from '../../src/nn/index.js'
import type { ActivationShape } from '../../src/ops/op.js'
import {
  drawTemporalParameters,
  temporalExtent,
  temporalLayers,
  temporalModes,
} from '../../src/properties/families/temporal-norms.js'
import { countOf, drawNumbers } from '../../src/properties/op-run.js'
import { checkGradient, dot } from '../../src/testing/gradient.js'
import {
  type TemporalNormExtent,
  type TemporalNormParameters,
  temporalNormBackward,
  temporalNormForward,
} from '../../src/testing/oracle/temporal-norm.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { type LayerRun, runLayer, traceLayer } from '../support/layer-run.js'

type Mode = TemporalNormExtent['mode']
const modes: readonly Mode[] = temporalModes
const layers = temporalLayers
const extentOf = temporalExtent
const drawParameters = drawTemporalParameters

describe('worked example A of sheet 16', () => {
  const shape: ActivationShape = { steps: 2, batch: 3, height: 1, width: 1, channels: 1 }
  const x = [1, 3, 2, 2, 8, 5]
  const dy = [1, 0, 0, 0, 0, 2]
  const close = { absolute: 2e-5 }
  const run = (layer: nn.Layer, values: LayerRun['values']) =>
    runLayer({ layer, input: shape, x, dy, values: values ?? {} })

  it('holds for bntt', async () => {
    const result = await run(nn.bntt(), { stepGamma: [1, 0.5] })
    expectClose(result.y, [-1.224653, 1.224653, 0, -0.612367, 0.612367, 0], close)
    expectClose(result.states.running ?? [], [0.2, 1, 0.5, 1.8], close)
    expectClose(result.dx, [0.204201, 0.204017, -0.408218, -0.136082, -0.136082, 0.272163], close)
    expectClose(result.gradients.stepGamma ?? [], [-1.224653, 0], close)
    expect(result.parameters.stepBeta).toBeUndefined()
  })

  it('holds for tdbn', async () => {
    const result = await run(nn.tdbn({ threshold: 0.5 }), { gamma: [1], beta: [0.1] })
    expectClose(result.y, [-0.429009, -0.005802, -0.217405, -0.217405, 1.052216, 0.417405], close)
    expectClose(result.states.running ?? [], [0.35, 1.57], close)
    expectClose(result.dx, [0.113697, -0.104223, -0.101064, -0.101064, -0.120014, 0.312668], close)
    expectClose(result.gradients.gamma ?? [], [0.105802], close)
    expectClose(result.gradients.beta ?? [], [3], close)
  })

  it('holds for tebn', async () => {
    const result = await run(nn.tebn(), { gamma: [1], beta: [0.1], stepWeight: [1, 0.5] })
    expectClose(result.y, [-0.958017, -0.111603, -0.53481, -0.267405, 1.002216, 0.367405], close)
    expectClose(result.dx, [0.250555, -0.147386, -0.160019, -0.160019, -0.08422, 0.301088], close)
    expectClose(result.gradients.gamma ?? [], [-0.423207], close)
    expectClose(result.gradients.beta ?? [], [2], close)
    expectClose(result.gradients.stepWeight ?? [], [-0.958017, 1.469621], close)
  })
})

describe('properties of sheet 16', () => {
  const shape: ActivationShape = { steps: 3, batch: 4, height: 3, width: 3, channels: 5 }
  const x = drawNumbers(9, 0, countOf(shape))
  const perStep = countOf(shape) / shape.steps
  const outputOf = async (layer: nn.Layer, input: ArrayLike<number>, more: Partial<LayerRun> = {}) =>
    runLayer({ layer, input: shape, x: input, ...more })

  it('1: tdbn starts with a deviation of alpha times the threshold', async () => {
    const { y } = await outputOf(nn.tdbn({ threshold: 0.5, alpha: Math.SQRT1_2 }), x)
    for (let c = 0; c < 5; c++) {
      const values = Array.from(y).filter((_, i) => i % 5 === c)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
      expect(mean).toBeCloseTo(0, 4)
      expect(deviation).toBeCloseTo(0.5 * Math.SQRT1_2, 3)
    }
  })

  it('2: no layer sees a positive factor and a shift of each channel', async () => {
    const moved = x.map((value, i) => 3 * value + (i % 5))
    for (const mode of ['tdbn', 'tebn', 'bntt'] as const)
      expectClose((await outputOf(layers[mode], moved)).y, (await outputOf(layers[mode], x)).y, { absolute: 1e-3 })
  })

  it('3: bntt of one step, tebn with p = 1 and tdbn with factor 1 are the pooled batch norm', async () => {
    const pooled = (await outputOf(nn.batchNorm(), x)).y
    expectClose((await outputOf(nn.tebn(), x)).y, pooled, { absolute: 1e-5 })
    expectClose((await outputOf(nn.tdbn(), x)).y, pooled, { absolute: 1e-5 })
    const single = { ...shape, steps: 1 }
    const first = x.subarray(0, perStep)
    const bntt = await runLayer({ layer: nn.bntt({ epsilon: 1e-5 }), input: single, x: first })
    const plain = await runLayer({ layer: nn.batchNorm(), input: single, x: first })
    expectClose(bntt.y, plain.y, { absolute: 1e-5 })
  })

  it('4: a step of bntt depends on its own input only; pooled modes permute with the steps', async () => {
    const changed = x.map((value, i) => (i >= perStep && i < 2 * perStep ? value : value * 2 - 1))
    const middle = (values: ArrayLike<number>) => Array.from(values).slice(perStep, 2 * perStep)
    const [before, after] = [await outputOf(nn.bntt(), x), await outputOf(nn.bntt(), changed)]
    expect(middle(after.y)).toEqual(middle(before.y))
    expect(middle(after.dx)).toEqual(middle(before.dx))
    const rotated = (values: ArrayLike<number>) => [
      ...Array.from(values).slice(perStep),
      ...Array.from(values).slice(0, perStep),
    ]
    expectClose((await outputOf(nn.tdbn(), rotated(x))).y, rotated((await outputOf(nn.tdbn(), x)).y), {
      absolute: 1e-5,
    })
  })

  it('5: the gradients of a group sum to nothing, along x̂ as well', async () => {
    for (const mode of modes.filter((name) => name !== 'bn') as ('tdbn' | 'tebn' | 'bntt')[]) {
      const { dx } = await outputOf(layers[mode], x)
      const extent = extentOf(mode, shape)
      const ones = new Float64Array(mode === 'bntt' ? 15 : 5).fill(1)
      const { normalised } = temporalNormForward(x, { gamma: ones, beta: null, stepWeight: [1, 1, 1] }, extent)
      const inGroup = (i: number) => i % 5 === 2 && (mode !== 'bntt' || Math.floor(i / perStep) === 1)
      const group = Array.from(dx).filter((_, i) => inGroup(i))
      expect(group.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 3)
      expect(
        dot(
          group,
          normalised.filter((_, i) => inGroup(i)),
        ),
      ).toBeCloseTo(0, 2)
    }
  })

  it('6: gradients of the oracle are those of finite differences', () => {
    const small = { ...shape, steps: 2, batch: 2, height: 1, width: 2, channels: 2 }
    for (const mode of ['bn', ...modes] as const) {
      const extent = extentOf(mode, small)
      const { parameters } = drawParameters(mode, small, 3)
      const input = drawNumbers(4, 0, countOf(small))
      const dy = drawNumbers(5, 0, countOf(small))
      const forward = temporalNormForward(input, parameters, extent)
      const back = temporalNormBackward(dy, forward, parameters, extent)
      const loss = (values: ArrayLike<number>, more: Partial<TemporalNormParameters> = {}) =>
        dot(temporalNormForward(values, { ...parameters, ...more }, extent).y, dy)
      checkGradient((values) => loss(values), input, back.dx, { relative: 1e-4, absolute: 1e-6 })
      checkGradient((gamma) => loss(input, { gamma }), parameters.gamma, back.dgamma)
      checkGradient((beta) => loss(input, { beta }), parameters.beta ?? [], back.dbeta)
      if (mode === 'tebn')
        checkGradient((stepWeight) => loss(input, { stepWeight }), parameters.stepWeight ?? [], back.dstepWeight)
    }
  })

  it('8: evaluation treats each sample by itself', async () => {
    const alone = { ...shape, batch: 1 }
    const sample = Float64Array.from({ length: countOf(alone) }, (_, i) => {
      const step = Math.floor(i / 45)
      return x[step * perStep + (i % 45)] ?? Number.NaN
    })
    for (const mode of ['tdbn', 'tebn', 'bntt'] as const) {
      const { values } = drawParameters(mode, shape, 6)
      const whole = (await outputOf(layers[mode], x, { mode: 'evaluate', values })).y
      const own = await runLayer({ layer: layers[mode], input: alone, x: sample, mode: 'evaluate', values })
      expect(Array.from(own.y)).toEqual(
        Array.from(sample, (_, i) => whole[Math.floor(i / 45) * perStep + (i % 45)] ?? Number.NaN),
      )
    }
  })

  it('repeats a constant current for layers that tell steps apart', async () => {
    const constant = { ...shape, steps: 1 }
    const first = x.subarray(0, perStep)
    const result = await runLayer({ layer: nn.bntt(), input: constant, x: first, timeSteps: 3 })
    expect(result.shape.steps).toBe(3)
    const repeated = await outputOf(nn.bntt(), [...first, ...first, ...first])
    expectClose(result.y, repeated.y, { absolute: 1e-6 })
    const summed = Float64Array.from({ length: perStep }, (_, i) =>
      [0, 1, 2].reduce((sum, t) => sum + (repeated.dx[t * perStep + i] ?? Number.NaN), 0),
    )
    expectClose(result.dx, summed, { absolute: 1e-4 })
  })
})

describe('folding', () => {
  it('gives weights and a bias that do the norm as well', () => {
    const norm: nn.TrainedNorm = {
      gamma: [2, 0.5],
      beta: [0.25, -1],
      running: [0.5, -0.25, 4, 0.25],
      channels: 2,
      epsilon: 1e-5,
      factor: 0.5,
    }
    const weights = drawNumbers(1, 0, 6)
    const folded = nn.foldIntoWeights(weights, [1, 2], norm)
    const x = [0.5, -1, 2]
    for (const c of [0, 1]) {
      const current = x.reduce((sum, value, i) => sum + value * (weights[i * 2 + c] ?? 0), [1, 2][c] ?? 0)
      const expected = temporalNormForward(
        [current, current],
        { gamma: [norm.gamma[c] ?? 0], beta: [norm.beta?.[c] ?? 0] },
        { mode: 'tdbn', timeSteps: 1, positions: 2, channels: 1, epsilon: 1e-5, factor: 0.5 },
        { mean: [norm.running[c] ?? 0], variance: [norm.running[2 + c] ?? 0] },
      ).y
      const got = x.reduce((sum, value, i) => sum + value * (folded.weights[i * 2 + c] ?? 0), folded.bias[c] ?? 0)
      expect(got).toBeCloseTo(expected[0] ?? Number.NaN, 10)
    }
    expect(() => nn.foldIntoWeights(weights, null, { ...norm, stepWeight: [1, 2] })).toThrow(OptionError)
    expect(nn.foldedNorm({ ...norm, stepWeight: [1, 2] }).rows).toBe(2)
    expect(() => nn.foldedNorm({ ...norm, gamma: [1, 2, 3, 4], running: new Float64Array(12) })).toThrow(ShapeError)
  })
})

describe('early exit', () => {
  const layersOfC = [
    { gamma: [1, 0.8, 0.5, 0.3, 0.08, 0.1, 0.02, 0.04], channels: 2 },
    { gamma: [0.9, 0.2, 0.12, 0.05], channels: 1 },
  ]

  it('is that of worked example C', () => {
    const { steps, means } = nn.exitSteps(layersOfC, 0.1)
    expect(steps).toBe(3)
    expectClose(means.flat(), [0.9, 0.4, 0.09, 0.03, 0.9, 0.2, 0.12, 0.05], { absolute: 1e-12 })
  })

  it('7: falls with the threshold, lies between 1 and T, and drops steps whose gammas are nothing', () => {
    const thresholds = [0.01, 0.05, 0.1, 0.2, 0.5, 1, 5]
    const counts = thresholds.map((threshold) => nn.exitSteps(layersOfC, threshold).steps)
    expect(counts).toEqual([...counts].sort((a, b) => b - a))
    expect(counts[0]).toBe(4)
    expect(counts.at(-1)).toBe(1)
    for (const silent of [0, 1, 2, 3]) {
      const gamma = Array.from({ length: 8 }, (_, i) => (i < 2 * (4 - silent) ? 1 : 0))
      expect(nn.exitSteps([{ gamma, channels: 2 }]).steps).toBe(4 - silent)
    }
  })

  it('refuses networks without BNTT, bad thresholds and layers of unequal steps', () => {
    expect(() => nn.exitSteps([])).toThrow(OptionError)
    for (const threshold of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => nn.exitSteps(layersOfC, threshold)).toThrow(OptionError)
    expect(() => nn.exitSteps([...layersOfC, { gamma: [1], channels: 1 }])).toThrow(ShapeError)
  })
})

describe('worked example B of sheet 16', () => {
  it('is the neuron of the preset', async () => {
    const shape: ActivationShape = { steps: 5, batch: 1, height: 1, width: 1, channels: 1 }
    const x = [0.6, 0.7, 0.2, 1.3, 0.1]
    const { y, dx } = await runLayer({ layer: nn.presets.bntt.lif(), input: shape, x, dy: [1, 0, 0, 1, 0] })
    expect(Array.from(y)).toEqual([0, 1, 0, 1, 0])
    expectClose(dx, [0.248502, 0.072107, 0.075903, 0.079897, 0], { absolute: 1e-6 })
    // equality is silence
    expect(Array.from((await runLayer({ layer: nn.presets.bntt.lif(), input: shape, x: [1, 0, 0, 0, 0] })).y)[0]).toBe(
      0,
    )
  })
})

describe('bad input', () => {
  const shape: ActivationShape = { steps: 2, batch: 1, height: 1, width: 1, channels: 3 }

  it('is refused when a layer is made', () => {
    for (const bad of [0, -1, Number.NaN]) {
      expect(() => nn.tdbn({ alpha: bad })).toThrow(OptionError)
      expect(() => nn.tdbn({ threshold: bad })).toThrow(OptionError)
      expect(() => nn.tebn({ epsilon: bad })).toThrow(OptionError)
    }
    expect(() => nn.bntt({ momentum: 1.5 })).toThrow(OptionError)
  })

  it('is refused when a group holds one number, naming the layer', async () => {
    const layer = nn.sequential(nn.identity(), nn.bntt())
    await expect(runLayer({ layer, input: shape, x: [1, 2, 3, 4, 5, 6] })).rejects.toThrow(
      /E_SHAPE 1 \(bntt\): statistics need at least 2 numbers a channel; got 1/,
    )
    // pooled over two steps there are two
    await runLayer({ layer: nn.tdbn(), input: shape, x: [1, 2, 3, 4, 5, 6] })
  })

  it('is refused when the input has other steps than the network', () => {
    expect(() => traceLayer(nn.tebn(), shape, 'f32', 5)).toThrow(/must have the 5 time steps of the network; got 2/)
    expect(() => traceLayer(nn.bntt(), shape, 'f32', 5)).toThrow(ShapeError)
  })
})
