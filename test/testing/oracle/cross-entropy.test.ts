import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../../src/errors.js'
import { checkGradient } from '../../../src/testing/gradient.js'
import { crossEntropy } from '../../../src/testing/oracle/cross-entropy.js'
import { expectClose } from '../../../src/testing/tolerance.js'
import { numbers } from '../support.js'

describe('cross-entropy', () => {
  it('of equal logits is the logarithm of the number of classes', () => {
    const { loss, gradient } = crossEntropy([0, 0], [0], 2)
    expect(loss).toBeCloseTo(Math.LN2, 14)
    expectClose(gradient, [-0.5, 0.5], { absolute: 1e-14 })
  })

  it('smooths the labels and takes the mean over the batch', () => {
    const { loss, losses, gradient, correct } = crossEntropy([Math.log(3), 0, 0, 0], [0, 1], 2, 0.1)
    expectClose(losses, [-0.95 * Math.log(0.75) - 0.05 * Math.log(0.25), Math.LN2], { absolute: 1e-14 })
    expect(loss).toBeCloseTo(((losses[0] ?? 0) + (losses[1] ?? 0)) / 2, 14)
    expectClose(gradient, [-0.1, 0.1, 0.225, -0.225], { absolute: 1e-14 })
    // the first of equal logits is the guess, so the second sample is wrong
    expect(correct).toBe(1)
  })

  it('stays finite for huge logits', () => {
    const { loss, gradient } = crossEntropy([1000, -1000], [1], 2)
    expect(loss).toBe(2000)
    expectClose(gradient, [1, -1], { absolute: 1e-14 })
  })

  it.each([0, 0.1, 0.9])('has a gradient that finite differences confirm (smoothing %d)', (smoothing) => {
    const logits = numbers(12, 1, 3)
    const labels = [0, 3, 1]
    checkGradient(
      (values) => crossEntropy(values, labels, 4, smoothing).loss,
      logits,
      crossEntropy(logits, labels, 4, smoothing).gradient,
    )
    const soft = [0.25, 0.75, 0, 0, 0, 0, 0.5, 0.5, 0, 1, 0, 0]
    checkGradient(
      (values) => crossEntropy(values, labels, 4, smoothing, soft).loss,
      logits,
      crossEntropy(logits, labels, 4, smoothing, soft).gradient,
    )
  })

  it('of a soft label is the mean over the labels it is mixed from', () => {
    const logits = numbers(4, 1, 3)
    const [mixed, first, second] = [
      crossEntropy(logits, [1], 4, 0.1, [0, 0.25, 0, 0.75]),
      crossEntropy(logits, [1], 4, 0.1),
      crossEntropy(logits, [3], 4, 0.1),
    ]
    expect(mixed.loss).toBeCloseTo(0.25 * first.loss + 0.75 * second.loss, 12)
    expect(mixed.correct).toBe(first.correct)
  })

  it('refuses labels that are no class, a smoothing out of range, a wrong length', () => {
    expect(() => crossEntropy([0, 0], [2], 2)).toThrow(OptionError)
    expect(() => crossEntropy([0, 0], [-1], 2)).toThrow(OptionError)
    expect(() => crossEntropy([0, 0], [0.5], 2)).toThrow(OptionError)
    expect(() => crossEntropy([0, 0], [0], 2, 1)).toThrow(OptionError)
    expect(() => crossEntropy([], [], 2)).toThrow(OptionError)
    expect(() => crossEntropy([0, 0, 0], [0], 2)).toThrow(ShapeError)
  })
})
