/** Batch-norm statistics: from moments or running averages to the scale and shift that `combine` applies. */
import { ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
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
  type Tracer,
  type Value,
} from './op.js'

export const batchNormEpsilon = 1e-5

export const momentsKernel = defineKernel({
  shader: 'normalization/moments',
  bindings: { x: 'read', moments: 'write' },
  parameters: {
    invocations: 'u32',
    firstImage: 'u32',
    pixels: 'u32',
    strips: 'u32',
    lanes: 'u32',
    stateStride: 'u32',
    stripLength: 'u32',
  },
  flags: { VEC: true, HALF_IN: false },
  workgroupSize: 64,
})

export const statisticsKernel = defineKernel({
  shader: 'normalization/statistics',
  bindings: { moments: 'read', gamma: 'read', beta: 'read', state: 'write' },
  parameters: {
    quads: 'u32',
    channels: 'u32',
    strips: 'u32',
    pixels: 'u32',
    imagesPerGroup: 'u32',
    stripLength: 'u32',
    epsilon: 'f32',
    lanes: 'u32',
    rowsPerGroup: 'u32',
    affineRows: 'u32',
  },
  flags: { BETA: true },
  workgroupSize: 64,
})

export const runningUpdateKernel = defineKernel({
  shader: 'normalization/running_update',
  bindings: { state: 'read', running: 'write' },
  parameters: { channels: 'u32', padded: 'u32', groups: 'u32', rows: 'u32', count: 'f32', momentum: 'f32' },
  flags: {},
  workgroupSize: 64,
})

export const evaluationStateKernel = defineKernel({
  shader: 'normalization/evaluation_state',
  bindings: { running: 'read', gamma: 'read', beta: 'read', state: 'write' },
  parameters: {
    invocations: 'u32',
    channels: 'u32',
    padded: 'u32',
    epsilon: 'f32',
    runningRows: 'u32',
    affineRows: 'u32',
  },
  flags: { BETA: true },
  workgroupSize: 64,
})

/** Statistics of one batch norm: `[rows, 4, C']` mean, variance, scale, shift. */
export interface NormState {
  readonly state: Value
  readonly gamma: Value
  /** Null where nothing is added. */
  readonly beta: Value | null
  /** A row for each time step; otherwise one for all steps together. */
  readonly perStep: boolean
  /** How many means and variances there are: T, or 1 for all steps together. */
  readonly groups: number
  readonly epsilon: number
  /** Statistics are running averages: constants for the gradient. */
  readonly fixed: boolean
}

/** Strip moments of a value, for kernels that do not write them beside it. */
export function dispatchMoments(context: LoweringContext, x: Value, moments: Value): void {
  const shape = shapeOf(x)
  const vector = shape.channels % 4 === 0
  const lanes = vector ? shape.channels / 4 : shape.channels
  for (const slab of slabsFor(context, shape)) {
    const { first, count } = slabImages(shape, slab)
    const invocations = count * stripsOf(shape) * lanes
    context.dispatch({
      kernel: momentsKernel,
      flags: { VEC: vector, HALF_IN: isHalf(x) },
      views: { x: context.view(x, slab), moments: context.view(moments) },
      parameters: {
        invocations,
        firstImage: first,
        pixels: pixelsOf(shape),
        strips: stripsOf(shape),
        lanes,
        stateStride: vector ? paddedChannels(shape.channels) / 4 : paddedChannels(shape.channels),
        stripLength,
      },
      invocations,
      cost: {
        flops: 6 * count * neuronsOf(shape),
        touched: { moments: 8 * count * stripsOf(shape) * shape.channels },
      },
    })
  }
}

const momentsOp: OpDefinition<null> = {
  name: 'moments',
  halves: () => ({ reads: [0] }),
  lower(context, { inputs, outputs }) {
    dispatchMoments(context, inputs[0] as Value, outputs[0] as Value)
  },
}

interface StatisticsAttributes {
  readonly shape: ActivationShape
  readonly groups: number
  readonly rows: number
  readonly affineRows: number
  readonly epsilon: number
  readonly atLeastTwo: string | null
}

/** @throws ShapeError when a group holds one number only: such a layer's variance would be 0 whatever it reads */
function requireTwo(where: string | null, numbers: number): void {
  if (where === null || numbers > 1) return
  throw new ShapeError(
    where,
    `statistics need at least 2 numbers a channel; got ${numbers}.`,
    'Use a larger batch or image, or statistics pooled over time.',
  )
}

const statisticsOp: OpDefinition<StatisticsAttributes> = {
  name: 'batchNormStatistics',
  lower(context, node) {
    const [moments, gamma, beta] = node.inputs as [Value, Value, Value | undefined]
    const { shape, groups, rows, affineRows, epsilon, atLeastTwo } = node.attributes
    requireTwo(atLeastTwo, (imagesOf(shape) / groups) * pixelsOf(shape))
    const quads = paddedChannels(shape.channels) / 4
    context.dispatch({
      kernel: statisticsKernel,
      flags: { BETA: beta !== undefined },
      views: {
        moments: context.view(moments),
        gamma: context.view(gamma),
        beta: beta ? context.view(beta) : context.unused(2),
        state: context.view(node.outputs[0] as Value),
      },
      parameters: {
        quads,
        channels: shape.channels,
        strips: stripsOf(shape),
        pixels: pixelsOf(shape),
        imagesPerGroup: imagesOf(shape) / groups,
        stripLength,
        epsilon,
        lanes: 64,
        rowsPerGroup: rows / groups,
        affineRows,
      },
      invocations: groups * quads * 64,
      cost: { flops: 9 * imagesOf(shape) * stripsOf(shape) * shape.channels },
    })
  },
}

const runningUpdateOp: OpDefinition<{
  readonly channels: number
  readonly groups: number
  readonly rows: number
  readonly count: number
  readonly momentum: number
}> = {
  name: 'runningUpdate',
  lower(context, node) {
    const [state, running] = node.inputs as [Value, Value]
    const { channels, groups, rows, count, momentum } = node.attributes
    context.dispatch({
      kernel: runningUpdateKernel,
      views: { state: context.view(state), running: context.view(running) },
      parameters: { channels, padded: paddedChannels(channels), groups, rows, count, momentum },
      invocations: rows * channels,
      cost: { flops: 8 * groups * channels, touched: { running: 16 * rows * channels } },
    })
  },
}

interface EvaluationAttributes {
  readonly channels: number
  readonly rows: number
  readonly runningRows: number
  readonly affineRows: number
  readonly epsilon: number
}

const evaluationStateOp: OpDefinition<EvaluationAttributes> = {
  name: 'evaluationState',
  lower(context, node) {
    const [running, gamma, beta] = node.inputs as [Value, Value, Value | undefined]
    const { channels, rows, runningRows, affineRows, epsilon } = node.attributes
    const padded = paddedChannels(channels)
    context.dispatch({
      kernel: evaluationStateKernel,
      flags: { BETA: beta !== undefined },
      views: {
        running: context.view(running),
        gamma: context.view(gamma),
        beta: beta ? context.view(beta) : context.unused(2),
        state: context.view(node.outputs[0] as Value),
      },
      parameters: { invocations: rows * padded, channels, padded, epsilon, runningRows, affineRows },
      invocations: rows * padded,
      cost: { flops: 5 * rows * padded },
    })
  },
}

export interface BatchNormOptions {
  /** `[C]`, or `[T, C]`: one row for each step. */
  readonly gamma: Value
  /** As gamma; null for a norm that adds nothing. */
  readonly beta: Value | null
  /**
   * Running mean and variance: `[2, C]` for all steps together, or `[T, 2, C]`, one for each step. Null when nobody will
   * evaluate (fitness of untrained networks).
   */
  readonly running: Value | null
  readonly mode: 'train' | 'evaluate'
  /** `perStep` normalises each time step by itself, `pooled` all steps together. */
  readonly statistics: 'perStep' | 'pooled'
  readonly momentum?: number
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number
  /** Name of a layer that refuses to train on one number a group. */
  readonly atLeastTwo?: string
}

/** Rows of running averages: one for all steps, or one for each step. */
function runningRows(running: Value, shape: ActivationShape, groups = shape.steps): number {
  const rows = running.elements / (2 * shape.channels)
  if (rows === 1 || rows === groups) return rows
  throw new ShapeError(
    running.label,
    `running averages must be [2, ${shape.channels}] or [${groups}, 2, ${shape.channels}]; got ${running.elements} numbers.`,
    'Averages for each step need statistics for each step and as many steps as in training.',
  )
}

/** Rows of gamma and beta: one for all steps, or one for each. @throws ShapeError when they are neither */
function affineRowsOf({ gamma, beta }: BatchNormOptions, shape: ActivationShape): number {
  const rows = gamma.elements / shape.channels
  if ((rows === 1 || rows === shape.steps) && (!beta || beta.elements === gamma.elements)) return rows
  throw new ShapeError(
    gamma.label,
    `gamma and beta must be [${shape.channels}] or [${shape.steps}, ${shape.channels}] for this input; got ${gamma.elements} and ${beta?.elements ?? 'no'} numbers.`,
    'A norm with parameters for each step needs an input of as many steps as it was made for.',
  )
}

/**
 * Statistics of a current, ready for `traceCombine`.
 * @param moments strip moments if the producer of `x` wrote them, else they are computed
 * @throws ShapeError when gamma, beta or running averages fit neither one step nor all
 */
export function traceBatchNorm(tracer: Tracer, x: Value, moments: Value | null, options: BatchNormOptions): NormState {
  const shape = shapeOf(x)
  const { gamma, beta, running, epsilon = batchNormEpsilon } = options
  const { channels } = shape
  const affineRows = affineRowsOf(options, shape)
  const affine = beta ? [gamma, beta] : [gamma]
  const stateOf = (rows: number) => tracer.raw('f32', rows * 4 * paddedChannels(channels), 'norm state')
  if (options.mode === 'evaluate') {
    if (!running) throw new TypeError('evaluation needs running averages')
    const averages = runningRows(running, shape)
    const rows = Math.max(averages, affineRows)
    const state = stateOf(rows)
    const attributes = { channels, rows, runningRows: averages, affineRows, epsilon }
    tracer.emit(evaluationStateOp, [running, ...affine], [state], attributes)
    return { state, gamma, beta, perStep: rows > 1, groups: averages, epsilon, fixed: true }
  }
  let table = moments
  if (!table) {
    table = tracer.raw('f32', imagesOf(shape) * stripsOf(shape) * 2 * paddedChannels(channels), 'moments')
    tracer.emit(momentsOp, [x], [table], null)
  }
  const groups = options.statistics === 'perStep' ? shape.steps : 1
  const rows = Math.max(groups, affineRows)
  const state = stateOf(rows)
  const atLeastTwo = options.atLeastTwo ?? null
  const attributes: StatisticsAttributes = { shape, groups, rows, affineRows, epsilon, atLeastTwo }
  tracer.emit(statisticsOp, [table, ...affine], [state], attributes)
  if (running) {
    const count = (imagesOf(shape) / groups) * pixelsOf(shape)
    tracer.emit(runningUpdateOp, [state, running], [running], {
      channels,
      groups,
      rows: runningRows(running, shape, groups),
      count,
      momentum: options.momentum ?? 0.1,
    })
  }
  return { state, gamma, beta, perStep: rows > 1, groups, epsilon, fixed: false }
}
