/** Weights made from other weights, seen through a linear layer that reads the identity: its currents are the weights. */
import * as fc from 'fast-check'
import type { Graph } from '../../graph/graph.js'
import { type DepthExtent, traceDepthWeights, traceMask } from '../../ops/made-weights.js'
import type { Value } from '../../ops/op.js'
import { traceLinear } from '../../ops/synapse.js'
import type { Gpu } from '../../runtime/gpu.js'
import { depthWeights, depthWeightsGradient } from '../../testing/oracle/made-weights.js'
import { expectClose } from '../../testing/tolerance.js'
import { totalOf } from '../linear-op.js'
import { drawNumbers, drawSpikes, randomSeed, runOp } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'
import { traceLoad, traceSeed, traceStore } from '../slabbed-io.js'

interface Made {
  /** The weights made, `[inputs, outputs]`, and the gradient of those that they were made from. */
  readonly y: Float32Array
  readonly dw: Float32Array
  readonly dys: readonly Float64Array[]
}

async function runMade(
  gpu: Gpu,
  { weights, inputs, outputs, readers, seed }: MadeRun,
  make: (graph: Graph, values: Readonly<Record<string, Value>>) => Value,
  states: Readonly<Record<string, ArrayLike<number>>> = {},
): Promise<Made> {
  const dys = Array.from({ length: readers }, (_, k) => drawNumbers(seed, 10 + k, inputs * outputs, 1))
  const shape = { steps: 1, batch: inputs, height: 1, width: 1, channels: inputs }
  const identity = Float64Array.from({ length: inputs * inputs }, (_, i) => Number(i % (inputs + 1) === 0))
  const result = await runOp(gpu, {
    build(graph, values) {
      const x = traceLoad(graph, 'f32', shape, 'x')
      for (const k of dys.keys()) {
        const y = traceLinear(graph, x, make(graph, values), outputs)
        traceStore(graph, y, `y${k}`)
        traceSeed(graph, y, `dy${k}`)
      }
    },
    parameters: { weights },
    states,
    write: { x: identity, ...Object.fromEntries(dys.map((dy, k) => [`dy${k}`, dy])) },
    read: ['y0'],
    backward: true,
  })
  return { y: result.floats('y0'), dw: result.gradient('weights'), dys }
}

interface MadeRun {
  readonly weights: Float64Array
  readonly inputs: number
  readonly outputs: number
  readonly readers: number
  readonly seed: number
}

interface MaskCase {
  readonly inputs: number
  readonly outputs: number
  readonly readers: number
  readonly seed: number
}

async function expectMask(gpu: Gpu, run: MaskCase): Promise<void> {
  const count = run.inputs * run.outputs
  const weights = drawNumbers(run.seed, 0, count)
  const mask = drawSpikes(run.seed, 1, count, 0.4)
  const masked = (values: ArrayLike<number>) => mask.map((kept, i) => kept * (values[i] ?? Number.NaN))
  const { y, dw, dys } = await runMade(
    gpu,
    { ...run, weights },
    (graph, values) => traceMask(graph, values.weights as Value, values.mask as Value),
    { mask },
  )
  expectClose(y, masked(weights))
  expectClose(dw, masked(totalOf(dys)))
}

interface DepthCase extends Omit<DepthExtent, 'outputDepth'> {
  readonly readers: number
  readonly seed: number
}

async function expectDepth(gpu: Gpu, { readers, seed, ...sides }: DepthCase): Promise<void> {
  const { depth, taps, stride, padding, positions, channels, outputs } = sides
  const extent = { ...sides, outputDepth: Math.floor((depth + 2 * padding - taps) / stride) + 1 }
  const weights = drawNumbers(seed, 0, taps * positions * channels * outputs)
  const size = { inputs: positions * depth * channels, outputs: extent.outputDepth * outputs }
  const { y, dw, dys } = await runMade(gpu, { weights, ...size, readers, seed }, (graph, values) =>
    traceDepthWeights(graph, values.weights as Value, extent),
  )
  expectClose(y, depthWeights(weights, extent))
  expectClose(dw, depthWeightsGradient(totalOf(dys), extent), { absolute: 1e-5 })
}

export const madeWeightProperties: readonly GpuProperty[] = [
  gpuProperty<MaskCase>({
    name: 'masks: weights that are left out are 0 and get no gradient',
    kernels: ['synapse/mask'],
    cases: fc.record({
      inputs: fc.constantFrom(1, 3, 31, 33),
      outputs: fc.constantFrom(1, 4, 7, 33),
      readers: fc.constantFrom(1, 2),
      seed: randomSeed,
    }),
    runs: 15,
    holds: expectMask,
  }),
  gpuProperty<DepthCase>({
    name: 'windows over depth laid out flat, and their gradient gathered again',
    kernels: ['synapse/depth_weights', 'synapse/depth_weights_gradient'],
    cases: fc
      .record({
        depth: fc.integer({ min: 1, max: 6 }),
        taps: fc.integer({ min: 1, max: 4 }),
        stride: fc.integer({ min: 1, max: 3 }),
        padding: fc.integer({ min: 0, max: 2 }),
        positions: fc.constantFrom(1, 2, 9),
        channels: fc.constantFrom(1, 3),
        outputs: fc.constantFrom(1, 2, 5),
        readers: fc.constantFrom(1, 2),
        seed: randomSeed,
      })
      .filter(({ depth, taps, padding }) => depth + 2 * padding >= taps),
    runs: 25,
    holds: expectDepth,
  }),
]
