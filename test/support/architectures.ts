/** Random genomes, inputs and measurements of untrained networks, for the tests of the search on a GPU. */
import type { Batch } from '../../src/datasets/types.js'
import { Program } from '../../src/graph/program.js'
import { decode } from '../../src/nas/decode.js'
import { type GenomeOptions, geneBounds } from '../../src/nas/genome.js'
import { type SpikeRecord as Counts, IndicatorAccumulator } from '../../src/nas/indicators.js'
import { traceArchitecture } from '../../src/nas/network.js'
import { type ArchitectureSpec, type CellType, indicatorNames, type SearchSpace } from '../../src/nas/types.js'
import { weightSeed } from '../../src/nn/memory.js'
import { Model, type Traced } from '../../src/nn/model.js'
import { columnGroups, traceColumnPairs, traceSharedSpikes } from '../../src/ops/dissimilarity.js'
import { neuronsOf, shapeOf, wordsOf } from '../../src/ops/op.js'
import type { Gpu } from '../../src/runtime/gpu.js'
import { philoxFill, RandomSequence, RandomStream, toUnit } from '../../src/runtime/philox.js'

export const smallSpace: SearchSpace = {
  semantics: 'clean',
  cells: 6,
  width: 4,
  side: 16,
  inputChannels: 1,
  classes: 3,
  event: false,
}

export const eventSpace: SearchSpace = { ...smallSpace, side: 32, inputChannels: 2, event: true }

/** Genome number `draw`: every gene uniform within its bounds, the cell type as given. */
export function drawGenome(draw: number, cellType: CellType, cells = 6, options: GenomeOptions = {}): number[] {
  const random = new RandomSequence([404, 0], RandomStream.evolution, draw)
  const genes = geneBounds(cells, options).map(({ low, high }) => low + random.integer(high - low + 1))
  return [...genes.slice(0, -1), cellType]
}

/** `count` architectures that take turns over cell types. */
export const drawArchitectures = (count: number, space: SearchSpace, first = 0): ArchitectureSpec[] =>
  Array.from({ length: count }, (_, i) => decode(drawGenome(first + i, (2 + (i % 3)) as CellType, space.cells), space))

/** Inputs uniform in [-2, 2): images `[1, B, H, W, C]` or frames `[T, B, H, W, C]`. */
export function drawBatch(space: SearchSpace, batch: number, timeSteps: number, draw = 0): Batch {
  const { side, inputChannels: channels, classes } = space
  const steps = space.event ? timeSteps : 1
  const words = philoxFill([405, 0], RandomStream.syntheticData, draw, 0, steps * batch * side * side * channels)
  const input = Float32Array.from(words, (word) => 4 * toUnit(word) - 2)
  const labels = Uint32Array.from({ length: batch }, (_, i) => i % classes)
  return { input, labels, timeSteps: steps, batch, height: side, width: side, channels }
}

export interface TracedArchitecture {
  readonly model: Model
  readonly traced: Traced
  readonly silent: readonly { neurons: number; count: number }[]
}

export function traceNetwork(
  gpu: Gpu,
  spec: ArchitectureSpec,
  options: { readonly skipSilent: boolean; readonly batch: number; readonly timeSteps: number },
): TracedArchitecture {
  const { space } = spec
  let silent: TracedArchitecture['silent'] = []
  const model = new Model(gpu, {
    layer: (scope, input) => {
      const made = traceArchitecture(scope, spec, input, { skipSilent: options.skipSilent })
      silent = made.silent
      return made.logits
    },
    input: { height: space.side, width: space.side, channels: space.inputChannels, perStep: space.event },
    classes: space.classes,
    timeSteps: options.timeSteps,
    statistics: 'perStep',
    architecture: spec.key,
  })
  const traced = model.trace({ batch: options.batch, mode: 'train', dropPathSeed: null, runningAverages: false })
  return { model, traced, silent }
}

export interface Measured {
  readonly indicators: Readonly<Record<string, number>>
  /** For every record and step: what was counted on the GPU. */
  readonly records: readonly { readonly path: string; readonly steps: readonly Counts[] }[]
  /** Populations that were left out because they can never fire. */
  readonly silent: TracedArchitecture['silent']
}

/** Spike counts of all populations of an untrained network, and the indicators that follow from them. */
export async function measure(
  gpu: Gpu,
  spec: ArchitectureSpec,
  batch: Batch,
  options: { readonly skipSilent: boolean; readonly timeSteps: number; readonly seed?: number },
): Promise<Measured> {
  const { model, traced, silent } = traceNetwork(gpu, spec, { ...options, batch: batch.batch })
  const slots = traced.records.flatMap(({ spikes }, i) => {
    traceColumnPairs(traced.graph, spikes, `columns${i}`)
    traceSharedSpikes(traced.graph, spikes, `shared${i}`)
    return [`columns${i}`, `shared${i}`]
  })
  const program = await Program.compile(gpu, traced.graph, model.memory, { name: 'measured' })
  try {
    await model.memory.initialize(weightSeed(options.seed ?? 1, spec.key))
    program.write('input', batch.input)
    program.run()
    const words = await program.readManyWords(slots)
    const pairs = batch.batch ** 2
    const records = traced.records.map(({ spikes, path, multiplicity }, i) => {
      const shape = shapeOf(spikes)
      const groups = columnGroups(wordsOf(shape))
      const [columns = new Uint32Array(), shared = new Uint32Array()] = words.slice(2 * i)
      const steps = Array.from({ length: options.timeSteps }, (_, t): Counts => {
        const sums = columns.subarray(2 * t * groups, 2 * (t + 1) * groups)
        const matrix = shared.slice(t * pairs, (t + 1) * pairs)
        const ones = Array.from({ length: batch.batch }, (_, b) => matrix[b * (batch.batch + 1)] ?? Number.NaN)
        const columnPairs = sums.reduce((sum, value, k) => (k % 2 === 0 ? sum + value : sum), 0)
        return { neurons: neuronsOf(shape), multiplicity, ones, shared: matrix, columnPairs }
      })
      return { path, steps }
    })
    const accumulator = new IndicatorAccumulator(batch.batch, indicatorNames)
    for (const { steps } of records) for (const step of steps) accumulator.add(step)
    for (const { neurons, count } of silent) {
      const multiplicity = count * options.timeSteps
      const ones = new Uint32Array(batch.batch)
      accumulator.add({ neurons, multiplicity, ones, shared: new Uint32Array(pairs), columnPairs: 0 })
    }
    return { indicators: accumulator.result() as Record<string, number>, records, silent }
  } finally {
    program.release()
    model.release()
  }
}
