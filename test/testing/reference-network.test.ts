import { describe, expect, it } from 'vitest'
import { ShapeError } from '../../src/errors.js'
import { checkGradient } from '../../src/testing/gradient.js'
import { batchNormForward } from '../../src/testing/oracle/batch-norm.js'
import { convolutionForward } from '../../src/testing/oracle/convolution.js'
import { crossEntropy } from '../../src/testing/oracle/cross-entropy.js'
import type { OracleLifParameters } from '../../src/testing/oracle/lif.js'
import { linearForward } from '../../src/testing/oracle/linear.js'
import { globalAveragePoolForward, timeMeanForward } from '../../src/testing/oracle/pooling.js'
import {
  type ReferenceOptions,
  type ReferenceStep,
  type ReferenceWeights,
  referenceTrainStep,
} from '../../src/testing/reference-network.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { get, numbers, straightThroughLif } from './support.js'

const extent = { timeSteps: 3, batch: 2, height: 3, width: 4, inputChannels: 2, channels: [3, 4], classes: 3 } as const
const lif: OracleLifParameters = {
  tau: 2,
  threshold: 0.5,
  resetPotential: 0,
  reset: 'hard',
  detachReset: true,
  decayInput: true,
  strict: true,
  surrogate: 'atan',
  alpha: 2,
}
const options: ReferenceOptions = { extent, lif, smoothing: 0.1 }
const labels = [2, 0]
const image = extent.batch * extent.height * extent.width * extent.inputChannels
const moving = numbers(extent.timeSteps * image, 1)
const weights: ReferenceWeights<Float64Array> = {
  convolution1: numbers(9 * 2 * 3, 2),
  gamma1: numbers(3, 3, 0.3).map((value) => value + 1),
  beta1: numbers(3, 4, 0.3).map((value) => value + 0.3),
  convolution2: numbers(9 * 3 * 4, 5),
  gamma2: numbers(4, 6, 0.3).map((value) => value + 1),
  beta2: numbers(4, 7, 0.3).map((value) => value + 0.3),
  linear: numbers(12, 8),
  bias: numbers(3, 9),
}

/** The same network with smooth neurons that agree with `base` where it was computed. */
function smoothLoss(x: ArrayLike<number>, w: ReferenceWeights, o: ReferenceOptions, base: ReferenceStep): number {
  const { timeSteps, batch, height, width } = extent
  const statistics = o.statistics ?? 'perStep'
  const layer = (input: ArrayLike<number>, steps: number, k: 1 | 2, channelsIn: number, channels: number) => {
    const convolved = convolutionForward(input, w[`convolution${k}`], {
      images: steps * batch,
      height,
      width,
      inputChannels: channelsIn,
      outputChannels: channels,
      kernelHeight: 3,
      kernelWidth: 3,
      stride: 1,
      padding: 1,
      crop: 0,
    })
    const normExtent = { timeSteps: steps, positions: batch * height * width, channels, statistics }
    const { y } = batchNormForward(convolved, w[`gamma${k}`], w[`beta${k}`], normExtent)
    const run = { timeSteps, neurons: batch * height * width * channels }
    return straightThroughLif(y, o.lif, run, base[`layer${k}`]).spikes
  }
  const spikes = layer(layer(x, x.length / image, 1, 2, 3), timeSteps, 2, 3, 4)
  const pooled = globalAveragePoolForward(spikes, { images: timeSteps * batch, positions: height * width, channels: 4 })
  const logits = linearForward(pooled, w.linear, w.bias, { rows: timeSteps * batch, inputs: 4, outputs: 3 })
  return crossEntropy(timeMeanForward(logits, timeSteps), labels, 3, o.smoothing).loss
}

const rate = (spikes: Float64Array) => spikes.reduce((sum, s) => sum + s, 0) / spikes.length

describe('the reference network', () => {
  it.each<[string, Float64Array, ReferenceOptions]>([
    ['per-step statistics, detached hard reset', moving, options],
    [
      'pooled statistics, soft reset in the gradient',
      moving,
      { ...options, statistics: 'pooled', lif: { ...lif, reset: 'soft', detachReset: false } },
    ],
    ['an image repeated at every step', moving.slice(0, image), options],
    [
      'spikes replayed',
      moving,
      {
        ...options,
        replay: {
          layer1: numbers(216, 20).map((v) => Number(v > 0)),
          layer2: numbers(288, 21).map((v) => Number(v > 0.3)),
        },
      },
    ],
  ])('has the gradients of its smooth counterpart: %s', (_title, x, o) => {
    const step = referenceTrainStep(x, labels, weights, o)
    for (const { spikes } of [step.layer1, step.layer2]) {
      expect(rate(spikes)).toBeGreaterThan(0.1)
      expect(rate(spikes)).toBeLessThan(0.9)
    }
    expect(smoothLoss(x, weights, o, step)).toBeCloseTo(step.loss, 12)
    checkGradient((values) => smoothLoss(values, weights, o, step), x, step.inputGradient)
    for (const name of Object.keys(weights) as (keyof ReferenceWeights)[]) {
      const loss = (values: Float64Array) => smoothLoss(x, { ...weights, [name]: values }, o, step)
      // gradients that vanish everywhere would make this check hollow
      expect(step.gradients[name].some((value) => Math.abs(value) > 1e-4)).toBe(true)
      checkGradient(loss, weights[name], step.gradients[name])
    }
  })

  it('computes one image for all steps as it would compute copies of it', () => {
    const still = moving.slice(0, image)
    const copies = Float64Array.from({ length: extent.timeSteps * image }, (_, i) => get(still, i % image))
    const once = referenceTrainStep(still, labels, weights, options)
    const each = referenceTrainStep(copies, labels, weights, options)
    expect(once.layer2.spikes).toEqual(each.layer2.spikes)
    expect(once.loss).toBeCloseTo(each.loss, 14)
    for (const name of Object.keys(weights) as (keyof ReferenceWeights)[]) {
      expectClose(once.gradients[name], each.gradients[name], { absolute: 1e-12 })
    }
    expectClose(
      timeMeanForward(each.inputGradient, extent.timeSteps).map((v) => v * extent.timeSteps),
      once.inputGradient,
      { absolute: 1e-12 },
    )
  })

  it('replays its own spikes to the same result, and learns when it follows its gradient', () => {
    const step = referenceTrainStep(moving, labels, weights, options)
    const replay = { layer1: step.layer1.spikes, layer2: step.layer2.spikes }
    expect(referenceTrainStep(moving, labels, weights, { ...options, replay })).toEqual(step)
    const moved = { ...weights, linear: weights.linear.map((w, i) => w - 0.1 * get(step.gradients.linear, i)) }
    expect(referenceTrainStep(moving, labels, moved, options).loss).toBeLessThan(step.loss)
  })

  it('refuses an input of a wrong size', () => {
    expect(() => referenceTrainStep(moving.subarray(1), labels, weights, options)).toThrow(ShapeError)
    expect(() => referenceTrainStep(moving.subarray(image), labels, weights, options)).toThrow(ShapeError)
    expect(() => referenceTrainStep(moving, [1], weights, options)).toThrow(ShapeError)
  })
})
