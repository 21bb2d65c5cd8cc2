import { describe, expect, it } from 'vitest'
import { ShapeError } from '../../../src/errors.js'
import { checkAdjoint } from '../../../src/testing/gradient.js'
import {
  averagePoolBackward,
  averagePoolForward,
  globalAveragePoolBackward,
  globalAveragePoolForward,
  timeMeanBackward,
  timeMeanForward,
} from '../../../src/testing/oracle/pooling.js'
import { numbers } from '../support.js'

describe('average pool', () => {
  it('takes the mean of each window', () => {
    const extent = { images: 1, height: 2, width: 4, channels: 1, window: 2 }
    expect([...averagePoolForward([1, 2, 3, 4, 5, 6, 7, 8], extent)]).toEqual([3.5, 5.5])
    expect([...averagePoolBackward([4, 8], extent)]).toEqual([1, 1, 2, 2, 1, 1, 2, 2])
    const twoChannels = { images: 1, height: 2, width: 2, channels: 2, window: 2 }
    expect([...averagePoolForward([1, 10, 2, 20, 3, 30, 4, 40], twoChannels)]).toEqual([2.5, 25])
  })

  it.each([1, 2, 3])('has the adjoint as its gradient (window %d)', (window) => {
    const extent = { images: 2, height: 6, width: 12, channels: 3, window }
    checkAdjoint({
      forward: (x) => averagePoolForward(x, extent),
      adjoint: (dy) => averagePoolBackward(dy, extent),
      x: numbers(2 * 6 * 12 * 3, 1),
      y: numbers((2 * 6 * 12 * 3) / window ** 2, 2),
    })
  })

  it('refuses a side that is no multiple of the window', () => {
    expect(() =>
      averagePoolForward(new Float64Array(15), { images: 1, height: 3, width: 5, channels: 1, window: 2 }),
    ).toThrow(ShapeError)
  })
})

describe('global average pool', () => {
  const extent = { images: 2, positions: 3, channels: 2 }

  it('takes the mean over the image', () => {
    expect([...globalAveragePoolForward([1, 10, 2, 20, 3, 30, 0, 0, 0, 0, 6, 9], extent)]).toEqual([2, 20, 2, 3])
  })

  it('has the adjoint as its gradient', () => {
    checkAdjoint({
      forward: (x) => globalAveragePoolForward(x, extent),
      adjoint: (dy) => globalAveragePoolBackward(dy, extent),
      x: numbers(12, 1),
      y: numbers(4, 2),
    })
    expect(() => globalAveragePoolForward([1, 2, 3], extent)).toThrow(ShapeError)
  })
})

describe('time mean', () => {
  it('takes the mean over the steps', () => {
    expect([...timeMeanForward([1, 10, 3, 30], 2)]).toEqual([2, 20])
    expect([...timeMeanBackward([2, 4], 2)]).toEqual([1, 2, 1, 2])
    expect(() => timeMeanForward([1, 2, 3], 2)).toThrow(ShapeError)
  })

  it('has the adjoint as its gradient', () => {
    checkAdjoint({
      forward: (x) => timeMeanForward(x, 5),
      adjoint: (dy) => timeMeanBackward(dy, 5),
      x: numbers(35, 1),
      y: numbers(7, 2),
    })
  })
})
