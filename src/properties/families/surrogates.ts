/** Surrogates: derivatives in the backward pass, primitives in soft neurons, a learned width. */
import * as fc from 'fast-check'
import { NumericError } from '../../errors.js'
import { integrateAndFire } from '../../ops/neuron/models.js'
import { traceNeurons } from '../../ops/neuron/neuron.js'
import { resolveNeuron } from '../../ops/neuron/resolve.js'
import { type SurrogateName, type SurrogateOption, surrogateNames, surrogates } from '../../ops/neuron/surrogate.js'
import type { Value } from '../../ops/op.js'
import type { Gpu } from '../../runtime/gpu.js'
import { philoxFill, RandomStream, toUnit } from '../../runtime/philox.js'
import { atanWidthSlope, surrogateNamed } from '../../testing/oracle/surrogates.js'
import { expectClose } from '../../testing/tolerance.js'
import { randomSeed, runOp } from '../op-run.js'
import { type GpuProperty, gpuProperty, inPart } from '../property.js'
import { traceLoad, traceSeed, traceStore } from '../slabbed-io.js'

/** Distances from the threshold in [-2.5, 2.5); hardly ever at a kink. */
const distancesOf = (seed: number): Float64Array =>
  Float64Array.from(philoxFill([seed, 47], RandomStream.syntheticData, 0, 0, 61), (word) => {
    // what is left of the distance once 1 was added and taken off again in float32
    return Math.fround(5 * toUnit(word) - 1.5) - 1
  })

/** One step of neurons without leak and threshold 1, so that the distance is the input minus 1. */
async function runSurrogate(gpu: Gpu, surrogate: SurrogateOption, soft: boolean, distances: Float64Array) {
  const neuron = resolveNeuron(integrateAndFire, { reset: 'none', surrogate, soft })
  const shape = { steps: 1, batch: 1, height: 1, width: 1, channels: distances.length }
  const learns = typeof surrogate === 'object' && surrogate.learn === true
  const result = await runOp(gpu, {
    build(graph, values) {
      const x = traceLoad(graph, 'f32', shape, 'x', 'dx')
      const weights = learns ? { weights: values.width as Value } : {}
      const { output } = traceNeurons(graph, x, neuron, weights)
      traceStore(graph, output, 'y')
      traceSeed(graph, output, 'dy')
    },
    parameters: learns ? { width: [1.5] } : {},
    write: { x: distances.map((x) => x + 1), dy: new Float64Array(distances.length).fill(1) },
    read: ['y', 'dx'],
    backward: true,
  })
  return { y: result.floats('y'), dx: result.floats('dx'), dWidth: learns ? result.gradient('width') : [] }
}

const close = { absolute: 2e-5, relative: 2e-5 }

/** Derivative, and the primitive where there is one, with numbers of one's own or the defaults. */
async function expectSurrogate(
  gpu: Gpu,
  name: SurrogateName,
  distances: Float64Array,
  numbers: readonly number[] = [],
  option: SurrogateOption = name,
): Promise<void> {
  const { soft } = surrogates[name]
  const { derivative, primitive } = surrogateNamed(name)
  const { y, dx } = await runSurrogate(gpu, option, soft, distances)
  const expected = distances.map((x) => derivative(x, ...numbers))
  expectClose(dx, expected, close)
  if (soft !== (primitive !== null))
    throw new NumericError(name, 'must be a primitive in soft neurons exactly where its oracle has one.')
  if (primitive) {
    const values = distances.map((x) => primitive(x, ...numbers))
    expectClose(y, values, close)
  }
}

const drawn = fc.record({ seed: randomSeed })

export const surrogateProperties: readonly GpuProperty[] = [
  gpuProperty<{ readonly seed: number }>({
    name: 'surrogates: each with its derivative, and as a primitive in soft neurons',
    kernels: ['neuron/forward', 'neuron/backward'],
    cases: drawn,
    runs: 3,
    async holds(gpu, { seed }) {
      const distances = distancesOf(seed)
      for (const name of surrogateNames) await inPart(name, () => expectSurrogate(gpu, name, distances))
      const other = { name: 'multi_gaussian', sigma: 0.3, height: 0.4, scale: 3, gamma: 1 } as const
      await inPart('multi_gaussian with other numbers', () =>
        expectSurrogate(gpu, other.name, distances, [0.3, 0.4, 3, 1], other),
      )
    },
  }),
  gpuProperty<{ readonly seed: number }>({
    name: 'surrogates: the learned width of arctan has its gradient',
    kernels: ['neuron/backward', 'neuron/parameter_sums'],
    cases: drawn,
    runs: 5,
    async holds(gpu, { seed }) {
      const distances = distancesOf(seed)
      const { dx, dWidth } = await runSurrogate(gpu, { name: 'atan', learn: true }, false, distances)
      const expected = distances.map((x) => surrogateNamed('atan').derivative(x, 1.5))
      expectClose(dx, expected, close)
      expectClose(dWidth, [distances.reduce((sum, x) => sum + atanWidthSlope(x, 1.5), 0)], { absolute: 1e-3 })
    },
  }),
]
