/** Weights made from other weights: some synapses left out, or a convolution over depth laid out as a flat one. */
import { ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import type { OpDefinition, Tracer, Value } from './op.js'

const maskKernel = defineKernel({
  shader: 'synapse/mask',
  bindings: { w: 'read', mask: 'read', y: 'write' },
  parameters: { invocations: 'u32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

const depthParameters = {
  invocations: 'u32',
  taps: 'u32',
  positions: 'u32',
  channels: 'u32',
  outputs: 'u32',
  depth: 'u32',
  outputDepth: 'u32',
  stride: 'u32',
  padding: 'u32',
} as const

const depthKernel = defineKernel({
  shader: 'synapse/depth_weights',
  bindings: { w: 'read', y: 'write' },
  parameters: depthParameters,
  flags: {},
  workgroupSize: 64,
})

const depthGradientKernel = defineKernel({
  shader: 'synapse/depth_weights_gradient',
  bindings: { dy: 'read', dw: 'write' },
  parameters: depthParameters,
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

interface Accumulating {
  readonly accumulate: boolean
}

/** Inputs: weights or their gradient, mask. */
const maskOp: OpDefinition<Accumulating> = {
  name: 'maskWeights',
  lower(context, node) {
    const [w, mask] = node.inputs as [Value, Value]
    const y = node.outputs[0] as Value
    context.dispatch({
      kernel: maskKernel,
      flags: { ACCUMULATE: node.attributes.accumulate },
      views: { w: context.view(w), mask: context.view(mask), y: context.view(y) },
      parameters: { invocations: y.elements },
      invocations: y.elements,
      cost: { flops: y.elements },
    })
  },
  adjoint(context, node) {
    const [w, mask] = node.inputs as [Value, Value]
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy) return
    context.contributeParameter(w, (dw, accumulate) => {
      context.emit(maskOp, [dy, mask], [dw], { accumulate })
    })
  },
}

/**
 * Weights with those left out whose mask is 0; they get no gradient.
 * @param weights any number of them @param mask as many, 0 or 1
 * @throws ShapeError when there are not as many
 */
export function traceMask(tracer: Tracer, weights: Value, mask: Value): Value {
  if (mask.elements !== weights.elements)
    throw new ShapeError(
      weights.label,
      `needs a mask of as many numbers, ${weights.elements}; got ${mask.elements}.`,
      'Make it for the dimensions that the layer hands over.',
    )
  const y = tracer.raw('f32', weights.elements, `masked ${weights.label}`)
  tracer.emit(maskOp, [weights, mask], [y], { accumulate: false })
  return y
}

/** A convolution's extent along depth. */
export interface DepthExtent {
  /** Of the input and of the output. */
  readonly depth: number
  readonly outputDepth: number
  /** Length of the window along depth. */
  readonly taps: number
  readonly stride: number
  readonly padding: number
  /** Taps of the flat window; channels a slice of the input, and of the output. */
  readonly positions: number
  readonly channels: number
  readonly outputs: number
}

const flatSize = ({ positions, depth, channels, outputDepth, outputs }: DepthExtent): number =>
  positions * depth * channels * outputDepth * outputs

const depthOp: OpDefinition<DepthExtent> = {
  name: 'depthWeights',
  lower(context, node) {
    const invocations = flatSize(node.attributes)
    context.dispatch({
      kernel: depthKernel,
      views: { w: context.view(node.inputs[0] as Value), y: context.view(node.outputs[0] as Value) },
      parameters: { invocations, ...node.attributes },
      invocations,
    })
  },
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy) return
    context.contributeParameter(node.inputs[0] as Value, (dw, accumulate) => {
      context.emit(depthGradientOp, [dy], [dw], { ...node.attributes, accumulate })
    })
  },
}

const depthGradientOp: OpDefinition<DepthExtent & Accumulating> = {
  name: 'depthWeightGradient',
  lower(context, node) {
    const { accumulate, ...extent } = node.attributes
    const dw = node.outputs[0] as Value
    context.dispatch({
      kernel: depthGradientKernel,
      flags: { ACCUMULATE: accumulate },
      views: { dy: context.view(node.inputs[0] as Value), dw: context.view(dw) },
      parameters: { invocations: dw.elements, ...extent },
      invocations: dw.elements,
      cost: { flops: dw.elements * extent.outputDepth },
    })
  },
}

/**
 * Weights of a convolution over depth as those of a flat one whose channels are depth and channel:
 * y[n, d, c, e, o] = w[d + padding − e·stride, n, c, o], 0 where the window has no such tap.
 * @param weights `[taps, positions, channels, outputs]` @returns `[positions, depth·channels, outputDepth·outputs]`
 * @throws ShapeError when there are not as many weights
 */
export function traceDepthWeights(tracer: Tracer, weights: Value, extent: DepthExtent): Value {
  const { taps, positions, channels, outputs } = extent
  const expected = taps * positions * channels * outputs
  if (weights.elements !== expected)
    throw new ShapeError(
      weights.label,
      `must be [${taps}, ${positions}, ${channels}, ${outputs}], ${expected} numbers; got ${weights.elements}.`,
    )
  const y = tracer.raw('f32', flatSize(extent), `flat ${weights.label}`)
  tracer.emit(depthOp, [weights], [y], extent)
  return y
}
