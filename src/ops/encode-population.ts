/** Population code: each value seen by Gaussian receptive fields (Bohte et al. 2002). */
import { OptionError } from '../errors.js'
import { fieldsGradientKernel, fieldsKernel } from './encode-kernels.js'
import { neuronsOf, type OpDefinition, shapeOf, slabImages, slabsFor, type Tracer, type Value } from './op.js'

export interface PopulationFields {
  /** m fields a value, at least 3. */
  readonly fields: number
  /** Range of the values. */
  readonly low: number
  readonly high: number
  /** Spacing over width of the fields; default 1.5. */
  readonly beta?: number
}

/** Centre of the first field, spacing, and 1 / width: mu_i = low + (2i - 3)/2 (high - low)/(m - 2), i = 1..m. */
function geometry({ fields, low, high, beta = 1.5 }: PopulationFields) {
  const spacing = (high - low) / (fields - 2)
  return { fields, first: low - spacing / 2, spacing, inverseWidth: beta / spacing }
}

/** @throws OptionError naming the number that is out of range */
function checkFields({ fields, low, high, beta = 1.5 }: PopulationFields): void {
  if (!Number.isInteger(fields) || fields < 3 || fields > 4096)
    throw new OptionError('population.fields', `must be a whole number from 3 to 4096; got ${fields}.`)
  if (!Number.isFinite(low) || !Number.isFinite(high) || low >= high)
    throw new OptionError('population.high', `must be above low; got ${low} to ${high}.`)
  if (!(beta > 0 && Number.isFinite(beta)))
    throw new OptionError('population.beta', `must be a positive number; got ${beta}.`)
}

const activation: OpDefinition<PopulationFields> = {
  name: 'populationActivation',
  recomputable: true,
  lower(context, node) {
    const [x] = node.inputs as [Value]
    const act = node.outputs[0] as Value
    const shape = shapeOf(act)
    for (const slab of slabsFor(context, shape)) {
      const invocations = slabImages(shape, slab).count * neuronsOf(shape)
      context.dispatch({
        kernel: fieldsKernel,
        views: { x: context.view(x, slab), act: context.view(act, slab) },
        parameters: { invocations, ...geometry(node.attributes) },
        invocations,
        cost: { flops: 6 * invocations },
      })
    }
  },
  adjoint(context, node) {
    const [x, act] = [node.inputs[0] as Value, node.outputs[0] as Value]
    const dact = context.gradientOf(act)
    if (!dact || !context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
      const inputs = [context.saved(x), dact, ...(into ? [into] : [])]
      context.emit(gradient, inputs, [dx], { ...node.attributes, accumulate: into !== null })
      return dx
    })
  },
}

const gradient: OpDefinition<PopulationFields & { readonly accumulate: boolean }> = {
  name: 'populationGradient',
  lower(context, node) {
    const [x, dact] = node.inputs as [Value, Value]
    const dx = node.outputs[0] as Value
    const shape = shapeOf(dx)
    for (const slab of slabsFor(context, shape)) {
      const invocations = slabImages(shape, slab).count * neuronsOf(shape)
      context.dispatch({
        kernel: fieldsGradientKernel,
        flags: { ACCUMULATE: node.attributes.accumulate },
        views: { x: context.view(x, slab), dact: context.view(dact, slab), dx: context.view(dx, slab) },
        parameters: { invocations, ...geometry(node.attributes) },
        invocations,
        cost: { flops: 9 * invocations * node.attributes.fields },
      })
    }
  },
}

/**
 * Activation of m Gaussian receptive fields a value, differentiable.
 * @param x `[T, B, C, H, W]`
 * @returns `[T, B, C·m, H, W]` in (0, 1], the fields of a channel side by side
 * @throws OptionError when a number is out of range
 */
export function tracePopulation(tracer: Tracer, x: Value, fields: PopulationFields, label = 'receptive fields'): Value {
  checkFields(fields)
  const input = shapeOf(x)
  const act = tracer.activation('f32', { ...input, channels: input.channels * fields.fields }, label)
  tracer.emit(activation, [x], [act], fields)
  return act
}
