/** Rate codes: spikes by chance. No gradient: they stand before the first layer. */
import { OptionError } from '../errors.js'
import { RandomStream, type Seed } from '../runtime/philox.js'
import { checkTimeSteps, wordParameters } from './encode-extent.js'
import { rateKernel } from './encode-kernels.js'
import { faultSlot, neuronsOf, type OpDefinition, shapeOf, type Tracer, type Value } from './op.js'

interface RateAttributes {
  readonly seed: Seed
  readonly signed: boolean
}

const rate: OpDefinition<RateAttributes> = {
  name: 'rateEncode',
  lower(context, node) {
    const [x] = node.inputs as [Value]
    const [y, faults] = node.outputs as [Value, Value]
    const { seed, signed } = node.attributes
    const shape = shapeOf(y)
    const constant = shapeOf(x).steps === 1
    for (const slab of context.slabs) {
      const parameters = wordParameters(shape, slab)
      context.dispatch({
        kernel: rateKernel,
        flags: { SIGNED: signed },
        views: {
          x: context.view(x, slab),
          draw: context.stepUniform('encoder'),
          y: context.view(y, slab),
          faults: context.view(faults),
        },
        parameters: {
          ...parameters,
          inputStep: constant ? 0 : shape.batch * neuronsOf(shape),
          firstStep: slab.firstStep,
          seedLow: seed[0],
          seedHigh: seed[1],
          rounds: 10,
          stream: signed ? RandomStream.signedRateEncoder : RandomStream.rateEncoder,
        },
        invocations: parameters.invocations,
        // ten rounds of Philox a block of four
        cost: { flops: 50 * slab.steps * shape.batch * neuronsOf(shape) },
      })
    }
  },
}

export interface RateOptions {
  /** T; needed when x is the same at every step, else x decides. */
  readonly timeSteps?: number
  /** With the draw and the element it fixes every spike. */
  readonly seed: Seed
}

function trace(tracer: Tracer, x: Value, options: RateOptions, signed: boolean, label: string): Value {
  const where = signed ? 'signedRateEncode' : 'rateEncode'
  const input = shapeOf(x)
  const steps = options.timeSteps ?? input.steps
  checkTimeSteps(where, steps)
  if (input.steps !== 1 && input.steps !== steps)
    throw new OptionError(`${where}.timeSteps`, `the input has ${input.steps} steps; got ${steps}.`)
  const y = tracer.activation(signed ? 'f32' : 'spikes', { ...input, steps }, label)
  tracer.emit(rate, [x], [y, faultSlot(tracer, label)], { seed: options.seed, signed })
  return y
}

/**
 * Rate code ("Poisson"): a spike with probability x at every step, independently. Numbers are those of Philox stream 0;
 * the draw is the first number of step uniform `encoder`, so a host that counts it up has new spikes at every run.
 *
 * @param x `[T or 1, B, C, H, W]` in [0, 1]
 * @returns spikes `[T, B, C, H, W]`
 */
export const traceRateEncode = (tracer: Tracer, x: Value, options: RateOptions, label = 'rate code'): Value =>
  trace(tracer, x, options, false, label)

/**
 * Rate code of values of either sign, as BNTT's networks take it (sheet 16, section 3.5): sign(x) with probability
 * min(1, |x|/2) at every step, else 0. Its numbers are those of a Philox stream of its own.
 *
 * @param x `[T or 1, B, C, H, W]`, finite: an image of mean 0 and deviation 1
 * @returns values -1, 0, 1 `[T, B, C, H, W]`
 */
export const traceSignedRateEncode = (
  tracer: Tracer,
  x: Value,
  options: RateOptions,
  label = 'signed rate code',
): Value => trace(tracer, x, options, true, label)
