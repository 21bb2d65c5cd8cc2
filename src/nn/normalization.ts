/** Temporal batch norms of spiking networks as layers (sheet 16): tdBN, TEBN and BNTT. */
import { OptionError, ShapeError } from '../errors.js'
import { traceAffineTable } from '../ops/affine-table.js'
import { type BatchNormOptions, traceBatchNorm } from '../ops/batch-norm.js'
import { traceCombine } from '../ops/combine.js'
import { shapeOf, type Value } from '../ops/op.js'
import { traceRepeatSteps } from '../ops/time-sums.js'
import type { Layer } from './layers.js'
import { momentsOfCurrent } from './moments.js'
import type { Scope } from './scope.js'

export interface TemporalNormOptions {
  /** Added to the variance; default 1e-5, in `bntt` 1e-4. */
  readonly epsilon?: number
  /** Share of each batch in the running averages, from 0 to 1; default 0.1. */
  readonly momentum?: number
}

export interface TdbnOptions extends TemporalNormOptions {
  /** Threshold of the neurons that follow; the current starts with alpha times as much deviation. Default 1. */
  readonly threshold?: number
  /** 1 in a chain; 1/√2 on each of two branches that are added. Default 1. */
  readonly alpha?: number
}

export interface BnttOptions extends TemporalNormOptions {
  /** A beta for each step and channel; default false. */
  readonly useBeta?: boolean
}

function checkOptions(where: string, { epsilon = 1, momentum = 0 }: TemporalNormOptions): void {
  if (!(epsilon > 0 && Number.isFinite(epsilon)))
    throw new OptionError(`${where}.epsilon`, `must be positive; got ${epsilon}.`)
  if (!(momentum >= 0 && momentum <= 1))
    throw new OptionError(`${where}.momentum`, `must lie between 0 and 1; got ${momentum}.`)
}

const one = { kind: 'constant', value: 1 } as const
const zero = { kind: 'constant', value: 0 } as const

/** Normalises with running averages declared in the scope, one for each step or for all. */
function normalise(
  scope: Scope,
  where: string,
  x: Value,
  perStep: boolean,
  options: TemporalNormOptions,
  affine: Pick<BatchNormOptions, 'gamma' | 'beta'>,
  epsilon: number,
): Value {
  const { channels } = shapeOf(x)
  const running = scope.runningAverages(channels, perStep)
  const norm = traceBatchNorm(scope.graph, x, momentsOfCurrent(x), {
    ...affine,
    running,
    mode: scope.mode,
    statistics: perStep ? 'perStep' : 'pooled',
    epsilon,
    momentum: options.momentum ?? 0.1,
    atLeastTwo: named(scope, where),
  })
  return traceCombine(scope.graph, [{ x, norm }], 'normalised')
}

const named = (scope: Scope, where: string): string => (scope.path ? `${scope.path} (${where})` : where)

/** The current with all its steps; their number is fixed once parameters belong to steps. */
function withSteps(scope: Scope, where: string, x: Value): Value {
  const spread = traceRepeatSteps(scope.graph, x, scope.timeSteps)
  const { steps } = shapeOf(spread)
  if (steps !== scope.timeSteps)
    throw new ShapeError(
      named(scope, where),
      `the input must have the ${scope.timeSteps} time steps of the network; got ${steps}.`,
      'Its parameters belong to steps, so a model runs with the steps it was made for.',
    )
  return spread
}

/**
 * tdBN (Zheng et al. 2021): statistics over all steps, y = alpha·threshold·gamma[c]·x̂ + beta[c], so that a current
 * starts with a deviation of alpha·threshold. Currents `[T, B, C, H, W]` to currents.
 * @throws OptionError on a number out of range
 */
export function tdbn(options: TdbnOptions = {}): Layer {
  const { threshold = 1, alpha = 1, epsilon = 1e-5 } = options
  for (const [name, value] of Object.entries({ threshold, alpha })) {
    if (!(value > 0 && Number.isFinite(value))) throw new OptionError(`tdbn.${name}`, `must be positive; got ${value}.`)
  }
  checkOptions('tdbn', options)
  return (scope, x) => {
    const { channels } = shapeOf(x)
    const { scale, shift } = traceAffineTable(
      scope.graph,
      scope.parameter('gamma', [channels], one),
      scope.parameter('beta', [channels], zero),
      { factor: alpha * threshold },
    )
    return normalise(scope, 'tdbn', x, false, options, { gamma: scale, beta: shift }, epsilon)
  }
}

/**
 * TEBN (Duan et al. 2022): statistics over all steps, y = p[t]·(gamma[c]·x̂ + beta[c]) with a learnt weight for each step.
 * Currents `[T, B, C, H, W]` to currents. @throws OptionError on a number out of range
 */
export function tebn(options: TemporalNormOptions = {}): Layer {
  checkOptions('tebn', options)
  return (scope, input) => {
    const x = withSteps(scope, 'tebn', input)
    const { channels } = shapeOf(x)
    const { scale, shift } = traceAffineTable(
      scope.graph,
      scope.parameter('gamma', [channels], one),
      scope.parameter('beta', [channels], zero),
      { weight: scope.rowsThatRun(scope.parameter('stepWeight', [scope.trainedSteps], one)) },
    )
    return normalise(scope, 'tebn', x, false, options, { gamma: scale, beta: shift }, options.epsilon ?? 1e-5)
  }
}

/**
 * BNTT (Kim & Panda 2021): statistics, running averages and gamma[t, c] for each step; late gammas shrink in training,
 * see `exitSteps`. Currents `[T, B, C, H, W]` to currents. @throws OptionError on a number out of range
 */
export function bntt(options: BnttOptions = {}): Layer {
  checkOptions('bntt', options)
  return (scope, input) => {
    const x = withSteps(scope, 'bntt', input)
    const { channels } = shapeOf(x)
    const table = (name: string, initial: typeof one | typeof zero) =>
      scope.rowsThatRun(scope.parameter(name, [scope.trainedSteps, channels], initial))
    const gamma = table('stepGamma', one)
    const beta = options.useBeta ? table('stepBeta', zero) : null
    return normalise(scope, 'bntt', x, scope.trainedSteps > 1, options, { gamma, beta }, options.epsilon ?? 1e-4)
  }
}
