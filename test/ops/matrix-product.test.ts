import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { type ProductExtent, traceMatrixProduct } from '../../src/ops/matrix-product.js'

describe('traceMatrixProduct', () => {
  const trace = (elements: readonly [number, number], size: ProductExtent) => {
    const graph = new Graph()
    const [a, b] = elements.map((count, index) => graph.raw('f32', count, `matrix ${index}`))
    if (!a || !b) throw new Error('two matrices are needed')
    return traceMatrixProduct(graph, a, b, size)
  }

  it('gives a row a sample', () => {
    expect(trace([6, 12], { m: 2, n: 4, k: 3 }).shape).toMatchObject({ batch: 2, channels: 4, height: 1, width: 1 })
  })

  it('refuses extents and matrices that do not fit', () => {
    expect(() => trace([6, 12], { m: 0, n: 4, k: 3 })).toThrow(OptionError)
    expect(() => trace([7, 12], { m: 2, n: 4, k: 3 })).toThrow(ShapeError)
    expect(() => trace([6, 13], { m: 2, n: 4, k: 3 })).toThrow(/b must be f32 \[3, 4\], 12 numbers of one step; got 13/)
  })
})
