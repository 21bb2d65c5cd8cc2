/** Reservoirs: a random recurrent network that is not trained, before a read-out that is (sheet 12, section 3.6). */
import { OptionError } from '../errors.js'
import type { Neuron } from '../ops/neuron/resolve.js'
import { neuronsOf, shapeOf } from '../ops/op.js'
import { traceLinear } from '../ops/synapse.js'
import { deriveSeed, philoxFill, RandomStream, type Seed, toUnit } from '../runtime/philox.js'
import type { Layer } from './layers.js'
import { sparse } from './masks.js'
import { recurrent } from './recurrence.js'
import { recordWork } from './synapses.js'

export interface ReservoirOptions {
  /** Share of the synapses that there are, of the input and of the feedback, in (0, 1]; default 0.1. */
  readonly density?: number
  /** Of the feedback, above 0 and below 1, so that what has been fades; default 0.9. */
  readonly spectralRadius?: number
  /** Weights of the input are uniform in ± this; default 1. */
  readonly inputScale?: number
  /** Default: a LIF neuron. */
  readonly neuron?: Neuron
  readonly seed?: number | Seed
}

/** Sparse weights, uniform in ±1. */
function drawWeights(seed: Seed, inputs: number, outputs: number, density: number): number[] {
  const there = sparse(density, seed)([1, 1, inputs, outputs])
  const words = philoxFill(seed, RandomStream.connectivity, 1, 0, inputs * outputs)
  return Array.from(words, (word, i) => (2 * toUnit(word) - 1) * (there[i] ?? 0))
}

/**
 * The largest modulus of a matrix's eigenvalues, by the mean growth of a vector that is multiplied again and again: within
 * a percent, since the largest are often a pair that turns.
 * @param matrix `[n, n]` @returns 0 where powers of the matrix vanish
 */
export function spectralRadius(matrix: ArrayLike<number>, n: number): number {
  const entries: { row: number; column: number; value: number }[] = []
  for (let i = 0; i < n * n; i++) {
    const value = matrix[i] ?? 0
    if (value !== 0) entries.push({ row: Math.floor(i / n), column: i % n, value })
  }
  const words = philoxFill([n, 1], RandomStream.connectivity, 2, 0, n)
  let vector = Float64Array.from(words, (word) => toUnit(word) + 0.5)
  let growth = 0
  const [settling, measured] = [200, 800]
  for (let k = 0; k < settling + measured; k++) {
    const next = new Float64Array(n)
    for (const { row, column, value } of entries) next[row] = (next[row] ?? 0) + value * (vector[column] ?? 0)
    const length = Math.hypot(...next) / Math.hypot(...vector)
    if (!(length > 0)) return 0
    if (k >= settling) growth += Math.log(length)
    const norm = Math.hypot(...next)
    vector = next.map((value) => value / norm)
  }
  return Math.exp(growth / measured)
}

/**
 * Fixed sparse random weights W of the input and U of the feedback, I[t] = W x[t] + U s[t − 1], with the spectral radius
 * of U scaled; put a trained `linear` behind it. Spikes or currents `[T, B, ...]`, flattened, to spikes `[T, B, neurons,
 * 1, 1]`. Its weights are the states `input.weight` and `feedback.weight`; it has no parameters, so a training computes no
 * gradients through it unless something before it is trained.
 * @throws OptionError on a number out of range, or where so few synapses make no cycle
 */
export function reservoir(neurons: number, options: ReservoirOptions = {}): Layer {
  const { density = 0.1, spectralRadius: wanted = 0.9, inputScale = 1, neuron } = options
  const seed = deriveSeed(options.seed ?? 0, 'reservoir')
  if (!Number.isInteger(neurons) || neurons < 1)
    throw new OptionError('reservoir.neurons', `must be a positive integer; got ${neurons}.`)
  if (!(wanted > 0 && wanted < 1))
    throw new OptionError('reservoir.spectralRadius', `must be above 0 and below 1; got ${wanted}.`)
  if (!Number.isFinite(inputScale))
    throw new OptionError('reservoir.inputScale', `must be a finite number; got ${inputScale}.`)
  const drawn = drawWeights(deriveSeed(seed, 'feedback'), neurons, neurons, density)
  const radius = spectralRadius(drawn, neurons)
  if (radius === 0)
    throw new OptionError(
      'reservoir.density',
      `leaves ${neurons} neurons without a cycle of synapses at ${density}.`,
      'Take more of either.',
    )
  const feedback = drawn.map((value) => (value * wanted) / radius)
  const fixed =
    (weightsOf: (inputs: number) => readonly number[]): Layer =>
    (scope, x) => {
      const inputs = neuronsOf(shapeOf(x))
      const values = weightsOf(inputs)
      const weights = scope.state('weight', [1, 1, inputs, neurons], { kind: 'rows', values })
      recordWork(scope, x, values.filter((value) => value !== 0).length)
      return traceLinear(scope.graph, x, weights, neurons)
    }
  return recurrent({
    input: fixed((inputs) =>
      drawWeights(deriveSeed(seed, 'input'), inputs, neurons, density).map((value) => value * inputScale),
    ),
    feedback: fixed(() => feedback),
    ...(neuron && { neuron }),
  })
}
