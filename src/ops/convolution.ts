/** Two-dimensional convolution of spikes or real values, with its gradients. */
import { OptionError, ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import {
  type ActivationShape,
  ceilDivide,
  imagesOf,
  type LoweringContext,
  type OpDefinition,
  type OpNode,
  paddedChannels,
  pixelsOf,
  shapeOf,
  slabImages,
  slabsFor,
  stripLength,
  stripsOf,
  type Tracer,
  type Value,
  wordsOf,
} from './op.js'

const geometry = {
  inputHeight: 'u32',
  inputWidth: 'u32',
  inputChannels: 'u32',
  outputHeight: 'u32',
  outputWidth: 'u32',
  outputChannels: 'u32',
  kernelHeight: 'u32',
  kernelWidth: 'u32',
  stride: 'u32',
  crop: 'u32',
  padding: 'u32',
} as const

export const spikeForward = defineKernel({
  shader: 'convolution/spike_forward',
  bindings: { spikes: 'read', weights: 'read', y: 'write', moments: 'write' },
  parameters: {
    invocations: 'u32',
    ...geometry,
    wordsPerImage: 'u32',
    outputStride: 'u32',
    outputOffset: 'u32',
    strips: 'u32',
    momentStride: 'u32',
    firstImage: 'u32',
    stripLength: 'u32',
    runWords: 'u32',
  },
  flags: { VEC: true, MOMENTS: false },
  workgroupSize: 64,
})

export const denseForward = defineKernel({
  shader: 'convolution/dense_forward',
  bindings: { x: 'read', weights: 'read', bias: 'read', y: 'write', moments: 'write' },
  parameters: {
    invocations: 'u32',
    ...geometry,
    outputStride: 'u32',
    outputOffset: 'u32',
    strips: 'u32',
    momentStride: 'u32',
    firstImage: 'u32',
    stripLength: 'u32',
  },
  flags: { VEC: true, VEC_IN: true, BIAS: false, MOMENTS: false },
  workgroupSize: 64,
})

export const inputGradient = defineKernel({
  shader: 'convolution/input_gradient',
  bindings: { dy: 'read', weights: 'read', dx: 'write' },
  parameters: {
    invocations: 'u32',
    ...geometry,
    outputStride: 'u32',
    outputOffset: 'u32',
    strips: 'u32',
    stripLength: 'u32',
    weightRows: 'u32',
  },
  flags: { VEC: true, ACCUMULATE: false, PAIR: false },
  workgroupSize: 64,
})

export const inputGradientRows = defineKernel({
  ...inputGradient,
  shader: 'convolution/input_gradient_rows',
  flags: { KERNEL: 3, ACCUMULATE: false },
})

export const spikeWeightGradient = defineKernel({
  shader: 'convolution/spike_weight_gradient',
  bindings: { spikes: 'read', dy: 'read', partial: 'write' },
  parameters: {
    invocations: 'u32',
    images: 'u32',
    ...geometry,
    wordsPerImage: 'u32',
    outputStride: 'u32',
    outputOffset: 'u32',
    blocks: 'u32',
    imagesPerChunk: 'u32',
    firstChunk: 'u32',
    one: 'u32',
  },
  flags: { VEC: true, ROWS: 32 },
  workgroupSize: 64,
})

export const denseWeightGradient = defineKernel({
  shader: 'convolution/dense_weight_gradient',
  bindings: { x: 'read', dy: 'read', partial: 'write' },
  parameters: {
    invocations: 'u32',
    images: 'u32',
    ...geometry,
    outputStride: 'u32',
    outputOffset: 'u32',
    blocks: 'u32',
    imagesPerChunk: 'u32',
    firstChunk: 'u32',
  },
  flags: { VEC: true },
  workgroupSize: 64,
})

export const reducePartials = defineKernel({
  shader: 'convolution/reduce_partials',
  bindings: { partial: 'read', result: 'write' },
  parameters: { invocations: 'u32', rows: 'u32', columns: 'u32', padded: 'u32', chunks: 'u32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

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

interface BranchPlan {
  readonly parameters: Record<keyof typeof geometry, number> & { outputStride: number; outputOffset: number }
  readonly vector: boolean
  readonly weights: Value
}

function planBranches(
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

const multiplyAdds = (images: number, output: ActivationShape, branch: BranchPlan): number =>
  images *
  pixelsOf(output) *
  branch.parameters.outputChannels *
  branch.parameters.kernelHeight ** 2 *
  branch.parameters.inputChannels

function lowerForward(context: LoweringContext, node: OpNode<ConvolutionAttributes>): void {
  const x = node.inputs[0] as Value
  const [y, moments] = node.outputs as [Value, Value | undefined]
  const input = shapeOf(x)
  const output = shapeOf(y)
  const strips = stripsOf(output)
  for (const branch of planBranches(node, input, output)) {
    for (const slab of slabsFor(context, output)) {
      const { first, count } = slabImages(output, slab)
      const invocations = count * strips * ceilDivide(branch.parameters.outputChannels, 4)
      const shared = {
        ...branch.parameters,
        invocations,
        strips,
        momentStride: paddedChannels(output.channels),
        firstImage: first,
        stripLength,
      }
      const flops = 2 * multiplyAdds(count, output, branch)
      const cost = { flops, bytes: 4 * count * pixelsOf(output) * branch.parameters.outputChannels }
      const outputs = {
        weights: context.view(branch.weights),
        y: context.view(y, slab),
        moments: moments ? context.view(moments) : context.unused(0),
      }
      if (x.dtype === 'spikes') {
        context.dispatch({
          kernel: spikeForward,
          flags: { VEC: branch.vector, MOMENTS: moments !== undefined },
          views: { spikes: context.view(x, slab), ...outputs },
          parameters: {
            ...shared,
            wordsPerImage: wordsOf(input),
            runWords: ceilDivide(node.attributes.kernel * input.channels, 32),
          },
          invocations,
          cost,
        })
      } else {
        const bias = node.attributes.bias ? (node.inputs[1 + node.attributes.branches.length] as Value) : null
        context.dispatch({
          kernel: denseForward,
          flags: {
            VEC: branch.vector,
            VEC_IN: input.channels % 4 === 0,
            BIAS: bias !== null,
            MOMENTS: moments !== undefined,
          },
          views: { x: context.view(x, slab), bias: bias ? context.view(bias) : context.unused(1), ...outputs },
          parameters: shared,
          invocations,
          cost,
        })
      }
    }
  }
}

interface GradientAttributes extends ConvolutionAttributes {
  readonly input: ActivationShape
  readonly accumulate: boolean
}

/** dx of all branches, one after the other into one tensor. Inputs: dy, weights of each branch, then dx so far. */
const inputGradientOp: OpDefinition<GradientAttributes> = {
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
          cost: { flops: 2 * multiplyAdds(count, output, branch), bytes: 4 * count * pixelsOf(input) * input.channels },
        })
      }
    })
  },
}

/** dw of one branch. Inputs: x, dy. Output: the parameter's gradient. */
const weightGradientOp: OpDefinition<GradientAttributes & { readonly branch: number }> = {
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
        bytes: 4 * count * pixelsOf(output) * branch.parameters.outputChannels,
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
          cost,
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
    })
  },
}

export const convolution: OpDefinition<ConvolutionAttributes> = {
  name: 'convolution',
  recomputable: true,
  lower: lowerForward,
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy) return
    const x = node.inputs[0] as Value
    const input = shapeOf(x)
    const attributes = { ...node.attributes, moments: false, input }
    node.attributes.branches.forEach((_, branch) => {
      context.contributeParameter(node.inputs[1 + branch] as Value, (gradient, accumulate) => {
        context.emit(weightGradientOp, [context.saved(x), dy], [gradient], { ...attributes, accumulate, branch })
      })
    })
    if (node.attributes.bias) {
      context.contributeParameter(node.inputs[1 + node.attributes.branches.length] as Value, (gradient, accumulate) => {
        context.emit(biasGradientOp, [dy], [gradient], { accumulate })
      })
    }
    if (!context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', input, `d ${x.label}`)
      const weights = node.inputs.slice(1, 1 + node.attributes.branches.length)
      context.emit(inputGradientOp, [dy, ...weights, ...(into ? [into] : [])], [dx], {
        ...attributes,
        accumulate: into !== null,
      })
      return dx
    })
  },
}

export const columnSums = defineKernel({
  shader: 'elementwise/column_sums',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', rows: 'u32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

const biasGradientOp: OpDefinition<{ readonly accumulate: boolean }> = {
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
      })
    }
  },
}

/**
 * Convolution of spikes or currents.
 * @param x       `[T, B, CI, H, W]`, spikes or f32
 * @param weights one tensor `[k, k, CI, CO]` for each branch
 * @param bias    `[CO]`, only with a single branch and f32 input
 * @returns the current `[T, B, sum of CO, OH, OW]` and, if asked for, its strip moments
 * @throws ShapeError when the window does not fit or the branches disagree in size
 */
export function traceConvolution(
  tracer: Tracer,
  x: Value,
  weights: readonly Value[],
  attributes: Omit<ConvolutionAttributes, 'bias'>,
  bias: Value | null = null,
): { y: Value; moments: Value | null } {
  const input = shapeOf(x)
  const { kernel, stride, padding, branches } = attributes
  if (kernel < 1 || stride < 1 || padding < 0)
    throw new OptionError(
      'convolution',
      `kernel and stride must be at least 1 and padding 0; got ${kernel}, ${stride}, ${padding}.`,
    )
  if (bias && (x.dtype === 'spikes' || branches.length > 1))
    throw new OptionError(
      'convolution',
      'a bias goes with one branch and real-valued input.',
      'Use a batch norm instead.',
    )
  const sides = branches.map(
    ({ crop }) =>
      [
        convolutionSide(input.height, kernel, stride, padding, crop),
        convolutionSide(input.width, kernel, stride, padding, crop),
      ] as const,
  )
  const [height, width] = sides[0] ?? [0, 0]
  if (height < 1 || width < 1)
    throw new ShapeError(
      'convolution',
      `a ${kernel}x${kernel} window must fit into ${input.height}x${input.width} with padding ${padding}.`,
      'Use a smaller kernel or more padding.',
    )
  if (sides.some(([h, w]) => h !== height || w !== width))
    throw new ShapeError(
      'convolution',
      `all branches must give the same side; ${input.height}x${input.width} gives ${sides.map((side) => side.join('x')).join(' and ')}.`,
      'Cropped reductions need an even side.',
    )
  const channels = branches.reduce((sum, branch) => sum + branch.channels, 0)
  const output: ActivationShape = { ...input, height, width, channels }
  const y = tracer.activation('f32', output, 'current')
  const moments = attributes.moments
    ? tracer.raw('f32', imagesOf(output) * stripsOf(output) * 2 * paddedChannels(channels), 'moments')
    : null
  tracer.emit(convolution, [x, ...weights, ...(bias ? [bias] : [])], moments ? [y, moments] : [y], {
    ...attributes,
    bias: bias !== null,
  })
  return { y, moments }
}
