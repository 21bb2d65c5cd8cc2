/** Axonal delays: each channel arrives a whole number of steps later (sheet 12, section 3.6). */
import { OptionError, ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import {
  type LoweringContext,
  neuronsOf,
  type OpDefinition,
  shapeOf,
  slabsFor,
  type Tracer,
  type Value,
  wordsOf,
} from './op.js'

const delayKernel = defineKernel({
  shader: 'time/delay',
  bindings: { x: 'read', delays: 'read', y: 'write' },
  parameters: {
    invocations: 'u32',
    batch: 'u32',
    neurons: 'u32',
    channels: 'u32',
    wordsPerImage: 'u32',
    targetFirst: 'i32',
    sourceFirst: 'i32',
    sourceSteps: 'i32',
    sign: 'i32',
    bitsPerWord: 'u32',
  },
  flags: { SPIKES: false, ACCUMULATE: false },
  workgroupSize: 64,
})

interface DelayAttributes {
  /** The longest delay, in steps. */
  readonly longest: number
}

/** Moves x along time into y: by the delays, or against them in the backward pass. */
function lowerDelay(
  context: LoweringContext,
  x: Value,
  delays: Value,
  y: Value,
  options: DelayAttributes & { readonly sign: 1 | -1; readonly accumulate: boolean },
): void {
  const shape = shapeOf(y)
  const spikes = y.dtype === 'spikes'
  const { longest, sign, accumulate } = options
  const slabs = slabsFor(context, shape)
  for (const target of slabs) {
    let adding = accumulate
    for (const source of slabs) {
      // steps of the source that this target may look at
      const [first, last] =
        sign > 0 ? [target.firstStep - longest, target.firstStep] : [target.firstStep, target.firstStep + longest]
      const reached = source.firstStep <= last + target.steps - 1 && source.firstStep + source.steps > first
      if (!reached) continue
      const perStep = shape.batch * (spikes ? wordsOf(shape) : neuronsOf(shape))
      const invocations = target.steps * perStep
      context.dispatch({
        kernel: delayKernel,
        flags: { SPIKES: spikes, ACCUMULATE: adding },
        views: { x: context.view(x, source), delays: context.view(delays), y: context.view(y, target) },
        parameters: {
          invocations,
          batch: shape.batch,
          neurons: neuronsOf(shape),
          channels: shape.channels,
          wordsPerImage: wordsOf(shape),
          targetFirst: target.firstStep,
          sourceFirst: source.firstStep,
          sourceSteps: source.steps,
          sign,
          bitsPerWord: 32,
        },
        invocations,
      })
      adding = true
    }
  }
}

/** Inputs: x, delays. */
const delayOp: OpDefinition<DelayAttributes> = {
  name: 'delay',
  recomputable: true,
  lower(context, node) {
    const [x, delays] = node.inputs as [Value, Value]
    const options = { ...node.attributes, sign: 1 as const, accumulate: false }
    lowerDelay(context, x, delays, node.outputs[0] as Value, options)
  },
  adjoint(context, node) {
    const [x, delays] = node.inputs as [Value, Value]
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy || !context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
      const attributes = { ...node.attributes, accumulate: into !== null }
      context.emit(delayGradientOp, [dy, delays, ...(into ? [into] : [])], [dx], attributes)
      return dx
    })
  },
}

/** Inputs: dy, delays, (dx so far). */
const delayGradientOp: OpDefinition<DelayAttributes & { readonly accumulate: boolean }> = {
  name: 'delayGradient',
  lower(context, node) {
    const [dy, delays] = node.inputs as [Value, Value]
    lowerDelay(context, dy, delays, node.outputs[0] as Value, { ...node.attributes, sign: -1 })
  },
}

/**
 * y[t, c] = x[t − delay(c), c], nothing before the sequence begins.
 * @param x `[T, B, C, H, W]`, spikes or f32 @param delays f32 `[C]`, whole steps from 0 to `longest`
 * @returns the same kind and shape; what would arrive after the last step is lost
 * @throws ShapeError when there is not one delay a channel, OptionError when `longest` is not a whole number
 */
export function traceDelay(tracer: Tracer, x: Value, delays: Value, longest: number): Value {
  const shape = shapeOf(x)
  if (delays.elements !== shape.channels)
    throw new ShapeError('delay', `needs one delay for each of ${shape.channels} channels; got ${delays.elements}.`)
  if (!Number.isInteger(longest) || longest < 0)
    throw new OptionError('delay.longest', `must be a whole number of steps; got ${longest}.`)
  const y = tracer.activation(x.dtype === 'spikes' ? 'spikes' : 'f32', shape, `late ${x.label}`)
  tracer.emit(delayOp, [x, delays], [y], { longest })
  return y
}
