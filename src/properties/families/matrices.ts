/** Products of dense matrices with their gradients, and linear layers that are such, by every kernel that there is for them. */
import * as fc from 'fast-check'
import { type ProductExtent, traceMatrixProduct } from '../../ops/matrix-product.js'
import type { Value } from '../../ops/op.js'
import { plainWindow } from '../../ops/synapse.js'
import type { Gpu } from '../../runtime/gpu.js'
import { dot } from '../../testing/gradient.js'
import { linearBackward, linearForward } from '../../testing/oracle/linear.js'
import { expectClose } from '../../testing/tolerance.js'
import { drawNumbers, randomSeed, runOp } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'
import { traceSeed, traceStore } from '../slabbed-io.js'
import { synapseCase } from '../synapse-cases.js'
import type { SynapseCase } from '../synapse-run.js'
import { expectSynapse, linearBy } from './synapses.js'

interface ProductCase {
  readonly size: ProductExtent
  readonly seed: number
}

/** Extents around tiles of 16, 32 and 64, and 4 lanes; primes and 1. */
const extent = fc
  .record({
    m: fc.constantFrom(1, 3, 15, 16, 17, 31, 33, 63, 64, 65, 129),
    n: fc.constantFrom(1, 4, 5, 28, 32, 36, 63, 64, 68),
    k: fc.constantFrom(1, 3, 4, 15, 16, 20, 32, 36, 61),
  })
  .filter(({ m, n, k }) => m * n * k <= 120_000)

/** Product and both gradients against the oracle; `d` more columns follow, so that a product is differentiated too. */
async function expectProducts(gpu: Gpu, { size, seed }: ProductCase, variant: 'tile' | 'subgroup'): Promise<void> {
  const { m, n, k } = size
  const wide = 8
  const [a, b, d] = [drawNumbers(seed, 0, m * k, 1), drawNumbers(seed, 1, k * n, 1), drawNumbers(seed, 2, n * wide, 1)]
  const dy = drawNumbers(seed, 3, m * wide, 1)
  const result = await runOp(gpu, {
    build(graph, values) {
      const c = traceMatrixProduct(graph, values.a as Value, values.b as Value, size)
      const y = traceMatrixProduct(graph, c, values.d as Value, { m, n: wide, k: n })
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
  // bilinear: <dy, y> = <da, a> = <db, b> = <dd, d>
  const product = dot(dy, result.floats('y'))
  for (const [name, values] of Object.entries({ a, b, d }))
    expectClose([dot(result.gradient(name), values)], [product], { absolute: 1e-4 * (1 + Math.sqrt(m * n * k)) })
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

const cases: fc.Arbitrary<ProductCase> = fc.record({ size: extent, seed: randomSeed })

/** Linear layers over numbers, several pixels an image too: each is a row of the product. */
const linearCase: fc.Arbitrary<SynapseCase> = synapseCase('convolution', { window: plainWindow, spikes: false })

export const matrixProperties: readonly GpuProperty[] = [
  gpuProperty<SynapseCase>({
    name: 'linear layer as a product by tiles: output and all gradients',
    kernels: ['matrix/product_tile', 'matrix/transpose', 'synapse/transpose_weights', 'synapse/bias_partials'],
    cases: linearCase,
    runs: 12,
    holds: (gpu, run) => expectSynapse(gpu, run, { ...linearBy('product'), 'matrix product': 'tile' }),
  }),
  gpuProperty<SynapseCase>({
    name: 'linear layer as a product by subgroups: output and all gradients',
    kernels: ['matrix/product_subgroup', 'matrix/transpose', 'synapse/transpose_weights', 'synapse/bias_partials'],
    cases: linearCase,
    runsOn: ({ subgroupLanes }) => subgroupLanes >= 8,
    runs: 12,
    holds: (gpu, run) => expectSynapse(gpu, run, { ...linearBy('product'), 'matrix product': 'subgroup' }),
  }),
  gpuProperty<ProductCase>({
    name: 'matrix product by tiles: with all gradients',
    kernels: ['matrix/product_tile', 'matrix/transpose'],
    cases,
    runs: 25,
    holds: (gpu, run) => expectProducts(gpu, run, 'tile'),
  }),
  gpuProperty<ProductCase>({
    name: 'matrix product by subgroups: with all gradients',
    kernels: ['matrix/product_subgroup', 'matrix/transpose'],
    cases,
    runsOn: ({ subgroupLanes }) => subgroupLanes >= 8,
    runs: 25,
    holds: (gpu, run) => expectProducts(gpu, run, 'subgroup'),
  }),
]
