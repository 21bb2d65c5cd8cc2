/** Competition between the channels of a pixel: after a spike there, those that did not spike lose membrane. */
import { OptionError, ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import {
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

const parameters = {
  invocations: 'u32',
  pixels: 'u32',
  channels: 'u32',
  wordsPerImage: 'u32',
  strength: 'f32',
} as const

const inhibit = defineKernel({
  shader: 'neuron/lateral_inhibition',
  bindings: { v: 'read', spikes: 'read', w: 'write' },
  parameters,
  flags: {},
  workgroupSize: 64,
})

const inhibitGradient = defineKernel({
  shader: 'neuron/lateral_inhibition_gradient',
  bindings: { dw: 'read', spikes: 'read', ds: 'write' },
  parameters,
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

interface InhibitionAttributes {
  readonly strength: number
}

const numbersOf = (spikes: Value, images: number, { strength }: InhibitionAttributes) => {
  const shape = shapeOf(spikes)
  const invocations = images * neuronsOf(shape)
  return { invocations, pixels: pixelsOf(shape), channels: shape.channels, wordsPerImage: wordsOf(shape), strength }
}

/** Inputs: membrane, spikes. Output: the membrane afterwards. */
const inhibitionOp: OpDefinition<InhibitionAttributes> = {
  name: 'lateralInhibition',
  lower(context, node) {
    const [v, spikes] = node.inputs as [Value, Value]
    const shape = shapeOf(spikes)
    for (const slab of slabsFor(context, shape)) {
      const numbers = numbersOf(spikes, slabImages(shape, slab).count, node.attributes)
      context.dispatch({
        kernel: inhibit,
        views: {
          v: context.view(v, slab),
          spikes: context.view(spikes, slab),
          w: context.view(node.outputs[0] as Value, slab),
        },
        parameters: numbers,
        invocations: numbers.invocations,
        cost: { flops: 3 * numbers.invocations },
      })
    }
  },
  adjoint(context, node) {
    const [v, spikes] = node.inputs as [Value, Value]
    const dw = context.gradientOf(node.outputs[0] as Value)
    if (!dw) return
    if (context.wanted(spikes))
      context.contribute(spikes, (into) => {
        const ds = into
          ? context.alias(into, `d ${spikes.label}`)
          : context.activation('f32', shapeOf(spikes), `d ${spikes.label}`)
        const attributes = { ...node.attributes, accumulate: into !== null }
        context.emit(inhibitionGradientOp, [dw, spikes, ...(into ? [into] : [])], [ds], attributes)
        return ds
      })
    context.share(v, dw)
  },
}

/** Inputs: dw, spikes, (ds so far). */
const inhibitionGradientOp: OpDefinition<InhibitionAttributes & { readonly accumulate: boolean }> = {
  name: 'lateralInhibitionGradient',
  lower(context, node) {
    const [dw, spikes] = node.inputs as [Value, Value]
    const shape = shapeOf(spikes)
    for (const slab of slabsFor(context, shape)) {
      const numbers = numbersOf(spikes, slabImages(shape, slab).count, node.attributes)
      context.dispatch({
        kernel: inhibitGradient,
        flags: { ACCUMULATE: node.attributes.accumulate },
        views: {
          dw: context.view(dw, slab),
          spikes: context.view(spikes, slab),
          ds: context.view(node.outputs[0] as Value, slab),
        },
        parameters: numbers,
        invocations: numbers.invocations,
        cost: { flops: 3 * numbers.invocations },
      })
    }
  },
}

/**
 * Lateral inhibition (sheet 12, section 3.6): w = v − strength·(max over channels of s − s), channels of one pixel. For a
 * competition of all neurons of a layer, flatten it first.
 * @param membrane f32 `[T, B, C, H, W]` after the reset @param spikes of the same shape
 * @returns the membrane that the next step begins with
 * @throws ShapeError when the two differ in shape, OptionError when the strength is not a finite number
 */
export function traceLateralInhibition(tracer: Tracer, membrane: Value, spikes: Value, strength: number): Value {
  const shape = shapeOf(spikes)
  if (!Number.isFinite(strength))
    throw new OptionError('lateralInhibition.strength', `must be a finite number; got ${strength}.`)
  const same = Object.entries(shape).every(([axis, size]) => shapeOf(membrane)[axis as keyof typeof shape] === size)
  if (!same || spikes.dtype !== 'spikes')
    throw new ShapeError(
      'lateralInhibition',
      'needs spikes and a membrane of one shape, so neurons whose only state is the membrane.',
    )
  const w = tracer.activation('f32', shape, 'inhibited membrane')
  tracer.emit(inhibitionOp, [membrane, spikes], [w], { strength })
  return w
}
