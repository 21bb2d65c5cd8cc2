/** Gradient of a convolution by its input: which kernel runs it, and its dispatches. */

import type { BufferView } from '../runtime/kernel.js'
import { inputGradient, inputGradientRows } from './convolution-kernels.js'
import {
  asOneRow,
  type BranchPlan,
  dealOut,
  type GradientAttributes,
  multiplyAdds,
  planBranches,
  shapeClass,
  teamWidth,
} from './convolution-plan.js'
import { denseForwardSubgroup, flipWeights, teamLanes } from './convolution-subgroup-kernels.js'
import { denseTile, tilePays, withTile } from './convolution-tile.js'
import { denseWinograd, transformWeights, withWinograd } from './convolution-winograd.js'
import {
  type ActivationShape,
  ceilDivide,
  type LoweringContext,
  neuronsOf,
  type OpDefinition,
  paddedChannels,
  pixelsOf,
  type Served,
  shapeOf,
  slabImages,
  slabsFor,
  stripLength,
  type Value,
} from './op.js'

type Variant = 'winograd' | 'subgroup' | 'rows' | 'strip' | 'tile'

function variantFor(context: LoweringContext, branch: BranchPlan, input: ActivationShape): Variant {
  const { kernelWidth, stride, crop, padding, inputChannels, outputChannels } = branch.parameters
  const { traits } = context.variants
  const vector = branch.vector && inputChannels % 4 === 0
  const dense = stride === 1 && crop === 0
  const plain = vector && dense
  const rows = plain && input.width % stripLength === 0 && [1, 3, 5].includes(kernelWidth)
  const subgroup = plain && padding < kernelWidth && traits.subgroupLanes >= teamLanes
  const portable: [Variant, ...Variant[]] = rows ? ['rows', 'strip'] : ['strip']
  const candidates: [Variant, ...Variant[]] = !subgroup
    ? portable
    : traits.software && teamWidth(inputChannels) > 2
      ? ['subgroup', ...portable]
      : [...portable, 'subgroup']
  const pays = tilePays(traits, inputChannels, kernelWidth * kernelWidth * outputChannels)
  return context.variants.choose(
    'convolution input gradient',
    shapeClass(branch, input),
    dense && padding < kernelWidth
      ? withTile(pays, plain ? withWinograd(traits, flippedBranch(branch), candidates) : candidates)
      : candidates,
  )
}

function portableKernel(
  branch: BranchPlan,
  variant: 'rows' | 'strip',
  input: ActivationShape,
  images: number,
  adding: boolean,
): Served {
  const { inputChannels, stride, kernelWidth } = branch.parameters
  const byRows = variant === 'rows'
  const vector = branch.vector && inputChannels % 4 === 0
  const pair = !byRows && vector && inputChannels % 8 === 0
  const perParity = ceilDivide(ceilDivide(input.height, stride) * ceilDivide(input.width, stride), stripLength)
  const strips = byRows ? pixelsOf(input) / stripLength : perParity
  const invocations = images * stride * stride * strips * ceilDivide(inputChannels, pair ? 8 : 4)
  return {
    kernel: byRows ? inputGradientRows : inputGradient,
    flags: byRows ? { KERNEL: kernelWidth, ACCUMULATE: adding } : { VEC: vector, ACCUMULATE: adding, PAIR: pair },
    parameters: { ...branch.parameters, invocations, strips, stripLength, weightRows: pair ? 8 : 4 },
    invocations,
  }
}

/** The convolution over dy that gives dx at stride 1: inputs and outputs change places, the window is flipped. */
function flippedBranch(branch: BranchPlan): BranchPlan {
  const { parameters } = branch
  return {
    ...branch,
    vector: parameters.inputChannels % 4 === 0,
    parameters: {
      ...parameters,
      inputHeight: parameters.outputHeight,
      inputWidth: parameters.outputWidth,
      inputChannels: parameters.outputChannels,
      outputHeight: parameters.inputHeight,
      outputWidth: parameters.inputWidth,
      outputChannels: parameters.inputChannels,
      outputStride: parameters.inputChannels,
      outputOffset: 0,
      padding: parameters.kernelWidth - 1 - parameters.padding,
    },
  }
}

/** Variants whose forward kernel over dy gives dx. */
type ForwardVariant = 'winograd' | 'subgroup' | 'tile'

/** The forward kernel of a variant over dy. */
function forwardKernel(variant: ForwardVariant, branch: BranchPlan, images: number, adding: boolean): Served {
  const { inputHeight: height, inputWidth: width, inputChannels: channels } = branch.parameters
  const { outputStride: inputStride, outputOffset: inputOffset } = branch.parameters
  const flipped = flippedBranch(branch)
  const output = { steps: 1, batch: images, height, width, channels }
  const dy = { stride: inputStride, offset: inputOffset }
  const add = { bias: false, toOutput: adding }
  if (variant === 'tile') return denseTile(flipped, output, images, dy, add)
  if (variant === 'winograd') return denseWinograd(flipped, output, images, dy, add)
  const lanes = teamWidth(channels)
  const { teams, stripsPerTeam, ...runs } = dealOut(output, images, 'none')
  const invocations = ceilDivide(teams, 64 / lanes) * 64 * ceilDivide(channels, 4 * lanes)
  return {
    kernel: denseForwardSubgroup,
    flags: { VEC_IN: true, BIAS: false, MOMENTS: false, ACCUMULATE: adding, STRIPS: stripsPerTeam },
    parameters: {
      ...flipped.parameters,
      invocations,
      inputStride,
      inputOffset,
      ...runs,
      momentStride: paddedChannels(channels),
      firstImage: 0,
      stripLength,
      lanes,
    },
    invocations,
  }
}

function flip(context: LoweringContext, branch: BranchPlan): BufferView {
  const { kernelHeight, kernelWidth, inputChannels, outputChannels } = branch.parameters
  const invocations = kernelHeight * kernelWidth * inputChannels * outputChannels
  const flipped = context.scratch(invocations)
  context.dispatch({
    kernel: flipWeights,
    views: { w: context.view(branch.weights), flipped },
    parameters: { invocations, taps: kernelHeight * kernelWidth, inputChannels, outputChannels },
    invocations,
  })
  return flipped
}

/** dx of all branches, one after the other into one tensor. Inputs: dy, weights of each branch, then dx so far. */
export const inputGradientOp: OpDefinition<GradientAttributes> = {
  name: 'convolutionInputGradient',
  lower(context, node) {
    const dy = node.inputs[0] as Value
    const dx = node.outputs[0] as Value
    const { input, accumulate } = node.attributes
    const output = shapeOf(dy)
    planBranches(node, input, output).forEach((branch, index) => {
      const adding = accumulate || index > 0
      const variant = variantFor(context, branch, input)
      const forward = variant !== 'rows' && variant !== 'strip'
      const weights =
        variant === 'winograd'
          ? transformWeights(context, branch, true)
          : forward
            ? flip(context, branch)
            : context.view(branch.weights)
      for (const slab of slabsFor(context, output)) {
        const { count } = slabImages(output, slab)
        const cost = {
          flops: 2 * multiplyAdds(count, output, branch),
          touched: {
            [forward ? 'x' : 'dy']: 4 * count * pixelsOf(output) * branch.parameters.outputChannels,
            [forward ? 'y' : 'dx']: (adding ? 8 : 4) * count * neuronsOf(input),
          },
        }
        if (forward) {
          const row = asOneRow(branch, count, output)
          context.dispatch({
            ...forwardKernel(variant, row ?? branch, row ? 1 : count, adding),
            views: {
              x: context.view(dy, slab),
              weights,
              bias: context.unused(0),
              y: context.view(dx, slab),
              moments: context.unused(1),
            },
            cost,
          })
        } else {
          context.dispatch({
            ...portableKernel(branch, variant, input, count, adding),
            views: { dy: context.view(dy, slab), weights, dx: context.view(dx, slab) },
            cost,
          })
        }
      }
    })
  },
}
