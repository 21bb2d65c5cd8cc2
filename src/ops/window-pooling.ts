/** Pooling over windows of any size, stride and padding: largest values and means, of spikes and of real values. */
import { OptionError, ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import {
  type ActivationShape,
  ceilDivide,
  isHalf,
  type LoweringContext,
  neuronsOf,
  type OpDefinition,
  shapeOf,
  slabImages,
  slabsFor,
  type Tracer,
  type Value,
  wordsOf,
} from './op.js'
import type { Pair } from './synapse-geometry.js'

const windowParameters = {
  targetHeight: 'u32',
  targetWidth: 'u32',
  kernelHeight: 'u32',
  kernelWidth: 'u32',
  strideY: 'u32',
  strideX: 'u32',
  paddingY: 'u32',
  paddingX: 'u32',
  countPadding: 'u32',
} as const

const realParameters = {
  invocations: 'u32',
  sourceHeight: 'u32',
  sourceWidth: 'u32',
  lanes: 'u32',
  ...windowParameters,
} as const

const eitherParameters = {
  invocations: 'u32',
  sourceHeight: 'u32',
  sourceWidth: 'u32',
  lanes: 'u32',
  multiplier: 'u32',
  wordsPerImage: 'u32',
  ...windowParameters,
} as const

const stripParameters = { strips: 'u32', stripWidth: 'u32' } as const

const average = defineKernel({
  shader: 'pooling/average',
  bindings: { x: 'read', y: 'write' },
  parameters: { ...eitherParameters, ...stripParameters },
  flags: { VEC: true, SPIKES: false, HALF_IN: false, HALF_OUT: false },
  workgroupSize: 64,
})

const averageGradient = defineKernel({
  shader: 'pooling/average_gradient',
  bindings: { dy: 'read', dx: 'write' },
  parameters: { ...realParameters, ...stripParameters },
  flags: { VEC: true, ACCUMULATE: false },
  workgroupSize: 64,
})

const maxForward = defineKernel({
  shader: 'pooling/max_forward',
  bindings: { x: 'read', y: 'write' },
  parameters: realParameters,
  flags: { VEC: true },
  workgroupSize: 64,
})

const spikeMaxForward = defineKernel({
  shader: 'pooling/spike_max_forward',
  bindings: { spikes: 'read', y: 'write' },
  parameters: {
    invocations: 'u32',
    sourceHeight: 'u32',
    sourceWidth: 'u32',
    channels: 'u32',
    ...windowParameters,
    wordsPerImage: 'u32',
    targetWords: 'u32',
  },
  flags: {},
  workgroupSize: 64,
})

const maxGradient = defineKernel({
  shader: 'pooling/max_gradient',
  bindings: { x: 'read', dy: 'read', dx: 'write' },
  parameters: eitherParameters,
  flags: { VEC: true, SPIKES: false, ACCUMULATE: false },
  workgroupSize: 64,
})

export interface PoolWindow {
  readonly kernel: Pair
  readonly stride: Pair
  /** Pixels on both sides of each axis, fewer than the window has. */
  readonly padding: Pair
  /** Whether a mean counts the pixels outside the image, as zeros. */
  readonly countPadding: boolean
}

type PoolKind = 'max' | 'average'
interface PoolAttributes {
  readonly kind: PoolKind
  readonly window: PoolWindow
}

function parametersOf({ kernel, stride, padding, countPadding }: PoolWindow, x: Value, y: ActivationShape) {
  const source = shapeOf(x)
  const vector = source.channels % 4 === 0
  return {
    sourceHeight: source.height,
    sourceWidth: source.width,
    channels: source.channels,
    lanes: vector ? source.channels / 4 : source.channels,
    multiplier: 1,
    wordsPerImage: wordsOf(source),
    targetHeight: y.height,
    targetWidth: y.width,
    targetWords: wordsOf(y),
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    strideY: stride[0],
    strideX: stride[1],
    paddingY: padding[0],
    paddingX: padding[1],
    countPadding: countPadding ? 1 : 0,
  }
}

/** Rows are cut into strips of at most so many pixels, as long as one another but for the last. */
const longestStrip = 16

function stripsOf(shape: ActivationShape) {
  const stripWidth = ceilDivide(shape.width, ceilDivide(shape.width, longestStrip))
  const strips = ceilDivide(shape.width, stripWidth)
  const lanes = shape.channels % 4 === 0 ? shape.channels / 4 : shape.channels
  return { strips, stripWidth, perImage: shape.height * strips * lanes }
}

const lanesIn = (shape: ActivationShape): number => neuronsOf(shape) / (shape.channels % 4 === 0 ? 4 : 1)

function lowerPool(context: LoweringContext, x: Value, y: Value, { kind, window }: PoolAttributes): void {
  const target = shapeOf(y)
  const shared = parametersOf(window, x, target)
  const spikes = x.dtype === 'spikes'
  const { perImage: strips, ...cut } = stripsOf(target)
  const VEC = target.channels % 4 === 0
  const [kernel, flags, perImage, input] =
    kind === 'average'
      ? ([average, { VEC, SPIKES: spikes, HALF_IN: isHalf(x), HALF_OUT: isHalf(y) }, strips, 'x'] as const)
      : spikes
        ? ([spikeMaxForward, {}, wordsOf(target), 'spikes'] as const)
        : ([maxForward, { VEC }, lanesIn(target), 'x'] as const)
  for (const slab of slabsFor(context, target)) {
    const { count } = slabImages(target, slab)
    const invocations = count * perImage
    context.dispatch({
      kernel,
      flags,
      views: { [input]: context.view(x, slab), y: context.view(y, slab) },
      parameters: { ...shared, ...cut, invocations },
      invocations,
      cost: { flops: count * neuronsOf(target) * window.kernel[0] * window.kernel[1] },
    })
  }
}

const poolOp = (kind: PoolKind): OpDefinition<PoolAttributes> => ({
  name: `${kind}Pool`,
  ...(kind === 'average' ? { halves: () => ({ reads: [0], writes: [0] }) } : {}),
  recomputable: true,
  lower: (context, node) => lowerPool(context, node.inputs[0] as Value, node.outputs[0] as Value, node.attributes),
  adjoint(context, node) {
    const x = node.inputs[0] as Value
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy || !context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
      const attributes = { ...node.attributes, accumulate: into !== null }
      // a mean's gradient does not depend on its input
      const inputs = kind === 'max' ? [dy, context.saved(x)] : [dy]
      context.emit(poolGradientOp, [...inputs, ...(into ? [into] : [])], [dx], attributes)
      return dx
    })
  },
})

const pools: Record<PoolKind, OpDefinition<PoolAttributes>> = { max: poolOp('max'), average: poolOp('average') }

/** Inputs: dy, (x, for the largest), (dx so far). */
const poolGradientOp: OpDefinition<PoolAttributes & { readonly accumulate: boolean }> = {
  name: 'poolGradient',
  lower(context, node) {
    const [dy, x] = node.inputs as [Value, Value]
    const dx = node.outputs[0] as Value
    const { kind, window, accumulate } = node.attributes
    const shape = shapeOf(dx)
    const shared = parametersOf(window, dx, shapeOf(dy))
    const VEC = shape.channels % 4 === 0
    const { perImage, ...cut } = stripsOf(shape)
    for (const slab of slabsFor(context, shape)) {
      const { count } = slabImages(shape, slab)
      const invocations = count * (kind === 'average' ? perImage : lanesIn(shape))
      const views = { dy: context.view(dy, slab), dx: context.view(dx, slab) }
      const parameters = { ...shared, ...cut, invocations }
      const windows = (window.kernel[0] * window.kernel[1]) / (window.stride[0] * window.stride[1])
      const cost = { flops: Math.ceil(2 * count * neuronsOf(shape) * windows) }
      if (kind === 'average') {
        context.dispatch({
          kernel: averageGradient,
          flags: { VEC, ACCUMULATE: accumulate },
          views,
          parameters,
          invocations,
          cost,
        })
      } else {
        context.dispatch({
          kernel: maxGradient,
          flags: { VEC, SPIKES: x.dtype === 'spikes', ACCUMULATE: accumulate },
          views: { x: context.view(x, slab), ...views },
          parameters,
          invocations,
          cost: { flops: cost.flops * window.kernel[0] * window.kernel[1] },
        })
      }
    }
  },
}

/** @throws OptionError on a number out of range, ShapeError when the window does not fit */
function pooledShape(where: string, window: PoolWindow, x: ActivationShape): ActivationShape {
  const sides = ([0, 1] as const).map((axis) => {
    const [kernel, stride, padding] = [window.kernel[axis], window.stride[axis], window.padding[axis]]
    for (const [name, value] of Object.entries({ kernel, stride })) {
      if (!Number.isInteger(value) || value < 1)
        throw new OptionError(`${where}.${name}`, `must be a positive integer; got ${value}.`)
    }
    if (!Number.isInteger(padding) || padding < 0 || padding >= kernel)
      throw new OptionError(
        `${where}.padding`,
        `must be an integer from 0 to ${kernel - 1}, so that no window lies outside the image; got ${padding}.`,
      )
    return Math.floor(((axis === 0 ? x.height : x.width) + 2 * padding - kernel) / stride) + 1
  })
  const [height = 0, width = 0] = sides
  if (height < 1 || width < 1)
    throw new ShapeError(
      where,
      `a ${window.kernel.join('x')} window must fit into ${x.height}x${x.width} with padding ${window.padding.join('x')}.`,
      'Use a smaller window or more padding.',
    )
  return { ...x, height, width }
}

/**
 * Largest value under each window; rows and columns left over at the end are dropped. Spikes stay bits (their OR).
 * The gradient belongs to the first maximum of a window in row-major order: among spikes to the first spike, or to the
 * first pixel of a silent window (sheet 04).
 * @param x `[T, B, C, H, W]`, spikes or f32 @returns the same kind, `[T, B, C, OH, OW]`
 * @throws OptionError on a number out of range, ShapeError when the window does not fit
 */
export function traceMaxPool(tracer: Tracer, x: Value, window: PoolWindow): Value {
  const shape = pooledShape('maxPool', window, shapeOf(x))
  const y = tracer.activation(x.dtype === 'spikes' ? 'spikes' : 'f32', shape, 'pooled')
  tracer.emit<PoolAttributes>(pools.max, [x], [y], { kind: 'max', window })
  return y
}

/**
 * Mean over each window; rows and columns left over at the end are dropped.
 * @param x `[T, B, C, H, W]`, spikes or f32 @returns f32 `[T, B, C, OH, OW]`
 * @throws OptionError on a number out of range, ShapeError when the window does not fit
 */
export function traceWindowMean(tracer: Tracer, x: Value, window: PoolWindow): Value {
  const y = tracer.activation('f32', pooledShape('averagePool', window, shapeOf(x)), 'pooled')
  tracer.emit<PoolAttributes>(pools.average, [x], [y], { kind: 'average', window })
  return y
}
