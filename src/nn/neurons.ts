/** Populations of neurons as layers: currents `[T, B, C, H, W]` to spikes, or to what else the neuron emits. */
import { OptionError, ShapeError } from '../errors.js'
import { traceUnpack } from '../ops/concatenate.js'
import { defaultLif, type LifParameters, lifNeuron } from '../ops/lif.js'
import type { NeuronDefinition, NeuronOptions } from '../ops/neuron/definition.js'
import { traceFiniteCheck } from '../ops/neuron/finite-check.js'
import * as models from '../ops/neuron/models.js'
import { traceNeurons } from '../ops/neuron/neuron.js'
import { type PsnOptions, resolvePsn, tracePsn } from '../ops/neuron/psn.js'
import { learnedRows, type Neuron, resolveNeuron } from '../ops/neuron/resolve.js'
import { shapeOf, type Value } from '../ops/op.js'
import type { Layer } from './layers.js'
import type { Scope } from './scope.js'

/** @throws ShapeError when a neuron with several inputs gets one current, whose samples it would take for inputs */
function requireInputs(scope: Scope, current: Value, { definition }: Neuron): void {
  const { name, inputs = ['x'] } = definition
  const { batch } = shapeOf(current)
  if (batch !== inputs.length * scope.batch)
    throw new ShapeError(
      name,
      `needs its inputs ${inputs.join(', ')} one after the other in a batch of ${inputs.length * scope.batch}; got ${batch}.`,
      'Join them with traceStackBatch, as nn.multiCompartment does.',
    )
}

/** Learned numbers are the parameter `neuron`, a row for each (sheet 12, section 3.2). */
const population =
  (neuron: Neuron): Layer =>
  (scope, x) => {
    const current = traceUnpack(scope.graph, x)
    requireInputs(scope, current, neuron)
    const rows = learnedRows(neuron, scope.timeSteps)
    const channels = current.shape?.channels ?? 1
    const shape = neuron.perChannel ? [rows.length, channels] : [rows.length]
    const values = rows.map(({ initial }) => initial)
    const spreads = rows.map(({ spread }) => spread)
    const weights = rows.length > 0 ? scope.parameter('neuron', shape, { kind: 'rows', values, spreads }) : null
    const { output, spikes } = traceNeurons(scope.graph, current, neuron, {
      timeSteps: scope.timeSteps,
      ...(weights ? { weights } : {}),
    })
    if (spikes) scope.record(spikes)
    return output
  }

/**
 * A population of any neuron, one of your own too (`defineNeuron`). A constant current is repeated over the scope's
 * time steps.
 * @throws OptionError naming the option that is unknown, out of range or impossible
 */
export const neuron = <P extends string, C extends string>(
  definition: NeuronDefinition<P, C>,
  options?: NeuronOptions<P, C>,
): Layer => population(resolveNeuron(definition, options))

/**
 * Passes a current on and counts the numbers in it that are NaN or infinite, which a neuron would answer with silence;
 * training and evaluation stop when there are any.
 */
export const requireFinite = (): Layer => (scope, x) => {
  traceFiniteCheck(scope.graph, x, scope.path || 'requireFinite')
  return x
}

/** A layer function for a neuron of the library. */
const layerOf =
  <P extends string, C extends string>(definition: NeuronDefinition<P, C>) =>
  (options?: NeuronOptions<P, C>): Layer =>
    neuron(definition, options)

/**
 * Leaky integrate-and-fire (sheet 12): tau 2, threshold 1, hard reset to 0, arctan surrogate. Also takes
 * `LifParameters`, whose `alpha` is the surrogate's width.
 */
export const lif = (options: Partial<LifParameters> | NeuronOptions<LifNumber, 'decayInput'> = {}): Layer =>
  population('alpha' in options ? lifNeuron({ ...defaultLif, ...options }) : resolveNeuron(models.lif, options))

type LifNumber = keyof typeof models.lif.numbers

/** Without leak. */
export const integrateAndFire = layerOf(models.integrateAndFire)
/** Learned leak. */
export const plif = layerOf(models.plif)
/** Learned scale of a rectified charge. */
export const klif = layerOf(models.klif)
/** Adaptive threshold. */
export const alif = layerOf(models.alif)
/** Rests after a spike. */
export const refractory = layerOf(models.refractory)
/** Emits its rectified membrane; its spikes are recorded. */
export const liaf = layerOf(models.liaf)
/** Up to five spikes in a step; emits their number. */
export const burst = layerOf(models.burst)
/** Synaptic current and membrane. */
export const cuba = layerOf(models.cuba)
/** Reset with the next charge (snnTorch). */
export const leaky = layerOf(models.leaky)
/** The same from a circuit's R and C. */
export const lapicque = layerOf(models.lapicque)
/** Synaptic current, and reset with the next charge (snnTorch). */
export const synaptic = layerOf(models.synaptic)
/** Spike response with a double-exponential kernel. */
export const srm = layerOf(models.srm)
/** Spike response with an alpha kernel. */
export const srmAlpha = layerOf(models.srmAlpha)
/** Leaky readout that never fires; emits its membrane. */
export const integrator = layerOf(models.integrator)
/** Quadratic integrate-and-fire. */
export const qif = layerOf(models.qif)
/** Exponential integrate-and-fire. */
export const eif = layerOf(models.eif)
/** Adaptive exponential. */
export const adex = layerOf(models.adex)
/** Izhikevich, dimensionless. */
export const izhikevich = layerOf(models.izhikevich)
/** Izhikevich in mV and ms. */
export const izhikevichBio = layerOf(models.izhikevichBio)
/** The squid axon. */
export const hodgkinHuxley = layerOf(models.hodgkinHuxley)
/** Every number learned, behind a sigmoid. */
export const gatedLif = layerOf(models.gatedLif)

/**
 * Parallel spiking neuron: each step sees all T steps through a learned matrix, W uniform in ±1/sqrt(T), b = -1. The
 * current must have its own value at every step.
 * @throws OptionError when the current is constant
 */
export const psn = (options: PsnOptions = {}): Layer => {
  const resolved = resolvePsn(options)
  return (scope, x) => {
    const current = traceUnpack(scope.graph, x)
    const steps = scope.timeSteps
    if (current.shape?.steps !== steps)
      throw new OptionError('psn.timeSteps', `the input must have all ${steps} steps; got ${current.shape?.steps}.`)
    const places = Array.from({ length: steps * (steps + 1) }, (_, at) => at % (steps + 1) === steps)
    const weights = scope.parameter('neuron', [steps, steps + 1], {
      kind: 'rows',
      values: places.map((isThreshold) => (isThreshold ? -1 : 0)),
      spreads: places.map((isThreshold) => (isThreshold ? 0 : 1 / Math.sqrt(steps))),
    })
    const spikes = tracePsn(scope.graph, current, weights, resolved)
    scope.record(spikes)
    return spikes
  }
}

export { fastSpiking } from '../ops/neuron/models.js'
