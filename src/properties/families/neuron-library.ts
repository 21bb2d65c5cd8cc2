/** Every neuron of the library: spikes, states and all gradients, under each of its sets of options. */
import * as fc from 'fast-check'
import type { Gpu } from '../../runtime/gpu.js'
import { neuronCase, neuronSubjects, populationShape } from '../neuron-cases.js'
import { expectNeurons } from '../neuron-check.js'
import { randomSeed } from '../op-run.js'
import { type GpuProperty, gpuProperty, inPart } from '../property.js'

interface LibraryCase {
  readonly steps: number
  /** A multiple of four, and one that is none. */
  readonly channels: readonly [even: number, odd: number]
  readonly slabs: number
  readonly seed: number
}

const libraryCase: fc.Arbitrary<LibraryCase> = fc
  .record({
    steps: fc.constantFrom(1, 5, 7),
    channels: fc.tuple(fc.constantFrom(8, 12, 32), fc.constantFrom(1, 31, 33)),
    slabs: fc.constantFrom(1, 1, 3),
    seed: randomSeed,
  })
  .map((drawn) => ({ ...drawn, slabs: Math.min(drawn.slabs, drawn.steps) }))

/** Few sets of flags, since each is a pair of kernels to compile: one for each set of options, and one for all the rest. */
async function expectLibraryNeuron(gpu: Gpu, name: string, drawn: LibraryCase): Promise<void> {
  const { steps, channels, slabs, seed } = drawn
  const [even, odd] = channels
  const { options = [] } = neuronSubjects[name] ?? {}
  for (const [index, option] of options.entries()) {
    const run = neuronCase(name, index, { shape: populationShape(steps, even, 2), slabs, seed })
    await inPart(`${name} ${JSON.stringify(option)}`, () => expectNeurons(gpu, run))
  }
  const shape = populationShape(steps, odd)
  const repeated = neuronCase(name, 0, { shape, constant: true, readers: 2, slabs, seed })
  await inPart(`${name}, a constant input that is read twice`, () => expectNeurons(gpu, repeated))
}

export const neuronLibraryProperties: readonly GpuProperty[] = Object.entries(neuronSubjects).map(
  ([name, { definition }]) =>
    gpuProperty<LibraryCase>({
      name: `neuron ${name}: spikes, states and all gradients of its model`,
      kernels: ['neuron/forward', 'neuron/backward', ...(definition.learned ? ['neuron/parameter_sums'] : [])],
      cases: libraryCase,
      runs: 2,
      holds: (gpu, drawn) => expectLibraryNeuron(gpu, name, drawn),
    }),
)
