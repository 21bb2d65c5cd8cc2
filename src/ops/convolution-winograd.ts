/** Convolutions by Winograd's F(4, 3) along rows: where they serve, and their dispatches. */
import type { BufferView } from '../runtime/kernel.js'
import type { DeviceTraits } from '../runtime/variants.js'
import type { BranchPlan } from './convolution-plan.js'
import { denseForwardWinograd, teamLanes, winogradWeights } from './convolution-subgroup-kernels.js'
import type { TileInput } from './convolution-tile.js'
import { type ActivationShape, ceilDivide, type LoweringContext, type Served } from './op.js'

/** Tiles of four outputs that a team of lanes takes at once: as many as share each weight that is loaded. */
const tilesPerTeam = 32

/**
 * The Winograd kernel among the others, where it serves at all: windows of 3x3 at stride 1, channels in fours, and a
 * subgroup of eight lanes. It is the first guess on software adapters if there is work for most lanes and tiles.
 */
export function withWinograd<V extends string>(
  traits: DeviceTraits,
  branch: BranchPlan,
  others: readonly [V, ...V[]],
): readonly [V | 'winograd', ...(V | 'winograd')[]] {
  const { kernelHeight, kernelWidth, stride, inputChannels, outputChannels, outputWidth } = branch.parameters
  const serves =
    branch.vector &&
    kernelHeight === 3 &&
    kernelWidth === 3 &&
    stride === 1 &&
    inputChannels % 4 === 0 &&
    traits.subgroupLanes >= teamLanes
  if (!serves) return others
  return traits.software && outputChannels > 16 && outputWidth > 2 ? ['winograd', ...others] : [...others, 'winograd']
}

/** The dispatch over real values; with flipped weights it gives the gradient by the input. */
export function denseWinograd(
  branch: BranchPlan,
  output: ActivationShape,
  images: number,
  input: TileInput,
  add: { readonly bias: boolean; readonly toOutput: boolean },
): Served {
  const tiles = images * output.height * ceilDivide(output.width, 4)
  const columns = ceilDivide(branch.parameters.outputChannels, 4 * teamLanes)
  const invocations = ceilDivide(ceilDivide(tiles, tilesPerTeam), 64 / teamLanes) * 64 * columns
  return {
    kernel: denseForwardWinograd,
    flags: { BIAS: add.bias, ACCUMULATE: add.toOutput },
    parameters: {
      ...branch.parameters,
      invocations,
      images,
      inputStride: input.stride,
      inputOffset: input.offset,
      one: 1,
    },
    invocations,
  }
}

/** Transformed weights of a branch; `flipped` those of the convolution that gives the gradient by its input. */
export function transformWeights(context: LoweringContext, branch: BranchPlan, flipped: boolean): BufferView {
  const channels = [branch.parameters.inputChannels, branch.parameters.outputChannels] as const
  const [inputChannels, outputChannels] = flipped ? ([channels[1], channels[0]] as const) : channels
  const invocations = 3 * inputChannels * outputChannels
  const u = context.scratch(6 * invocations)
  context.dispatch({
    kernel: winogradWeights,
    flags: { FLIPPED: flipped },
    views: { w: context.view(branch.weights), u },
    parameters: { invocations, inputChannels, outputChannels },
    invocations,
    cost: { flops: 12 * invocations },
  })
  return u
}
