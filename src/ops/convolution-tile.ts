/** Convolutions by tiles in workgroup memory: where they pay, how tiles are shaped, and their dispatches. */
import type { DeviceTraits } from '../runtime/variants.js'
import type { BranchPlan } from './convolution-plan.js'
import {
  denseForwardTile,
  denseWeightGradientTile,
  spikeForwardTile,
  spikeWeightGradientTile,
} from './convolution-tile-kernels.js'
import { type ActivationShape, ceilDivide, pixelsOf, type Served, wordsOf } from './op.js'

/** Lanes of a workgroup that lie across the channels of a tile, eight channels each; the rest lie across pixels. */
export type TileColumns = 2 | 4 | 8

const workgroup = 64
/** Outputs that an invocation keeps in registers: 8 pixels (or rows of the weight table) by 8 channels. */
export const eachSide = 8

/** How much dearer a multiply-add is in a tile of other sides: the longer it is, the less serves what it stages. */
const relativeCost = { 8: 1, 4: 1.1, 2: 1.4 } as const

/**
 * The shape of tile that computes so many channels at least cost, those that only fill it up counted in.
 * @param rows what lies down the tiles; left out where it is so much that the last tile does not matter
 */
export function tileColumns(channels: number, rows?: number): TileColumns {
  const filledUp = (count: number, lanes: number) => ceilDivide(count, eachSide * lanes) * eachSide * lanes
  const cost = (columns: TileColumns) =>
    relativeCost[columns] * filledUp(channels, columns) * (rows === undefined ? 1 : filledUp(rows, workgroup / columns))
  return ([8, 4, 2] as const).reduce((best, columns) => (cost(columns) < cost(best) ? columns : best))
}

/**
 * Whether tiles should beat kernels whose invocations load for themselves: the shape has the channels to share what is
 * staged, and sums long enough that setting up a tile and storing it are little beside them.
 */
export const tilePays = ({ software }: DeviceTraits, channels: number, summands: number): boolean =>
  !software && channels >= 16 && summands >= 64

/** The tile kernel among the others: the first guess where it pays, else the last. */
export const withTile = <V extends string>(
  pays: boolean,
  others: readonly [V, ...V[]],
): readonly [V | 'tile', ...(V | 'tile')[]] => (pays ? ['tile', ...others] : [...others, 'tile'])

/** Summands of one output of a convolution. */
export const summandsOf = ({ parameters }: BranchPlan): number =>
  parameters.kernelHeight * parameters.kernelWidth * parameters.inputChannels

/** Invocations for a matrix of so many rows and columns in tiles of 4096 elements. */
export const tileInvocations = (rows: number, channels: number, columns: TileColumns): number =>
  ceilDivide(rows * columns, workgroup * eachSide) * ceilDivide(channels, eachSide * columns) * workgroup

/** What a tile kernel reads as the input: a tensor, or some channels of one. */
export interface TileInput {
  readonly stride: number
  readonly offset: number
}

/** The forward kernel over real values; with flipped weights it also gives the gradient by the input. */
export function denseTile(
  branch: BranchPlan,
  output: ActivationShape,
  images: number,
  input: TileInput,
  add: { readonly bias: boolean; readonly toOutput: boolean },
): Served {
  const { inputChannels, outputChannels } = branch.parameters
  const columns = tileColumns(outputChannels)
  const invocations = tileInvocations(images * pixelsOf(output), outputChannels, columns)
  return {
    kernel: denseForwardTile,
    flags: {
      VEC: branch.vector,
      VEC_IN: [inputChannels, input.stride, input.offset].every((n) => n % 4 === 0),
    },
    parameters: {
      ...branch.parameters,
      invocations,
      images,
      columns,
      inputStride: input.stride,
      inputOffset: input.offset,
      biased: Number(add.bias),
      adding: Number(add.toOutput),
      sumsEach: eachSide,
    },
    invocations,
  }
}

export function spikeTile(branch: BranchPlan, input: ActivationShape, output: ActivationShape, images: number): Served {
  const { kernelWidth, inputChannels, outputChannels } = branch.parameters
  const columns = tileColumns(outputChannels)
  const invocations = tileInvocations(images * pixelsOf(output), outputChannels, columns)
  return {
    kernel: spikeForwardTile,
    flags: { VEC: branch.vector },
    parameters: {
      ...branch.parameters,
      invocations,
      images,
      columns,
      wordsPerImage: wordsOf(input),
      runWords: ceilDivide(kernelWidth * inputChannels, 32),
      sumsEach: eachSide,
    },
    invocations,
  }
}

/** How a weight gradient is divided among workgroups: tiles of the weight table, and chunks of images. */
export function weightGradientTile(branch: BranchPlan, spikes: boolean, rowLength: number) {
  const { kernelHeight, inputChannels, outputChannels } = branch.parameters
  const blocks = ceilDivide(rowLength, 32)
  // bits that only fill a word up are rows as well
  const rows = kernelHeight * (spikes ? 32 * blocks : rowLength)
  const columns = tileColumns(outputChannels, rows)
  const perChunk = tileInvocations(rows, outputChannels, columns)
  return {
    kernel: spikes ? spikeWeightGradientTile : denseWeightGradientTile,
    flags: spikes ? { VEC: branch.vector } : { VEC: branch.vector, VEC_IN: inputChannels % 4 === 0 },
    parameters: { columns, sumsEach: eachSide },
    blocks,
    perChunk,
    invocations: (chunks: number) => chunks * perChunk,
    // 512 workgroups, some for each multiprocessor of a large device
    enough: 512 * workgroup,
  }
}
