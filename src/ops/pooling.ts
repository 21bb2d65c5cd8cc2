/** Average pooling: windows of a current, and the whole image of spikes or currents. */
import { OptionError, ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import {
  type ActivationShape,
  neuronsOf,
  type OpDefinition,
  pixelsOf,
  shapeOf,
  slabImages,
  slabsFor,
  type Tracer,
  type Value,
  wordsOf,
} from './op.js'

const spikeMean = defineKernel({
  shader: 'pooling/spike_mean',
  bindings: { spikes: 'read', y: 'write' },
  parameters: { invocations: 'u32', pixels: 'u32', channels: 'u32', wordsPerImage: 'u32', scale: 'f32' },
  flags: {},
  workgroupSize: 64,
})

const spikeMeanGradient = defineKernel({
  shader: 'pooling/spike_mean_gradient',
  bindings: { dy: 'read', ds: 'write' },
  parameters: { invocations: 'u32', pixels: 'u32', lanes: 'u32', scale: 'f32' },
  flags: { VEC: true, ACCUMULATE: false },
  workgroupSize: 64,
})

const windowParameters = {
  invocations: 'u32',
  height: 'u32',
  width: 'u32',
  lanes: 'u32',
  outputHeight: 'u32',
  outputWidth: 'u32',
  size: 'u32',
  scale: 'f32',
} as const

const average = defineKernel({
  shader: 'pooling/average',
  bindings: { x: 'read', y: 'write' },
  parameters: windowParameters,
  flags: { VEC: true },
  workgroupSize: 64,
})

const averageGradient = defineKernel({
  shader: 'pooling/average_gradient',
  bindings: { dy: 'read', dx: 'write' },
  parameters: windowParameters,
  flags: { VEC: true, ACCUMULATE: false },
  workgroupSize: 64,
})

const lanes = (shape: ActivationShape) =>
  shape.channels % 4 === 0 ? { VEC: true, count: shape.channels / 4 } : { VEC: false, count: shape.channels }

const spikeMeanOp: OpDefinition<null> = {
  name: 'globalAveragePool',
  lower(context, node) {
    const x = node.inputs[0] as Value
    const shape = shapeOf(x)
    for (const slab of slabsFor(context, shape)) {
      const invocations = slabImages(shape, slab).count * shape.channels
      context.dispatch({
        kernel: spikeMean,
        views: { spikes: context.view(x, slab), y: context.view(node.outputs[0] as Value, slab) },
        parameters: {
          invocations,
          pixels: pixelsOf(shape),
          channels: shape.channels,
          wordsPerImage: wordsOf(shape),
          scale: 1 / pixelsOf(shape),
        },
        invocations,
        cost: { flops: invocations * (pixelsOf(shape) + 1) },
      })
    }
  },
  adjoint(context, node) {
    const x = node.inputs[0] as Value
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy || !context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
      context.emit(spikeMeanGradientOp, into ? [dy, into] : [dy], [dx], { accumulate: into !== null })
      return dx
    })
  },
}

const spikeMeanGradientOp: OpDefinition<{ readonly accumulate: boolean }> = {
  name: 'globalAveragePoolGradient',
  lower(context, node) {
    const dx = node.outputs[0] as Value
    const shape = shapeOf(dx)
    const { VEC, count } = lanes(shape)
    for (const slab of slabsFor(context, shape)) {
      const invocations = slabImages(shape, slab).count * pixelsOf(shape) * count
      context.dispatch({
        kernel: spikeMeanGradient,
        flags: { VEC, ACCUMULATE: node.attributes.accumulate },
        views: { dy: context.view(node.inputs[0] as Value, slab), ds: context.view(dx, slab) },
        parameters: { invocations, pixels: pixelsOf(shape), lanes: count, scale: 1 / pixelsOf(shape) },
        invocations,
        cost: { flops: slabImages(shape, slab).count * neuronsOf(shape) },
      })
    }
  },
}

const windowDispatch = (x: ActivationShape, y: ActivationShape, size: number, images: number, perImage: number) => ({
  invocations: (images * perImage * x.channels) / (x.channels % 4 === 0 ? 4 : 1),
  height: x.height,
  width: x.width,
  lanes: lanes(x).count,
  outputHeight: y.height,
  outputWidth: y.width,
  size,
  scale: 1 / (size * size),
})

const averageOp: OpDefinition<{ readonly size: number }> = {
  name: 'averagePool',
  recomputable: true,
  lower(context, node) {
    const [x] = node.inputs as [Value]
    const y = node.outputs[0] as Value
    const output = shapeOf(y)
    for (const slab of slabsFor(context, output)) {
      const parameters = windowDispatch(
        shapeOf(x),
        output,
        node.attributes.size,
        slabImages(output, slab).count,
        pixelsOf(output),
      )
      context.dispatch({
        kernel: average,
        flags: { VEC: output.channels % 4 === 0 },
        views: { x: context.view(x, slab), y: context.view(y, slab) },
        parameters,
        invocations: parameters.invocations,
        cost: { flops: slabImages(output, slab).count * neuronsOf(output) * (node.attributes.size ** 2 + 1) },
      })
    }
  },
  adjoint(context, node) {
    const x = node.inputs[0] as Value
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy || !context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
      context.emit(averageGradientOp, into ? [dy, into] : [dy], [dx], {
        size: node.attributes.size,
        accumulate: into !== null,
      })
      return dx
    })
  },
}

const averageGradientOp: OpDefinition<{ readonly size: number; readonly accumulate: boolean }> = {
  name: 'averagePoolGradient',
  lower(context, node) {
    const dy = node.inputs[0] as Value
    const dx = node.outputs[0] as Value
    const shape = shapeOf(dx)
    for (const slab of slabsFor(context, shape)) {
      const parameters = windowDispatch(
        shape,
        shapeOf(dy),
        node.attributes.size,
        slabImages(shape, slab).count,
        pixelsOf(shape),
      )
      context.dispatch({
        kernel: averageGradient,
        flags: { VEC: shape.channels % 4 === 0, ACCUMULATE: node.attributes.accumulate },
        views: { dy: context.view(dy, slab), dx: context.view(dx, slab) },
        parameters,
        invocations: parameters.invocations,
        cost: { flops: slabImages(shape, slab).count * neuronsOf(shape) },
      })
    }
  },
}

/** Mean over size×size windows of a current `[T, B, C, H, W]`; rows and columns left over at the edge are dropped. */
export function traceAveragePool(tracer: Tracer, x: Value, size: number): Value {
  const shape = shapeOf(x)
  if (!Number.isInteger(size) || size < 1)
    throw new OptionError('averagePool.size', `must be a positive integer; got ${size}.`)
  if (size > shape.height || size > shape.width)
    throw new ShapeError(
      'averagePool',
      `a ${size}x${size} window must fit into ${shape.height}x${shape.width}.`,
      'Use a smaller window.',
    )
  const y = tracer.activation(
    'f32',
    { ...shape, height: Math.floor(shape.height / size), width: Math.floor(shape.width / size) },
    'pooled',
  )
  tracer.emit(averageOp, [x], [y], { size })
  return y
}

/** Mean over all pixels: spikes or current `[T, B, C, H, W]` to f32 `[T, B, C, 1, 1]`. */
export function traceGlobalAveragePool(tracer: Tracer, x: Value): Value {
  const shape = shapeOf(x)
  if (x.dtype === 'f32') {
    if (shape.height !== shape.width)
      throw new ShapeError(
        'globalAveragePool',
        `needs a square image; got ${shape.height}x${shape.width}.`,
        'Pad it first.',
      )
    return neuronsOf(shape) === shape.channels ? x : traceAveragePool(tracer, x, shape.height)
  }
  const y = tracer.activation('f32', { ...shape, height: 1, width: 1 }, 'pooled rates')
  tracer.emit(spikeMeanOp, [x], [y], null)
  return y
}
