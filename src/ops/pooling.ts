/** Average pooling: windows of a current, and the whole image of spikes or currents. */
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
import { traceWindowMean } from './window-pooling.js'

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

/** Mean over size×size windows of spikes or a current `[T, B, C, H, W]`; rows and columns left over at the edge are dropped. */
export const traceAveragePool = (tracer: Tracer, x: Value, size: number): Value =>
  traceWindowMean(tracer, x, { kernel: [size, size], stride: [size, size], padding: [0, 0], countPadding: true })

/** Mean over all pixels: spikes or current `[T, B, C, H, W]` to f32 `[T, B, C, 1, 1]`. */
export function traceGlobalAveragePool(tracer: Tracer, x: Value): Value {
  const shape = shapeOf(x)
  if (x.dtype === 'f32') {
    const kernel = [shape.height, shape.width] as const
    return neuronsOf(shape) === shape.channels
      ? x
      : traceWindowMean(tracer, x, { kernel, stride: kernel, padding: [0, 0], countPadding: true })
  }
  const y = tracer.activation('f32', { ...shape, height: 1, width: 1 }, 'pooled rates')
  tracer.emit(spikeMeanOp, [x], [y], null)
  return y
}
