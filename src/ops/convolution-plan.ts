/** Geometry of a convolution: what it computes, and the parameters its kernels share. */
import type { geometry } from './convolution-kernels.js'
import { type ActivationShape, pixelsOf, type Value } from './op.js'

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
