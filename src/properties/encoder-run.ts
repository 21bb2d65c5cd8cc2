/** Runs encoders on the GPU. */
import type { Graph } from '../graph/graph.js'
import { type ActivationShape, imagesOf, neuronsOf, type Value } from '../ops/op.js'
import type { Gpu } from '../runtime/gpu.js'
import { philoxFill, RandomStream, toUnit } from '../runtime/philox.js'
import { unpackSpikes } from '../testing/oracle/dissimilarity.js'
import { runOp } from './op-run.js'
import { traceLoad, traceStore } from './slabbed-io.js'

export interface EncoderRun {
  /** Of the values. */
  readonly shape: ActivationShape
  readonly x: ArrayLike<number>
  readonly encode: (graph: Graph, x: Value) => Value
  readonly minimumSlabs?: number
  readonly draw?: number
}

/** The encoder's output on the device, spikes as zeros and ones. */
export async function runEncoder(gpu: Gpu, run: EncoderRun): Promise<Float64Array> {
  const { shape, x, encode, minimumSlabs = 1, draw = 0 } = run
  let output: Value | null = null
  const result = await runOp(gpu, {
    build(graph) {
      output = encode(graph, traceLoad(graph, 'f32', shape, 'x'))
      traceStore(graph, output, 'output')
    },
    write: { x },
    read: ['output'],
    minimumSlabs,
    stepUniforms: { encoder: [draw, 0, 0, 0] },
  })
  const { dtype, shape: made } = output as unknown as Value
  if (!made) throw new Error('an encoder makes activations')
  // unpacking also fails when a bit beyond the last neuron is set
  return dtype === 'spikes'
    ? unpackSpikes(result.words('output'), imagesOf(made), neuronsOf(made))
    : Float64Array.from(result.floats('output'))
}

export const valuesShape = (batch: number, channels: number, steps = 1): ActivationShape => ({
  steps,
  batch,
  height: 1,
  width: 1,
  channels,
})

/** Values in [0, 1]: multiples of 1/64 with both ends, exact in float32, or any. */
export function unitValues(seed: number, count: number, grid: boolean): Float64Array {
  const words = philoxFill([seed, 3], RandomStream.syntheticData, 1, 0, count)
  return Float64Array.from(words, (word) => (grid ? (word % 65) / 64 : toUnit(word)))
}
