/** The parallel spiking neuron: spikes and gradients are those of its float64 model, for any size. */
import * as fc from 'fast-check'
import { NumericError } from '../../errors.js'
import { resolvePsn, tracePsn } from '../../ops/neuron/psn.js'
import type { Value } from '../../ops/op.js'
import type { Gpu } from '../../runtime/gpu.js'
import { unpackSpikes } from '../../testing/oracle/dissimilarity.js'
import { psnGradients, psnMembrane } from '../../testing/oracle/neurons/index.js'
import { compareSpikes, expectClose } from '../../testing/tolerance.js'
import { totalOf } from '../linear-op.js'
import { drawNumbers, randomSeed, runOp } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'
import { traceLoad, traceSeed, traceStore } from '../slabbed-io.js'

export interface PsnCase {
  readonly steps: number
  readonly channels: number
  readonly readers: number
  readonly minimumSlabs?: number
  readonly seed: number
}

const batch = 2

export async function expectPsn(gpu: Gpu, run: PsnCase): Promise<void> {
  const { steps, channels, readers, seed, minimumSlabs = 1 } = run
  const shape = { steps, batch, height: 1, width: 1, channels }
  const population = batch * channels
  const x = drawNumbers(seed, 0, steps * population, 2).map((value) => Math.fround(value + 0.113))
  const weights = drawNumbers(seed, 1, steps * (steps + 1), 1).map((value) => Math.fround(value * 0.7))
  const dys = Array.from({ length: readers }, (_, reader) => drawNumbers(seed, 2 + reader, steps * population, 1))
  const result = await runOp(gpu, {
    build(graph, values) {
      const input = traceLoad(graph, 'f32', shape, 'x', 'dx')
      for (const reader of dys.keys()) {
        const spikes = tracePsn(graph, input, values.weights as Value, resolvePsn())
        if (reader === 0) traceStore(graph, spikes, 'spikes')
        traceSeed(graph, spikes, `dy${reader}`)
      }
    },
    parameters: { weights },
    write: { x, ...Object.fromEntries(dys.map((dy, reader) => [`dy${reader}`, dy])) },
    read: ['spikes', 'dx'],
    backward: true,
    minimumSlabs,
  })
  const extent = { timeSteps: steps, neurons: population }
  const membrane = psnMembrane(x, weights, extent)
  const spikes = unpackSpikes(result.words('spikes'), steps * batch, channels)
  const due = membrane.map((h) => Number(h >= 0))
  const [illegal] = compareSpikes(spikes, due, membrane, 0, 1e-4).illegal
  if (illegal)
    throw new NumericError(
      'spikes',
      `spike ${illegal.index} must be ${illegal.expected} at membrane ${illegal.membrane}; it is ${illegal.actual}.`,
    )
  const expected = psnGradients(x, weights, totalOf(dys), { name: 'atan', numbers: [2] }, extent)
  expectClose(result.floats('dx'), expected.dx, { absolute: 2e-4, relative: 2e-4 })
  expectClose(result.gradient('weights'), expected.dWeights, { absolute: 5e-4, relative: 5e-4 })
}

export const parallelNeuronProperties: readonly GpuProperty[] = [
  gpuProperty<PsnCase>({
    name: 'parallel spiking neuron: spikes, and gradients of input and matrix',
    kernels: ['neuron/psn_forward', 'neuron/psn_backward', 'neuron/psn_weight_gradient', 'neuron/parameter_sums'],
    cases: fc.record({
      steps: fc.constantFrom(1, 4, 7, 16, 40),
      channels: fc.constantFrom(1, 5, 12, 31, 32, 33),
      readers: fc.constantFrom(1, 2),
      seed: randomSeed,
    }),
    runs: 12,
    holds: expectPsn,
  }),
]
