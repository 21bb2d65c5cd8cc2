import { describe, expect, it } from 'vitest'
import { ShapeError } from '../../../src/errors.js'
import { checkAdjoint, checkGradient } from '../../../src/testing/gradient.js'
import {
  addAll,
  affineBackward,
  affineForward,
  concatenateBackward,
  concatenateForward,
  dropPath,
  signClipBackward,
  signClipForward,
} from '../../../src/testing/oracle/elementwise.js'
import { get, numbers, product } from '../support.js'

describe('sign clip', () => {
  it('lets through what the sign allows, and no gradient at zero', () => {
    const x = [-2, -0.5, 0, 0.5, 2]
    const dy = [1, 2, 3, 4, 5]
    expect([...signClipForward(x, 'excitatory')]).toEqual([0, 0, 0, 0.5, 2])
    expect([...signClipForward(x, 'inhibitory')]).toEqual([-2, -0.5, 0, 0, 0])
    expect([...signClipForward(x, 'neutral')]).toEqual(x)
    expect([...signClipBackward(dy, x, 'excitatory')]).toEqual([0, 0, 0, 4, 5])
    expect([...signClipBackward(dy, x, 'inhibitory')]).toEqual([1, 2, 0, 0, 0])
    expect([...signClipBackward(dy, x, 'neutral')]).toEqual(dy)
    expect(signClipForward([Number.NaN], 'excitatory')[0]).toBeNaN()
  })

  it.each(['neutral', 'excitatory', 'inhibitory'] as const)(
    'has a gradient that finite differences confirm (%s)',
    (sign) => {
      const x = numbers(20, 1)
      const dy = numbers(20, 2)
      checkGradient((values) => product(signClipForward(values, sign), dy), x, signClipBackward(dy, x, sign))
    },
  )
})

describe('affine', () => {
  it('scales and shifts each channel', () => {
    expect([...affineForward([1, 2, 3, 4], [10, 100], [1, 2])]).toEqual([11, 202, 31, 402])
  })

  it('has gradients that finite differences confirm', () => {
    const x = numbers(12, 1)
    const scale = numbers(3, 2)
    const shift = numbers(3, 3)
    const dy = numbers(12, 4)
    const gradients = affineBackward(dy, x, scale)
    checkGradient((values) => product(affineForward(values, scale, shift), dy), x, gradients.dx)
    checkGradient((values) => product(affineForward(x, values, shift), dy), scale, gradients.dscale)
    checkGradient((values) => product(affineForward(x, scale, values), dy), shift, gradients.dshift)
  })

  it('refuses a partial row', () => {
    expect(() => affineForward([1, 2, 3], [1, 1], [0, 0])).toThrow(ShapeError)
    expect(() => affineForward([], [], [])).toThrow(ShapeError)
  })
})

describe('drop-path', () => {
  it('drops or scales whole images', () => {
    expect([...dropPath([1, 2, 3, 4, 5, 6], [0, 1.25, 2])]).toEqual([0, 0, 3.75, 5, 10, 12])
    expect(() => dropPath([1, 2, 3], [1, 1])).toThrow(ShapeError)
  })

  it('is its own adjoint', () => {
    const factors = numbers(4, 1)
    const map = (x: Float64Array) => dropPath(x, factors)
    checkAdjoint({ forward: map, adjoint: map, x: numbers(24, 2), y: numbers(24, 3) })
  })
})

describe('add and concatenate', () => {
  it('adds term by term', () => {
    expect([
      ...addAll([
        [1, 2],
        [10, 20],
        [100, 200],
      ]),
    ]).toEqual([111, 222])
    expect(() => addAll([[1, 2], [1]])).toThrow(ShapeError)
  })

  it('puts channels side by side, in order', () => {
    const parts = [
      { x: [1, 2], channels: 1 },
      { x: [3, 4, 5, 6], channels: 2 },
    ]
    expect([...concatenateForward(parts, 2)]).toEqual([1, 3, 4, 2, 5, 6])
    expect(concatenateBackward([1, 3, 4, 2, 5, 6], [1, 2], 2).map((part) => [...part])).toEqual([
      [1, 2],
      [3, 4, 5, 6],
    ])
    expect(() => concatenateForward(parts, 3)).toThrow(ShapeError)
    expect(() => concatenateBackward([1, 2], [1, 2], 1)).toThrow(ShapeError)
  })

  it('splits the gradient by the adjoint of concatenation', () => {
    const channels = [2, 1, 3]
    const rows = 5
    const parts = channels.map((count, k) => numbers(rows * count, k))
    const dy = numbers(rows * 6, 9)
    const joined = concatenateForward(
      parts.map((x, k) => ({ x, channels: get(channels, k) })),
      rows,
    )
    const split = concatenateBackward(dy, channels, rows)
    const pulled = split.reduce((sum, gradient, k) => sum + product(gradient, parts[k] ?? []), 0)
    expect(pulled).toBeCloseTo(product(joined, dy), 12)
  })
})
