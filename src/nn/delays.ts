/** Delays as layers: of channels, and of single synapses. */
import { OptionError, ShapeError } from '../errors.js'
import { traceCombine } from '../ops/combine.js'
import { traceDelay } from '../ops/delay.js'
import { traceMask } from '../ops/made-weights.js'
import { neuronsOf, shapeOf } from '../ops/op.js'
import { traceLinear } from '../ops/synapse.js'
import { traceRepeatSteps } from '../ops/time-sums.js'
import { deriveSeed, philoxFill, RandomStream, type Seed } from '../runtime/philox.js'
import type { Layer } from './layers.js'
import { fanInUniform } from './parameters.js'
import { onePixel, recordWork } from './synapses.js'

/**
 * Axonal delays: channel c of spikes or currents `[T, B, C, H, W]` arrives `steps[c]` whole steps later, or all channels
 * the same. Nothing arrives before the sequence begins; what would arrive after its end is lost. Delays are not trained;
 * they stand beside the weights as the state `delays`.
 * @throws OptionError unless every delay is a whole number of steps, ShapeError when there is not one a channel
 */
export function delay(steps: number | readonly number[]): Layer {
  const list = typeof steps === 'number' ? [steps] : steps
  for (const value of list) {
    if (!Number.isInteger(value) || value < 0)
      throw new OptionError('delay.steps', `must be whole numbers of steps, 0 or more; got ${value}.`)
  }
  return (scope, input) => {
    const x = input.dtype === 'spikes' ? input : traceRepeatSteps(scope.graph, input, scope.timeSteps)
    const { channels } = shapeOf(x)
    if (list.length !== 1 && list.length !== channels)
      throw new ShapeError('delay', `needs one delay, or one for each of ${channels} channels; got ${list.length}.`)
    const delays = scope.state('delays', [channels], { kind: 'rows', values: list })
    return traceDelay(scope.graph, x, delays, Math.max(...list))
  }
}

/** Whole steps for each synapse of a linear layer, `[inputs, outputs]`. */
export type SynapticDelays = (inputs: number, outputs: number) => ArrayLike<number>

/** Delays from 0 to `longest`, all as likely. @throws OptionError unless `longest` is a whole number from 0 */
export function randomDelays(longest: number, seed: number | Seed = 0): SynapticDelays {
  if (!Number.isInteger(longest) || longest < 0)
    throw new OptionError('randomDelays.longest', `must be a whole number of steps, 0 or more; got ${longest}.`)
  return (inputs, outputs) =>
    philoxFill(deriveSeed(seed), RandomStream.connectivity, 3, 0, inputs * outputs).map((word) => word % (longest + 1))
}

/** Delays of a layer, checked, and which there are. */
function distinctDelays(delays: SynapticDelays, inputs: number, outputs: number) {
  const list = Array.from(delays(inputs, outputs))
  if (list.length !== inputs * outputs)
    throw new ShapeError(
      'delayedLinear',
      `needs a delay for each of ${inputs}x${outputs} synapses; got ${list.length}.`,
    )
  const wrong = list.find((value) => !Number.isInteger(value) || value < 0)
  if (wrong !== undefined)
    throw new OptionError('delayedLinear.delays', `must be whole numbers of steps, 0 or more; got ${wrong}.`)
  return { list, distinct: [...new Set(list)].sort((a, b) => a - b) }
}

/**
 * Fully connected layer whose synapses each have a delay of their own: I[t, o] = sum over i of w[i, o] s[t − d[i, o], i].
 * Spikes or currents `[T, B, C, 1, 1]` to currents `[T, B, outputs, 1, 1]`. Weights are trained, delays are not. Work
 * grows with the number of different delays: each is a product with the weights that have it.
 * @throws OptionError unless delays are whole steps, ShapeError when there is not one a synapse, or more than one pixel
 */
export function delayedLinear(
  outputs: number,
  options: { readonly delays: SynapticDelays; readonly bias?: boolean },
): Layer {
  return (scope, input) => {
    onePixel('delayedLinear', shapeOf(input))
    const x = input.dtype === 'spikes' ? input : traceRepeatSteps(scope.graph, input, scope.timeSteps)
    const inputs = neuronsOf(shapeOf(x))
    const { list, distinct } = distinctDelays(options.delays, inputs, outputs)
    const dimensions = [1, 1, inputs, outputs]
    const weights = scope.parameter('weight', dimensions, fanInUniform(inputs))
    const bias = (options.bias ?? true) ? scope.parameter('bias', [outputs], fanInUniform(inputs)) : null
    recordWork(scope, x, inputs * outputs)
    const edges = distinct.map((steps, index) => {
      const part = scope.child(`late${steps}`)
      const values = list.map((own) => Number(own === steps))
      const own = traceMask(scope.graph, weights, part.state('mask', dimensions, { kind: 'rows', values }))
      const late = steps === 0 ? x : delay(steps)(part, x)
      return { x: traceLinear(scope.graph, late, own, outputs, index === 0 ? bias : null) }
    })
    return traceCombine(scope.graph, edges, 'late currents')
  }
}
