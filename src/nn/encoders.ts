/**
 * Encoders as layers: how the values of an image, or of a series, become spikes (sheet 12, section 3.5). They stand first
 * in a network and have no parameters. Rate, latency, phase and burst codes take values in [0, 1], so the data must not be
 * normalised otherwise (mean 0, deviation 1 in the layout); values outside never fire, and training and evaluation stop
 * with the number of them.
 */
import { type ClosedFormCode, traceClosedFormEncode, traceWeighSpikes } from '../ops/encode.js'
import { type DeltaOptions, traceDeltaEncode, traceSendOnDelta } from '../ops/encode-delta.js'
import { type PopulationFields, tracePopulation } from '../ops/encode-population.js'
import { traceRankOrderEncode } from '../ops/encode-rank.js'
import { type RateOptions, traceRateEncode, traceSignedRateEncode } from '../ops/encode-rate.js'
import { deriveSeed, type Seed } from '../runtime/philox.js'
import type { Layer } from './layers.js'
import { integrateAndFire } from './neurons.js'
import type { Scope } from './scope.js'

const labelled = (scope: Scope, name: string): string => (scope.path ? `${scope.path}.${name}` : name)

const closedForm =
  (code: ClosedFormCode): Layer =>
  (scope, x) =>
    traceClosedFormEncode(scope.graph, x, code, scope.timeSteps, labelled(scope, code.code))

/**
 * Rate code: a spike with probability x at each step. A training counts the draw up with its steps, an evaluation with
 * its batches, so spikes are new each time and the same for the same seed.
 */
export const rateEncode =
  ({ seed = 0 }: { readonly seed?: number | Seed } = {}): Layer =>
  (scope, x) => {
    const options: RateOptions = { timeSteps: scope.timeSteps, seed: deriveSeed(seed) }
    return traceRateEncode(scope.graph, x, options, labelled(scope, 'rate'))
  }

/**
 * Rate code of values of either sign: sign(x) with probability min(1, |x|/2) at each step, real-valued (sheet 16, section
 * 3.5). For images of mean 0 and deviation 1; only values that are not finite are refused.
 */
export const signedRateEncode =
  ({ seed = 0 }: { readonly seed?: number | Seed } = {}): Layer =>
  (scope, x) => {
    const options: RateOptions = { timeSteps: scope.timeSteps, seed: deriveSeed(seed) }
    return traceSignedRateEncode(scope.graph, x, options, labelled(scope, 'signedRate'))
  }

/** Constant current: the first layer of neurons sees the values at every step and learns the code. */
export const directEncode = (): Layer => (_, x) => x

/** Latency: one spike, the earlier the larger the value; `log` and `threshold` are the other two forms. */
export const latencyEncode = (
  options: Omit<Extract<ClosedFormCode, { code: 'latency' }>, 'code'> & {
    readonly form?: 'linear' | 'log' | 'threshold'
  } = {},
): Layer => closedForm({ code: 'latency', ...options } as ClosedFormCode)

/** Weighted time to first spike: amplitude 1 / (t + 1) at T - ceil(x T), real-valued. */
export const weightedTtfsEncode = (): Layer => (scope, x) =>
  traceWeighSpikes(scope.graph, closedForm({ code: 'ttfs' })(scope, x), 'ttfs')

/** Phase: the K bits of a value, one a step, again and again; `weighted` gives phase p the amplitude 2^-(1 + p). */
export const phaseEncode =
  ({ bits = 8, weighted = false }: { readonly bits?: number; readonly weighted?: boolean } = {}): Layer =>
  (scope, x) => {
    const spikes = closedForm({ code: 'phase', bits })(scope, x)
    return weighted ? traceWeighSpikes(scope.graph, spikes, bits) : spikes
  }

/** Burst: the larger the value, the more spikes and the closer together. */
export const burstEncode = (options: Omit<Extract<ClosedFormCode, { code: 'burst' }>, 'code'> = {}): Layer =>
  closedForm({ code: 'burst', ...options })

/** Rank order: the larger a value among those of its sample, the earlier its spike; `wave` keeps it on until the end. */
export const rankOrderEncode =
  ({ wave = false }: { readonly wave?: boolean } = {}): Layer =>
  (scope, x) =>
    traceRankOrderEncode(scope.graph, x, { timeSteps: scope.timeSteps, wave }, labelled(scope, 'rankOrder'))

/** Activations of Gaussian receptive fields, real-valued and differentiable: `[T, B, C·m, H, W]`. */
export const populationActivation =
  (fields: Partial<PopulationFields> = {}): Layer =>
  (scope, x) =>
    tracePopulation(scope.graph, x, { fields: 8, low: 0, high: 1, ...fields }, labelled(scope, 'population'))

/** Population code: each field fires once, the earlier the better it fits; below `cutoff` it stays silent. */
export const populationEncode =
  ({ cutoff = 0.1, ...fields }: Partial<PopulationFields> & { readonly cutoff?: number } = {}): Layer =>
  (scope, x) =>
    closedForm({ code: 'latency', cutoff })(scope, populationActivation(fields)(scope, x))

/**
 * Population code by rate: the activation of each field drives an IF neuron with soft reset and threshold 0.999, so that
 * a field that fits fires at every step. Gradients reach the values.
 */
export const populationRateEncode =
  (fields: Partial<PopulationFields> = {}): Layer =>
  (scope, x) =>
    integrateAndFire({ threshold: 0.999, reset: 'soft' })(scope, populationActivation(fields)(scope, x))

/** A spike where a series `[T, B, C, H, W]` has risen by theta since the step before; with `offSpikes` also -1. */
export const deltaEncode =
  (options: DeltaOptions = {}): Layer =>
  (scope, x) =>
    traceDeltaEncode(scope.graph, x, options, labelled(scope, 'delta'))

/** Send-on-delta: -1, 0, 1 whose sum times theta follows the series. */
export const sendOnDeltaEncode =
  ({ theta = 0.1 }: { readonly theta?: number } = {}): Layer =>
  (scope, x) =>
    traceSendOnDelta(scope.graph, x, theta, labelled(scope, 'sendOnDelta'))
