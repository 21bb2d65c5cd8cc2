/** Product of two dense matrices. */
import { OptionError, ShapeError } from '../errors.js'
import { type BufferView, defineKernel } from '../runtime/kernel.js'
import {
  ceilDivide,
  type DispatchRequest,
  type LoweringContext,
  type OpDefinition,
  type Tracer,
  type Value,
} from './op.js'

const bindings = { a: 'read', b: 'read', bias: 'read', c: 'write' } as const

export const productSubgroup = defineKernel({
  shader: 'matrix/product_subgroup',
  bindings,
  parameters: { invocations: 'u32', m: 'u32', n: 'u32', k: 'u32', one: 'u32' },
  flags: { STRIPS: 4, ACCUMULATE: false, BIAS: false },
  needs: ['subgroups'],
  workgroupSize: 64,
})

export const productTile = defineKernel({
  shader: 'matrix/product_tile',
  bindings,
  parameters: { invocations: 'u32', m: 'u32', n: 'u32', k: 'u32' },
  flags: { ACCUMULATE: false, BIAS: false },
  workgroupSize: 64,
})

export const transposeKernel = defineKernel({
  shader: 'matrix/transpose',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', m: 'u32', n: 'u32' },
  flags: {},
  workgroupSize: 64,
})

/** c = a b with a `[m, k]`, b `[k, n]`. */
export interface ProductExtent {
  readonly m: number
  readonly n: number
  readonly k: number
}

interface ProductAttributes extends ProductExtent {
  readonly accumulate: boolean
}

export interface ProductViews {
  readonly a: BufferView
  readonly b: BufferView
  /** `[n]`, added to every row; not together with `accumulate`. */
  readonly bias?: BufferView | null
  readonly c: BufferView
}

const powerOfTwo = (count: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, count)))

/** The kernel of one product, and its grid. */
function kernelFor(
  { variants }: LoweringContext,
  extent: ProductAttributes,
  bias: boolean,
): Pick<DispatchRequest, 'kernel' | 'flags' | 'parameters' | 'invocations'> {
  const { m, n, k, accumulate } = extent
  const able = variants.traits.subgroupLanes >= 8 && n % 4 === 0 && k % 4 === 0
  const variant = variants.choose(
    'matrix product',
    [m, n, k].map(powerOfTwo).join('x'),
    !able ? ['tile'] : variants.traits.software ? ['subgroup', 'tile'] : ['tile', 'subgroup'],
  )
  if (variant === 'subgroup') {
    const strips = m > 32 ? 4 : 1
    const invocations = ceilDivide(ceilDivide(m, 16 * strips) * ceilDivide(n, 32), 8) * 64
    const flags = { STRIPS: strips, ACCUMULATE: accumulate, BIAS: bias }
    return { kernel: productSubgroup, flags, parameters: { invocations, m, n, k, one: 1 }, invocations }
  }
  const invocations = ceilDivide(m, 64) * ceilDivide(n, 64) * 64
  const flags = { ACCUMULATE: accumulate, BIAS: bias }
  return { kernel: productTile, flags, parameters: { invocations, m, n, k }, invocations }
}

/** c (+)= a b (+ bias), as one dispatch. */
export function dispatchProduct(context: LoweringContext, extent: ProductAttributes, views: ProductViews): void {
  const { m, n, k } = extent
  const { bias } = views
  context.dispatch({
    ...kernelFor(context, extent, Boolean(bias)),
    views: { ...views, bias: bias ?? context.unused(2) },
    cost: { flops: 2 * m * n * k + (bias ? m * n : 0) },
  })
}

/** y[n, m] = x[m, n], as one dispatch. */
export function dispatchTranspose(context: LoweringContext, x: BufferView, y: BufferView, m: number, n: number): void {
  const invocations = m * n
  context.dispatch({ kernel: transposeKernel, views: { x, y }, parameters: { invocations, m, n }, invocations })
}

/** Inputs: a, b, then c so far. */
export const matrixProductOp: OpDefinition<ProductAttributes> = {
  name: 'matrixProduct',
  lower(context, { inputs, outputs, attributes }) {
    const [a, b] = inputs as [Value, Value]
    const views = { a: context.view(a), b: context.view(b), c: context.view(outputs[0] as Value) }
    dispatchProduct(context, attributes, views)
  },
  adjoint(context, { inputs, outputs, attributes }) {
    const dc = context.gradientOf(outputs[0] as Value)
    if (!dc) return
    const [a, b] = inputs as [Value, Value]
    const { m, n, k } = attributes
    /** Adds x y to a gradient, or makes it. */
    const add = (target: Value, x: () => Value, y: () => Value, extent: ProductExtent) => {
      if (target.storage.kind === 'parameter') {
        context.contributeParameter(target, (gradient, accumulate) => {
          context.emit(matrixProductOp, [x(), y()], [gradient], { ...extent, accumulate })
        })
      } else if (context.wanted(target)) {
        context.contribute(target, (into) => {
          const sum = into
            ? context.alias(into, `d ${target.label}`)
            : target.shape
              ? context.activation('f32', target.shape, `d ${target.label}`)
              : context.raw('f32', target.elements, `d ${target.label}`)
          context.emit(matrixProductOp, [x(), y(), ...(into ? [into] : [])], [sum], {
            ...extent,
            accumulate: into !== null,
          })
          return sum
        })
      }
    }
    const transposed = (value: Value, rows: number, columns: number) => () => {
      const y = context.raw('f32', value.elements, `${value.label} transposed`)
      context.emit(transposeOp, [value], [y], { rows, columns })
      return y
    }
    add(a, () => dc, transposed(context.saved(b), k, n), { m, n: k, k: n })
    add(b, transposed(context.saved(a), m, k), () => dc, { m: k, n, k: m })
  },
}

const transposeOp: OpDefinition<{ readonly rows: number; readonly columns: number }> = {
  name: 'transpose',
  lower(context, { inputs, outputs, attributes }) {
    const [x, y] = [context.view(inputs[0] as Value), context.view(outputs[0] as Value)]
    dispatchTranspose(context, x, y, attributes.rows, attributes.columns)
  },
}

/**
 * c = a b.
 * @param a `[m, k]`, f32
 * @param b `[k, n]`, f32
 * @returns `[m, n]`, as m samples of n channels
 * @throws OptionError when an extent is no positive integer
 * @throws ShapeError when a matrix holds more or fewer numbers than its extent says
 */
export function traceMatrixProduct(tracer: Tracer, a: Value, b: Value, extent: ProductExtent): Value {
  const { m, n, k } = extent
  for (const [name, size] of Object.entries({ m, n, k }))
    if (!Number.isInteger(size) || size < 1)
      throw new OptionError('matrixProduct', `${name} must be a positive integer; got ${size}.`)
  for (const [name, value, rows, columns] of [
    ['a', a, m, k],
    ['b', b, k, n],
  ] as const)
    if (value.elements !== rows * columns || value.dtype !== 'f32' || (value.shape?.steps ?? 1) !== 1)
      throw new ShapeError(
        'matrixProduct',
        `${name} must be f32 [${rows}, ${columns}], ${rows * columns} numbers of one step; got ${value.elements} of ${value.dtype} in ${value.shape?.steps ?? 1} steps.`,
        'Give the extents of the matrices that you pass.',
      )
  const c = tracer.activation('f32', { steps: 1, batch: m, height: 1, width: 1, channels: n }, 'product')
  tracer.emit(matrixProductOp, [a, b], [c], { m, n, k, accumulate: false })
  return c
}
