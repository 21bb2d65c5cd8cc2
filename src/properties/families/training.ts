/** Loss, optimisers, initial weights and drop-path. */
import * as fc from 'fast-check'
import { NumericError } from '../../errors.js'
import { Graph } from '../../graph/graph.js'
import { Program } from '../../graph/program.js'
import { ModelMemory } from '../../nn/memory.js'
import { ParameterTable } from '../../nn/parameters.js'
import { traceCopy } from '../../ops/copy.js'
import { traceCrossEntropy } from '../../ops/cross-entropy.js'
import { type OptimizerSettings, traceOptimizer } from '../../ops/optimizer.js'
import { traceDropFactors } from '../../ops/random.js'
import type { Gpu } from '../../runtime/gpu.js'
import { hashText, philoxFill, RandomStream, type Seed, toUnit } from '../../runtime/philox.js'
import { crossEntropy } from '../../testing/oracle/cross-entropy.js'
import { adamwStep, clipGlobalNorm, sgdStep } from '../../testing/oracle/optimizers.js'
import { expectClose } from '../../testing/tolerance.js'
import { drawNumbers, randomSeed, runOp } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'
import { traceLoad } from '../slabbed-io.js'

interface LossCase {
  readonly batch: number
  readonly classes: number
  readonly smoothing: number
  readonly bound: number
  readonly seed: number
}

async function expectLoss(gpu: Gpu, { batch, classes, smoothing, bound, seed }: LossCase): Promise<void> {
  const logits = drawNumbers(seed, 0, batch * classes, bound)
  const labels = Array.from(drawNumbers(seed, 1, batch, 1), (value) => Math.floor(((value + 1) / 2) * classes))
  const result = await runOp(gpu, {
    build(graph) {
      const shape = { steps: 1, batch, height: 1, width: 1, channels: classes }
      const z = traceLoad(graph, 'f32', shape, 'logits', 'gradient')
      const slot = (dtype: 'u32' | 'f32', elements: number, name: string) =>
        graph.raw(dtype, elements, name, { storage: { kind: 'slot', name } })
      traceCrossEntropy(graph, z, slot('u32', batch, 'labels'), slot('f32', 4, 'metrics'), smoothing)
    },
    write: { logits, labels: Uint32Array.from(labels), metrics: [1.5, 2, 3, 9] },
    read: ['sampleLosses', 'gradient', 'metrics'],
    backward: true,
  })
  const oracle = crossEntropy(logits, labels, classes, smoothing)
  const losses = result.floats('sampleLosses').filter((_, i) => i % 2 === 0)
  expectClose(losses, oracle.losses, { absolute: 1e-5, relative: 1e-5 })
  expectClose(result.floats('gradient'), oracle.gradient, { absolute: 1e-6, relative: 1e-5 })
  const sums = [1.5 + oracle.loss * batch, 2 + oracle.correct, 3 + batch, oracle.loss]
  expectClose(result.floats('metrics'), sums, { absolute: 1e-4, relative: 1e-5 })
}

interface OptimizerCase {
  readonly settings: OptimizerSettings
  readonly size: number
  readonly maxNorm: number | null
  readonly seed: number
}

const settings: fc.Arbitrary<OptimizerSettings> = fc.oneof(
  fc.record({
    kind: fc.constant('adamw' as const),
    beta1: fc.constantFrom(0.9, 0.5, 0),
    beta2: fc.constantFrom(0.999, 0.9),
    epsilon: fc.constantFrom(1e-8, 1e-3),
    weightDecay: fc.constantFrom(0, 0.01, 0.3),
  }),
  fc.record({
    kind: fc.constant('sgd' as const),
    momentum: fc.constantFrom(0.9, 0.5, 0),
    weightDecay: fc.constantFrom(0, 0.001, 0.2),
    nesterov: fc.boolean(),
  }),
)

const learningRate = 0.05

/** Two steps, so that moments of the first are read in the second. */
async function expectUpdate(gpu: Gpu, { settings, size, maxNorm, seed }: OptimizerCase): Promise<void> {
  const table = new ParameterTable()
  table.declare('w', [size], { kind: 'constant', value: 0 })
  const memory = new ModelMemory(gpu, table, new ParameterTable())
  const graph = new Graph()
  const arena = (name: string) =>
    graph.raw('f32', table.arenaElements, name, { storage: { kind: 'state', name: `arena:${name}` } })
  const moments = settings.kind === 'adamw' ? [arena('first'), arena('second')] : [arena('velocity')]
  traceOptimizer(graph, arena('weights'), arena('gradient'), moments, settings, maxNorm)
  const program = await Program.compile(gpu, graph, memory)
  const padded = (values: Float64Array) => {
    const all = new Float32Array(table.arenaElements)
    all.set(values)
    return all
  }
  try {
    let weights: Float64Array = drawNumbers(seed, 0, size, 1)
    const zeros = new Float64Array(size)
    let [first, second]: [Float64Array, Float64Array] = [zeros, zeros]
    memory.write('weights', padded(weights))
    for (const step of [1, 2]) {
      const raw = drawNumbers(seed, step, size, 1)
      const gradient = maxNorm === null ? raw : (clipGlobalNorm([raw], maxNorm).gradients[0] ?? zeros)
      if (settings.kind === 'adamw') {
        program.setStep('optimizer', [learningRate, 1 - settings.beta1 ** step, 1 - settings.beta2 ** step, 0])
        ;({ weights, first, second } = adamwStep({ weights, first, second }, gradient, step, {
          learningRate,
          ...settings,
        }))
      } else {
        program.setStep('optimizer', [learningRate, 1, 1, 0])
        ;({ weights, velocity: first } = sgdStep({ weights, velocity: first }, gradient, { learningRate, ...settings }))
      }
      memory.write('gradient', padded(raw))
      program.run()
      const device = await memory.read('weights')
      expectClose(device.subarray(0, size), weights, { absolute: 5e-5 * learningRate, relative: 1e-6 })
    }
  } finally {
    program.release()
    memory.release()
  }
}

const word = fc.oneof(fc.nat({ max: 0xffffffff }), fc.constantFrom(0, 0xffffffff))
const anySeed = fc.tuple(word, word) satisfies fc.Arbitrary<Seed>

interface InitialCase {
  readonly seed: Seed
  readonly sizes: readonly number[]
  readonly bound: number
}

/** Drawn weights are the bits of the host's generator, on every adapter. */
async function expectInitial(gpu: Gpu, { seed, sizes, bound }: InitialCase): Promise<void> {
  const table = new ParameterTable()
  sizes.forEach((size, k) => {
    table.declare(`layer${k}.weight`, [size], { kind: 'uniform', bound })
  })
  const memory = new ModelMemory(gpu, table, new ParameterTable())
  try {
    await memory.initialize(seed)
    const arena = await memory.read('weights')
    for (const { path, elements, offset } of table) {
      const words = philoxFill(seed, RandomStream.parameter, hashText(path), 0, elements)
      const expected = Float32Array.from(words, (drawn) => (2 * toUnit(drawn) - 1) * Math.fround(bound))
      const at = expected.findIndex((value, i) => !Object.is(value, arena[offset + i]))
      if (at >= 0) throw new NumericError(path, `number ${at} must be ${expected[at]}; it is ${arena[offset + at]}.`)
    }
  } finally {
    memory.release()
  }
}

interface DropCase {
  readonly seed: Seed
  readonly step: number
  readonly probability: number
  readonly edges: number
  readonly images: number
}

async function expectDropFactors(gpu: Gpu, { seed, step, probability, edges, images }: DropCase): Promise<void> {
  const result = await runOp(gpu, {
    build(graph) {
      const factors = traceDropFactors(graph, edges, images, seed)
      traceCopy(
        graph,
        factors,
        graph.raw('f32', factors.elements, 'kept', { storage: { kind: 'slot', name: 'factors' } }),
      )
    },
    write: {},
    read: ['factors'],
    stepUniforms: { dropPath: [probability, step, 0, 0] },
  })
  const words = philoxFill(seed, RandomStream.dropPath, 0, step, edges * images)
  const limit = Math.fround(probability)
  const expected = Array.from(words, (drawn) => (toUnit(drawn) < limit ? 0 : 1 / (1 - limit)))
  expectClose(result.floats('factors'), expected, { relative: 1e-6 })
}

export const trainingProperties: readonly GpuProperty[] = [
  gpuProperty<LossCase>({
    name: 'cross-entropy: loss, hits, gradient and running sums',
    kernels: ['loss/cross_entropy', 'loss/accumulate'],
    cases: fc.record({
      batch: fc.constantFrom(1, 2, 5, 64, 65),
      classes: fc.constantFrom(1, 2, 3, 10, 33),
      smoothing: fc.constantFrom(0, 0.1, 0.5),
      bound: fc.constantFrom(2, 20),
      seed: randomSeed,
    }),
    holds: expectLoss,
  }),
  gpuProperty<OptimizerCase>({
    name: 'optimisers: AdamW and SGD over two steps, with and without clipping',
    kernels: ['optimizer/adamw', 'optimizer/sgd', 'optimizer/squared_norm', 'optimizer/clip_factor'],
    cases: fc.record({
      settings,
      size: fc.constantFrom(1, 63, 64, 130, 5000),
      maxNorm: fc.constantFrom(null, 0.25, 1e4),
      seed: randomSeed,
    }),
    runs: 20,
    holds: expectUpdate,
  }),
  gpuProperty<InitialCase>({
    name: 'initial weights: the bits of the generator',
    kernels: ['random/uniform'],
    cases: fc.record({
      seed: anySeed,
      sizes: fc.array(fc.constantFrom(1, 3, 4, 5, 63, 64, 65, 257), { minLength: 1, maxLength: 4 }),
      bound: fc.constantFrom(1, 0.3, 1 / Math.sqrt(27)),
    }),
    holds: expectInitial,
  }),
  gpuProperty<DropCase>({
    name: 'drop-path: 0 where the generator says so, else 1/(1 - p)',
    kernels: ['random/drop_factors'],
    cases: fc.record({
      seed: anySeed,
      step: fc.oneof(fc.nat({ max: 1000 }), fc.constant(2 ** 24 - 1)),
      probability: fc.constantFrom(0, 0.1, 0.25, 0.5, 0.9),
      edges: fc.integer({ min: 1, max: 9 }),
      images: fc.integer({ min: 1, max: 40 }),
    }),
    holds: expectDropFactors,
  }),
]
