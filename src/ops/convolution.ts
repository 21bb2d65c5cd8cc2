/** Two-dimensional convolution of spikes or real values. */
import { convolutionOutput } from './convolution-check.js'
import { biasGradientOp, inputGradientOp, weightGradientOp } from './convolution-gradient.js'
import { denseForward, spikeForward } from './convolution-kernels.js'
import { type ConvolutionAttributes, multiplyAdds, planBranches } from './convolution-plan.js'
import {
  ceilDivide,
  imagesOf,
  type LoweringContext,
  neuronsOf,
  type OpDefinition,
  type OpNode,
  paddedChannels,
  pixelsOf,
  shapeOf,
  slabImages,
  slabsFor,
  stripLength,
  stripsOf,
  type Tracer,
  type Value,
  wordsOf,
} from './op.js'

export { type ConvolutionAttributes, type ConvolutionBranch, convolutionSide } from './convolution-plan.js'

function lowerForward(context: LoweringContext, node: OpNode<ConvolutionAttributes>): void {
  const x = node.inputs[0] as Value
  const [y, moments] = node.outputs as [Value, Value | undefined]
  const input = shapeOf(x)
  const output = shapeOf(y)
  const strips = stripsOf(output)
  for (const branch of planBranches(node, input, output)) {
    for (const slab of slabsFor(context, output)) {
      const { first, count } = slabImages(output, slab)
      const invocations = count * strips * ceilDivide(branch.parameters.outputChannels, 4)
      const shared = {
        ...branch.parameters,
        invocations,
        strips,
        momentStride: paddedChannels(output.channels),
        firstImage: first,
        stripLength,
      }
      const flops = 2 * multiplyAdds(count, output, branch)
      const { outputChannels } = branch.parameters
      const cost = {
        flops,
        // a branch writes its own channels only
        touched: {
          y: 4 * count * pixelsOf(output) * outputChannels,
          moments: moments ? 8 * count * strips * outputChannels : 0,
        },
      }
      const outputs = {
        weights: context.view(branch.weights),
        y: context.view(y, slab),
        moments: moments ? context.view(moments) : context.unused(0),
      }
      if (x.dtype === 'spikes') {
        context.dispatch({
          kernel: spikeForward,
          flags: { VEC: branch.vector, MOMENTS: moments !== undefined },
          views: { spikes: context.view(x, slab), ...outputs },
          parameters: {
            ...shared,
            wordsPerImage: wordsOf(input),
            runWords: ceilDivide(node.attributes.kernel * input.channels, 32),
          },
          invocations,
          cost: { ...cost, spikes: { binding: 'spikes', neurons: count * neuronsOf(input) } },
        })
      } else {
        const bias = node.attributes.bias ? (node.inputs[1 + node.attributes.branches.length] as Value) : null
        context.dispatch({
          kernel: denseForward,
          flags: {
            VEC: branch.vector,
            VEC_IN: input.channels % 4 === 0,
            BIAS: bias !== null,
            MOMENTS: moments !== undefined,
          },
          views: { x: context.view(x, slab), bias: bias ? context.view(bias) : context.unused(1), ...outputs },
          parameters: shared,
          invocations,
          cost,
        })
      }
    }
  }
}

export const convolution: OpDefinition<ConvolutionAttributes> = {
  name: 'convolution',
  recomputable: true,
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
