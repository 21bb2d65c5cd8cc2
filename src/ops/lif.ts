/** The leaky integrate-and-fire neuron over all time steps, spikes as bits, with its surrogate gradient. */
import { OptionError } from '../errors.js'
import { lifBackward, lifForward } from './lif-kernels.js'
import { checkLif, type LifParameters, type ResetMode, surrogateNames } from './lif-parameters.js'
import {
  type ActivationShape,
  neuronsOf,
  type OpDefinition,
  type Slab,
  shapeOf,
  type Tracer,
  type Value,
  wordsOf,
} from './op.js'

export * from './lif-parameters.js'

const resetCode: Record<ResetMode, number> = { hard: 0, soft: 1, none: 2 }

const neuronFlags = (parameters: LifParameters, vector: boolean) => ({
  VEC: vector,
  DECAY_INPUT: parameters.decayInput,
  STRICT: parameters.strict,
  RESET: resetCode[parameters.reset],
})

const neuronNumbers = (parameters: LifParameters) => ({
  threshold: parameters.threshold,
  decay: 1 / parameters.tau,
  resetPotential: parameters.resetPotential,
})

interface LifAttributes {
  readonly parameters: LifParameters
  /** Inputs and outputs besides x and spikes: membrane before the first and after the last step. */
  readonly initial: boolean
  readonly final: boolean
}

const perSampleElements = (shape: ActivationShape, vector: boolean) =>
  vector ? neuronsOf(shape) / 4 : neuronsOf(shape)

/** Inputs: x, (initial membrane). Outputs: spikes, membranes at slab boundaries, (final membrane). */
const lif: OpDefinition<LifAttributes> = {
  name: 'lif',
  lower(context, node) {
    const [x, initial] = node.inputs as [Value, Value | undefined]
    const [spikes, boundaries, final] = node.outputs as [Value, Value, Value | undefined]
    const shape = shapeOf(spikes)
    const constant = shapeOf(x).steps === 1
    const neurons = neuronsOf(shape)
    const vector = neurons % 32 === 0
    const words = wordsOf(shape)
    const last = context.slabs.length - 1
    context.slabs.forEach((slab, index) => {
      const start = index === 0 ? initial : boundaries
      const finish = index === last ? final : boundaries
      context.dispatch({
        kernel: lifForward,
        flags: {
          ...neuronFlags(node.attributes.parameters, vector),
          LOAD_STATE: start !== undefined,
          STORE_STATE: finish !== undefined,
        },
        views: {
          x: context.view(x, slab),
          spikes: context.view(spikes, slab),
          start: !start
            ? context.unused(0)
            : index === 0
              ? context.view(start)
              : context.view(start, previousSlab(slab)),
          finish: !finish ? context.unused(1) : index === last ? context.view(finish) : context.view(finish, slab),
        },
        parameters: {
          invocations: shape.batch * words,
          steps: slab.steps,
          batch: shape.batch,
          neurons,
          words,
          inputStep: constant ? 0 : shape.batch * perSampleElements(shape, vector),
          group: vector ? 8 : 32,
          ...neuronNumbers(node.attributes.parameters),
        },
        invocations: shape.batch * words,
        cost: { flops: 5 * slab.steps * shape.batch * neurons },
      })
    })
  },
  adjoint(context, node) {
    const [x] = node.inputs as [Value]
    const [spikes, boundaries] = node.outputs as [Value, Value]
    const ds = context.gradientOf(spikes)
    if (!ds || !context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
      const inputs = [context.saved(x), spikes, ds, boundaries, ...(into ? [into] : []), ...node.inputs.slice(1)]
      context.emit(lifGradient, inputs, [dx], { ...node.attributes, accumulate: into !== null })
      return dx
    })
  },
}

const previousSlab = (slab: Slab): Slab => ({ ...slab, index: slab.index - 1 })

/** Inputs: x, spikes, ds, boundaries, (dx so far), (initial membrane). Output: dx. */
const lifGradient: OpDefinition<LifAttributes & { readonly accumulate: boolean }> = {
  name: 'lifGradient',
  lower(context, node) {
    const [x, spikes, ds, boundaries] = node.inputs as [Value, Value, Value, Value]
    const initial = node.attributes.initial ? (node.inputs[node.inputs.length - 1] as Value) : null
    const dx = node.outputs[0] as Value
    const shape = shapeOf(spikes)
    const constant = shapeOf(x).steps === 1
    const neurons = neuronsOf(shape)
    const vector = neurons % 4 === 0
    const elements = perSampleElements(shape, vector)
    const several = context.slabs.length > 1
    const carry = several ? context.scratch(shape.batch * neurons) : context.unused(3)
    const { parameters, accumulate } = node.attributes
    for (const slab of [...context.slabs].reverse()) {
      const firstVisited = slab.index === context.slabs.length - 1
      const start = slab.index === 0 ? initial : boundaries
      context.dispatch({
        kernel: lifBackward,
        flags: {
          ...neuronFlags(parameters, vector),
          SURROGATE: surrogateNames.indexOf(parameters.surrogate),
          DETACH_RESET: parameters.detachReset,
          LOAD_STATE: start !== null,
          LOAD_CARRY: !firstVisited,
          STORE_CARRY: several,
          CONSTANT_INPUT: constant && shape.steps > 1,
          ACCUMULATE: accumulate || (constant && !firstVisited),
        },
        views: {
          x: context.view(x, slab),
          spikes: context.view(spikes, slab),
          ds: context.view(ds, slab),
          start: !start
            ? context.unused(0)
            : slab.index === 0
              ? context.view(start)
              : context.view(start, previousSlab(slab)),
          carry,
          dx: context.view(dx, slab),
        },
        parameters: {
          invocations: shape.batch * elements,
          steps: slab.steps,
          batch: shape.batch,
          neurons,
          words: wordsOf(shape),
          inputStep: constant ? 0 : shape.batch * elements,
          alpha: parameters.alpha,
          ...neuronNumbers(parameters),
        },
        invocations: shape.batch * elements,
        cost: {
          flops: 15 * slab.steps * shape.batch * neurons,
          touched: several ? { carry: (firstVisited ? 4 : 8) * shape.batch * neurons } : {},
        },
      })
    }
  },
}

export interface LifOptions {
  readonly parameters: LifParameters
  /** T; needed when x is constant (one step), else x decides. */
  readonly timeSteps?: number
  /** `[B, C, H, W]` membrane before the first step; default: the reset potential. */
  readonly initialMembrane?: Value
  /** Also return the membrane after the last step: single-step execution keeps it between runs. */
  readonly keepMembrane?: boolean
}

/**
 * A population of LIF neurons.
 * @param x current `[T, B, C, H, W]`, or `[1, ...]` repeated for `timeSteps` steps
 * @returns spikes `[T, B, C, H, W]`
 */
export function traceLif(
  tracer: Tracer,
  x: Value,
  options: LifOptions,
  label = 'spikes',
): { spikes: Value; finalMembrane: Value | null } {
  const parameters = checkLif(options.parameters)
  const input = shapeOf(x)
  const steps = options.timeSteps ?? input.steps
  if (input.steps !== 1 && input.steps !== steps)
    throw new OptionError('lif.timeSteps', `the input has ${input.steps} steps; got ${steps}.`)
  const shape: ActivationShape = { ...input, steps }
  const spikes = tracer.activation('spikes', shape, label)
  const state = shape.batch * neuronsOf(shape)
  const boundaries = tracer.raw('f32', state, `${label} membranes`, { perSlab: true })
  const finalMembrane = options.keepMembrane ? tracer.raw('f32', state, `${label} final membrane`) : null
  const inputs = options.initialMembrane ? [x, options.initialMembrane] : [x]
  tracer.emit(lif, inputs, finalMembrane ? [spikes, boundaries, finalMembrane] : [spikes, boundaries], {
    parameters,
    initial: options.initialMembrane !== undefined,
    final: finalMembrane !== null,
  })
  return { spikes, finalMembrane }
}
