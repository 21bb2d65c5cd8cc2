/** Concatenation along channels, for spikes (bits) and currents. */
import { ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import {
  elementsOf,
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

const concatenateSpikes = defineKernel({
  shader: 'elementwise/concatenate_spikes',
  bindings: { spikes: 'read', joined: 'write' },
  parameters: {
    invocations: 'u32',
    pixels: 'u32',
    channels: 'u32',
    wordsPerImage: 'u32',
    total: 'u32',
    offset: 'u32',
    words: 'u32',
  },
  flags: { FIRST: true },
  workgroupSize: 64,
})

const channelMove = { invocations: 'u32', lanes: 'u32', total: 'u32', offset: 'u32' } as const

export const sliceChannels = defineKernel({
  shader: 'elementwise/slice_channels',
  bindings: { x: 'read', y: 'write' },
  parameters: channelMove,
  flags: { VEC: true, ACCUMULATE: false },
  workgroupSize: 64,
})

export const placeChannels = defineKernel({
  shader: 'elementwise/place_channels',
  bindings: { x: 'read', y: 'write' },
  parameters: channelMove,
  flags: { VEC: true },
  workgroupSize: 64,
})

const unpackSpikes = defineKernel({
  shader: 'elementwise/unpack_spikes',
  bindings: { spikes: 'read', y: 'write' },
  parameters: { invocations: 'u32', neurons: 'u32', wordsPerImage: 'u32' },
  flags: {},
  workgroupSize: 64,
})

const offsets = (parts: readonly Value[]): number[] => {
  let sum = 0
  return parts.map((part) => {
    const at = sum
    sum += shapeOf(part).channels
    return at
  })
}

const concatenate: OpDefinition<null> = {
  name: 'concatenate',
  recomputable: true,
  lower(context, node) {
    const y = node.outputs[0] as Value
    const output = shapeOf(y)
    const starts = offsets(node.inputs)
    for (const slab of slabsFor(context, output)) {
      const { count } = slabImages(output, slab)
      node.inputs.forEach((part, index) => {
        const shape = shapeOf(part)
        const offset = starts[index] as number
        if (y.dtype === 'spikes') {
          const invocations = count * wordsOf(output)
          context.dispatch({
            kernel: concatenateSpikes,
            flags: { FIRST: index === 0 },
            views: { spikes: context.view(part, slab), joined: context.view(y, slab) },
            parameters: {
              invocations,
              pixels: pixelsOf(shape),
              channels: shape.channels,
              wordsPerImage: wordsOf(shape),
              total: output.channels,
              offset,
              words: wordsOf(output),
            },
            invocations,
          })
        } else {
          const vector = shape.channels % 4 === 0 && output.channels % 4 === 0 && offset % 4 === 0
          const unit = vector ? 4 : 1
          const invocations = (count * neuronsOf(shape)) / unit
          context.dispatch({
            kernel: placeChannels,
            flags: { VEC: vector },
            views: { x: context.view(part, slab), y: context.view(y, slab) },
            parameters: {
              invocations,
              lanes: shape.channels / unit,
              total: output.channels / unit,
              offset: offset / unit,
            },
            invocations,
          })
        }
      })
    }
  },
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy) return
    const starts = offsets(node.inputs)
    node.inputs.forEach((part, index) => {
      if (!context.wanted(part)) return
      context.contribute(part, (into) => {
        const dx = into
          ? context.alias(into, `d ${part.label}`)
          : context.activation('f32', shapeOf(part), `d ${part.label}`)
        context.emit(sliceOp, into ? [dy, into] : [dy], [dx], {
          offset: starts[index] as number,
          accumulate: into !== null,
        })
        return dx
      })
    })
  },
}

const sliceOp: OpDefinition<{ readonly offset: number; readonly accumulate: boolean }> = {
  name: 'sliceChannels',
  lower(context, node) {
    const dx = node.outputs[0] as Value
    const shape = shapeOf(dx)
    const total = shapeOf(node.inputs[0] as Value).channels
    const { offset, accumulate } = node.attributes
    const vector = shape.channels % 4 === 0 && total % 4 === 0 && offset % 4 === 0
    const unit = vector ? 4 : 1
    for (const slab of slabsFor(context, shape)) {
      const invocations = (slabImages(shape, slab).count * neuronsOf(shape)) / unit
      context.dispatch({
        kernel: sliceChannels,
        flags: { VEC: vector, ACCUMULATE: accumulate },
        views: { x: context.view(node.inputs[0] as Value, slab), y: context.view(dx, slab) },
        parameters: { invocations, lanes: shape.channels / unit, total: total / unit, offset: offset / unit },
        invocations,
      })
    }
  },
}

/** Joins parts of one kind (all spikes or all currents) along channels. @throws ShapeError when they do not match */
export function traceConcatenate(tracer: Tracer, parts: readonly Value[], label = 'concatenation'): Value {
  const [first] = parts
  if (!first) throw new ShapeError('concatenate', 'at least one part is needed.')
  if (parts.length === 1) return first
  const shape = shapeOf(first)
  for (const part of parts) {
    const other = shapeOf(part)
    if (
      part.dtype !== first.dtype ||
      other.steps !== shape.steps ||
      other.batch !== shape.batch ||
      other.height !== shape.height ||
      other.width !== shape.width
    ) {
      throw new ShapeError('concatenate', 'all parts must have the same kind, steps, batch and side.')
    }
  }
  const channels = parts.reduce((sum, part) => sum + shapeOf(part).channels, 0)
  const y = tracer.activation(first.dtype === 'spikes' ? 'spikes' : 'f32', { ...shape, channels }, label)
  tracer.emit(concatenate, parts, [y], null)
  return y
}

const unpack: OpDefinition<null> = {
  name: 'unpackSpikes',
  recomputable: true,
  lower(context, node) {
    const [x] = node.inputs as [Value]
    const y = node.outputs[0] as Value
    const shape = shapeOf(x)
    for (const slab of slabsFor(context, shape)) {
      const invocations = elementsOf('f32', { ...shape, steps: 1 }) * (slabImages(shape, slab).count / shape.batch)
      context.dispatch({
        kernel: unpackSpikes,
        views: { spikes: context.view(x, slab), y: context.view(y, slab) },
        parameters: { invocations, neurons: neuronsOf(shape), wordsPerImage: wordsOf(shape) },
        invocations,
      })
    }
  },
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (dy) context.share(node.inputs[0] as Value, dy)
  },
}

/** Spikes as zeros and ones in f32, for ops that know only real values. Returns currents unchanged. */
export function traceUnpack(tracer: Tracer, x: Value): Value {
  if (x.dtype !== 'spikes') return x
  const y = tracer.activation('f32', shapeOf(x), x.label)
  tracer.emit(unpack, [x], [y], null)
  return y
}
