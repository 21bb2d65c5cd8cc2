/** The ops that a node's adjoint is made of: through batch norm, and through a plain edge. */
import type { BufferView } from '../runtime/kernel.js'
import {
  type ClipSign,
  edgeGradient,
  gradientApply,
  gradientMerge,
  gradientSums,
  gradientTotals,
  lanesOf,
  parameterGradient,
  signCode,
} from './combine-kernels.js'
import {
  type ActivationShape,
  imagesOf,
  isHalf,
  type LoweringContext,
  neuronsOf,
  type OpDefinition,
  paddedChannels,
  pixelsOf,
  shapeOf,
  slabImages,
  slabsFor,
  stripLength,
  stripsOf,
  type Value,
} from './op.js'

export interface NormPassAttributes {
  readonly sign: ClipSign
  readonly perStep: boolean
  readonly dropEdge: number
  /** Means and variances: T, or 1 for all steps together. */
  readonly groups: number
  /** Rows of the table of scales and shifts: T or 1, at least as many as groups. */
  readonly rows: number
  readonly epsilon: number
}

const normPass = (shape: ActivationShape, first: number, count: number, attributes: NormPassAttributes) => {
  const { lanes, stateStride } = lanesOf(shape)
  return {
    invocations: count * stripsOf(shape) * lanes,
    batch: shape.batch,
    firstImage: first,
    pixels: pixelsOf(shape),
    strips: stripsOf(shape),
    lanes,
    stateStride,
    stripLength,
    sign: signCode[attributes.sign],
    perStep: attributes.perStep ? 1 : 0,
    dropRow: Math.max(0, attributes.dropEdge) * imagesOf(shape),
    epsilon: attributes.epsilon,
  }
}

/** The kept input of the edge; gradients are f32. */
const readsKept = () => ({ reads: [1] })

/** Sums of g and g * xhat of each row of the state. Inputs: dy, x, state, (drop). */
export const normSumsOp: OpDefinition<NormPassAttributes> = {
  name: 'batchNormGradientSums',
  halves: readsKept,
  lower(context, node) {
    const [dy, x, state, drop] = node.inputs as [Value, Value, Value, Value | undefined]
    const shape = shapeOf(x)
    const padded = paddedChannels(shape.channels)
    const sums = context.scratch(imagesOf(shape) * stripsOf(shape) * 2 * padded)
    for (const slab of slabsFor(context, shape)) {
      const { first, count } = slabImages(shape, slab)
      const parameters = normPass(shape, first, count, node.attributes)
      context.dispatch({
        kernel: gradientSums,
        flags: { VEC: lanesOf(shape).vector, DROP: drop !== undefined, HALF_IN: isHalf(x) },
        views: {
          dy: context.view(dy, slab),
          x: context.view(x, slab),
          state: context.view(state),
          drop: drop ? context.view(drop) : context.unused(0),
          sums,
        },
        parameters,
        invocations: parameters.invocations,
        // gate, product, normalised value, two sums
        cost: {
          flops: 8 * count * neuronsOf(shape),
          touched: { sums: 8 * count * stripsOf(shape) * shape.channels, drop: drop ? 4 * count : 0 },
        },
      })
    }
    context.dispatch({
      kernel: gradientMerge,
      views: { sums, merged: context.view(node.outputs[0] as Value) },
      parameters: { quads: padded / 4, total: (imagesOf(shape) / node.attributes.rows) * stripsOf(shape), lanes: 64 },
      invocations: node.attributes.rows * (padded / 4) * 64,
      cost: { flops: 2 * imagesOf(shape) * stripsOf(shape) * padded },
    })
  },
}

export const parameterGradientOp: OpDefinition<{
  readonly channels: number
  /** Rows of the merged sums. */
  readonly groups: number
  readonly accumulate: boolean
}> = {
  name: 'batchNormParameterGradient',
  lower(context, node) {
    const { channels, groups, accumulate } = node.attributes
    const [dgamma, dbeta] = node.outputs as [Value, Value | undefined]
    const invocations = dgamma.elements
    context.dispatch({
      kernel: parameterGradient,
      flags: { ACCUMULATE: accumulate, BETA: dbeta !== undefined },
      views: {
        merged: context.view(node.inputs[0] as Value),
        dgamma: context.view(dgamma),
        dbeta: dbeta ? context.view(dbeta) : context.unused(2),
      },
      parameters: { invocations, channels, padded: paddedChannels(channels), groups, rows: invocations / channels },
      invocations,
      cost: { flops: 2 * groups * channels },
    })
  },
}

/** Sums over all steps, each under its own scale, where steps share a mean and a variance. */
function totalsOf(context: LoweringContext, shape: ActivationShape, merged: Value, state: Value): BufferView {
  const padded = paddedChannels(shape.channels)
  const totals = context.scratch(shape.steps * 2 * padded)
  context.dispatch({
    kernel: gradientTotals,
    views: { merged: context.view(merged), state: context.view(state), totals },
    parameters: { invocations: 2 * padded, padded, steps: shape.steps },
    invocations: 2 * padded,
    cost: { flops: 4 * shape.steps * padded },
  })
  return totals
}

/** dx through the norm. Inputs: dy, x, state, merged, (drop). */
export const normGradientOp: OpDefinition<NormPassAttributes & { readonly fixed: boolean }> = {
  name: 'batchNormGradient',
  halves: readsKept,
  lower(context, node) {
    const [dy, x, state, merged, drop] = node.inputs as [Value, Value, Value, Value, Value | undefined]
    const shape = shapeOf(x)
    const { groups, rows, fixed } = node.attributes
    const weighted = rows > groups && !fixed
    const sums = weighted ? totalsOf(context, shape, merged, state) : context.view(merged)
    for (const slab of slabsFor(context, shape)) {
      const { first, count } = slabImages(shape, slab)
      const parameters = {
        ...normPass(shape, first, count, node.attributes),
        count: (imagesOf(shape) / groups) * pixelsOf(shape),
      }
      context.dispatch({
        kernel: gradientApply,
        flags: {
          VEC: lanesOf(shape).vector,
          DROP: drop !== undefined,
          FIXED: fixed,
          WEIGHTED: weighted,
          HALF_IN: isHalf(x),
        },
        views: {
          dy: context.view(dy, slab),
          x: context.view(x, slab),
          state: context.view(state),
          drop: drop ? context.view(drop) : context.unused(0),
          merged: sums,
          dx: context.view(node.outputs[0] as Value, slab),
        },
        parameters,
        invocations: parameters.invocations,
        cost: { flops: 9 * count * neuronsOf(shape), touched: { drop: drop ? 4 * count : 0 } },
      })
    }
  },
}

/** dx of an edge without norm. Inputs: dy, x, (dx so far), (drop). */
export const edgeGradientOp: OpDefinition<{
  readonly sign: ClipSign
  readonly dropEdge: number
  readonly accumulate: boolean
}> = {
  name: 'edgeGradient',
  halves: readsKept,
  lower(context, node) {
    const [dy, x] = node.inputs as [Value, Value]
    const { sign, dropEdge, accumulate } = node.attributes
    const drop = dropEdge >= 0 ? (node.inputs[node.inputs.length - 1] as Value) : null
    const output = shapeOf(dy)
    const input = shapeOf(x)
    const constant = input.steps === 1 && output.steps > 1
    const { vector, lanes } = lanesOf(output)
    for (const slab of slabsFor(context, output)) {
      const { first, count } = slabImages(output, slab)
      const invocations = (constant ? input.batch : count) * pixelsOf(output) * lanes
      context.dispatch({
        kernel: edgeGradient,
        flags: {
          VEC: vector,
          DROP: drop !== null,
          ACCUMULATE: accumulate || (constant && slab.index > 0),
          HALF_IN: isHalf(x),
        },
        views: {
          dy: context.view(dy, slab),
          x: context.view(x, slab),
          drop: drop ? context.view(drop) : context.unused(0),
          dx: context.view(node.outputs[0] as Value, slab),
        },
        parameters: {
          invocations,
          batch: output.batch,
          firstImage: first,
          pixels: pixelsOf(output),
          lanes,
          sign: signCode[sign],
          dropRow: Math.max(0, dropEdge) * imagesOf(output),
          repeats: constant ? count / output.batch : 1,
        },
        invocations,
        cost: { flops: (drop ? 3 : 2) * count * neuronsOf(output), touched: { drop: drop ? 4 * count : 0 } },
      })
    }
  },
}
