/** Dispatches of a window that gathers: the forward pass of every synapse, and with transposed weights its input gradient. */
import type { BufferView } from '../runtime/kernel.js'
import { dispatchLinear, type LinearJob, linearExtent, takesProduct } from './linear-product.js'
import {
  type ActivationShape,
  ceilDivide,
  type LoweringContext,
  neuronsOf,
  pixelsOf,
  shapeOf,
  slabImages,
  slabsFor,
  stripLength,
  type Value,
  wordsOf,
} from './op.js'
import { type Pair, type SynapseKind, type SynapseWindow, windowProducts } from './synapse-geometry.js'
import { depthwiseForward, realForward, spikeForward, transposeWeights } from './synapse-kernels.js'

/** Which sources a target looks at; the equations stand in `synapse/real_forward`. */
interface Gather {
  readonly phases: Pair
  readonly step: Pair
  readonly tapStep: Pair
  readonly origin: Pair
  /** Weights are shared, or belong to target pixels, or to source pixels. */
  readonly untied: 0 | 1 | 2
}

const one: Pair = [1, 1]
const minus = ([y, x]: Pair): Pair => [-y, -x]

/** A window sliding over the source. */
const sliding = ({ stride, dilation, padding }: SynapseWindow, untied: 0 | 1): Gather => ({
  phases: one,
  step: stride,
  tapStep: dilation,
  origin: minus(padding),
  untied,
})

/** A window sliding over the target. */
const spreading = ({ stride, dilation, padding }: SynapseWindow, untied: 0 | 2): Gather => ({
  phases: stride,
  step: one,
  tapStep: minus(dilation),
  origin: padding,
  untied,
})

/** The weights of a gather, `[..., kh, kw, I, CT]`, and where they are. */
interface GatherOperands {
  readonly kind: SynapseKind
  readonly window: SynapseWindow
  readonly x: Value
  readonly weights: BufferView
  readonly bias: BufferView | null
  readonly y: Value
  readonly accumulate: boolean
}

function gatherParameters(
  { phases, step, tapStep, origin }: Gather,
  window: SynapseWindow,
  source: ActivationShape,
  target: ActivationShape,
) {
  return {
    sourceHeight: source.height,
    sourceWidth: source.width,
    sourceChannels: source.channels,
    targetHeight: target.height,
    targetWidth: target.width,
    targetChannels: target.channels,
    kernelHeight: window.kernel[0],
    kernelWidth: window.kernel[1],
    groupInputs: source.channels / window.groups,
    groupOutputs: target.channels / window.groups,
    phasesY: phases[0],
    phasesX: phases[1],
    stepY: step[0],
    stepX: step[1],
    tapStepY: tapStep[0],
    tapStepX: tapStep[1],
    originY: origin[0],
    originX: origin[1],
    stripLength,
  }
}

/** Strips of 16 targets that cover some images. */
function stripsFor({ phases, untied }: Gather, target: ActivationShape, images: number): number {
  if (untied > 0) return ceilDivide(images, stripLength) * pixelsOf(target)
  const perPhase = ceilDivide(target.height, phases[0]) * ceilDivide(target.width, phases[1])
  return ceilDivide(images * perPhase, stripLength) * phases[0] * phases[1]
}

/** The kernel for one slab, its flags and what it has beyond `shared`: channels by themselves, bits, or real values. */
function kernelFor(gather: Gather, { window, x, bias, accumulate, y }: GatherOperands) {
  const [source, target] = [shapeOf(x), shapeOf(y)]
  const [inputs, outputs] = [source.channels / window.groups, target.channels / window.groups]
  const spikes = x.dtype === 'spikes'
  const flags = { BIAS: bias !== null, ACCUMULATE: accumulate }
  if (inputs === 1 && gather.untied === 0) {
    const vector = outputs === 1 && target.channels % 4 === 0
    const lanes = vector ? target.channels / 4 : target.channels
    return {
      kernel: depthwiseForward,
      flags: { ...flags, VEC: vector, SPIKES: spikes },
      perStrip: lanes,
      input: 'x',
      extra: { lanes, multiplier: outputs, wordsPerImage: spikes ? wordsOf(source) : 0 },
    }
  }
  const perStrip = window.groups * ceilDivide(outputs, 4)
  const common = { ...flags, VEC: outputs % 4 === 0, UNTIED: gather.untied }
  if (!spikes) {
    return { kernel: realForward, flags: { ...common, VEC_IN: inputs % 4 === 0 }, perStrip, input: 'x', extra: {} }
  }
  // bits of a whole kernel row lie side by side
  const byRows = window.groups === 1 && gather.tapStep[1] === 1 && gather.phases[1] === 1
  const runTaps = byRows ? window.kernel[1] : 1
  const extra = { wordsPerImage: wordsOf(source), runTaps, runBits: runTaps * inputs }
  return { kernel: spikeForward, flags: common, perStrip, input: 'spikes', extra }
}

function dispatchGather(
  context: LoweringContext,
  job: LinearJob,
  gather: Gather,
  products: number,
  operands: GatherOperands,
): void {
  const { kind, window, x, y, weights, bias } = operands
  if (takesProduct(context, job, kind, window, x, linearExtent(x, y))) {
    dispatchLinear(context, operands)
    return
  }
  const [source, target] = [shapeOf(x), shapeOf(y)]
  const shared = gatherParameters(gather, window, source, target)
  const { kernel, flags, perStrip, input, extra } = kernelFor(gather, operands)
  for (const slab of slabsFor(context, target)) {
    const images = slabImages(target, slab).count
    const invocations = stripsFor(gather, target, images) * perStrip
    context.dispatch({
      kernel,
      flags,
      views: { [input]: context.view(x, slab), weights, bias: bias ?? context.unused(2), y: context.view(y, slab) },
      parameters: { ...shared, ...extra, invocations, images },
      invocations,
      cost: {
        flops: 2 * images * products,
        ...(x.dtype === 'spikes' ? { spikes: { binding: input, neurons: images * neuronsOf(source) } } : {}),
      },
    })
  }
}

/** y = synapse(x). */
export function dispatchForward(context: LoweringContext, operands: GatherOperands): void {
  const { kind, window, x, y } = operands
  const gather = kind === 'transposed' ? spreading(window, 0) : sliding(window, kind === 'local' ? 1 : 0)
  dispatchGather(context, 'linear layer', gather, windowProducts(kind, window, shapeOf(x), shapeOf(y)), operands)
}

/** Each group's matrix transposed, tap by tap; channels that stand alone have nothing to transpose. */
function transposeInto(
  context: LoweringContext,
  weights: Value,
  groups: number,
  inputs: number,
  outputs: number,
): BufferView {
  if (inputs === groups && outputs === groups) return context.view(weights)
  const transposed = context.scratch(weights.elements)
  context.dispatch({
    kernel: transposeWeights,
    views: { weights: context.view(weights), transposed },
    parameters: {
      invocations: weights.elements,
      groupInputs: inputs / groups,
      groupOutputs: outputs / groups,
      groups,
    },
    invocations: weights.elements,
  })
  return transposed
}

/** dx of a synapse from its dy: `weights` are those of the forward pass. */
export function dispatchInputGradient(
  context: LoweringContext,
  synapse: { readonly kind: SynapseKind; readonly window: SynapseWindow },
  dy: Value,
  weights: Value,
  dx: Value,
  accumulate: boolean,
): void {
  const { kind, window } = synapse
  const [input, output] = [shapeOf(dx), shapeOf(dy)]
  const transposed = transposeInto(context, weights, window.groups, input.channels, output.channels)
  const gather = kind === 'transposed' ? sliding(window, 0) : spreading(window, kind === 'local' ? 2 : 0)
  const operands = { kind, window, x: dy, weights: transposed, bias: null, y: dx, accumulate }
  dispatchGather(context, 'linear input gradient', gather, windowProducts(kind, window, input, output), operands)
}
