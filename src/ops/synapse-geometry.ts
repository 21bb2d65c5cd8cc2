/** Windows of synapses: what they mean, which are possible, and the shapes they lead to. */
import { OptionError, ShapeError } from '../errors.js'
import { type ActivationShape, pixelsOf } from './op.js'

/** Rows and columns. */
export type Pair = readonly [number, number]

/** `local`: the weights of every output pixel are its own. */
export type SynapseKind = 'convolution' | 'transposed' | 'local'

export interface SynapseWindow {
  readonly kernel: Pair
  readonly stride: Pair
  /** Zeros on both sides of each axis. */
  readonly padding: Pair
  /** Distance of neighbouring taps. */
  readonly dilation: Pair
  /** Channels are cut into so many stretches; an output stretch sees its input stretch only. */
  readonly groups: number
  /** Rows and columns added at the end of a transposed convolution's output; 0 elsewhere. */
  readonly outputPadding: Pair
}

export const plainWindow: SynapseWindow = {
  kernel: [1, 1],
  stride: [1, 1],
  padding: [0, 0],
  dilation: [1, 1],
  groups: 1,
  outputPadding: [0, 0],
}

/** Kernels tell a pixel outside the image by a sentinel of 65536. */
const largestExtent = 32767

function requireInteger(where: string, name: string, value: number, least: number, most = largestExtent): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new OptionError(where, `${name} must be an integer from ${least} to ${most}; got ${value}.`)
  }
}

/** @throws OptionError on a number out of range */
function checkWindow(where: string, kind: SynapseKind, window: SynapseWindow): void {
  const { kernel, stride, padding, dilation, outputPadding, groups } = window
  requireInteger(where, 'groups', groups, 1)
  for (const axis of [0, 1] as const) {
    requireInteger(where, 'kernel', kernel[axis], 1)
    requireInteger(where, 'stride', stride[axis], 1)
    requireInteger(where, 'dilation', dilation[axis], 1)
    requireInteger(where, 'padding', padding[axis], 0)
    requireInteger(where, 'dilation times (kernel - 1)', dilation[axis] * (kernel[axis] - 1), 0)
    const mostExtra = kind === 'transposed' ? Math.max(stride[axis], dilation[axis]) - 1 : 0
    requireInteger(where, 'outputPadding', outputPadding[axis], 0, mostExtra)
  }
}

/** Rows or columns of the output. */
export function windowSide(kind: SynapseKind, window: SynapseWindow, axis: 0 | 1, side: number): number {
  const [stride, padding] = [window.stride[axis], window.padding[axis]]
  const reach = window.dilation[axis] * (window.kernel[axis] - 1)
  return kind === 'transposed'
    ? (side - 1) * stride - 2 * padding + reach + 1 + window.outputPadding[axis]
    : Math.floor((side + 2 * padding - reach - 1) / stride) + 1
}

/**
 * Shape of a synapse's output.
 * @throws OptionError on a number out of range, ShapeError when the window does not fit or the groups do not divide
 */
export function synapseOutput(
  where: string,
  kind: SynapseKind,
  window: SynapseWindow,
  input: ActivationShape,
  channels: number,
): ActivationShape {
  checkWindow(where, kind, window)
  requireInteger(where, 'channels', channels, 1, 2 ** 24)
  if (input.channels % window.groups !== 0 || channels % window.groups !== 0) {
    throw new ShapeError(
      where,
      `${window.groups} groups must divide the ${input.channels} channels of the input and the ${channels} of the output.`,
      'Choose other channels or fewer groups.',
    )
  }
  const height = windowSide(kind, window, 0, input.height)
  const width = windowSide(kind, window, 1, input.width)
  if (Math.min(height, width) < 1 || Math.max(height, width, input.height, input.width) > largestExtent) {
    throw new ShapeError(
      where,
      `a window of ${window.kernel.join('x')} with stride ${window.stride.join('x')}, dilation ${window.dilation.join('x')} and padding ${window.padding.join('x')} makes ${height}x${width} of ${input.height}x${input.width}.`,
      `Sides must lie between 1 and ${largestExtent}: change kernel or padding.`,
    )
  }
  return { ...input, height, width, channels }
}

/** `[kh, kw, CI/G, CO]`, and before them `[OH, OW]` for a locally connected layer. */
export function weightDimensions(
  kind: SynapseKind,
  window: SynapseWindow,
  input: ActivationShape,
  output: ActivationShape,
): number[] {
  const shared = [...window.kernel, input.channels / window.groups, output.channels]
  return kind === 'local' ? [output.height, output.width, ...shared] : shared
}

/** `[CO]`; in a locally connected layer `[OH, OW, CO]`. */
export const biasDimensions = (kind: SynapseKind, output: ActivationShape): number[] =>
  kind === 'local' ? [output.height, output.width, output.channels] : [output.channels]

/** Multiply-adds of one image, products with padding included. */
export const windowProducts = (
  kind: SynapseKind,
  window: SynapseWindow,
  input: ActivationShape,
  output: ActivationShape,
): number =>
  pixelsOf(kind === 'transposed' ? input : output) *
  window.kernel[0] *
  window.kernel[1] *
  (input.channels / window.groups) *
  output.channels
