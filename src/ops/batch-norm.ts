/** Batch-norm statistics: from moments or running averages to the scale and shift that `combine` applies. */
import { ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import {
  type ActivationShape,
  imagesOf,
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
  flags: { VEC: true },
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
  },
  flags: {},
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
  parameters: { invocations: 'u32', channels: 'u32', padded: 'u32', epsilon: 'f32' },
  flags: {},
  workgroupSize: 64,
})

/** Statistics of one batch norm: `[groups, 4, C']` mean, variance, scale, shift. */
export interface NormState {
  readonly state: Value
  readonly gamma: Value
  readonly beta: Value
  /** One statistics group a time step; otherwise one for all steps together. */
  readonly perStep: boolean
  /** Statistics are running averages: constants for the gradient. */
  readonly fixed: boolean
}

const momentsOp: OpDefinition<null> = {
  name: 'moments',
  lower(context, node) {
    const [x] = node.inputs as [Value]
    const shape = shapeOf(x)
    const vector = shape.channels % 4 === 0
    const lanes = vector ? shape.channels / 4 : shape.channels
    for (const slab of slabsFor(context, shape)) {
      const { first, count } = slabImages(shape, slab)
      const invocations = count * stripsOf(shape) * lanes
      context.dispatch({
        kernel: momentsKernel,
        flags: { VEC: vector },
        views: { x: context.view(x, slab), moments: context.view(node.outputs[0] as Value) },
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
  },
}

const statisticsOp: OpDefinition<{ readonly shape: ActivationShape; readonly groups: number }> = {
  name: 'batchNormStatistics',
  lower(context, node) {
    const [moments, gamma, beta] = node.inputs as [Value, Value, Value]
    const { shape, groups } = node.attributes
    const quads = paddedChannels(shape.channels) / 4
    context.dispatch({
      kernel: statisticsKernel,
      views: {
        moments: context.view(moments),
        gamma: context.view(gamma),
        beta: context.view(beta),
        state: context.view(node.outputs[0] as Value),
      },
      parameters: {
        quads,
        channels: shape.channels,
        strips: stripsOf(shape),
        pixels: pixelsOf(shape),
        imagesPerGroup: imagesOf(shape) / groups,
        stripLength,
        epsilon: batchNormEpsilon,
        lanes: 64,
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

const evaluationStateOp: OpDefinition<{ readonly channels: number; readonly rows: number }> = {
  name: 'evaluationState',
  lower(context, node) {
    const [running, gamma, beta] = node.inputs as [Value, Value, Value]
    const { channels, rows } = node.attributes
    const padded = paddedChannels(channels)
    context.dispatch({
      kernel: evaluationStateKernel,
      views: {
        running: context.view(running),
        gamma: context.view(gamma),
        beta: context.view(beta),
        state: context.view(node.outputs[0] as Value),
      },
      parameters: { invocations: rows * padded, channels, padded, epsilon: batchNormEpsilon },
      invocations: rows * padded,
      cost: { flops: 5 * rows * padded },
    })
  },
}

export interface BatchNormOptions {
  readonly gamma: Value
  readonly beta: Value
  /**
   * Running mean and variance: `[2, C]` for all steps together, or `[T, 2, C]`, one for each step. Null when nobody will
   * evaluate (fitness of untrained networks).
   */
  readonly running: Value | null
  readonly mode: 'train' | 'evaluate'
  /** `perStep` normalises each time step by itself, `pooled` all steps together. */
  readonly statistics: 'perStep' | 'pooled'
  readonly momentum?: number
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

/**
 * Statistics of a current, ready for `traceCombine`.
 * @param moments strip moments if the producer of `x` wrote them, else they are computed
 */
export function traceBatchNorm(tracer: Tracer, x: Value, moments: Value | null, options: BatchNormOptions): NormState {
  const shape = shapeOf(x)
  const { gamma, beta, running } = options
  const perStep = options.statistics === 'perStep' && shape.steps > 1
  if (options.mode === 'evaluate') {
    if (!running) throw new TypeError('evaluation needs running averages')
    const rows = runningRows(running, shape)
    const state = tracer.raw('f32', rows * 4 * paddedChannels(shape.channels), 'norm state')
    tracer.emit(evaluationStateOp, [running, gamma, beta], [state], { channels: shape.channels, rows })
    return { state, gamma, beta, perStep: rows > 1, fixed: true }
  }
  let table = moments
  if (!table) {
    table = tracer.raw('f32', imagesOf(shape) * stripsOf(shape) * 2 * paddedChannels(shape.channels), 'moments')
    tracer.emit(momentsOp, [x], [table], null)
  }
  const groups = perStep ? shape.steps : 1
  const state = tracer.raw('f32', groups * 4 * paddedChannels(shape.channels), 'norm state')
  tracer.emit(statisticsOp, [table, gamma, beta], [state], { shape, groups })
  if (running) {
    const count = (imagesOf(shape) / groups) * pixelsOf(shape)
    tracer.emit(runningUpdateOp, [state, running], [running], {
      channels: shape.channels,
      groups,
      rows: runningRows(running, shape, groups),
      count,
      momentum: options.momentum ?? 0.1,
    })
  }
  return { state, gamma, beta, perStep, fixed: false }
}
