/** Competition between neurons that lasts for a whole sequence. */
import { traceUnpack } from '../ops/concatenate.js'
import { traceWinnerTakeAll } from '../ops/winner-take-all.js'
import type { Layer } from './layers.js'

/**
 * Winner take all: of the channels of a pixel only the one that fires first keeps its spikes, among several the one whose
 * current is strongest at that step (pointwise inhibition; sheet 14, section 3.6). Currents `[T, B, C, H, W]` to spikes;
 * behind `flatten` all neurons of the layer compete. Competition within a step, by membranes, is `inhibition` of
 * `recurrent`.
 * @param neurons a population that fires
 * @throws ShapeError when it does not
 */
export const winnerTakeAll =
  (neurons: Layer): Layer =>
  (scope, x) => {
    const current = traceUnpack(scope.graph, x)
    const spikes = traceWinnerTakeAll(scope.graph, neurons(scope.unrecorded(), current), current)
    scope.record(spikes)
    return spikes
  }
