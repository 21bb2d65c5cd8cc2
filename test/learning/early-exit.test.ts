/** Early exit: steps that a network with BNTT can do without, and evaluation without them. */
import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/errors.js'
import { earlyExit } from '../../src/learning/early-exit.js'
import { evaluate } from '../../src/learning/evaluation.js'
import { train } from '../../src/learning/trainer.js'
import * as nn from '../../src/nn/index.js'
import { Model, type Traced } from '../../src/nn/model.js'
import type { StatisticsMode } from '../../src/nn/scope.js'
import { traceCopy } from '../../src/ops/copy.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { digits, trainingOptions } from '../support/digits-network.js'
import { testGpu } from '../support/gpu.js'

const timeSteps = 4

async function modelWith(norm: nn.Layer, statistics: StatisticsMode = 'pooled'): Promise<Model> {
  const model = new Model(await testGpu(), {
    layer: nn.sequential(
      nn.signedRateEncode(),
      nn.flatten(),
      nn.linear(24, { bias: false }),
      norm,
      nn.presets.bntt.lif(),
      nn.linear(10, { bias: false }),
    ),
    input: { height: 8, width: 8, channels: 1, perStep: false },
    classes: 10,
    timeSteps,
    statistics,
    architecture: 'early exit',
  })
  await model.memory.initialize([1, 2])
  return model
}

/** Sets all gammas of the last steps to nothing, so that nothing fires there. */
async function silence(model: Model, steps: number): Promise<void> {
  const weights = await model.memory.read('weights')
  for (const { path, offset, elements } of model.parameters) {
    if (path.endsWith('stepGamma'))
      weights.fill(0, offset + (elements * (timeSteps - steps)) / timeSteps, offset + elements)
  }
  model.memory.write('weights', weights)
}

describe('early exit', () => {
  it('runs the first steps only, as they are in the whole run', async () => {
    const data = await digits()
    const model = await modelWith(nn.bntt())
    await train(model, data, trainingOptions(data, { epochs: 1, maxSamples: 400 }))
    const layout = { mean: data.mean, deviation: data.deviation }
    const run = (steps?: number) =>
      evaluate(model, data.test, { batch: 50, layout, limit: 100, ...(steps === undefined ? {} : { steps }) })
    const whole = await run()
    expect(await run(timeSteps)).toEqual(whole)
    const { steps, layers, means } = await earlyExit(model, 0.01)
    expect({ steps, layers }).toEqual({ steps: timeSteps, layers: ['3'] })
    expect(means.map((layer) => layer.length)).toEqual([timeSteps])
    for (const kept of [3, 2, 1]) {
      await silence(model, timeSteps - kept)
      expect((await earlyExit(model, 0.01)).steps).toBe(kept)
    }
    model.release()
  })

  it('averages the logits that the whole run has at those steps', async () => {
    const model = await modelWith(nn.bntt())
    // untrained averages are 0 and 1: stronger weights make it fire from the first step on
    model.memory.write(
      'weights',
      (await model.memory.read('weights')).map((w) => 4 * w),
    )
    const batch = 3
    const input = Float32Array.from({ length: batch * 64 }, (_, i) => Math.sin(i))
    const run = async (steps: number, slot: string) => {
      const keep = ({ graph, logits }: Traced) => {
        traceCopy(graph, logits, graph.raw('f32', logits.elements, 'all', { storage: { kind: 'slot', name: 'all' } }))
      }
      const program = await model.compileEvaluation(batch, keep, undefined, steps)
      program.write('input', input)
      program.write('labels', new Uint32Array(batch))
      program.setStep('encoder', [0, 0, 0, 0])
      program.run()
      const found = await program.readFloats(slot)
      program.release()
      return found
    }
    const all = await run(timeSteps, 'all')
    for (const steps of [1, 2, 3, 4]) {
      const mean = Float64Array.from({ length: batch * 10 }, (_, i) =>
        Array.from({ length: steps }, (_, t) => (all[t * batch * 10 + i] ?? Number.NaN) / steps).reduce(
          (a, b) => a + b,
        ),
      )
      expect(mean.some((value) => value !== 0)).toBe(true)
      expectClose(await run(steps, 'logits'), mean, { absolute: 1e-6 })
    }
    model.release()
  })

  it.each([
    ['tebn', nn.tebn(), 'pooled'],
    ['bntt with beta', nn.bntt({ useBeta: true }), 'pooled'],
    ['batch norm per step', nn.batchNorm(), 'perStep'],
  ] as const)('leaves out steps of %s as well', async (_, norm, statistics) => {
    const data = await digits()
    const model = await modelWith(norm, statistics)
    await train(model, data, trainingOptions(data, { epochs: 1, maxSamples: 100 }))
    for (const steps of [1, 3]) {
      const options = { batch: 20, layout: { mean: data.mean, deviation: data.deviation }, limit: 20, steps }
      const { accuracy } = await evaluate(model, data.test, options)
      expect(accuracy).toBeGreaterThanOrEqual(0)
    }
    model.release()
  })

  it('refuses networks without BNTT and steps that the network has not', async () => {
    const data = await digits()
    const model = await modelWith(nn.tdbn())
    await expect(earlyExit(model)).rejects.toThrow(OptionError)
    const layout = { mean: data.mean, deviation: data.deviation }
    for (const steps of [0, 1.5, timeSteps + 1])
      await expect(evaluate(model, data.test, { batch: 10, layout, limit: 10, steps })).rejects.toThrow(
        /evaluation\.steps: must be a whole number from 1 to the network's 4/,
      )
    const bntt = await modelWith(nn.bntt())
    for (const threshold of [0, Number.NaN]) await expect(earlyExit(bntt, threshold)).rejects.toThrow(OptionError)
    model.release()
    bntt.release()
  })
})
