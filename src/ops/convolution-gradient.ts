/** Gradients of a convolution: by its input, its weights and its bias. */
import {
  columnSums,
  denseWeightGradient,
  inputGradient,
  inputGradientRows,
  reducePartials,
  spikeWeightGradient,
} from './convolution-kernels.js'
import { type BranchPlan, type ConvolutionAttributes, multiplyAdds, planBranches } from './convolution-plan.js'
import {
  type ActivationShape,
  ceilDivide,
  imagesOf,
  neuronsOf,
  type OpDefinition,
  pixelsOf,
  shapeOf,
  slabImages,
  slabsFor,
  stripLength,
  type Value,
  wordsOf,
} from './op.js'

interface GradientAttributes extends ConvolutionAttributes {
  readonly input: ActivationShape
  readonly accumulate: boolean
}

/** dx of all branches, one after the other into one tensor. Inputs: dy, weights of each branch, then dx so far. */
export const inputGradientOp: OpDefinition<GradientAttributes> = {
  name: 'convolutionInputGradient',
  lower(context, node) {
    const dy = node.inputs[0] as Value
    const dx = node.outputs[0] as Value
    const { input, accumulate } = node.attributes
    const output = shapeOf(dy)
    const { stride } = node.attributes
    planBranches(node, input, output).forEach((branch, index) => {
      const vector = branch.vector && input.channels % 4 === 0
      const byRows =
        vector &&
        stride === 1 &&
        branch.parameters.crop === 0 &&
        input.width % stripLength === 0 &&
        [1, 3, 5].includes(node.attributes.kernel)
      const perParity = ceilDivide(ceilDivide(input.height, stride) * ceilDivide(input.width, stride), stripLength)
      const strips = byRows ? pixelsOf(input) / stripLength : perParity
      const adding = accumulate || index > 0
      const pair = !byRows && vector && input.channels % 8 === 0
      for (const slab of slabsFor(context, output)) {
        const { count } = slabImages(output, slab)
        const invocations = count * stride * stride * strips * ceilDivide(input.channels, pair ? 8 : 4)
        context.dispatch({
          kernel: byRows ? inputGradientRows : inputGradient,
          flags: byRows
            ? { KERNEL: node.attributes.kernel, ACCUMULATE: adding }
            : { VEC: vector, ACCUMULATE: adding, PAIR: pair },
          views: { dy: context.view(dy, slab), weights: context.view(branch.weights), dx: context.view(dx, slab) },
          parameters: { ...branch.parameters, invocations, strips, stripLength, weightRows: pair ? 8 : 4 },
          invocations,
          cost: {
            flops: 2 * multiplyAdds(count, output, branch),
            touched: { dy: 4 * count * pixelsOf(output) * branch.parameters.outputChannels },
          },
        })
      }
    })
  },
}

/** dw of one branch. Inputs: x, dy. Output: the parameter's gradient. */
export const weightGradientOp: OpDefinition<GradientAttributes & { readonly branch: number }> = {
  name: 'convolutionWeightGradient',
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
    const spikes = x.dtype === 'spikes'
    const rowLength = node.attributes.kernel * input.channels
    // the last block of a row may be mostly empty: narrower blocks waste less of it
    const rows = spikes ? (rowLength % 32 > 0 && rowLength % 32 <= 16 && rowLength < 32 ? 16 : 32) : 8
    const blocks = ceilDivide(rowLength, rows)
    const quads = ceilDivide(branch.parameters.outputChannels, 4)
    const perChunk = node.attributes.kernel * blocks * quads
    const images = imagesOf(output)
    const imagesPerChunk = Math.max(1, ceilDivide(images * perChunk, 8192))
    const slabs = slabsFor(context, output)
    const chunkCounts = slabs.map((slab) => ceilDivide(slabImages(output, slab).count, imagesPerChunk))
    const chunks = chunkCounts.reduce((sum, count) => sum + count, 0)
    const tableRows = node.attributes.kernel * rowLength
    const partial = context.scratch(chunks * tableRows * quads * 4)
    let firstChunk = 0
    slabs.forEach((slab, index) => {
      const { count } = slabImages(output, slab)
      const slabChunks = chunkCounts[index] as number
      const invocations = slabChunks * perChunk
      const parameters = { ...branch.parameters, invocations, images: count, blocks, imagesPerChunk, firstChunk }
      const cost = {
        flops: 2 * multiplyAdds(count, output, branch),
        touched: {
          dy: 4 * count * pixelsOf(output) * branch.parameters.outputChannels,
          partial: 16 * slabChunks * tableRows * quads,
        },
      }
      const vector =
        output.channels % 4 === 0 &&
        branch.parameters.outputOffset % 4 === 0 &&
        branch.parameters.outputChannels % 4 === 0
      if (spikes) {
        context.dispatch({
          kernel: spikeWeightGradient,
          flags: { VEC: vector, ROWS: rows },
          views: { spikes: context.view(x, slab), dy: context.view(dy, slab), partial },
          parameters: { ...parameters, wordsPerImage: wordsOf(input), one: 1 },
          invocations,
          cost: { ...cost, spikes: { binding: 'spikes', neurons: count * neuronsOf(input) } },
        })
      } else {
        context.dispatch({
          kernel: denseWeightGradient,
          flags: { VEC: vector },
          views: { x: context.view(x, slab), dy: context.view(dy, slab), partial },
          parameters,
          invocations,
          cost,
        })
      }
      firstChunk += slabChunks
    })
    const columns = branch.parameters.outputChannels
    context.dispatch({
      kernel: reducePartials,
      flags: { ACCUMULATE: node.attributes.accumulate },
      views: { partial, result: context.view(dw) },
      parameters: { invocations: tableRows * columns, rows: tableRows, columns, padded: quads * 4, chunks },
      invocations: tableRows * columns,
      cost: { flops: chunks * tableRows * columns },
    })
  },
}

export const biasGradientOp: OpDefinition<{ readonly accumulate: boolean }> = {
  name: 'biasGradient',
  lower(context, node) {
    const dy = node.inputs[0] as Value
    const shape = shapeOf(dy)
    for (const slab of slabsFor(context, shape)) {
      const { count } = slabImages(shape, slab)
      context.dispatch({
        kernel: columnSums,
        flags: { ACCUMULATE: node.attributes.accumulate || slab.index > 0 },
        views: { x: context.view(dy, slab), y: context.view(node.outputs[0] as Value) },
        parameters: { invocations: shape.channels, rows: count * pixelsOf(shape) },
        invocations: shape.channels,
        cost: { flops: count * neuronsOf(shape) },
      })
    }
  },
}
