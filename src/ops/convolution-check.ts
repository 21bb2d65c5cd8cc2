/** What a convolution asks of its operands, checked when it is traced: the kernels trust every number they get. */
import { OptionError, ShapeError } from '../errors.js'
import { type ConvolutionAttributes, convolutionSide } from './convolution-plan.js'
import { type ActivationShape, shapeOf, type Value } from './op.js'

function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new OptionError('convolution', `${name} must be an integer of at least ${least}; got ${value}.`)
  }
}

/** @throws ShapeError when an operand does not hold exactly `expected` numbers: more or fewer would be misread */
function requireElements(name: string, value: Value | undefined, expected: number, axes: string): void {
  if (value?.elements !== expected) {
    throw new ShapeError(
      'convolution',
      `${name} must be ${axes}, ${expected} numbers; got ${value?.elements ?? 'none'}.`,
      'Declare it with the channels of the input and of its branch.',
    )
  }
}

/**
 * Shape of a convolution's output.
 * @throws OptionError on a number out of range, or a bias where none may be
 * @throws ShapeError when the window does not fit, the branches disagree in size, or an operand has the wrong size
 */
export function convolutionOutput(
  x: Value,
  weights: readonly Value[],
  attributes: Omit<ConvolutionAttributes, 'bias'>,
  bias: Value | null,
): ActivationShape {
  const input = shapeOf(x)
  const { kernel, stride, padding, branches } = attributes
  requireInteger('kernel', kernel, 1)
  requireInteger('stride', stride, 1)
  requireInteger('padding', padding, 0)
  requireInteger('the number of branches', branches.length, 1)
  for (const branch of branches) {
    requireInteger('channels', branch.channels, 1)
    requireInteger('crop', branch.crop, 0)
  }
  if (bias && (x.dtype === 'spikes' || branches.length > 1)) {
    throw new OptionError(
      'convolution',
      'a bias goes with one branch and real-valued input.',
      'Use a batch norm instead.',
    )
  }
  const image = `${input.height}x${input.width}`
  const sides = branches.map(({ crop }) =>
    [input.height, input.width].map((side) => convolutionSide(side, kernel, stride, padding, crop)),
  )
  const [height = 0, width = 0] = sides[0] ?? []
  const largestCrop = Math.max(...branches.map(({ crop }) => crop))
  if (height < 1 || width < 1 || largestCrop >= Math.min(input.height, input.width)) {
    throw new ShapeError(
      'convolution',
      `a ${kernel}x${kernel} window must fit into ${image} with padding ${padding} and crop ${largestCrop}.`,
      'Use a smaller kernel or more padding.',
    )
  }
  if (sides.some(([h, w]) => h !== height || w !== width)) {
    throw new ShapeError(
      'convolution',
      `all branches must give the same side; ${image} gives ${sides.map((side) => side.join('x')).join(' and ')}.`,
      'Cropped reductions need an even side.',
    )
  }
  const channels = branches.reduce((sum, branch) => sum + branch.channels, 0)
  if (weights.length !== branches.length) {
    throw new ShapeError('convolution', `needs ${branches.length} weight tensors, one a branch; got ${weights.length}.`)
  }
  branches.forEach((branch, index) => {
    const axes = `[k, k, CI, CO] = [${[kernel, kernel, input.channels, branch.channels].join(', ')}]`
    requireElements('weights', weights[index], kernel * kernel * input.channels * branch.channels, axes)
  })
  if (bias) requireElements('bias', bias, channels, '[CO]')
  return { ...input, height, width, channels }
}
