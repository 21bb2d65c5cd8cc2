/** Gradients of a synapse by its input, its weights and its bias. */

import { dispatchLinearWeightGradient, linearGradientExtent, takesProduct } from './linear-product.js'
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
import { dispatchInputGradient } from './synapse-gather.js'
import { type SynapseKind, type SynapseWindow, windowProducts } from './synapse-geometry.js'
import {
  biasPartials,
  depthwiseWeightGradient,
  realWeightGradient,
  spikeWeightGradient,
  sumPartials,
} from './synapse-kernels.js'

export interface SynapseGradientAttributes {
  readonly kind: SynapseKind
  readonly window: SynapseWindow
  readonly accumulate: boolean
}

/** dx. Inputs: dy, weights, (dx so far). */
export const synapseInputGradient: OpDefinition<SynapseGradientAttributes> = {
  name: 'synapseInputGradient',
  lower(context, node) {
    const [dy, weights] = node.inputs as [Value, Value]
    dispatchInputGradient(context, node.attributes, dy, weights, node.outputs[0] as Value, node.attributes.accumulate)
  },
}

/** Invocations that sum something in parallel: enough to fill a device, few enough that their partial sums stay small. */
const parallelSums = 8192

/** Cuts the work of each slab into chunks of equal length. */
function chunksOf(context: LoweringContext, shape: ActivationShape, perImage: number, perChunk: number) {
  const length = Math.max(1, ceilDivide(imagesOf(shape) * perImage * perChunk, parallelSums))
  let first = 0
  const slabs = slabsFor(context, shape).map((slab) => {
    const images = slabImages(shape, slab).count
    const chunks = ceilDivide(images * perImage, length)
    const cut = { slab, images, chunks, first }
    first += chunks
    return cut
  })
  return { length, slabs, chunks: first }
}

function windowParameters(
  { kind, window }: SynapseGradientAttributes,
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
    strideY: window.stride[0],
    strideX: window.stride[1],
    paddingY: window.padding[0],
    paddingX: window.padding[1],
    dilationY: window.dilation[0],
    dilationX: window.dilation[1],
    transposed: kind === 'transposed' ? 1 : 0,
  }
}

/** How a weight gradient's table is cut among invocations: the kernel, its blocks of input channels and lanes of outputs. */
function gradientKernel(x: Value, groups: number, inputs: number, outputs: number, untied: boolean) {
  const spikes = x.dtype === 'spikes'
  const wordsPerImage = spikes ? wordsOf(shapeOf(x)) : 0
  if (inputs === 1 && !untied) {
    const vector = outputs === 1 && groups % 4 === 0
    const lanes = (groups * outputs) / (vector ? 4 : 1)
    const extra = { lanes, multiplier: outputs, wordsPerImage }
    const flags = { VEC: vector, SPIKES: spikes }
    return { kernel: depthwiseWeightGradient, flags, input: 'x', blocks: 1, lanes, padded: outputs, extra }
  }
  const rows = spikes && inputs > 8 ? 32 : 8
  const blocks = ceilDivide(inputs, rows)
  const shared = { blocks, lanes: groups * ceilDivide(outputs, 4), padded: ceilDivide(outputs, 4) * 4 }
  const flags = { VEC: outputs % 4 === 0, UNTIED: untied }
  return spikes
    ? {
        ...shared,
        kernel: spikeWeightGradient,
        flags: { ...flags, BLOCK: rows },
        input: 'spikes',
        extra: { blocks, wordsPerImage },
      }
    : {
        ...shared,
        kernel: realWeightGradient,
        flags: { ...flags, VEC_IN: inputs % 4 === 0 },
        input: 'x',
        extra: { blocks },
      }
}

/** dw. Inputs: x, dy. Output: the parameter's gradient. */
export const synapseWeightGradient: OpDefinition<SynapseGradientAttributes> = {
  name: 'synapseWeightGradient',
  lower(context, node) {
    const [x, dy] = node.inputs as [Value, Value]
    const { kind, window, accumulate } = node.attributes
    if (takesProduct(context, 'linear weight gradient', kind, window, x, linearGradientExtent(x, dy))) {
      dispatchLinearWeightGradient(context, x, dy, node.outputs[0] as Value, accumulate)
      return
    }
    const [source, target] = [shapeOf(x), shapeOf(dy)]
    const shared = windowParameters(node.attributes, source, target)
    const untied = kind === 'local'
    const { groups } = window
    const { groupInputs, groupOutputs } = shared
    const { kernel, flags, input, blocks, lanes, padded, extra } = gradientKernel(
      x,
      groups,
      groupInputs,
      groupOutputs,
      untied,
    )
    const coarse = pixelsOf(kind === 'transposed' ? source : target)
    const taps = window.kernel[0] * window.kernel[1] * (untied ? coarse : 1)
    const perChunk = taps * blocks * lanes
    const { length, slabs, chunks } = chunksOf(context, target, untied ? 1 : coarse, perChunk)
    const tableRows = taps * groupInputs
    const partial = context.scratch(chunks * tableRows * groups * padded)
    for (const { slab, images, chunks: count, first } of slabs) {
      const invocations = count * perChunk
      context.dispatch({
        kernel,
        flags,
        views: { [input]: context.view(x, slab), dy: context.view(dy, slab), partial },
        parameters: { ...shared, ...extra, invocations, images, positionsPerChunk: length, firstChunk: first },
        invocations,
        cost: {
          flops: 2 * images * windowProducts(kind, window, source, target),
          touched: { partial: 4 * count * tableRows * groups * padded },
          ...(x.dtype === 'spikes' ? { spikes: { binding: input, neurons: images * neuronsOf(source) } } : {}),
        },
      })
    }
    const invocations = tableRows * target.channels
    context.dispatch({
      kernel: sumPartials,
      flags: { ACCUMULATE: accumulate },
      views: { partial, result: context.view(node.outputs[0] as Value) },
      parameters: { invocations, rows: tableRows, groups, columns: groupOutputs, padded, chunks },
      invocations,
      cost: { flops: chunks * invocations },
    })
  },
}

/** db. Input: dy. Output: the parameter's gradient, of the columns of dy that its size implies. */
export const synapseBiasGradient: OpDefinition<{ readonly accumulate: boolean }> = {
  name: 'synapseBiasGradient',
  lower(context, node) {
    const dy = node.inputs[0] as Value
    const db = node.outputs[0] as Value
    const shape = shapeOf(dy)
    const columns = db.elements
    const vector = columns % 4 === 0
    const lanes = vector ? columns / 4 : columns
    const perImage = neuronsOf(shape) / columns
    const { length, slabs, chunks } = chunksOf(context, shape, perImage, lanes)
    const partial = context.scratch(chunks * columns)
    for (const { slab, images, chunks: count, first } of slabs) {
      context.dispatch({
        kernel: biasPartials,
        flags: { VEC: vector },
        views: { dy: context.view(dy, slab), partial },
        parameters: {
          invocations: count * lanes,
          rows: images * perImage,
          lanes,
          rowsPerChunk: length,
          firstChunk: first,
        },
        invocations: count * lanes,
        cost: { flops: images * neuronsOf(shape), touched: { partial: 4 * count * columns } },
      })
    }
    context.dispatch({
      kernel: sumPartials,
      flags: { ACCUMULATE: node.attributes.accumulate },
      views: { partial, result: context.view(db) },
      parameters: { invocations: columns, rows: 1, groups: 1, columns, padded: columns, chunks },
      invocations: columns,
      cost: { flops: chunks * columns },
    })
  },
}
