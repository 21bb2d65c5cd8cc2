/** Backpropagation through time of a population of neurons: slabs in reverse order, the states' gradient carried. */
import { dispatchCopy } from '../copy.js'
import {
  type ActivationShape,
  ceilDivide,
  isHalf,
  type LoweringContext,
  neuronsOf,
  type OpDefinition,
  shapeOf,
  slabsFor,
} from '../op.js'
import { lanesOf, previousSlab, sequenceNumbers, stateShape } from './extent.js'
import { neuronKernels, parameterSums, shortSteps } from './kernels.js'
import { gradientFlags, learnedRows, type Neuron } from './resolve.js'
import { type Roles, valuesOf } from './roles.js'

export type GradientInput = 'x' | 'emitted' | 'dy' | 'boundaries' | 'initial' | 'weights' | 'dFinal' | 'into'
export type GradientOutput = 'dx' | 'dInitial' | 'dWeights'

interface GradientAttributes {
  readonly neuron: Neuron
  readonly timeSteps: number
  /** Of the neurons' output. */
  readonly shape: ActivationShape
  /** Adds to the gradient that other layers with the same learned numbers have left. */
  readonly accumulateWeights: boolean
  readonly roles: Roles<GradientInput, GradientOutput>
}

export const neuronGradient: OpDefinition<GradientAttributes> = {
  name: 'neuronGradient',
  halves: ({ attributes: { roles } }) => ({ reads: [roles.inputs.indexOf('x')] }),
  lower(context, node) {
    const { neuron, timeSteps, shape, accumulateWeights } = node.attributes
    const { x, emitted, dy, boundaries, initial, weights, dFinal, into, dx, dInitial, dWeights } = valuesOf(node)
    if (!x || !boundaries) throw new Error('a neuron has an input and boundaries')
    const { vector, perSample } = lanesOf(neuron, shape)
    const constant = shapeOf(x).steps === 1
    const slabs = slabsFor(context, shape)
    const several = slabs.length > 1
    const states = stateShape(neuron, shape)
    const stateElements = states.batch * neuronsOf(states)
    /** The carry is read and written, by whoever begins only written. */
    const carryBytes = (begins: boolean) => (begins ? 4 : 8) * stateElements
    const carry = dInitial
      ? context.view(dInitial)
      : several || dFinal
        ? context.scratch(stateElements)
        : context.unused(3)
    if (dFinal) dispatchCopy(context, context.view(dFinal), carry, stateElements)
    const invocations = shape.batch * perSample
    const rows = dWeights ? learnedRows(neuron, timeSteps).length : 0
    const perRow = neuron.perChannel ? shape.batch * neuronsOf(shape) : invocations
    const sums = dWeights ? context.scratch(rows * perRow) : context.unused(6)
    for (const slab of [...slabs].reverse()) {
      const firstVisited = slab.index === slabs.length - 1
      const start = slab.index === 0 ? initial : boundaries
      context.dispatch({
        kernel: neuronKernels(neuron.definition).backward,
        label: `${neuron.definition.name} gradient`,
        flags: {
          ...neuron.flags,
          ...gradientFlags(neuron),
          VEC: vector,
          SHORT: slab.steps <= shortSteps,
          FOUR: slab.steps === shortSteps,
          WORDS: neuronsOf(shape) % 32 === 0,
          LOAD_STATE: start !== undefined,
          LOAD_CARRY: !firstVisited || dFinal !== undefined,
          STORE_CARRY: several || dInitial !== undefined,
          OUTPUT_GRADIENT: dy !== undefined,
          INPUT_GRADIENT: dx !== undefined,
          CONSTANT_INPUT: constant && shape.steps > 1,
          ACCUMULATE: dx !== undefined && (into !== undefined || (constant && !firstVisited)),
          PARAMETER_GRADIENT: dWeights !== undefined,
          HALF_IN: isHalf(x),
        },
        views: {
          x: context.view(x, slab),
          emitted: emitted ? context.view(emitted, slab) : context.unused(0),
          dy: dy ? context.view(dy, slab) : context.unused(1),
          start: !start
            ? context.unused(2)
            : slab.index === 0
              ? context.view(start)
              : context.view(start, previousSlab(slab)),
          carry,
          dx: dx ? context.view(dx, slab) : context.unused(4),
          weights: weights ? context.view(weights) : context.unused(5),
          sums,
        },
        parameters: { invocations, ...sequenceNumbers(neuron, shape, slab, constant, timeSteps) },
        invocations,
        cost: {
          // the states are computed twice
          flops: 3 * neuron.definition.flops * slab.steps * shape.batch * neuronsOf(shape),
          touched: {
            ...(several || dFinal || dInitial ? { carry: carryBytes(firstVisited && !dFinal) } : {}),
            ...(dWeights ? { sums: 4 * rows * perRow } : {}),
          },
        },
      })
      if (dWeights) {
        const columns = neuron.perChannel ? shape.channels : 1
        const table = { rows, perRow, columns, accumulate: accumulateWeights || !firstVisited }
        reduceRows(context, sums, context.view(dWeights), table)
      }
    }
  },
}

/** Sums each learned number's gradient over all neurons in two passes, each adding in a fixed order. */
function reduceRows(
  context: LoweringContext,
  from: ReturnType<LoweringContext['scratch']>,
  into: ReturnType<LoweringContext['view']>,
  table: { rows: number; perRow: number; columns: number; accumulate: boolean },
): void {
  const { rows, columns } = table
  const length = table.perRow / columns
  const rowsPerChunk = Math.ceil(Math.sqrt(length))
  const chunks = ceilDivide(length, rowsPerChunk)
  const partial = context.scratch(rows * chunks * columns)
  const pass = (
    x: typeof from,
    y: typeof from,
    shape: { rows: number; rowsPerChunk: number; chunks: number },
    add: boolean,
  ) => {
    const invocations = rows * shape.chunks * columns
    context.dispatch({
      kernel: parameterSums,
      flags: { ACCUMULATE: add },
      views: { x, y },
      parameters: { invocations, columns, ...shape },
      invocations,
      cost: { flops: rows * shape.rows * columns },
    })
  }
  pass(from, partial, { rows: length, rowsPerChunk, chunks }, false)
  pass(partial, into, { rows: chunks, rowsPerChunk: chunks, chunks: 1 }, table.accumulate)
}
