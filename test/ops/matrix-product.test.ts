import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { type ProductExtent, traceMatrixProduct } from '../../src/ops/matrix-product.js'
import { drawNumbers, runOp } from '../../src/properties/op-run.js'
import { traceSeed, traceStore } from '../../src/properties/slabbed-io.js'
import { linearBackward, linearForward } from '../../src/testing/oracle/linear.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

/** Extents around tiles of 16, 32 and 64, and 4 lanes; primes and 1. */
const extent = fc
  .record({
    m: fc.constantFrom(1, 3, 15, 16, 17, 31, 33, 63, 64, 65, 129),
    n: fc.constantFrom(1, 4, 5, 28, 32, 36, 63, 64, 68),
    k: fc.constantFrom(1, 3, 4, 15, 16, 20, 32, 36, 61),
  })
  .filter(({ m, n, k }) => m * n * k <= 120_000)

/** Product and both gradients against the oracle; `d` more columns follow, so that a product is differentiated too. */
async function expectProducts(size: ProductExtent, seed: number, variant: string): Promise<void> {
  const { m, n, k } = size
  const wide = 8
  const [a, b, d] = [drawNumbers(seed, 0, m * k, 1), drawNumbers(seed, 1, k * n, 1), drawNumbers(seed, 2, n * wide, 1)]
  const dy = drawNumbers(seed, 3, m * wide, 1)
  const result = await runOp(await testGpu(), {
    build(graph, values) {
      const [va, vb, vd] = ['a', 'b', 'd'].map((name) => values[name] as NonNullable<(typeof values)[string]>)
      if (!va || !vb || !vd) throw new Error('three matrices are needed')
      const c = traceMatrixProduct(graph, va, vb, size)
      const y = traceMatrixProduct(graph, c, vd, { m, n: wide, k: n })
      traceStore(graph, c, 'c')
      traceStore(graph, y, 'y')
      traceSeed(graph, y, 'dy')
    },
    parameters: { a, b, d },
    write: { dy },
    read: ['c', 'y'],
    backward: true,
    choices: { 'matrix product': variant },
  })
  const c = linearForward(a, b, null, { rows: m, inputs: k, outputs: n })
  const second = linearBackward(dy, c, d, { rows: m, inputs: n, outputs: wide })
  const first = linearBackward(second.dx, a, b, { rows: m, inputs: k, outputs: n })
  // multiples of 1/4096 below 2^12: exact
  expectClose(result.floats('c'), c)
  const rounding = { absolute: 2e-3, relative: 1e-5 }
  expectClose(result.floats('y'), linearForward(c, d, null, { rows: m, inputs: n, outputs: wide }), rounding)
  expectClose(result.gradient('d'), second.dw, rounding)
  expectClose(result.gradient('a'), first.dx, rounding)
  expectClose(result.gradient('b'), first.dw, rounding)
}

describe.each(['tile', 'subgroup'])('matrix product by %s', (variant) => {
  it('and its gradients are the oracle’s', async () => {
    const property = fc.asyncProperty(extent, fc.nat(), (size, seed) => expectProducts(size, seed, variant))
    await fc.assert(property, { numRuns: 25, seed: 61 })
  })
})

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
