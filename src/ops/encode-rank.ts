/** Rank-order code: the largest values of a sample fire first. No gradient: it stands before the first layer. */
import { ShapeError } from '../errors.js'
import { checkTimeSteps, wordParameters } from './encode-extent.js'
import { atStepKernel, rankKernel } from './encode-kernels.js'
import {
  ceilDivide,
  faultSlot,
  neuronsOf,
  type OpDefinition,
  pixelsOf,
  shapeOf,
  type Tracer,
  type Value,
} from './op.js'

export interface RankOrderOptions {
  /** T. */
  readonly timeSteps: number
  /** Each neuron spikes on from its step to the end, as networks of waves take it; default false: once. */
  readonly wave?: boolean
}

const rankOrder: OpDefinition<{ readonly wave: boolean }> = {
  name: 'rankOrderEncode',
  lower(context, node) {
    const [x] = node.inputs as [Value]
    const [spikes, faults] = node.outputs as [Value, Value]
    const shape = shapeOf(spikes)
    const neurons = neuronsOf(shape)
    const groups = ceilDivide(neurons, 16)
    const steps = context.scratch(shape.batch * neurons)
    context.dispatch({
      kernel: rankKernel,
      views: { x: context.view(x), steps, faults: context.view(faults) },
      parameters: {
        invocations: shape.batch * groups,
        neurons,
        channels: shape.channels,
        pixels: pixelsOf(shape),
        groups,
        total: shape.steps,
      },
      invocations: shape.batch * groups,
      cost: { flops: 3 * shape.batch * neurons * neurons },
    })
    for (const slab of context.slabs) {
      const parameters = { ...wordParameters(shape, slab), firstStep: slab.firstStep }
      context.dispatch({
        kernel: atStepKernel,
        flags: { WAVE: node.attributes.wave },
        views: { steps, spikes: context.view(spikes, slab) },
        parameters,
        invocations: parameters.invocations,
        cost: { flops: slab.steps * shape.batch * neurons },
      })
    }
  },
}

/**
 * Rank-order code (sheet 14, section 3.6): positive values of a sample in descending order, equal ones by channel, row and
 * column; the first b fire at step 0, the next b at step 1, b = max(1, floor(positive / T)). Those that are left after T
 * steps, and values of 0 and below, stay silent. Work grows with the square of a sample's values.
 *
 * @param x `[1, B, C, H, W]`, finite
 * @returns spikes `[T, B, C, H, W]`
 * @throws OptionError unless T is a whole number from 1, ShapeError when x changes from step to step
 */
export function traceRankOrderEncode(
  tracer: Tracer,
  x: Value,
  { timeSteps, wave = false }: RankOrderOptions,
  label = 'rank order',
): Value {
  checkTimeSteps('rankOrder', timeSteps)
  const input = shapeOf(x)
  if (input.steps !== 1)
    throw new ShapeError('rankOrder', `encodes values that stay the same; the input has ${input.steps} steps.`)
  const spikes = tracer.activation('spikes', { ...input, steps: timeSteps }, label)
  tracer.emit(rankOrder, [x], [spikes, faultSlot(tracer, label)], { wave })
  return spikes
}
