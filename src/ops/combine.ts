/**
 * A node of a network: the sum of its incoming edges, each with its own batch norm, sign clip and drop-path, in one pass.
 * Addition, batch norm, sign clip and drop-path alone are special cases.
 */
import { ShapeError } from '../errors.js'
import type { NormState } from './batch-norm.js'
import { edgeGradientOp, normGradientOp, normSumsOp, parameterGradientOp } from './combine-gradient.js'
import { type ClipSign, combineForward, lanesOf, signCode } from './combine-kernels.js'
import {
  type AdjointContext,
  imagesOf,
  isHalf,
  neuronsOf,
  type OpDefinition,
  paddedChannels,
  pixelsOf,
  shapeOf,
  slabImages,
  slabsFor,
  stripLength,
  stripsOf,
  type Tracer,
  type Value,
} from './op.js'

export type { ClipSign } from './combine-kernels.js'

/** Drop-path factors `[edges, T*B]` of a whole network, and the row of this edge. */
export interface DropPath {
  readonly factors: Value
  readonly edge: number
}

export interface CombineEdge {
  readonly x: Value
  readonly norm?: NormState | null
  readonly sign?: ClipSign
  readonly drop?: DropPath | null
}

interface EdgeAttributes {
  readonly sign: ClipSign
  readonly perStep: boolean
  readonly groups: number
  readonly epsilon: number
  /** The norm adds a beta. */
  readonly beta: boolean
  readonly fixed: boolean
  /** Index of the norm state, gamma and beta among the node's inputs; -1 without a norm. */
  readonly norm: number
  readonly dropEdge: number
}

interface CombineAttributes {
  readonly edges: readonly EdgeAttributes[]
  /** Index of the drop factors among the inputs, or -1. */
  readonly drop: number
}

/** Of one element: affine, clip, drop-path, and the addition to the node's sum. */
const flopsOfEdge = ({ norm, sign, dropEdge }: EdgeAttributes): number =>
  (norm >= 0 ? 2 : 0) + (sign === 'neutral' ? 0 : 1) + (dropEdge >= 0 ? 1 : 0) + 1

const combine: OpDefinition<CombineAttributes> = {
  name: 'combine',
  recomputable: true,
  // more than two edges are added in several passes through y, which would round each partial sum
  halves: ({ attributes: { edges } }) => ({ reads: [...edges.keys()], writes: edges.length <= 2 ? [0] : [] }),
  lower(context, node) {
    const y = node.outputs[0] as Value
    const shape = shapeOf(y)
    const { edges, drop } = node.attributes
    const { vector, lanes, stateStride } = lanesOf(shape)
    const images = imagesOf(shape)
    for (const slab of slabsFor(context, shape)) {
      const { first, count } = slabImages(shape, slab)
      for (let e = 0; e < edges.length; e += 2) {
        const pair = [edges[e] as EdgeAttributes, edges[e + 1]] as const
        const inputs = pair.map((edge, k) => (edge ? (node.inputs[e + k] as Value) : null))
        const constant = (k: number) => (inputs[k] && shapeOf(inputs[k]).steps === 1 && shape.steps > 1 ? 1 : 0)
        const view = (k: number) => (inputs[k] ? context.view(inputs[k], slab) : context.unused(k))
        const state = (k: number) => {
          const edge = pair[k]
          return edge && edge.norm >= 0 ? context.view(node.inputs[edge.norm] as Value) : context.unused(2 + k)
        }
        const invocations = count * stripsOf(shape) * lanes
        context.dispatch({
          kernel: combineForward,
          flags: {
            VEC: vector,
            TWO: pair[1] !== undefined,
            ACCUMULATE: e > 0,
            AFFINE0: pair[0].norm >= 0,
            AFFINE1: (pair[1]?.norm ?? -1) >= 0,
            DROP0: pair[0].dropEdge >= 0,
            DROP1: (pair[1]?.dropEdge ?? -1) >= 0,
            HALF0: inputs[0] ? isHalf(inputs[0]) : false,
            HALF1: inputs[1] ? isHalf(inputs[1]) : false,
            HALF_OUT: isHalf(y),
          },
          views: {
            x0: view(0),
            x1: view(1),
            state0: state(0),
            state1: state(1),
            drop: drop >= 0 ? context.view(node.inputs[drop] as Value) : context.unused(4),
            y: context.view(y, slab),
          },
          parameters: {
            invocations,
            batch: shape.batch,
            firstImage: first,
            pixels: pixelsOf(shape),
            strips: stripsOf(shape),
            lanes,
            stateStride,
            stripLength,
            sign0: signCode[pair[0].sign],
            sign1: signCode[pair[1]?.sign ?? 'neutral'],
            perStep0: pair[0].perStep ? 1 : 0,
            perStep1: pair[1]?.perStep ? 1 : 0,
            constant0: constant(0),
            constant1: constant(1),
            dropRow0: Math.max(0, pair[0].dropEdge) * images,
            dropRow1: Math.max(0, pair[1]?.dropEdge ?? 0) * images,
          },
          invocations,
          cost: {
            flops: count * neuronsOf(shape) * pair.reduce((sum, edge) => sum + (edge ? flopsOfEdge(edge) : 0), 0),
            touched: { drop: pair.some((edge) => edge && edge.dropEdge >= 0) ? 4 * count : 0 },
          },
        })
      }
    }
  },
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy) return
    node.attributes.edges.forEach((edge, index) => {
      const x = node.inputs[index] as Value
      const drop = edge.dropEdge >= 0 ? (node.inputs[node.attributes.drop] as Value) : null
      if (edge.norm >= 0)
        adjointOfNorm(
          context,
          dy,
          x,
          edge,
          node.inputs.slice(edge.norm, edge.norm + (edge.beta ? 3 : 2)) as [Value, Value, Value | undefined],
          drop,
        )
      else if (context.wanted(x)) adjointOfPlainEdge(context, dy, x, edge, drop)
    })
  },
}

function adjointOfPlainEdge(
  context: AdjointContext,
  dy: Value,
  x: Value,
  edge: EdgeAttributes,
  drop: Value | null,
): void {
  const output = shapeOf(dy)
  const repeats = shapeOf(x).steps === 1 && output.steps > 1
  if (edge.sign === 'neutral' && !drop && !repeats) {
    context.share(x, dy)
    return
  }
  context.contribute(x, (into) => {
    const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
    const inputs = [dy, context.saved(x), ...(into ? [into] : []), ...(drop ? [drop] : [])]
    context.emit(edgeGradientOp, inputs, [dx], { sign: edge.sign, dropEdge: edge.dropEdge, accumulate: into !== null })
    return dx
  })
}

function adjointOfNorm(
  context: AdjointContext,
  dy: Value,
  x: Value,
  edge: EdgeAttributes,
  [state, gamma, beta]: [Value, Value, Value | undefined],
  drop: Value | null,
): void {
  const shape = shapeOf(x)
  const rows = edge.perStep ? shape.steps : 1
  const merged = context.raw('f32', rows * 2 * paddedChannels(shape.channels), 'norm gradient sums')
  const kept = context.saved(x)
  const { sign, perStep, dropEdge, groups, epsilon } = edge
  const common = { sign, perStep, dropEdge, groups, rows, epsilon }
  context.emit(normSumsOp, [dy, kept, state, ...(drop ? [drop] : [])], [merged], common)
  context.contributeParameter(gamma, (dgamma, accumulate) => {
    const attributes = { channels: shape.channels, groups: rows, accumulate }
    if (!beta) context.emit(parameterGradientOp, [merged], [dgamma], attributes)
    else
      context.contributeParameter(beta, (dbeta) => {
        context.emit(parameterGradientOp, [merged], [dgamma, dbeta], attributes)
      })
  })
  if (!context.wanted(x)) return
  context.contribute(x, (into) => {
    const dx = context.activation('f32', shape, `d ${x.label}`)
    context.emit(normGradientOp, [dy, kept, state, merged, ...(drop ? [drop] : [])], [dx], {
      ...common,
      fixed: edge.fixed,
    })
    return into ? traceCombine(context, [{ x: into }, { x: dx }]) : dx
  })
}

/**
 * Sum of edges. An edge's value is `factor * clip(x * scale + shift)`; a constant edge (one step) is repeated.
 * @throws ShapeError when the edges disagree in anything but the number of steps
 */
export function traceCombine(tracer: Tracer, edges: readonly CombineEdge[], label = 'node'): Value {
  const shapes = edges.map((edge) => shapeOf(edge.x))
  const [first] = shapes
  if (!first) throw new ShapeError('combine', 'at least one edge is needed.', '')
  const steps = Math.max(...shapes.map((shape) => shape.steps))
  for (const shape of shapes) {
    const same =
      shape.batch === first.batch &&
      shape.height === first.height &&
      shape.width === first.width &&
      shape.channels === first.channels
    if (!same || (shape.steps !== steps && shape.steps !== 1)) {
      throw new ShapeError(
        'combine',
        `edges must have equal shapes; got ${shapes.map((s) => `[${s.steps},${s.batch},${s.channels},${s.height},${s.width}]`).join(' and ')}.`,
        'Reduce or widen one of them first.',
      )
    }
  }
  for (const [index, edge] of edges.entries()) {
    if (edge.norm && shapes[index]?.steps !== steps)
      throw new ShapeError(
        'combine',
        'an edge with batch norm must have as many steps as the node.',
        'Normalise the constant before it is repeated.',
      )
  }
  const inputs: Value[] = edges.map((edge) => edge.x)
  let dropInput = -1
  const attributes = edges.map((edge): EdgeAttributes => {
    let norm = -1
    if (edge.norm) {
      norm = inputs.length
      inputs.push(edge.norm.state, edge.norm.gamma, ...(edge.norm.beta ? [edge.norm.beta] : []))
    }
    if (edge.drop && dropInput < 0) {
      dropInput = inputs.length
      inputs.push(edge.drop.factors)
    }
    return {
      sign: edge.sign ?? 'neutral',
      perStep: edge.norm?.perStep ?? false,
      groups: edge.norm?.groups ?? 1,
      epsilon: edge.norm?.epsilon ?? 0,
      beta: Boolean(edge.norm?.beta),
      fixed: edge.norm?.fixed ?? false,
      norm,
      dropEdge: edge.drop?.edge ?? -1,
    }
  })
  const y = tracer.activation('f32', { ...first, steps }, label)
  tracer.emit(combine, inputs, [y], { edges: attributes, drop: dropInput })
  return y
}
