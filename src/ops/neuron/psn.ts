/**
 * The parallel spiking neuron (sheet 12, section 3.2): no recurrence, every step sees all steps through a learned matrix,
 * H = W X + b, s = 1 where H >= 0. It needs the whole sequence at once.
 */
import { LimitError, OptionError } from '../../errors.js'
import { defineKernel } from '../../runtime/kernel.js'
import {
  type ActivationShape,
  ceilDivide,
  type LoweringContext,
  neuronsOf,
  type OpDefinition,
  shapeOf,
  type Tracer,
  type Value,
  wordsOf,
} from '../op.js'
import { maxStepsPerSlab, parameterSums } from './kernels.js'
import { resolveSurrogate, type Surrogate, type SurrogateOption, surrogateShader } from './surrogate.js'

const forward = defineKernel({
  shader: 'neuron/psn_forward',
  bindings: { x: 'read', weights: 'read', spikes: 'write' },
  parameters: { invocations: 'u32', steps: 'u32', batch: 'u32', words: 'u32', group: 'u32', perSample: 'u32' },
  flags: { VEC: true, STRICT: false },
  workgroupSize: 64,
})

const backward = defineKernel({
  name: 'neuron/psn_backward',
  shader: 'neuron/psn_backward',
  bindings: { x: 'read', weights: 'read', dy: 'read', gh: 'write', dx: 'write' },
  parameters: { invocations: 'u32', steps: 'u32', alpha: 'f32', alpha1: 'f32', alpha2: 'f32', alpha3: 'f32' },
  flags: {
    VEC: true,
    SURROGATE: surrogateShader('atan'),
    LEARN_WIDTH: false,
    INPUT_GRADIENT: true,
    ACCUMULATE: false,
  },
  workgroupSize: 64,
})

const weightGradient = defineKernel({
  shader: 'neuron/psn_weight_gradient',
  bindings: { gh: 'read', x: 'read', partial: 'write' },
  parameters: { invocations: 'u32', steps: 'u32', neurons: 'u32', perChunk: 'u32', chunks: 'u32' },
  flags: {},
  workgroupSize: 64,
})

export interface Psn {
  readonly surrogate: Surrogate
  /** Fires only above 0. */
  readonly strict: boolean
}

export interface PsnOptions {
  readonly surrogate?: SurrogateOption
  readonly strict?: boolean
}

/** @throws OptionError on a surrogate that is unknown or out of range, or one with a learned width */
export function resolvePsn({ surrogate = 'atan', strict = false }: PsnOptions = {}): Psn {
  const resolved = resolveSurrogate('psn.surrogate', surrogate, undefined)
  if (resolved.learn) throw new OptionError('psn.surrogate.learn', 'is not possible for this neuron.')
  return { surrogate: resolved, strict }
}

/** One slab: every step depends on all. @throws LimitError when the sequence was cut */
function checkWhole(context: LoweringContext, steps: number): void {
  if (steps > 1 && context.slabs.length > 1)
    throw new LimitError(
      'psn',
      `needs its ${steps} steps in one binding, and they were cut into ${context.slabs.length} slabs.`,
      'Use a smaller batch or fewer channels.',
    )
}

const lanes = (shape: ActivationShape) => {
  const vector = neuronsOf(shape) % 4 === 0
  return { vector, perSample: vector ? neuronsOf(shape) / 4 : neuronsOf(shape) }
}

const psnOp: OpDefinition<Psn> = {
  name: 'psn',
  lower(context, { inputs, outputs, attributes }) {
    const [x, weights] = inputs as [Value, Value]
    const [spikes] = outputs as [Value]
    const shape = shapeOf(spikes)
    checkWhole(context, shape.steps)
    const { vector, perSample } = lanes(shape)
    const words = wordsOf(shape)
    const invocations = shape.batch * words
    context.dispatch({
      kernel: forward,
      flags: { VEC: vector, STRICT: attributes.strict },
      views: { x: context.view(x), weights: context.view(weights), spikes: context.view(spikes) },
      parameters: { invocations, steps: shape.steps, batch: shape.batch, words, group: vector ? 8 : 32, perSample },
      invocations,
      cost: { flops: 2 * shape.steps ** 2 * shape.batch * neuronsOf(shape) },
    })
  },
  adjoint(context, { inputs, outputs, attributes }) {
    const [x, weights] = inputs as [Value, Value]
    const dy = context.gradientOf(outputs[0] as Value)
    if (!dy) return
    let place: { gradient: Value; accumulate: boolean } | null = null
    context.contributeParameter(weights, (gradient, accumulate) => {
      place = { gradient, accumulate }
    })
    const emit = (dx: Value | null, into: Value | null) => {
      const found = place as { gradient: Value; accumulate: boolean } | null
      context.emit(
        psnGradient,
        [context.saved(x), weights, dy, ...(into ? [into] : [])],
        [...(dx ? [dx] : []), ...(found ? [found.gradient] : [])],
        {
          ...attributes,
          input: dx !== null,
          accumulate: into !== null,
          learns: found !== null,
          accumulateWeights: found?.accumulate ?? false,
        },
      )
    }
    if (context.wanted(x))
      context.contribute(x, (into) => {
        const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
        emit(dx, into)
        return dx
      })
    else if (place) emit(null, null)
  },
}

interface PsnGradient extends Psn {
  readonly input: boolean
  readonly accumulate: boolean
  readonly learns: boolean
  readonly accumulateWeights: boolean
}

const psnGradient: OpDefinition<PsnGradient> = {
  name: 'psnGradient',
  lower(context, { inputs, outputs, attributes }) {
    const [x, weights, dy] = inputs as [Value, Value, Value]
    const shape = shapeOf(x)
    checkWhole(context, shape.steps)
    const { vector, perSample } = lanes(shape)
    const { steps, batch } = shape
    const invocations = batch * perSample
    const [alpha, alpha1, alpha2, alpha3] = attributes.surrogate.numbers
    const neurons = batch * neuronsOf(shape)
    const gh = context.scratch(steps * neurons)
    const views = { x: context.view(x), weights: context.view(weights), dy: context.view(dy), gh }
    context.dispatch({
      kernel: backward,
      flags: {
        VEC: vector,
        SURROGATE: surrogateShader(attributes.surrogate.name),
        INPUT_GRADIENT: attributes.input,
        ACCUMULATE: attributes.accumulate,
      },
      views: { ...views, dx: attributes.input ? context.view(outputs[0] as Value) : context.unused(0) },
      parameters: { invocations, steps, alpha, alpha1, alpha2, alpha3 },
      invocations,
      cost: { flops: 4 * steps ** 2 * neurons },
    })
    if (!attributes.learns) return
    const entries = steps * (steps + 1)
    const perChunk = Math.ceil(Math.sqrt(neurons))
    const chunks = ceilDivide(neurons, perChunk)
    const partial = context.scratch(entries * chunks)
    context.dispatch({
      kernel: weightGradient,
      views: { gh, x: context.view(x), partial },
      parameters: { invocations: entries * chunks, steps, neurons, perChunk, chunks },
      invocations: entries * chunks,
      cost: { flops: 2 * entries * neurons },
    })
    context.dispatch({
      kernel: parameterSums,
      flags: { ACCUMULATE: attributes.accumulateWeights },
      views: { x: partial, y: context.view(outputs.at(-1) as Value) },
      parameters: { invocations: entries, rows: chunks, rowsPerChunk: chunks, chunks: 1, columns: 1 },
      invocations: entries,
      cost: { flops: entries * chunks },
    })
  },
}

/**
 * A population of parallel spiking neurons.
 * @param x input `[T, B, C, H, W]`, T at most 40 @param weights `[T, T + 1]`: W, and b in the last column
 * @returns spikes `[T, B, C, H, W]`
 * @throws OptionError when T is not the one that the weights were made for
 */
export function tracePsn(tracer: Tracer, x: Value, weights: Value, psn: Psn, label = 'psn'): Value {
  const shape = shapeOf(x)
  const { steps } = shape
  if (steps > maxStepsPerSlab)
    throw new OptionError('psn.timeSteps', `must be at most ${maxStepsPerSlab}; got ${steps}.`)
  if (weights.elements !== steps * (steps + 1))
    throw new OptionError(
      'psn.timeSteps',
      `must be those its matrix was made for; got ${steps} steps and ${weights.elements} numbers, not ${steps * (steps + 1)}.`,
    )
  const spikes = tracer.activation('spikes', shape, label)
  tracer.emit(psnOp, [x, weights], [spikes], psn)
  return spikes
}
