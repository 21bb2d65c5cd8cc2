import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../../src/errors.js'
import { checkGradient } from '../../../src/testing/gradient.js'
import {
  type BatchNormExtent,
  batchNormBackward,
  batchNormEvaluation,
  batchNormForward,
  batchNormRunning,
} from '../../../src/testing/oracle/batch-norm.js'
import { affineForward } from '../../../src/testing/oracle/elementwise.js'
import { expectClose } from '../../../src/testing/tolerance.js'
import { numbers, product } from '../support.js'

const extent: BatchNormExtent = { timeSteps: 2, positions: 2, channels: 1, statistics: 'perStep', epsilon: 0 }
const x = [1, 3, 0, 4]

describe('batch norm', () => {
  it('normalises each step by its own statistics', () => {
    const { y, normalised, mean, variance } = batchNormForward(x, [2], [0.5], extent)
    expect([...mean]).toEqual([2, 2])
    expect([...variance]).toEqual([1, 4])
    expect([...normalised]).toEqual([-1, 1, -1, 1])
    expect([...y]).toEqual([-1.5, 2.5, -1.5, 2.5])
  })

  it('normalises all steps by common statistics when they are pooled', () => {
    const { mean, variance, normalised } = batchNormForward(x, [1], [0], { ...extent, statistics: 'pooled' })
    expect([...mean]).toEqual([2])
    expect([...variance]).toEqual([2.5])
    expectClose(
      normalised,
      [-1, 1, -2, 2].map((value) => value / Math.sqrt(2.5)),
      { absolute: 1e-12 },
    )
  })

  it('adds 1e-5 to the variance unless told otherwise', () => {
    const { y } = batchNormForward([1, 3], [1], [0], { timeSteps: 1, positions: 2, channels: 1, statistics: 'perStep' })
    expectClose(y, [-1 / Math.sqrt(1.00001), 1 / Math.sqrt(1.00001)], { absolute: 1e-14 })
  })

  it('keeps channels apart', () => {
    const both = batchNormForward([1, 10, 3, 30, 0, 0, 4, 40], [1, 1], [0, 0], { ...extent, channels: 2 })
    expect([...both.mean]).toEqual([2, 20, 2, 20])
    expect([...both.variance]).toEqual([1, 100, 4, 400])
  })

  it('folds every step into the running statistics in order, the variance unbiased', () => {
    const start = { mean: new Float64Array([0]), variance: new Float64Array([1]) }
    const perStep = batchNormRunning(start, batchNormForward(x, [1], [0], extent), extent)
    expectClose(perStep.mean, [0.38], { absolute: 1e-12 })
    expectClose(perStep.variance, [1.79], { absolute: 1e-12 })
    expect([start.mean[0], start.variance[0]]).toEqual([0, 1])
    const pooledExtent: BatchNormExtent = { ...extent, statistics: 'pooled' }
    const pooled = batchNormRunning(start, batchNormForward(x, [1], [0], pooledExtent), pooledExtent)
    expectClose(pooled.mean, [0.2], { absolute: 1e-12 })
    expectClose(pooled.variance, [0.9 + 0.1 * (10 / 3)], { absolute: 1e-12 })
  })

  it('is an affine map in evaluation', () => {
    const running = { mean: new Float64Array([2, -1]), variance: new Float64Array([4, 9]) }
    const { scale, shift } = batchNormEvaluation([1, 3], [0, 1], running, 0)
    expectClose(affineForward([4, 2, 0, -1], scale, shift), [1, 4, -1, 1], { absolute: 1e-12 })
  })

  it.each(['perStep', 'pooled'] as const)('has gradients that finite differences confirm (%s)', (statistics) => {
    const wide: BatchNormExtent = { timeSteps: 3, positions: 5, channels: 2, statistics }
    const input = numbers(30, 1)
    const gamma = numbers(2, 2)
    const beta = numbers(2, 3)
    const dy = numbers(30, 4)
    const gradients = batchNormBackward(dy, batchNormForward(input, gamma, beta, wide), gamma, wide)
    checkGradient((values) => product(batchNormForward(values, gamma, beta, wide).y, dy), input, gradients.dx)
    checkGradient((values) => product(batchNormForward(input, values, beta, wide).y, dy), gamma, gradients.dgamma)
    checkGradient((values) => product(batchNormForward(input, gamma, values, wide).y, dy), beta, gradients.dbeta)
  })

  it('maps a single number to beta, and refuses to estimate a variance from it', () => {
    const lone: BatchNormExtent = { timeSteps: 1, positions: 1, channels: 1, statistics: 'perStep' }
    const result = batchNormForward([5], [2], [0.5], lone)
    expect([...result.y]).toEqual([0.5])
    const running = { mean: new Float64Array(1), variance: new Float64Array(1) }
    expect(() => batchNormRunning(running, result, lone)).toThrow(ShapeError)
  })

  it('refuses arrays that do not fit the extent', () => {
    expect(() => batchNormForward([1, 2, 3], [1], [0], extent)).toThrow(ShapeError)
    expect(() => batchNormForward(x, [1, 1], [0], extent)).toThrow(ShapeError)
    expect(() => batchNormForward([], [1], [0], { ...extent, timeSteps: 0 })).toThrow(OptionError)
  })
})
