/**
 * Gradient of a convolution by its weights: which kernel runs it, and its dispatches.
 * Every kernel leaves partial sums of chunks of images, which are added in a fixed order.
 */

import type { ShaderFlags } from '../runtime/expression.js'
import type { BufferView, KernelDefinition } from '../runtime/kernel.js'
import type { Variants } from '../runtime/variants.js'
import { lookupQuads } from './convolution-forward.js'
import { servedOnHalves } from './convolution-halves.js'
import { denseWeightGradient, reducePartials, spikeWeightGradient } from './convolution-kernels.js'
import {
  type BranchPlan,
  type GradientAttributes,
  multiplyAdds,
  planBranches,
  shapeClass,
  teamWidth,
} from './convolution-plan.js'
import {
  denseWeightGradientSubgroup,
  denseWeightGradientWinograd,
  spikeWeightGradientLookup,
  teamLanes,
} from './convolution-subgroup-kernels.js'
import { summandsOf, tilePays, weightGradientTile, withTile } from './convolution-tile.js'
import {
  type ActivationShape,
  ceilDivide,
  imagesOf,
  type LoweringContext,
  neuronsOf,
  type OpDefinition,
  pixelsOf,
  shapeOf,
  slabImages,
  slabsFor,
  type Value,
  wordsOf,
} from './op.js'

/** A kernel and how it divides the work: rows of the weight table and output channels among invocations or teams. */
interface Division {
  readonly kernel: KernelDefinition
  readonly flags: ShaderFlags
  /** What only this kernel needs to know. */
  readonly parameters?: Readonly<Record<string, number>>
  /** Rows of one kernel row, `kernelWidth · CI`, are divided into so many blocks. */
  readonly blocks: number
  /** Invocations that a chunk of images needs. */
  readonly perChunk: number
  /** Invocations for a number of chunks, which may be rounded up. */
  readonly invocations: (chunks: number) => number
  /** Invocations that keep a device busy. */
  readonly enough: number
}

type Variant = 'tile' | 'winograd' | 'subgroup' | 'portable'

function portable(branch: BranchPlan, spikes: boolean, rowLength: number): Division {
  const { kernelHeight, outputChannels } = branch.parameters
  // the last block of a row may be mostly empty: narrower blocks waste less of it
  const rows = spikes ? (rowLength % 32 > 0 && rowLength % 32 <= 16 && rowLength < 32 ? 16 : 32) : 8
  const blocks = ceilDivide(rowLength, rows)
  const perChunk = kernelHeight * blocks * ceilDivide(outputChannels, 4)
  return {
    kernel: spikes ? spikeWeightGradient : denseWeightGradient,
    flags: spikes ? { VEC: branch.vector, ROWS: rows } : { VEC: branch.vector },
    blocks,
    perChunk,
    invocations: (chunks) => chunks * perChunk,
    enough: 8192,
  }
}

/** Teams of lanes that own 64 rows each. */
function subgroup(branch: BranchPlan, spikes: boolean, rowLength: number): Division {
  const { kernelHeight, outputChannels } = branch.parameters
  const quads = lookupQuads(outputChannels)
  const lanes = spikes ? teamLanes : teamWidth(outputChannels)
  const blocks = ceilDivide(rowLength, 64)
  const columns = spikes ? outputChannels / (4 * quads) : ceilDivide(outputChannels, 4 * lanes)
  return {
    kernel: spikes ? spikeWeightGradientLookup : denseWeightGradientSubgroup,
    flags: spikes ? { QUADS: quads } : { LANES: lanes },
    blocks,
    perChunk: kernelHeight * blocks * columns * lanes,
    invocations: (chunks) => ceilDivide(chunks * kernelHeight * blocks, 64 / lanes) * 64 * columns,
    enough: 2048,
  }
}

/** Teams of eight lanes that own all nine weights of 8 input and 32 output channels. */
function winograd(branch: BranchPlan): Division {
  const { inputChannels, outputChannels } = branch.parameters
  const blocks = ceilDivide(inputChannels, 8)
  const columns = ceilDivide(outputChannels, 4 * teamLanes)
  return {
    kernel: denseWeightGradientWinograd,
    flags: {},
    blocks,
    perChunk: blocks * columns * teamLanes,
    invocations: (chunks) => ceilDivide(chunks * blocks, 64 / teamLanes) * 64 * columns,
    enough: 2048,
  }
}

function divide(variants: Variants, branch: BranchPlan, output: ActivationShape, spikes: boolean): Division {
  const { traits } = variants
  const { inputChannels, outputChannels, kernelWidth, stride } = branch.parameters
  const rowLength = kernelWidth * inputChannels
  const able = branch.vector && traits.subgroupLanes >= teamLanes && (spikes || inputChannels % 4 === 0)
  // both share what they load among channels: with few of them there is little to share
  const pays = traits.software && outputChannels >= 16 && (!spikes || lookupQuads(outputChannels) === 4)
  const direct: readonly [Variant, ...Variant[]] = !able
    ? ['portable']
    : pays
      ? ['subgroup', 'portable']
      : ['portable', 'subgroup']
  const byRows = able && !spikes && kernelWidth === 3 && stride === 1
  // a tile is two rows of four outputs
  const fills = traits.software && output.width > 2
  const variant = variants.choose<Variant>(
    spikes ? 'spike weight gradient' : 'dense weight gradient',
    shapeClass(branch, output),
    withTile(
      tilePays(traits, outputChannels, summandsOf(branch)),
      !byRows ? direct : fills ? ['winograd', ...direct] : [...direct, 'winograd'],
    ),
  )
  if (variant === 'winograd') return winograd(branch)
  return { tile: weightGradientTile, subgroup, portable }[variant](branch, spikes, rowLength)
}

function dispatchChunks(
  context: LoweringContext,
  node: { inputs: readonly Value[]; attributes: GradientAttributes },
  branch: BranchPlan,
  division: Division,
): { partial: BufferView; chunks: number } {
  const [x, dy] = node.inputs as [Value, Value]
  const input = shapeOf(x)
  const output = shapeOf(dy)
  const spikes = x.dtype === 'spikes'
  const { kernel, flags, blocks, perChunk, enough } = division
  const imagesPerChunk = Math.max(1, ceilDivide(imagesOf(output) * perChunk, enough))
  const slabs = slabsFor(context, output)
  const chunkCounts = slabs.map((slab) => ceilDivide(slabImages(output, slab).count, imagesPerChunk))
  const chunks = chunkCounts.reduce((sum, count) => sum + count, 0)
  const tableElements =
    node.attributes.kernel ** 2 * input.channels * ceilDivide(branch.parameters.outputChannels, 4) * 4
  const partial = context.scratch(chunks * tableElements)
  let firstChunk = 0
  slabs.forEach((slab, index) => {
    const { count } = slabImages(output, slab)
    const slabChunks = chunkCounts[index] as number
    const invocations = division.invocations(slabChunks)
    const every = {
      ...branch.parameters,
      ...division.parameters,
      invocations,
      images: count,
      blocks,
      imagesPerChunk,
      firstChunk,
      chunks: slabChunks,
      one: 1,
    }
    const cost = {
      flops: 2 * multiplyAdds(count, output, branch),
      touched: {
        dy: 4 * count * pixelsOf(output) * branch.parameters.outputChannels,
        partial: 4 * slabChunks * tableElements,
      },
    }
    const views = { dy: context.view(dy, slab), partial }
    context.dispatch({
      kernel,
      flags,
      views: spikes ? { spikes: context.view(x, slab), ...views } : { x: context.view(x, slab), ...views },
      parameters: { ...every, wordsPerImage: wordsOf(input) },
      invocations,
      cost: spikes ? { ...cost, spikes: { binding: 'spikes', neurons: count * neuronsOf(input) } } : cost,
    })
    firstChunk += slabChunks
  })
  return { partial, chunks }
}

/** dw of one branch. Inputs: x, dy. Output: the parameter's gradient. */
export const weightGradientOp: OpDefinition<GradientAttributes & { readonly branch: number }> = {
  name: 'convolutionWeightGradient',
  halves: () => ({ reads: [0] }),
  lower(context, node) {
    const [x, dy] = node.inputs as [Value, Value]
    const dw = node.outputs[0] as Value
    const input = shapeOf(x)
    const output = shapeOf(dy)
    const branch = planBranches(
      { inputs: [x, ...node.attributes.branches.map(() => dw)], attributes: node.attributes },
      input,
      output,
    )[node.attributes.branch] as BranchPlan
    const division = servedOnHalves(context.variants, { x }, (variants) =>
      divide(variants, branch, output, x.dtype === 'spikes'),
    )
    const { partial, chunks } = dispatchChunks(context, node, branch, division)
    const columns = branch.parameters.outputChannels
    const rows = node.attributes.kernel ** 2 * input.channels
    context.dispatch({
      kernel: reducePartials,
      flags: { ACCUMULATE: node.attributes.accumulate },
      views: { partial, result: context.view(dw) },
      parameters: { invocations: rows * columns, rows, columns, padded: ceilDivide(columns, 4) * 4, chunks },
      invocations: rows * columns,
      cost: { flops: chunks * rows * columns },
    })
  },
}
