/**
 * Synapses that look through a window, for spikes and for real values: convolution with groups, dilation and rectangular
 * windows, its transpose, the locally connected layer, and the linear layer as the window of one pixel.
 * The plain square convolution has faster kernels of its own (`convolution.ts`).
 */
import { ShapeError } from '../errors.js'
import { traceFlatten } from './flatten.js'
import { neuronsOf, type OpDefinition, shapeOf, type Tracer, type Value } from './op.js'
import { dispatchForward } from './synapse-gather.js'
import {
  biasDimensions,
  plainWindow,
  type SynapseKind,
  type SynapseWindow,
  synapseOutput,
  weightDimensions,
} from './synapse-geometry.js'
import { synapseBiasGradient, synapseInputGradient, synapseWeightGradient } from './synapse-gradient.js'

export { type Pair, plainWindow, type SynapseKind, type SynapseWindow, windowProducts } from './synapse-geometry.js'

interface SynapseAttributes {
  readonly kind: SynapseKind
  readonly window: SynapseWindow
}

const names: Record<SynapseKind, string> = {
  convolution: 'groupedConvolution',
  transposed: 'transposedConvolution',
  local: 'locallyConnected',
}

/** Inputs: x, weights, (bias). Output: the current. */
const synapseOp = (kind: SynapseKind): OpDefinition<SynapseAttributes> => ({
  name: names[kind],
  recomputable: true,
  lower(context, node) {
    const [x, weights, bias] = node.inputs as [Value, Value, Value | undefined]
    dispatchForward(context, {
      ...node.attributes,
      x,
      weights: context.view(weights),
      bias: bias ? context.view(bias) : null,
      y: node.outputs[0] as Value,
      accumulate: false,
    })
  },
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy) return
    const [x, weights, bias] = node.inputs as [Value, Value, Value | undefined]
    context.contributeParameter(weights, (gradient, accumulate) => {
      context.emit(synapseWeightGradient, [context.saved(x), dy], [gradient], { ...node.attributes, accumulate })
    })
    if (bias) {
      context.contributeParameter(bias, (gradient, accumulate) => {
        context.emit(synapseBiasGradient, [dy], [gradient], { accumulate })
      })
    }
    if (!context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
      const attributes = { ...node.attributes, accumulate: into !== null }
      context.emit(synapseInputGradient, [dy, weights, ...(into ? [into] : [])], [dx], attributes)
      return dx
    })
  },
})

const ops: Record<SynapseKind, OpDefinition<SynapseAttributes>> = {
  convolution: synapseOp('convolution'),
  transposed: synapseOp('transposed'),
  local: synapseOp('local'),
}

/** @throws ShapeError when an operand does not hold exactly the numbers of its dimensions: more or fewer would be misread */
function requireSize(where: string, name: string, value: Value, dimensions: readonly number[]): void {
  const expected = dimensions.reduce((product, size) => product * size, 1)
  if (value.elements !== expected) {
    throw new ShapeError(
      where,
      `${name} must be [${dimensions.join(', ')}], ${expected} numbers; got ${value.elements}.`,
      'Declare it with the channels of the input and of the output.',
    )
  }
}

/**
 * A current from spikes or real values.
 * @param x `[T, B, CI, H, W]`, spikes or f32
 * @param weights `[kh, kw, CI/G, CO]`; locally connected `[OH, OW, kh, kw, CI/G, CO]`
 * @param bias `[CO]`; locally connected `[OH, OW, CO]`
 * @returns `[T, B, CO, OH, OW]`
 * @throws OptionError on a number out of range
 * @throws ShapeError when the window does not fit, the groups do not divide, or an operand has the wrong size
 */
export function traceSynapse(
  tracer: Tracer,
  kind: SynapseKind,
  x: Value,
  weights: Value,
  channels: number,
  window: SynapseWindow,
  bias: Value | null = null,
): Value {
  const where = names[kind]
  const input = shapeOf(x)
  const output = synapseOutput(where, kind, window, input, channels)
  requireSize(where, 'weights', weights, weightDimensions(kind, window, input, output))
  if (bias) requireSize(where, 'bias', bias, biasDimensions(kind, output))
  const y = tracer.activation('f32', output, 'current')
  tracer.emit(ops[kind], [x, weights, ...(bias ? [bias] : [])], [y], { kind, window })
  return y
}

/**
 * Fully connected layer over everything a sample holds; silent words of spikes cost nothing.
 * @param x `[T, B, C, H, W]`, spikes or f32 @param weights `[H·W·C, CO]` @param bias `[CO]`
 * @returns `[T, B, CO, 1, 1]` @throws ShapeError when an operand has the wrong size
 */
export function traceLinear(
  tracer: Tracer,
  x: Value,
  weights: Value,
  channels: number,
  bias: Value | null = null,
): Value {
  const inputs = neuronsOf(shapeOf(x))
  requireSize('linear', 'weights', weights, [inputs, channels])
  return traceSynapse(tracer, 'convolution', traceFlatten(tracer, x), weights, channels, plainWindow, bias)
}
