/** Delays as a layer. */
import { OptionError, ShapeError } from '../errors.js'
import { traceDelay } from '../ops/delay.js'
import { shapeOf } from '../ops/op.js'
import { traceRepeatSteps } from '../ops/time-sums.js'
import type { Layer } from './layers.js'

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
