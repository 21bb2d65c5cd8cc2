/** Sheet 00, check 4: layer by layer with per-step statistics is the same network as one step after the other. */
import { expect, it } from 'vitest'
import { Program } from '../../src/graph/program.js'
import { batchNorm, conv2d, globalAveragePool, type Layer, linear, sequential } from '../../src/nn/index.js'
import { Model } from '../../src/nn/model.js'
import { traceCopy } from '../../src/ops/copy.js'
import { type LifParameters, mseNasLif, traceLif } from '../../src/ops/lif.js'
import { elementsOf, neuronsOf, shapeOf, type Value } from '../../src/ops/op.js'
import { philoxFill, RandomStream, toUnit } from '../../src/runtime/philox.js'
import { testGpu } from '../support/gpu.js'

const timeSteps = 5
const batch = 3
const side = 6

/** A population that leaves its spikes in a slot and, stepwise, keeps its membrane in another between runs. */
const watchedLif =
  (name: string, parameters: LifParameters, stepwise: boolean): Layer =>
  ({ graph }, x) => {
    const slot = (label: string, dtype: 'f32' | 'u32', elements: number) =>
      graph.raw(dtype, elements, label, { storage: { kind: 'slot', name: label } })
    const shape = shapeOf(x)
    const membrane = stepwise ? slot(`${name} membrane`, 'f32', shape.batch * neuronsOf(shape)) : null
    const { spikes, finalMembrane } = traceLif(graph, x, {
      parameters,
      ...(membrane ? { initialMembrane: membrane, keepMembrane: true } : {}),
    })
    if (membrane) traceCopy(graph, finalMembrane as Value, membrane)
    traceCopy(graph, spikes, slot(`${name} spikes`, 'u32', spikes.elements))
    return spikes
  }

async function openNetwork(parameters: LifParameters, stepwise: boolean, minimumSlabs = 1) {
  const gpu = await testGpu()
  const population = (name: string) => watchedLif(name, parameters, stepwise)
  const model = new Model(gpu, {
    layer: sequential(
      conv2d(4),
      batchNorm(),
      population('first'),
      conv2d(5),
      batchNorm(),
      population('second'),
      globalAveragePool(),
      linear(3),
    ),
    input: { height: side, width: side, channels: 2, perStep: true },
    classes: 3,
    timeSteps: stepwise ? 1 : timeSteps,
    statistics: 'perStep',
    architecture: 'stepwise',
  })
  await model.memory.initialize([12, 34])
  const traced = model.trace({ batch, mode: 'train', dropPathSeed: null, runningAverages: false })
  const shapes = [4, 5].map((channels) => ({ steps: 1, batch, height: side, width: side, channels }))
  const program = await Program.compile(gpu, traced.graph, model.memory, { name: 'stepwise', minimumSlabs })
  const release = () => {
    program.release()
    model.release()
  }
  const [first = 0, second = 0] = shapes.map((shape) => elementsOf('spikes', shape))
  return { program, release, words: { first, second }, neurons: shapes.map((shape) => batch * neuronsOf(shape)) }
}

const stepElements = batch * side * side * 2
const frames = Float32Array.from(
  philoxFill([5, 6], RandomStream.syntheticData, 0, 0, timeSteps * stepElements),
  (word) => 4 * toUnit(word) - 2,
)

it.each<[string, LifParameters, number]>([
  ['hard reset', mseNasLif, 1],
  ['hard reset to below zero, in three slabs', { ...mseNasLif, resetPotential: -0.25 }, 3],
  ['soft reset, inclusive threshold', { ...mseNasLif, reset: 'soft', strict: false, tau: 4 }, 1],
])('fires the same spikes step by step as layer by layer: %s', async (_title, parameters, minimumSlabs) => {
  const layered = await openNetwork(parameters, false, minimumSlabs)
  const stepped = await openNetwork(parameters, true)
  try {
    expect(layered.program.counters.slabs).toBe(minimumSlabs)
    layered.program.write('input', frames)
    layered.program.run()
    const starts = ['first membrane', 'second membrane'] as const
    const rest = parameters.reset === 'hard' ? parameters.resetPotential : 0
    starts.forEach((slot, k) => {
      stepped.program.write(slot, new Float32Array(stepped.neurons[k] ?? 0).fill(rest))
    })
    const whole = {
      first: await layered.program.readWords('first spikes'),
      second: await layered.program.readWords('second spikes'),
    }
    for (let t = 0; t < timeSteps; t++) {
      stepped.program.write('input', frames.subarray(t * stepElements, (t + 1) * stepElements))
      stepped.program.run()
      for (const name of ['first', 'second'] as const) {
        const words = layered.words[name]
        const expected = whole[name].subarray(t * words, (t + 1) * words)
        expect(await stepped.program.readWords(`${name} spikes`), `${name} population, step ${t}`).toEqual(
          Uint32Array.from(expected),
        )
        expect(expected.some((word) => word !== 0)).toBe(true)
      }
    }
  } finally {
    layered.release()
    stepped.release()
  }
})
