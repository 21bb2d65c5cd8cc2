/** Networks that read their own spikes of the step before: they go through time step by step (sheet 12, section 3.6). */
import { OptionError, ShapeError } from '../errors.js'
import { traceCombine } from '../ops/combine.js'
import { traceLateralInhibition } from '../ops/lateral-inhibition.js'
import { defaultLif, lifNeuron } from '../ops/lif.js'
import { traceNeurons } from '../ops/neuron/neuron.js'
import { learnedRows, type Neuron } from '../ops/neuron/resolve.js'
import { shapeOf, type Value } from '../ops/op.js'
import { traceJoinSteps, traceSplitSteps } from '../ops/time-steps.js'
import type { Layer } from './layers.js'
import type { Scope } from './scope.js'
import { depthwiseConv2d } from './synapses.js'

export interface RecurrentOptions {
  /** From the input to a current `[T, B, C, H, W]`, all steps at once; default: the input is the current. */
  readonly input?: Layer
  /** From the spikes of the step before to a current of the same shape, for example a linear layer or a convolution. */
  readonly feedback?: Layer
  /** Default: a LIF neuron. Its learned numbers, if any, must not differ from step to step. */
  readonly neuron?: Neuron
  /** After each step, channels that did not spike at a pixel where another did lose so much membrane; default 0. */
  readonly inhibition?: number
}

/** Learned numbers of the neuron, one parameter for all steps. */
function neuronWeights(scope: Scope, neuron: Neuron, channels: number): Value | null {
  const rows = learnedRows(neuron, 1)
  if (learnedRows(neuron, 2).length !== rows.length)
    throw new OptionError(
      'recurrent.neuron',
      `${neuron.definition.name} learns a number for each step.`,
      'Choose another.',
    )
  if (rows.length === 0) return null
  const shape = neuron.perChannel ? [rows.length, channels] : [rows.length]
  return scope.parameter('neuron', shape, { kind: 'rows', values: rows.map(({ initial }) => initial) })
}

/** One step: what the neurons emit, and the states they begin the next one with. */
function traceStep(
  scope: Scope,
  current: Value,
  neuron: Neuron,
  state: Value | null,
  weights: Value | null,
  inhibition: number,
): { spikes: Value; state: Value | null } {
  const { spikes, finalState } = traceNeurons(scope.graph, current, neuron, {
    timeSteps: 1,
    keepState: true,
    ...(state ? { initialState: state } : {}),
    ...(weights ? { weights } : {}),
  })
  if (!spikes)
    throw new OptionError(
      'recurrent.neuron',
      `${neuron.definition.name} does not fire, so it has nothing to feed back.`,
    )
  const inhibited =
    inhibition !== 0 && finalState ? traceLateralInhibition(scope.graph, finalState, spikes, inhibition) : finalState
  return { spikes, state: inhibited }
}

/** The current of each step; one that is the same at every step stays one value. */
function currentsOf(scope: Scope, current: Value): Value[] {
  const { steps } = shapeOf(current)
  if (steps === 1) return Array.from({ length: scope.timeSteps }, () => current)
  if (steps !== scope.timeSteps)
    throw new ShapeError('recurrent', `needs a current of ${scope.timeSteps} steps, or of one; got ${steps}.`)
  return traceSplitSteps(scope.graph, current)
}

/**
 * I[t] = input(x)[t] + feedback(s[t − 1]), s[t] = neuron(I[t]), s[−1] = 0; differentiated through time, feedback and
 * membrane included. Spikes or currents `[T, B, ...]` to spikes `[T, B, C, H, W]`.
 * @throws ShapeError when feedback and current differ in shape, OptionError when the neuron cannot go step by step
 */
export function recurrent(options: RecurrentOptions): Layer {
  const { feedback, neuron = lifNeuron(defaultLif), inhibition = 0 } = options
  if (!Number.isFinite(inhibition))
    throw new OptionError('recurrent.inhibition', `must be a finite number; got ${inhibition}.`)
  if (neuron.definition.inputs)
    throw new OptionError('recurrent.neuron', `${neuron.definition.name} has several inputs.`, 'Choose another.')
  return (scope, x) => {
    const current = options.input ? options.input(scope.child('input'), x) : x
    if (current.dtype === 'spikes')
      throw new ShapeError('recurrent', 'needs a current, not spikes.', 'Give it an input layer, such as linear().')
    const weights = neuronWeights(scope, neuron, shapeOf(current).channels)
    // the feedback runs once a step and is recorded as one synapse below
    const silent = scope.child('feedback').unrecorded()
    const steps: Value[] = []
    let state: Value | null = null
    for (const own of currentsOf(scope, current)) {
      const last = steps.at(-1)
      const total: Value =
        last && feedback ? traceCombine(scope.graph, [{ x: own }, { x: feedback(silent, last) }], 'current') : own
      const step = traceStep(scope, total, neuron, state, weights, inhibition)
      state = step.state
      steps.push(step.spikes)
    }
    const spikes = traceJoinSteps(scope.graph, steps, 'recurrent spikes')
    scope.record(spikes)
    const macs = silent.convolutions.reduce((sum, record) => sum + record.macs, 0) / Math.max(1, steps.length - 1)
    if (macs > 0) scope.child('feedback').recordConvolution({ macs, source: spikes, constant: false })
    return spikes
  }
}

/** Element-wise recurrence: each channel feeds back on itself alone, with a weight of its own, uniform in ±1 at first. */
export const elementwiseFeedback = (): Layer => depthwiseConv2d({ kernel: 1 })
