/** Two-dimensional convolution of spikes or real values. */
import { convolutionOutput } from './convolution-check.js'
import { lowerForward } from './convolution-forward.js'
import { biasGradientOp, inputGradientOp, weightGradientOp } from './convolution-gradient.js'
import type { ConvolutionAttributes } from './convolution-plan.js'
import { imagesOf, type OpDefinition, paddedChannels, shapeOf, stripsOf, type Tracer, type Value } from './op.js'

export { type ConvolutionAttributes, type ConvolutionBranch, convolutionSide } from './convolution-plan.js'

export const convolution: OpDefinition<ConvolutionAttributes> = {
  name: 'convolution',
  recomputable: true,
  // where branches stand side by side, each begins and ends at a multiple of four channels
  halves: ({ attributes: { branches } }) => ({
    reads: [0],
    writes: branches.every(({ channels }) => channels % 4 === 0) ? [0] : [],
  }),
  lower: lowerForward,
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy) return
    const x = node.inputs[0] as Value
    const input = shapeOf(x)
    const attributes = { ...node.attributes, moments: false, input }
    node.attributes.branches.forEach((_, branch) => {
      context.contributeParameter(node.inputs[1 + branch] as Value, (gradient, accumulate) => {
        context.emit(weightGradientOp, [context.saved(x), dy], [gradient], { ...attributes, accumulate, branch })
      })
    })
    if (node.attributes.bias) {
      context.contributeParameter(node.inputs[1 + node.attributes.branches.length] as Value, (gradient, accumulate) => {
        context.emit(biasGradientOp, [dy], [gradient], { accumulate })
      })
    }
    if (!context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', input, `d ${x.label}`)
      const weights = node.inputs.slice(1, 1 + node.attributes.branches.length)
      context.emit(inputGradientOp, [dy, ...weights, ...(into ? [into] : [])], [dx], {
        ...attributes,
        accumulate: into !== null,
      })
      return dx
    })
  },
}

/**
 * Convolution of spikes or currents.
 * @param x       `[T, B, CI, H, W]`, spikes or f32
 * @param weights one tensor `[k, k, CI, CO]` for each branch
 * @param bias    `[CO]`, only with a single branch and f32 input
 * @returns the current `[T, B, sum of CO, OH, OW]` and, if asked for, its strip moments
 * @throws OptionError on a number out of range, or a bias where none may be
 * @throws ShapeError when the window does not fit, the branches disagree in size, or a tensor has the wrong size
 */
export function traceConvolution(
  tracer: Tracer,
  x: Value,
  weights: readonly Value[],
  attributes: Omit<ConvolutionAttributes, 'bias'>,
  bias: Value | null = null,
): { y: Value; moments: Value | null } {
  const output = convolutionOutput(x, weights, attributes, bias)
  const y = tracer.activation('f32', output, 'current')
  const moments = attributes.moments
    ? tracer.raw('f32', imagesOf(output) * stripsOf(output) * 2 * paddedChannels(output.channels), 'moments')
    : null
  tracer.emit(convolution, [x, ...weights, ...(bias ? [bias] : [])], moments ? [y, moments] : [y], {
    ...attributes,
    bias: bias !== null,
  })
  return { y, moments }
}
