/** A population of neurons over all time steps, in one dispatch for each slab; its gradient is in `gradient.ts`. */
import { OptionError } from '../../errors.js'
import { traceCombine } from '../combine.js'
import {
  type ActivationShape,
  type AdjointContext,
  isHalf,
  neuronsOf,
  type OpDefinition,
  shapeOf,
  slabsFor,
  type Tracer,
  type Value,
} from '../op.js'
import { blocksFlag, divisionOf, emittedShape, lanesOf, previousSlab, sequenceNumbers, stateShape } from './extent.js'
import { type GradientInput, type GradientOutput, neuronGradient } from './gradient.js'
import { blockSteps, isReal } from './kernels.js'
import { learnedRows, type Neuron } from './resolve.js'
import { type Roles, rolesOf, valuesOf } from './roles.js'

type NeuronInput = 'x' | 'initial' | 'weights'
type NeuronOutput = 'spikes' | 'y' | 'boundaries' | 'final'

interface NeuronAttributes {
  readonly neuron: Neuron
  readonly timeSteps: number
  readonly roles: Roles<NeuronInput, NeuronOutput>
}

const neuronOp: OpDefinition<NeuronAttributes> = {
  name: 'neuron',
  halves: ({ attributes: { roles } }) => ({ reads: [roles.inputs.indexOf('x')] }),
  lower(context, node) {
    const { neuron, timeSteps } = node.attributes
    const { x, initial, weights, spikes, y, boundaries, final } = valuesOf(node)
    if (!x || !boundaries) throw new Error('a neuron has an input and boundaries')
    const shape = shapeOf((spikes ?? y) as Value)
    const slabs = slabsFor(context, shape)
    const last = slabs.length - 1
    const { kernels, group, forward: invocations } = divisionOf(context, neuron, shape)
    for (const slab of slabs) {
      const start = slab.index === 0 ? initial : boundaries
      const finish = slab.index === last ? final : boundaries
      context.dispatch({
        kernel: kernels.forward,
        label: neuron.definition.name,
        flags: {
          ...neuron.flags,
          VEC: lanesOf(neuron, shape).vector,
          BLOCKS: blocksFlag(slab.steps),
          FULL: slab.steps % blockSteps === 0,
          REAL: isReal(neuron.definition.emits, neuron.soft),
          LOAD_STATE: start !== undefined,
          STORE_STATE: finish !== undefined,
          HALF_IN: isHalf(x),
        },
        views: {
          x: context.view(x, slab),
          spikes: spikes ? context.view(spikes, slab) : context.unused(0),
          y: y ? context.view(y, slab) : context.unused(1),
          start: !start
            ? context.unused(2)
            : slab.index === 0
              ? context.view(start)
              : context.view(start, previousSlab(slab)),
          finish: !finish ? context.unused(3) : slab.index === last ? context.view(finish) : context.view(finish, slab),
          weights: weights ? context.view(weights) : context.unused(4),
        },
        parameters: {
          invocations,
          group,
          ...sequenceNumbers(neuron, shape, slab, shapeOf(x).steps === 1, timeSteps),
        },
        invocations,
        cost: { flops: neuron.definition.flops * slab.steps * shape.batch * neuronsOf(shape) },
      })
    }
  },
  adjoint(context, node) {
    const { x, initial, weights, spikes, y, boundaries, final } = valuesOf(node)
    const { neuron, timeSteps } = node.attributes
    if (!x || !boundaries) throw new Error('a neuron has an input and boundaries')
    const dy = context.gradientOf((y ?? spikes) as Value)
    const dFinal = final ? context.gradientOf(final) : null
    if (!dy && !dFinal) return
    const dWeights = weights ? parameterGradient(context, weights) : null
    const shape = shapeOf((spikes ?? y) as Value)
    const dInitial =
      initial && context.wanted(initial) ? context.activation('f32', stateShape(neuron, shape), 'd state') : null
    const emit = (dx: Value | null, into: Value | null) => {
      const inputs = rolesOf<GradientInput>({
        x: context.saved(x),
        emitted: neuron.flags.GRADED ? y : spikes,
        dy,
        boundaries,
        initial,
        weights,
        dFinal,
        into,
      })
      const outputs = rolesOf<GradientOutput>({ dx, dInitial, dWeights: dWeights?.gradient })
      const roles = { inputs: inputs.names, outputs: outputs.names }
      const attributes = { neuron, timeSteps, shape, accumulateWeights: dWeights?.accumulate ?? false, roles }
      context.emit(neuronGradient, inputs.values, outputs.values, attributes)
    }
    if (context.wanted(x))
      context.contribute(x, (into) => {
        const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
        emit(dx, into)
        return dx
      })
    else if (dWeights || dInitial) emit(null, null)
    if (initial && dInitial)
      context.contribute(initial, (into) =>
        into ? traceCombine(context, [{ x: into }, { x: dInitial }], 'd state') : dInitial,
      )
  },
}

function parameterGradient(context: AdjointContext, weights: Value): { gradient: Value; accumulate: boolean } | null {
  let place: { gradient: Value; accumulate: boolean } | null = null
  context.contributeParameter(weights, (gradient, accumulate) => {
    place = { gradient, accumulate }
  })
  return place
}

export interface NeuronTraceOptions {
  /** T; needed when x is constant (one step), else x decides. */
  readonly timeSteps?: number
  /** `[K]` learned numbers, or `[K, C]` per channel: needed where the neuron has some. */
  readonly weights?: Value
  /** `[S, B, C, H, W]` states before the first step, in the order of the definition; default: each state's own. */
  readonly initialState?: Value
  /** Also return the states after the last step: single-step execution keeps them between runs. */
  readonly keepState?: boolean
}

export interface TracedNeurons {
  /** What the neurons emit `[T, B, C, H, W]`: spikes, or real values. */
  readonly output: Value
  /** Spikes `[T, B, C, H, W]`; null for neurons that do not fire. */
  readonly spikes: Value | null
  /** `[S, B, C, H, W]` after the last step, where asked for. */
  readonly finalState: Value | null
}

/**
 * A population of neurons.
 * @param x input `[T, B, C, H, W]`, or `[1, ...]` repeated for `timeSteps` steps; of a neuron with several inputs
 * `[T, inputs·B, C, H, W]`
 * @throws OptionError when steps or learned numbers do not fit
 */
export function traceNeurons(
  tracer: Tracer,
  x: Value,
  neuron: Neuron,
  options: NeuronTraceOptions = {},
  label = neuron.definition.name,
): TracedNeurons {
  const { name } = neuron.definition
  const input = shapeOf(x)
  const timeSteps = options.timeSteps ?? input.steps
  if (input.steps !== 1 && input.steps !== timeSteps)
    throw new OptionError(`${name}.timeSteps`, `the input has ${input.steps} steps; got ${timeSteps}.`)
  const shape = emittedShape(neuron, input, timeSteps)
  if (!Number.isInteger(shape.batch))
    throw new OptionError(
      `${name}.inputs`,
      `must stand one after the other in the batch: ${neuron.definition.inputs?.join(', ')}; got a batch of ${input.batch}.`,
      'Join them with traceStackBatch.',
    )
  checkValues(neuron, shape, options)
  const states = stateShape(neuron, shape)
  const spikes = neuron.flags.SPIKES ? tracer.activation('spikes', shape, label) : null
  const y = isReal(neuron.definition.emits, neuron.soft) ? tracer.activation('f32', shape, label) : null
  const stateElements = states.batch * neuronsOf(states)
  const boundaries = tracer.raw('f32', stateElements, `${label} states`, { perSlab: true })
  const finalState = options.keepState ? tracer.activation('f32', states, `${label} final states`) : null
  const inputs = rolesOf<NeuronInput>({ x, initial: options.initialState, weights: options.weights })
  const outputs = rolesOf<NeuronOutput>({ spikes, y, boundaries, final: finalState })
  const roles = { inputs: inputs.names, outputs: outputs.names }
  tracer.emit(neuronOp, inputs.values, outputs.values, { neuron, timeSteps, roles })
  return { output: (y ?? spikes) as Value, spikes, finalState }
}

function checkValues(neuron: Neuron, shape: ActivationShape, { weights, initialState }: NeuronTraceOptions): void {
  const { name } = neuron.definition
  const rows = learnedRows(neuron, shape.steps).length
  const learned = rows * (neuron.perChannel ? shape.channels : 1)
  if ((weights?.elements ?? 0) !== learned)
    throw new OptionError(
      `${name}.weights`,
      `must hold ${learned} learned numbers; got ${weights?.elements ?? 'none'}.`,
    )
  const states = stateShape(neuron, shape)
  const elements = states.batch * neuronsOf(states)
  if (initialState && initialState.elements !== elements)
    throw new OptionError(
      `${name}.initialState`,
      `must hold ${elements} numbers, one for each state and neuron; got ${initialState.elements}.`,
    )
}
