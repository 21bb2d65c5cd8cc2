/**
 * Linear layers over real values as matrix products: every pixel of every image is a row. The kernels of synapses gather
 * their inputs through a window, which costs them reuse where there is no window.
 */
import type { BufferView } from '../runtime/kernel.js'
import { dispatchProduct, dispatchTranspose, type ProductExtent } from './matrix-product.js'
import {
  ceilDivide,
  imagesOf,
  type LoweringContext,
  pixelsOf,
  shapeOf,
  slabImages,
  slabsFor,
  type Value,
} from './op.js'
import type { SynapseKind, SynapseWindow } from './synapse-geometry.js'

export type LinearJob = 'linear layer' | 'linear input gradient' | 'linear weight gradient'

/** A window of one pixel that sees all channels. */
const isLinear = (kind: SynapseKind, { kernel, stride, padding, groups }: SynapseWindow): boolean =>
  kind === 'convolution' && [...kernel, ...stride, groups].every((size) => size === 1) && padding[0] + padding[1] === 0

const powerOfTwo = (count: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, count)))

/**
 * Whether a synapse's pass is to be a matrix product of this extent.
 * @param x its input: spikes have kernels of their own
 */
export function takesProduct(
  context: LoweringContext,
  job: LinearJob,
  kind: SynapseKind,
  window: SynapseWindow,
  x: Value,
  { m, n, k }: ProductExtent,
): boolean {
  if (x.dtype === 'spikes' || !isLinear(kind, window)) return false
  const { software, subgroupLanes } = context.variants.traits
  // by subgroups with four numbers at a time; by tiles of 64 elsewhere
  const able = subgroupLanes >= 8 && n % 4 === 0 && k % 4 === 0
  // an element of the product is one long sum: few of them leave a device idle where the gather cuts sums into chunks
  const busy = job !== 'linear weight gradient' || ceilDivide(m, 64) * ceilDivide(n, 32) >= 16
  const pays = busy && (software ? able && n >= 16 : m >= 64 && n >= 64)
  const shapeClass = [m, n, k].map(powerOfTwo).join('x')
  return context.variants.choose(job, shapeClass, pays ? ['product', 'gather'] : ['gather', 'product']) === 'product'
}

/** Rows of the product: all pixels of some images. */
const rowsOf = (x: Value, images: number): number => images * pixelsOf(shapeOf(x))

export const linearExtent = (x: Value, y: Value): ProductExtent => ({
  m: rowsOf(y, imagesOf(shapeOf(y))),
  n: shapeOf(y).channels,
  k: shapeOf(x).channels,
})

/** y (+)= x weights (+ bias), with weights `[CI, CO]`. */
export function dispatchLinear(
  context: LoweringContext,
  operands: {
    readonly x: Value
    readonly weights: BufferView
    readonly bias: BufferView | null
    readonly y: Value
    readonly accumulate: boolean
  },
): void {
  const { x, weights, bias, y, accumulate } = operands
  for (const slab of slabsFor(context, shapeOf(y))) {
    const extent = { ...linearExtent(x, y), m: rowsOf(y, slabImages(shapeOf(y), slab).count), accumulate }
    dispatchProduct(context, extent, { a: context.view(x, slab), b: weights, bias, c: context.view(y, slab) })
  }
}

/** The weight gradient's extent: `[CI, CO]`, each a sum over all pixels. */
export const linearGradientExtent = (x: Value, dy: Value): ProductExtent => {
  const { m, n, k } = linearExtent(x, dy)
  return { m: k, n, k: m }
}

/** dw (+)= the transpose of x times dy. */
export function dispatchLinearWeightGradient(
  context: LoweringContext,
  x: Value,
  dy: Value,
  dw: Value,
  accumulate: boolean,
): void {
  const shape = shapeOf(dy)
  const { m, n } = linearGradientExtent(x, dy)
  const slabs = slabsFor(context, shape)
  const longest = Math.max(...slabs.map((slab) => rowsOf(dy, slabImages(shape, slab).count)))
  const transposed = context.scratch(m * longest)
  for (const slab of slabs) {
    const k = rowsOf(dy, slabImages(shape, slab).count)
    dispatchTranspose(context, context.view(x, slab), transposed, k, m)
    const views = { a: transposed, b: context.view(dy, slab), c: context.view(dw) }
    dispatchProduct(context, { m, n, k, accumulate: accumulate || slab.index > 0 }, views)
  }
}
