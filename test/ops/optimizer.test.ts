import { describe, expect, it } from 'vitest'
import { Graph } from '../../src/graph/graph.js'
import { Program } from '../../src/graph/program.js'
import { ModelMemory } from '../../src/nn/memory.js'
import { ParameterTable } from '../../src/nn/parameters.js'
import {
  type AdamwSettings,
  type OptimizerSettings,
  type SgdSettings,
  traceOptimizer,
} from '../../src/ops/optimizer.js'
import { drawNumbers } from '../../src/properties/op-run.js'
import {
  type AdamwState,
  adamwStep,
  clipGlobalNorm,
  type SgdState,
  sgdStep,
} from '../../src/testing/oracle/optimizers.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

const learningRate = 0.05
const stepCount = 5

const adamw: AdamwSettings = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }
const sgd: SgdSettings = { kind: 'sgd', momentum: 0.9, weightDecay: 0.001, nesterov: false }

/** Gradients of each step; some of them 0, so that a moment of 0 is divided too. */
const gradientsOf = (size: number): Float64Array[] =>
  Array.from({ length: stepCount }, (_, step) =>
    drawNumbers(7, step, size, 1).map((value, i) => (i % 5 === 0 ? 0 : value)),
  )

/** Weights after each step on the GPU, padding of the arena included. */
async function trainOnGpu(
  settings: OptimizerSettings,
  initial: Float64Array,
  gradients: readonly Float64Array[],
  maxNorm: number | null,
): Promise<Float32Array[]> {
  const gpu = await testGpu()
  const table = new ParameterTable()
  table.declare('w', [initial.length], { kind: 'constant', value: 0 })
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
    memory.write('weights', padded(initial))
    const history: Float32Array[] = []
    for (const [index, gradient] of gradients.entries()) {
      const bias = (beta: number) => 1 - beta ** (index + 1)
      const biases = settings.kind === 'adamw' ? [bias(settings.beta1), bias(settings.beta2)] : [1, 1]
      memory.write('gradient', padded(gradient))
      program.setStep('optimizer', [learningRate, biases[0] ?? 1, biases[1] ?? 1, 0])
      program.run()
      history.push(await memory.read('weights'))
    }
    return history
  } finally {
    program.release()
    memory.release()
  }
}

/** The same in float64. */
function trainOnHost(
  settings: OptimizerSettings,
  initial: Float64Array,
  gradients: readonly Float64Array[],
  maxNorm: number | null,
): Float64Array[] {
  const zeros = new Float64Array(initial.length)
  let adam: AdamwState = { weights: initial, first: zeros, second: zeros }
  let descent: SgdState = { weights: initial, velocity: zeros }
  return gradients.map((raw, index) => {
    const gradient = maxNorm === null ? raw : (clipGlobalNorm([raw], maxNorm).gradients[0] ?? zeros)
    if (settings.kind === 'adamw') {
      adam = adamwStep(adam, gradient, index + 1, { learningRate, ...settings })
      return adam.weights
    }
    descent = sgdStep(descent, gradient, { learningRate, ...settings })
    return descent.weights
  })
}

async function expectTraining(settings: OptimizerSettings, size: number, maxNorm: number | null): Promise<void> {
  const initial = drawNumbers(8, 0, size, 1)
  const gradients = gradientsOf(size)
  const device = await trainOnGpu(settings, initial, gradients, maxNorm)
  const host = trainOnHost(settings, initial, gradients, maxNorm)
  device.forEach((weights, step) => {
    // 1 - beta2 loses some digits in float32, of which a step of the learning rate's size sees 1e-5
    expectClose(weights.subarray(0, size), host[step] ?? [], { absolute: 5e-5 * learningRate, relative: 1e-6 })
    // nothing but the weights moves
    expect(new Set(weights.subarray(size))).toEqual(size % 64 === 0 ? new Set() : new Set([0]))
  })
}

describe('AdamW', () => {
  it.each([1, 63, 64, 130, 5000])('follows the oracle over several steps: %s weights', async (size) => {
    await expectTraining(adamw, size, null)
  })

  it('follows the oracle with other settings', async () => {
    await expectTraining({ ...adamw, beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.3 }, 70, null)
    await expectTraining({ ...adamw, beta1: 0, weightDecay: 0 }, 70, null)
  })
})

describe('SGD', () => {
  it.each([1, 64, 130, 5000])('follows the oracle over several steps: %s weights', async (size) => {
    await expectTraining(sgd, size, null)
  })

  it('follows the oracle with and without momentum, decay and look-ahead', async () => {
    await expectTraining({ ...sgd, nesterov: true }, 70, null)
    await expectTraining({ ...sgd, momentum: 0, weightDecay: 0 }, 70, null)
    await expectTraining({ ...sgd, momentum: 0.5, weightDecay: 0.2, nesterov: true }, 70, null)
  })
})

describe('clipping by the norm of the whole gradient', () => {
  // below, within and above 4096 partial sums; a random gradient of n numbers has a norm of about sqrt(n / 4)
  it.each([1, 130, 4096, 5000])('scales gradients that are too long: %s weights', async (size) => {
    for (const settings of [adamw, sgd]) await expectTraining(settings, size, 0.25)
  })

  it('leaves shorter ones as they are', async () => {
    const gradients = gradientsOf(130)
    const initial = drawNumbers(8, 0, 130, 1)
    for (const settings of [adamw, sgd]) {
      await expectTraining(settings, 130, 1e4)
      const [clipped, free] = [
        await trainOnGpu(settings, initial, gradients, 1e4),
        await trainOnGpu(settings, initial, gradients, null),
      ]
      expect(clipped).toEqual(free)
    }
  })

  it('changes no weight by a gradient of zeros', async () => {
    const zeros = [new Float64Array(70), new Float64Array(70)]
    const initial = drawNumbers(8, 0, 70, 1)
    const still: OptimizerSettings[] = [
      { ...adamw, weightDecay: 0 },
      { ...sgd, weightDecay: 0 },
    ]
    for (const settings of still) {
      const [, weights] = await trainOnGpu(settings, initial, zeros, 1)
      expectClose(weights?.subarray(0, 70) ?? [], initial)
    }
  })
})
