/** Geometry of a convolution: what it computes, and the parameters its kernels share. */
import type { geometry } from './convolution-kernels.js'
import { type ActivationShape, ceilDivide, pixelsOf, stripLength, type Value } from './op.js'

/** One weight tensor of a convolution and the channels of the output that it makes. */
export interface ConvolutionBranch {
  readonly channels: number
  /** First rows and columns of the input left out (FactorizedReduce's second branch: 1). */
  readonly crop: number
}

export interface ConvolutionAttributes {
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  /** Outputs of the branches stand side by side in the channel axis, in order. */
  readonly branches: readonly ConvolutionBranch[]
  readonly bias: boolean
  /** Also write strip moments, from which batch-norm statistics are merged. */
  readonly moments: boolean
}

export interface GradientAttributes extends ConvolutionAttributes {
  readonly input: ActivationShape
  readonly accumulate: boolean
}

/** Side length of a convolution's output. */
export const convolutionSide = (side: number, kernel: number, stride: number, padding: number, crop = 0): number =>
  Math.floor((side - crop + 2 * padding - kernel) / stride) + 1

export interface BranchPlan {
  readonly parameters: Record<keyof typeof geometry, number> & { outputStride: number; outputOffset: number }
  readonly vector: boolean
  readonly weights: Value
}

export function planBranches(
  node: { inputs: readonly Value[]; attributes: ConvolutionAttributes },
  input: ActivationShape,
  output: ActivationShape,
): BranchPlan[] {
  const { kernel, stride, padding, branches } = node.attributes
  let offset = 0
  return branches.map((branch, index) => {
    const plan: BranchPlan = {
      parameters: {
        inputHeight: input.height,
        inputWidth: input.width,
        inputChannels: input.channels,
        outputHeight: output.height,
        outputWidth: output.width,
        outputChannels: branch.channels,
        kernelHeight: kernel,
        kernelWidth: kernel,
        stride,
        crop: branch.crop,
        padding,
        outputStride: output.channels,
        outputOffset: offset,
      },
      vector: branch.channels % 4 === 0 && output.channels % 4 === 0 && offset % 4 === 0,
      weights: node.inputs[1 + index] as Value,
    }
    offset += branch.channels
    return plan
  })
}

export const multiplyAdds = (images: number, output: ActivationShape, branch: BranchPlan): number =>
  images *
  pixelsOf(output) *
  branch.parameters.outputChannels *
  branch.parameters.kernelHeight ** 2 *
  branch.parameters.inputChannels

const powerOfTwo = (count: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, count)))

/** Shapes for which one kernel variant serves all: window and stride, channels and pixels up to a power of two. */
export function shapeClass(branch: BranchPlan, output: ActivationShape): string {
  const { kernelWidth, stride, inputChannels, outputChannels } = branch.parameters
  const pixels = powerOfTwo(pixelsOf(output))
  return `${kernelWidth}x${kernelWidth}/${stride} ${powerOfTwo(inputChannels)}>${powerOfTwo(outputChannels)} ${pixels}px`
}

/** Neighbouring lanes of a subgroup that share their inputs: four channels a lane, up to eight lanes. */
export const teamWidth = (channels: number): 1 | 2 | 4 | 8 =>
  channels > 16 ? 8 : channels > 8 ? 4 : channels > 4 ? 2 : 1

/** How the output pixels of a stretch are dealt out to teams of lanes: in runs of strips of 16. */
export interface TeamRuns {
  /** Of one image each, or one of all images. */
  readonly runs: number
  readonly runPixels: number
  readonly strips: number
  /** Strips that a team takes at once: four, so that weights serve 64 pixels, unless there are hardly any. */
  readonly stripsPerTeam: 1 | 4
  readonly teams: number
}

function teamRuns(runs: number, runPixels: number): TeamRuns {
  const strips = ceilDivide(runPixels, stripLength)
  const stripsPerTeam = strips > 2 ? 4 : 1
  return { runs, runPixels, strips, stripsPerTeam, teams: runs * ceilDivide(strips, stripsPerTeam) }
}

/** Whether moments of strips are wanted: by the kernel that makes the output, which alone sees it unrounded, or by any. */
export type WantedMoments = 'none' | 'of the kernel' | 'of any'

/**
 * Runs of one image each leave strips idle at its end; one run of all images does not, but its strips have no moments of
 * single images. Those then cost a pass of their own, which pays where more than a tenth of the strips would idle.
 */
export function dealOut(output: ActivationShape, images: number, moments: WantedMoments): TeamRuns {
  const apart = teamRuns(images, pixelsOf(output))
  const together = teamRuns(1, images * pixelsOf(output))
  const slots = ({ teams, stripsPerTeam }: TeamRuns) => teams * stripsPerTeam
  const idles = slots(apart) > 1.1 * slots(together)
  return moments === 'of the kernel' || (moments === 'of any' && !idles) ? apart : together
}

/**
 * A window of one pixel does not see where images end: all of a stretch can be one row of pixels, so that strips are
 * full even where an image has a single pixel (a linear layer).
 */
export function asOneRow(branch: BranchPlan, images: number, output: ActivationShape): BranchPlan | null {
  const { kernelHeight, kernelWidth, stride, crop, padding } = branch.parameters
  if (kernelHeight * kernelWidth * stride !== 1 || crop + padding !== 0) return null
  const width = images * pixelsOf(output)
  const row = { inputHeight: 1, inputWidth: width, outputHeight: 1, outputWidth: width }
  return { ...branch, parameters: { ...branch.parameters, ...row } }
}
