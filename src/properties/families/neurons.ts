/** Leaky integrate-and-fire populations: spikes, and gradients with the device's own spikes replayed. */
import * as fc from 'fast-check'
import { NumericError } from '../../errors.js'
import type { LifParameters } from '../../ops/lif.js'
import { teamLanes } from '../../ops/neuron/kernels.js'
import type { ActivationShape } from '../../ops/op.js'
import { lifParameters } from '../../testing/arbitraries.js'
import { surrogates } from '../../testing/oracle/surrogates.js'
import { expectClose } from '../../testing/tolerance.js'
import { flipsOf, type LifCase, lifData, plainLif, referenceGradient, runLif } from '../lif-run.js'
import { randomSeed } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'

const population = (steps: number, channels: number, batch: number): ActivationShape => ({
  steps,
  batch,
  height: 1,
  width: 1,
  channels,
})

/** Rounding of up to 40 steps moves a membrane below 50 by less than this. */
const nearThreshold = 1e-4

const forwardCase: fc.Arbitrary<LifCase> = fc
  .record({
    // the surrogate takes no part in the forward pass
    parameters: lifParameters(['atan']).map((drawn): LifParameters => ({ ...drawn, surrogate: 'atan' })),
    shape: fc
      .tuple(fc.constantFrom(1, 2, 7, 40), fc.constantFrom(1, 13, 31, 32, 33, 61, 64, 96), fc.constantFrom(1, 3))
      .map(([steps, channels, batch]) => population(steps, channels, batch)),
    constant: fc.boolean(),
    initial: fc.boolean(),
    grid: fc.boolean(),
    seed: randomSeed,
  })
  .map((drawn) => ({ ...plainLif, ...drawn }))

const backwardCase: fc.Arbitrary<LifCase> = fc
  .record({
    parameters: fc
      .tuple(lifParameters(), fc.constantFrom('atan' as const, 'triangle' as const, 'sigmoid' as const))
      .map(
        ([drawn, surrogate]): LifParameters => ({
          ...drawn,
          threshold: 1,
          surrogate,
          alpha: surrogates[surrogate].defaults[0] ?? 1,
        }),
      ),
    shape: fc
      .tuple(fc.constantFrom(1, 2, 7), fc.constantFrom(1, 4, 7, 31, 32, 33, 64))
      .map(([steps, channels]) => population(steps, channels, 2)),
    constant: fc.boolean(),
    initial: fc.boolean(),
    readers: fc.constantFrom(1, 1, 2),
    seed: randomSeed,
  })
  .map((drawn) => ({ ...plainLif, ...drawn }))

/** Whole words of spikes, so many that the last team has fewer than the others. */
const teamCase: fc.Arbitrary<LifCase> = fc
  .record({
    shape: fc
      .tuple(fc.constantFrom(1, 3, 4, 5, 8, 9, 16, 17, 40), fc.constantFrom(32, 64, 288), fc.constantFrom(1, 3))
      .map(([steps, channels, batch]) => population(steps, channels, batch)),
    constant: fc.boolean(),
    initial: fc.boolean(),
    seed: randomSeed,
  })
  .map((drawn) => ({ ...plainLif, ...drawn }))

export const neuronProperties: readonly GpuProperty[] = [
  gpuProperty<LifCase>({
    name: 'LIF spikes: those of the oracle but where the membrane nearly touches the threshold',
    kernels: ['neuron/forward'],
    cases: forwardCase,
    runs: 30,
    async holds(gpu, run) {
      const data = lifData(run)
      const { spikes } = await runLif(gpu, run, data)
      const { flips, illegal } = flipsOf(run, data, spikes, nearThreshold)
      const [first] = illegal
      if (first)
        throw new NumericError(
          'spikes',
          `spike ${first.index} must be ${first.expected} at membrane ${first.membrane}; it is ${first.actual}; ${illegal.length} of ${spikes.length} are wrong.`,
        )
      if (flips > 2 + 0.02 * spikes.length)
        throw new NumericError('spikes', `${flips} of ${spikes.length} flip at the threshold: more than rounding does.`)
    },
  }),
  gpuProperty<LifCase>({
    name: 'LIF gradient: that of the oracle which replays the spikes',
    kernels: ['neuron/backward'],
    cases: backwardCase,
    runs: 30,
    async holds(gpu, run) {
      const data = lifData(run)
      const { spikes, dx } = await runLif(gpu, run, data, { backward: true })
      expectClose(dx, referenceGradient(run, data, spikes), { absolute: 1e-4, relative: 1e-4 })
    },
  }),
  gpuProperty<LifCase>({
    name: 'LIF by teams of lanes: the bits of spikes and gradient that lone invocations give',
    kernels: ['neuron/forward', 'neuron/backward'],
    runsOn: ({ subgroupLanes }) => subgroupLanes >= teamLanes,
    cases: teamCase,
    runs: 20,
    async holds(gpu, run) {
      const data = lifData(run)
      const outcome = (variant: string) => runLif(gpu, run, data, { backward: true, choices: { neurons: variant } })
      const [team, portable] = [await outcome('team'), await outcome('portable')]
      expectClose(Float64Array.from(team.words), Float64Array.from(portable.words), { absolute: 0, relative: 0 })
      expectClose(team.dx, Float64Array.from(portable.dx), { absolute: 1e-6, relative: 1e-5 })
    },
  }),
]
