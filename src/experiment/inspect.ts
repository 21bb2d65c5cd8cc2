/** Looks inside a trained network: the dissimilarity matrix of its last population, and the spikes of one sample. */
import type { Batch } from '../datasets/types.js'
import { Program } from '../graph/program.js'
import type { Model } from '../nn/model.js'
import { traceCopy } from '../ops/copy.js'
import { traceSharedSpikes } from '../ops/dissimilarity.js'
import { elementsOf, neuronsOf, shapeOf, wordsOf } from '../ops/op.js'

export interface Inspection {
  readonly population: string
  readonly timeSteps: number
  readonly neurons: number
  /** Mean Hamming distance a neuron and step between every pair of samples, `[B][B]`, 0..1. */
  readonly dissimilarity: readonly (readonly number[])[]
  /** `[step, neuron]` of every spike of the first sample. */
  readonly spikes: readonly (readonly [number, number])[]
}

/** Inspects the population in front of the read-out, with running averages as in evaluation. */
export async function inspectModel(model: Model, batch: Batch): Promise<Inspection> {
  const traced = model.trace({ batch: batch.batch, mode: 'evaluate', dropPathSeed: null })
  const { graph, records } = traced
  const record = records.find(({ path }) => path === 'head') ?? records[records.length - 1]
  if (!record) throw new TypeError('the network has no spiking population to look at')
  const shape = shapeOf(record.spikes)
  traceSharedSpikes(graph, record.spikes, 'shared')
  const copy = graph.raw('u32', elementsOf('spikes', shape), 'spikes', { storage: { kind: 'slot', name: 'spikes' } })
  traceCopy(graph, record.spikes, copy)
  const program = await Program.compile(model.gpu, graph, model.memory, { name: 'inspection' })
  try {
    program.write('input', batch.input)
    program.run()
    const [shared, packed] = (await program.readManyWords(['shared', 'spikes'])) as [Uint32Array, Uint32Array]
    return {
      population: record.path,
      timeSteps: shape.steps,
      neurons: neuronsOf(shape),
      dissimilarity: meanHamming(shared, batch.batch, shape.steps, neuronsOf(shape)),
      spikes: spikesOfFirstSample(packed, batch.batch, shape.steps, wordsOf(shape)),
    }
  } finally {
    program.release()
  }
}

function meanHamming(shared: Uint32Array, batch: number, steps: number, neurons: number): number[][] {
  const at = (t: number, i: number, j: number) => shared[(t * batch + i) * batch + j] as number
  return Array.from({ length: batch }, (_, i) =>
    Array.from({ length: batch }, (_, j) => {
      let sum = 0
      for (let t = 0; t < steps; t++) sum += at(t, i, i) + at(t, j, j) - 2 * at(t, i, j)
      return sum / (neurons * steps)
    }),
  )
}

function spikesOfFirstSample(packed: Uint32Array, batch: number, steps: number, words: number): [number, number][] {
  const spikes: [number, number][] = []
  for (let t = 0; t < steps; t++) {
    for (let w = 0; w < words; w++) {
      const word = packed[t * batch * words + w] as number
      for (let bit = 0; bit < 32; bit++) if ((word >>> bit) & 1) spikes.push([t, w * 32 + bit])
    }
  }
  return spikes
}
