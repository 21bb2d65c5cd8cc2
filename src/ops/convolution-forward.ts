/** The forward pass of a convolution: which kernel runs it, and its dispatches. */
import type { BufferView } from '../runtime/kernel.js'
import type { Variants } from '../runtime/variants.js'
import { dispatchMoments } from './batch-norm.js'
import { type EventVariant, eventVariants, serveEvents, sparseVariant } from './convolution-events.js'
import { servedOnHalves } from './convolution-halves.js'
import { denseForward, spikeForward } from './convolution-kernels.js'
import {
  asOneRow,
  type BranchPlan,
  type ConvolutionAttributes,
  dealOut,
  multiplyAdds,
  planBranches,
  shapeClass,
  teamWidth,
} from './convolution-plan.js'
import {
  denseForwardSubgroup,
  denseForwardWinograd,
  spikeForwardLookup,
  teamLanes,
} from './convolution-subgroup-kernels.js'
import { denseTile, spikeTile, summandsOf, tilePays, withTile } from './convolution-tile.js'
import { denseWinograd, transformWeights, withWinograd } from './convolution-winograd.js'
import {
  type ActivationShape,
  ceilDivide,
  isHalf,
  type LoweringContext,
  neuronsOf,
  type OpNode,
  paddedChannels,
  pixelsOf,
  type Served,
  type Slab,
  type SparseService,
  shapeOf,
  slabImages,
  slabsFor,
  stripLength,
  stripsOf,
  type Value,
  wordsOf,
} from './op.js'

/** What the variants of one dispatch share. */
interface Stretch {
  readonly branch: BranchPlan
  readonly input: ActivationShape
  readonly output: ActivationShape
  readonly images: number
  readonly parameters: Record<string, number>
  readonly moments: boolean
  /** The output is stored as f16. */
  readonly rounds: boolean
}

/** Widest group of four channels that divides a branch's, of those that the lookup kernels know. */
export const lookupQuads = (channels: number): 1 | 2 | 4 => (channels % 16 === 0 ? 4 : channels % 8 === 0 ? 2 : 1)

type SpikeVariant = 'lookup' | 'skipping' | 'tile' | EventVariant

function serveSpikes(stretch: Stretch, variant: SpikeVariant, subgroupLanes: number): Served {
  const { branch, input, output, images, parameters, moments } = stretch
  const { outputChannels } = branch.parameters
  if (variant === 'tile') return spikeTile(branch, input, output, images)
  const wordsPerImage = wordsOf(input)
  if (variant === 'lookup') {
    const quads = lookupQuads(outputChannels)
    const invocations = (ceilDivide(images * stripsOf(output), 64) * 64 * outputChannels) / (4 * quads)
    return {
      kernel: spikeForwardLookup,
      flags: { QUADS: quads, MOMENTS: moments },
      parameters: { ...parameters, invocations, wordsPerImage, images },
      invocations,
    }
  }
  const runWords = ceilDivide(branch.parameters.kernelWidth * input.channels, 32)
  const shared = { ...parameters, wordsPerImage, runWords }
  if (variant !== 'skipping') {
    const { kernel, flags, lanes } = serveEvents(branch, variant, subgroupLanes)
    const invocations = images * stripsOf(output) * lanes
    return {
      kernel,
      flags: { ...flags, MOMENTS: moments },
      parameters: { ...shared, invocations, one: 1 },
      invocations,
    }
  }
  const invocations = images * stripsOf(output) * ceilDivide(outputChannels, 4)
  return {
    kernel: spikeForward,
    flags: { VEC: branch.vector, MOMENTS: moments },
    parameters: { ...shared, invocations },
    invocations,
  }
}

/** The kernel for the usual activity and, where one is faster, that for rare spikes. */
function spikeKernel(variants: Variants, stretch: Stretch): Served & { readonly sparse?: SparseService } {
  const { branch, output } = stretch
  const { traits } = variants
  const lookup = branch.vector && traits.subgroupLanes >= teamLanes
  const events = eventVariants(branch, traits.subgroupLanes)
  const variant = variants.choose<SpikeVariant>(
    'spike convolution',
    shapeClass(branch, output),
    withTile(
      tilePays(traits, branch.parameters.outputChannels, summandsOf(branch)),
      !lookup
        ? ['skipping', ...events]
        : traits.software
          ? ['lookup', 'skipping', ...events]
          : ['skipping', 'lookup', ...events],
    ),
  )
  const usual = serveSpikes(stretch, variant, traits.subgroupLanes)
  const sparse = sparseVariant(variants, branch, output, variant)
  if (!sparse) return usual
  return { ...usual, sparse: { ...serveSpikes(stretch, sparse.variant, traits.subgroupLanes), ...sparse.rates } }
}

function denseKernel(variants: Variants, stretch: Stretch, bias: boolean): Served {
  const { branch, input, output, images, parameters, moments, rounds } = stretch
  const { outputChannels } = branch.parameters
  const { traits } = variants
  const lanes = teamWidth(outputChannels)
  const subgroup = branch.vector && traits.subgroupLanes >= teamLanes
  const variant = variants.choose(
    'dense convolution',
    shapeClass(branch, output),
    withTile(
      tilePays(traits, outputChannels, summandsOf(branch)),
      withWinograd(
        traits,
        branch,
        // a team of one lane shares nothing
        !subgroup ? ['strip'] : traits.software && lanes > 1 ? ['subgroup', 'strip'] : ['strip', 'subgroup'],
      ),
    ),
  )
  const whole = { stride: input.channels, offset: 0 }
  if (variant === 'tile') return denseTile(branch, output, images, whole, { bias, toOutput: false })
  if (variant === 'winograd') return denseWinograd(branch, output, images, whole, { bias, toOutput: false })
  const flags = { VEC_IN: input.channels % 4 === 0, BIAS: bias, MOMENTS: moments }
  if (variant === 'subgroup') {
    const { teams, stripsPerTeam, ...runs } = dealOut(
      output,
      images,
      !moments ? 'none' : rounds ? 'of the kernel' : 'of any',
    )
    const invocations = ceilDivide(teams, 64 / lanes) * 64 * ceilDivide(outputChannels, 4 * lanes)
    return {
      kernel: denseForwardSubgroup,
      flags: { ...flags, MOMENTS: moments && runs.runs === images, ACCUMULATE: false, STRIPS: stripsPerTeam },
      parameters: { ...parameters, ...runs, invocations, inputStride: input.channels, inputOffset: 0, lanes },
      invocations,
    }
  }
  const invocations = images * stripsOf(output) * ceilDivide(outputChannels, 4)
  return {
    kernel: denseForward,
    flags: { VEC: branch.vector, ...flags },
    parameters: { ...parameters, invocations },
    invocations,
  }
}

/** A stretch as one image of a single row of pixels, where nothing in it depends on where images end. */
function inOneRow(stretch: Stretch): Stretch {
  const row = stretch.moments ? null : asOneRow(stretch.branch, stretch.images, stretch.output)
  if (!row) return stretch
  const { inputWidth: width } = row.parameters
  const output = { ...stretch.output, height: 1, width }
  return {
    ...stretch,
    branch: row,
    input: { ...stretch.input, height: 1, width },
    output,
    images: 1,
    parameters: { ...stretch.parameters, ...row.parameters, strips: stripsOf(output) },
  }
}

/**
 * @param transformed the branch's weights for a Winograd kernel
 * @returns whether the kernel wrote the moments that were asked for
 */
function lowerStretch(
  context: LoweringContext,
  node: OpNode<ConvolutionAttributes>,
  branch: BranchPlan,
  slab: Slab,
  transformed: () => BufferView,
): boolean {
  const x = node.inputs[0] as Value
  const [y, moments] = node.outputs as [Value, Value | undefined]
  const output = shapeOf(y)
  const strips = stripsOf(output)
  const { first, count } = slabImages(output, slab)
  const stretch: Stretch = {
    branch,
    input: shapeOf(x),
    output,
    images: count,
    moments: moments !== undefined,
    rounds: isHalf(y),
    parameters: {
      ...branch.parameters,
      strips,
      momentStride: paddedChannels(output.channels),
      firstImage: first,
      stripLength,
    },
  }
  const outputs = {
    weights: context.view(branch.weights),
    y: context.view(y, slab),
    moments: moments ? context.view(moments) : context.unused(0),
  }
  const { outputChannels } = branch.parameters
  const cost = {
    flops: 2 * multiplyAdds(count, output, branch),
    // a branch writes its own channels only
    touched: {
      y: (isHalf(y) ? 2 : 4) * count * pixelsOf(output) * outputChannels,
      moments: moments ? 8 * count * strips * outputChannels : 0,
    },
  }
  if (x.dtype === 'spikes') {
    const served = servedOnHalves(context.variants, { x, y }, (variants) => spikeKernel(variants, stretch))
    context.dispatch({
      ...served,
      views: { spikes: context.view(x, slab), ...outputs },
      cost: { ...cost, spikes: { binding: 'spikes', neurons: count * neuronsOf(stretch.input) } },
    })
    return served.flags?.MOMENTS === true
  }
  const bias = node.attributes.bias ? (node.inputs[1 + node.attributes.branches.length] as Value) : null
  const served = servedOnHalves(context.variants, { x, y }, (variants) =>
    denseKernel(variants, inOneRow(stretch), bias !== null),
  )
  context.dispatch({
    ...served,
    views: {
      x: context.view(x, slab),
      bias: bias ? context.view(bias) : context.unused(1),
      ...outputs,
      ...(served.kernel === denseForwardWinograd ? { weights: transformed() } : {}),
    },
    cost,
  })
  return served.flags?.MOMENTS === true
}

export function lowerForward(context: LoweringContext, node: OpNode<ConvolutionAttributes>): void {
  const [y, moments] = node.outputs as [Value, Value | undefined]
  const output = shapeOf(y)
  let complete = true
  for (const branch of planBranches(node, shapeOf(node.inputs[0] as Value), output)) {
    let weights: BufferView | undefined
    // once for all slabs, and only where a kernel asks
    const transformed = () => {
      weights ??= transformWeights(context, branch, false)
      return weights
    }
    for (const slab of slabsFor(context, output))
      complete = lowerStretch(context, node, branch, slab, transformed) && complete
  }
  if (moments && !complete) dispatchMoments(context, y, moments)
}
