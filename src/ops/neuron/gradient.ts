/** Backpropagation through time of a population of neurons: slabs in reverse order, the states' gradient carried. */
import type { BufferView } from '../../runtime/kernel.js'
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
import { type Block, blocksOf, divisionOf, lanesOf, previousSlab, sequenceNumbers, stateShape } from './extent.js'
import { blockSteps, parameterSums } from './kernels.js'
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
    const { kernels, group, backward: invocations } = divisionOf(context, neuron, shape)
    const constant = shapeOf(x).steps === 1
    const slabs = slabsFor(context, shape)
    const several = shape.steps > blockSteps || slabs.length > 1
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
    const rows = dWeights ? learnedRows(neuron, timeSteps).length : 0
    const perRow = neuron.perChannel ? shape.batch * neuronsOf(shape) : invocations
    const sums = dWeights ? context.scratch(rows * perRow) : context.unused(6)
    let begins = true
    for (const slab of [...slabs].reverse()) {
      const start = slab.index === 0 ? initial : boundaries
      const views = {
        x: context.view(x, slab),
        emitted: emitted ? context.view(emitted, slab) : context.unused(0),
        dy: dy ? context.view(dy, slab) : context.unused(1),
        dx: dx ? context.view(dx, slab) : context.unused(4),
        weights: weights ? context.view(weights) : context.unused(5),
        sums,
      }
      /** What a block's dispatches have in common: `before` are the states before it. */
      const request = ({ begin, steps }: Block, before: BufferView | undefined) => {
        const share = (view: BufferView) => (view.size * steps) / slab.steps
        const { dx: written, emitted: read, dy: given } = views
        return {
          kernel: kernels.backward,
          invocations,
          flags: {
            ...neuron.flags,
            ...gradientFlags(neuron),
            VEC: lanesOf(neuron, shape).vector,
            FULL: steps === blockSteps,
            WORDS: neuronsOf(shape) % 32 === 0,
            LOAD_STATE: before !== undefined,
            HALF_IN: isHalf(x),
          },
          views: { ...views, start: before ?? context.unused(2) },
          parameters: {
            invocations,
            group,
            ...sequenceNumbers(neuron, shape, slab, constant, timeSteps),
            steps,
            begin,
          },
          touched: {
            emitted: share(read),
            dy: share(given),
            ...(constant ? {} : { x: share(views.x), dx: share(written) }),
          },
          flops: neuron.definition.flops * steps * shape.batch * neuronsOf(shape),
        }
      }
      const blocks = blocksOf(slab)
      const before = [start ? context.view(start, slab.index === 0 ? undefined : previousSlab(slab)) : undefined]
      for (const [index, block] of blocks.slice(0, -1).entries()) {
        const after = context.scratch(stateElements)
        const { flags, views: bound, touched, flops, ...rest } = request(block, before[index])
        context.dispatch({
          ...rest,
          label: `${neuron.definition.name} states`,
          flags: { ...flags, REPLAY: true },
          views: { ...bound, carry: after, dy: context.unused(1), dx: context.unused(4), sums: context.unused(6) },
          cost: { flops, touched },
        })
        before.push(after)
      }
      for (const [index, block] of [...blocks.entries()].reverse()) {
        const { flags, views: bound, touched, flops, ...rest } = request(block, before[index])
        const adds = dx !== undefined && (into !== undefined || (constant && !begins))
        context.dispatch({
          ...rest,
          label: `${neuron.definition.name} gradient`,
          flags: {
            ...flags,
            LOAD_CARRY: !begins || dFinal !== undefined,
            STORE_CARRY: several || dInitial !== undefined,
            OUTPUT_GRADIENT: dy !== undefined,
            INPUT_GRADIENT: dx !== undefined,
            CONSTANT_INPUT: constant && shape.steps > 1,
            ACCUMULATE: adds,
            PARAMETER_GRADIENT: dWeights !== undefined,
          },
          views: { ...bound, carry },
          cost: {
            // the states are computed again first
            flops: 3 * flops,
            touched: {
              ...touched,
              ...(adds && touched.dx ? { dx: 2 * touched.dx } : {}),
              ...(several || dFinal || dInitial ? { carry: carryBytes(begins && !dFinal) } : {}),
              ...(dWeights ? { sums: 4 * rows * perRow } : {}),
            },
          },
        })
        if (dWeights) {
          const columns = neuron.perChannel ? shape.channels : 1
          const table = { rows, perRow, columns, accumulate: accumulateWeights || !begins }
          reduceRows(context, sums, context.view(dWeights), table)
        }
        begins = false
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
