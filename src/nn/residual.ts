/** Residual blocks of spiking networks: what is added, and before or after the neurons (sheet 12, section 3.6). */
import { traceCombine } from '../ops/combine.js'
import { traceUnpack } from '../ops/concatenate.js'
import { traceSpikeLogic } from '../ops/spike-logic.js'
import { identity, type Layer, residual, sequential } from './layers.js'

/** How a spike-element-wise block joins its branch a with its shortcut x. */
export type SewConnection = 'add' | 'and' | 'iand'

/**
 * Spike-element-wise block (SEW-ResNet): a = branch(x), which must end in neurons, joined with the shortcut's spikes.
 * `add` gives the real values a + x, 0 to 2 and more in a stack; `and` gives the spikes a AND x; `iand` (NOT a) AND x.
 * @param shortcut for a block that changes sides or channels; it must end in neurons too
 * @throws ShapeError when branch and shortcut differ in shape, or `and` and `iand` meet real values
 */
export const sew =
  (branch: Layer, connection: SewConnection = 'add', shortcut: Layer = identity()): Layer =>
  (scope, x) => {
    const a = branch(scope.child('branch'), x)
    const kept = shortcut(scope.child('shortcut'), x)
    return connection === 'add'
      ? traceCombine(
          scope.graph,
          [{ x: traceUnpack(scope.graph, a) }, { x: traceUnpack(scope.graph, kept) }],
          'sew sum',
        )
      : traceSpikeLogic(scope.graph, connection, a, kept)
  }

/** Spiking residual block: currents of branch and shortcut are added, and the neurons fire on the sum. */
export const spikingResidual = (branch: Layer, neuron: Layer, shortcut: Layer = identity()): Layer =>
  sequential(residual(branch, shortcut), neuron)

/**
 * Membrane-shortcut block (MS-ResNet, sheet 09): the branch begins with neurons and ends in a current; the block's real
 * input is added untouched, and no neuron stands behind the sum.
 */
export const membraneShortcut = (branch: Layer, shortcut: Layer = identity()): Layer => residual(branch, shortcut)
