/**
 * Encoders of real values into spikes in closed form. None has a gradient: they stand before the first layer. Inputs outside [0, 1] and NaN never fire; they are counted, and `Program.faults` tells of them.
 */
import { OptionError, ShapeError } from '../errors.js'
import { checkTimeSteps, wordParameters } from './encode-extent.js'
import { closedFormKernel, leastKernel, weighKernel } from './encode-kernels.js'
import { fillKernel } from './fill.js'
import {
  faultSlot,
  type LoweringContext,
  neuronsOf,
  type OpDefinition,
  shapeOf,
  type Tracer,
  type Value,
  wordsOf,
} from './op.js'

/** A code in closed form, with its numbers. */
export type ClosedFormCode =
  | { readonly code: 'latency'; readonly form?: 'linear' | 'log'; readonly cutoff?: number }
  | {
      readonly code: 'latency'
      readonly form: 'threshold'
      /** Time constant in steps, above 0; default 1. */
      readonly tau?: number
      /** In (0, 1); default 0.01. */
      readonly theta?: number
      /** Stretches times so that the latest of the whole batch is the last step; default false. */
      readonly normalise?: boolean
      /** Elements below theta are silent; default false. */
      readonly drop?: boolean
    }
  | { readonly code: 'ttfs' }
  | {
      readonly code: 'phase'
      /** K, bits of a value and steps of a period, 1..24. */
      readonly bits: number
    }
  | {
      readonly code: 'burst'
      /** Spikes of the largest value; default 5. */
      readonly most?: number
      /** Steps between spikes at 1 and at 0; defaults 2 and T. */
      readonly shortest?: number
      readonly longest?: number
    }

/** Codes as the kernel numbers them, with all its numbers. */
function kernelNumbers(code: ClosedFormCode, timeSteps: number) {
  const none = { cutoff: 0, floor: 0, tau: 1, theta: 0.01, bits: 1, most: 1, shortest: 1, longest: 1 }
  if (code.code === 'ttfs') return { number: 3, numbers: none }
  if (code.code === 'phase') return { number: 4, numbers: { ...none, bits: code.bits } }
  if (code.code === 'burst') {
    const { most = 5, longest = timeSteps, shortest = Math.min(2, longest) } = code
    return { number: 5, numbers: { ...none, most, shortest, longest } }
  }
  if (code.form === 'threshold') {
    const { tau = 1, theta = 0.01, drop = false } = code
    return { number: 2, numbers: { ...none, tau, theta, cutoff: drop ? theta : 0 } }
  }
  const cutoff = code.cutoff ?? 0
  if (code.form === 'log') return { number: 1, numbers: { ...none, cutoff, floor: Math.exp(1 - timeSteps) } }
  return { number: 0, numbers: { ...none, cutoff } }
}

const isNormalised = (code: ClosedFormCode): boolean =>
  code.code === 'latency' && code.form === 'threshold' && code.normalise === true

const closedForm: OpDefinition<ClosedFormCode> = {
  name: 'closedFormEncode',
  lower(context, node) {
    const [x] = node.inputs as [Value]
    const [spikes, faults] = node.outputs as [Value, Value]
    const shape = shapeOf(spikes)
    const { number, numbers } = kernelNumbers(node.attributes, shape.steps)
    const normalised = isNormalised(node.attributes)
    const least = normalised ? leastOf(context, x, numbers.theta) : context.unused(0)
    for (const slab of context.slabs) {
      const parameters = wordParameters(shape, slab)
      context.dispatch({
        kernel: closedFormKernel,
        flags: { CODE: number, NORMALISE: normalised },
        views: { x: context.view(x), least, spikes: context.view(spikes, slab), faults: context.view(faults) },
        parameters: { ...parameters, firstStep: slab.firstStep, total: shape.steps, ...numbers },
        invocations: parameters.invocations,
        cost: { flops: (10 + slab.steps) * shape.batch * neuronsOf(shape) },
      })
    }
  },
}

/** Memory with the smallest distance to theta of all elements. */
function leastOf(context: LoweringContext, x: Value, theta: number) {
  const least = context.scratch(1)
  const invocations = shapeOf(x).batch * neuronsOf(shapeOf(x))
  // bits of the largest float: more than any distance
  context.dispatch({
    kernel: fillKernel,
    views: { y: least },
    parameters: { invocations: 1, value: 0x7f7fffff },
    invocations: 1,
  })
  context.dispatch({
    kernel: leastKernel,
    views: { x: context.view(x), least },
    parameters: { invocations, theta },
    invocations,
    cost: { flops: 2 * invocations },
  })
  return least
}

/** @throws OptionError naming the number that is out of range */
function checkCode(code: ClosedFormCode, timeSteps: number): void {
  const { cutoff, tau, theta, bits, most, shortest, longest } = kernelNumbers(code, timeSteps).numbers
  const require = (name: string, must: string, holds: boolean, got: number) => {
    if (!holds) throw new OptionError(`${code.code}.${name}`, `must be ${must}; got ${got}.`)
  }
  const whole = (name: string, value: number, least: number, greatest: number) =>
    require(name, `a whole number from ${least} to ${greatest}`, Number.isInteger(value) &&
      value >= least &&
      value <= greatest, value)
  require('cutoff', 'from 0 to 1', cutoff >= 0 && cutoff <= 1, cutoff)
  require('tau', 'a positive number of steps', tau > 0 && Number.isFinite(tau), tau)
  require('theta', 'between 0 and 1', theta > 0 && theta < 1, theta)
  whole('bits', bits, 1, 24)
  whole('most', most, 1, 65535)
  whole('shortest', shortest, 1, 65534)
  whole('longest', longest, shortest, 65534)
}

/**
 * A code whose spikes follow from the value and the step alone: latency, time to first spike, phase or burst (sheet 12,
 * section 3.5).
 *
 * @param x `[1, B, C, H, W]` in [0, 1]
 * @returns spikes `[T, B, C, H, W]`
 * @throws OptionError when a number is out of range, ShapeError when x changes from step to step
 */
export function traceClosedFormEncode(
  tracer: Tracer,
  x: Value,
  code: ClosedFormCode,
  timeSteps: number,
  label: string = code.code,
): Value {
  checkTimeSteps(code.code, timeSteps)
  checkCode(code, timeSteps)
  const input = shapeOf(x)
  if (input.steps !== 1)
    throw new ShapeError(code.code, `encodes values that stay the same; the input has ${input.steps} steps.`)
  const spikes = tracer.activation('spikes', { ...input, steps: timeSteps }, label)
  tracer.emit(closedForm, [x], [spikes, faultSlot(tracer, label)], code)
  return spikes
}

/** Amplitudes of spikes by step: `ttfs` 1 / (t + 1); a number K: 2^-(1 + t mod K). */
export type StepWeights = 'ttfs' | number

const weigh: OpDefinition<StepWeights> = {
  name: 'weighSpikes',
  lower(context, node) {
    const [spikes] = node.inputs as [Value]
    const y = node.outputs[0] as Value
    const shape = shapeOf(y)
    const weights = node.attributes
    for (const slab of context.slabs) {
      const invocations = slab.steps * shape.batch * neuronsOf(shape)
      context.dispatch({
        kernel: weighKernel,
        flags: { PHASE: weights !== 'ttfs' },
        views: { spikes: context.view(spikes, slab), y: context.view(y, slab) },
        parameters: {
          invocations,
          batch: shape.batch,
          neurons: neuronsOf(shape),
          words: wordsOf(shape),
          firstStep: slab.firstStep,
          bits: weights === 'ttfs' ? 1 : weights,
        },
        invocations,
        cost: { flops: invocations },
      })
    }
  },
}

/** Spikes `[T, B, C, H, W]` as real values with an amplitude for each step. */
export function traceWeighSpikes(
  tracer: Tracer,
  spikes: Value,
  weights: StepWeights,
  label = 'weighted spikes',
): Value {
  const y = tracer.activation('f32', shapeOf(spikes), label)
  tracer.emit(weigh, [spikes], [y], weights)
  return y
}
