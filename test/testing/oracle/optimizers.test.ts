import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../../src/errors.js'
import { adamwStep, clipGlobalNorm, sgdStep } from '../../../src/testing/oracle/optimizers.js'
import { expectClose } from '../../../src/testing/tolerance.js'

describe('AdamW', () => {
  it('corrects the bias of its moments and decays apart from the gradient', () => {
    const start = { weights: [1, -2], first: [0, 0], second: [0, 0] }
    const one = adamwStep(start, [0.5, 0], 1, { learningRate: 0.1, epsilon: 1e-12 })
    expectClose(one.weights, [0.899, -1.998], { absolute: 1e-11 })
    expectClose(one.first, [0.05, 0], { absolute: 1e-14 })
    expectClose(one.second, [0.00025, 0], { absolute: 1e-14 })
  })

  it('takes the worked second step', () => {
    const one = adamwStep({ weights: [1], first: [0], second: [0] }, [0.5], 1, { learningRate: 0.1 })
    const two = adamwStep(one, [-0.5], 2, { learningRate: 0.1 })
    // mean (0.9·0.05 − 0.1·0.5)/(1 − 0.81) = −0.005/0.19, root of the mean square 0.5
    expectClose(two.weights, [0.899 * 0.999 + (0.1 * 0.005) / 0.19 / 0.5], { absolute: 1e-7 })
    expectClose(two.first, [-0.005], { absolute: 1e-14 })
  })

  it('does not divide by zero and counts steps from 1', () => {
    const state = { weights: [1], first: [0], second: [0] }
    expectClose(adamwStep(state, [0], 1, { learningRate: 0.1, weightDecay: 0 }).weights, [1])
    expect(() => adamwStep(state, [0], 0, { learningRate: 0.1 })).toThrow(OptionError)
    expect(() => adamwStep(state, [0, 1], 1, { learningRate: 0.1 })).toThrow(ShapeError)
  })
})

describe('SGD', () => {
  const settings = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 }

  it('gathers velocity', () => {
    const one = sgdStep({ weights: [1], velocity: [0] }, [0.5], settings)
    expectClose([...one.weights, ...one.velocity], [0.94, 0.6], { absolute: 1e-12 })
    const two = sgdStep(one, [0.5], settings)
    expectClose([...two.weights, ...two.velocity], [0.8266, 1.134], { absolute: 1e-12 })
  })

  it('looks ahead with nesterov, and is plain descent without momentum', () => {
    const start = { weights: [1], velocity: [0] }
    expectClose(sgdStep(start, [0.5], { ...settings, nesterov: true }).weights, [0.886], { absolute: 1e-12 })
    expectClose(sgdStep(start, [0.5], { learningRate: 0.1 }).weights, [0.95], { absolute: 1e-12 })
    expect(() => sgdStep(start, [1, 2], settings)).toThrow(ShapeError)
  })
})

describe('clipping by the global norm', () => {
  it('scales all gradients by one factor, or leaves them alone', () => {
    const clipped = clipGlobalNorm([[3], [0, 4]], 1)
    expect(clipped.norm).toBe(5)
    expect(clipped.factor).toBe(0.2)
    expectClose(
      clipped.gradients.flatMap((gradient) => [...gradient]),
      [0.6, 0, 0.8],
      { absolute: 1e-14 },
    )
    expect(clipGlobalNorm([[3], [0, 4]], 5).factor).toBe(1)
    expect(clipGlobalNorm([[0]], 1).gradients.map((gradient) => [...gradient])).toEqual([[0]])
    expect(() => clipGlobalNorm([[1]], 0)).toThrow(OptionError)
  })
})
