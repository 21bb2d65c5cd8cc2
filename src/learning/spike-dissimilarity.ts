/**
 * How differently a population answers to different samples: representational dissimilarity of any spikes, from a
 * network of yours or from a recording. Spikes are packed 32 to a word and compared by population count.
 */
import { NumericError, OptionError, ShapeError } from '../errors.js'
import { Graph } from '../graph/graph.js'
import { Program } from '../graph/program.js'
import { columnGroups, traceColumnPairs } from '../ops/dissimilarity.js'
import {
  type DissimilarityKind,
  dissimilarityKinds,
  traceColumnCounts,
  traceDissimilarity,
  traceSimilaritySums,
  traceSpikeCounts,
} from '../ops/dissimilarity-matrix.js'
import { type ActivationShape, wordsOf } from '../ops/op.js'
import { tracePackSpikes } from '../ops/pack-spikes.js'
import type { Gpu } from '../runtime/gpu.js'

export { type DissimilarityKind, dissimilarityKinds } from '../ops/dissimilarity-matrix.js'

export interface SpikeRecording {
  /** 0 and 1, `[timeSteps, samples, neurons]`. */
  readonly spikes: ArrayLike<number>
  readonly timeSteps: number
  readonly samples: number
  readonly neurons: number
}

export interface SpikeDissimilarity {
  /** `[T, B, B]` of each kind asked for. */
  readonly matrices: Readonly<Partial<Record<DissimilarityKind, Float32Array>>>
  /** Spikes of each sample, `[T, B]`. */
  readonly counts: Uint32Array
  /** Samples that each neuron fires for, `[T, N]`. */
  readonly columns: Uint32Array
  /** Sums over all ordered pairs, diagonal included, `[T]`: found without comparing any pair. */
  readonly sums: { readonly hamming: Float64Array; readonly cosine: Float64Array; readonly pearson: Float64Array }
}

function checkRecording({ spikes, timeSteps, samples, neurons }: SpikeRecording): ActivationShape {
  const where = 'measureDissimilarity'
  for (const [name, value] of Object.entries({ timeSteps, samples, neurons })) {
    if (!Number.isInteger(value) || value < 1)
      throw new OptionError(`${where}.${name}`, `must be a positive integer; got ${value}.`)
  }
  if (spikes.length !== timeSteps * samples * neurons)
    throw new ShapeError(
      where,
      `spikes must be [${timeSteps}, ${samples}, ${neurons}], ${timeSteps * samples * neurons} numbers; got ${spikes.length}.`,
    )
  for (let i = 0; i < spikes.length; i++) {
    if (spikes[i] !== 0 && spikes[i] !== 1)
      throw new NumericError(where, `spikes must be 0 or 1; got ${spikes[i]} at ${i}.`, 'Threshold the values first.')
  }
  return { steps: timeSteps, batch: samples, height: 1, width: 1, channels: neurons }
}

/** Sums of `length` numbers each, every `stride`-th of them from `first`, in float64. */
function sumsOf(values: ArrayLike<number>, length: number, stride = 1): Float64Array {
  const sums = new Float64Array(values.length / length)
  for (let i = 0; i < values.length; i++)
    if (i % stride === 0) {
      const row = Math.floor(i / length)
      sums[row] = (sums[row] ?? 0) + (values[i] ?? Number.NaN)
    }
  return sums
}

const floatsOf = (words: Uint32Array): Float32Array => new Float32Array(words.buffer, words.byteOffset, words.length)

/**
 * Compares every pair of samples at every step.
 * @param kinds which matrices to make; the counts and sums come with any
 * @throws OptionError, ShapeError or NumericError when the recording is not `[T, B, N]` of zeros and ones
 * @throws LimitError above 2047 samples or 2^24 neurons, where counts would not be exact
 */
export async function measureDissimilarity(
  gpu: Gpu,
  recording: SpikeRecording,
  kinds: readonly DissimilarityKind[] = dissimilarityKinds,
): Promise<SpikeDissimilarity> {
  const shape = checkRecording(recording)
  const graph = new Graph()
  const x = graph.activation('f32', shape, 'recording', { kind: 'slot', name: 'recording' })
  const spikes = tracePackSpikes(graph, x)
  traceSpikeCounts(graph, spikes, 'counts')
  traceColumnCounts(graph, spikes, 'columns')
  traceColumnPairs(graph, spikes, 'hamming sums')
  for (const kind of ['cosine', 'pearson'] as const) traceSimilaritySums(graph, spikes, kind, `${kind} sums`)
  for (const kind of new Set(kinds)) traceDissimilarity(graph, spikes, kind, kind)
  const external = {
    view(): never {
      throw new Error('a dissimilarity has no parameters')
    },
  }
  const program = await Program.compile(gpu, graph, external, { name: 'dissimilarity' })
  try {
    program.write('recording', Float32Array.from(recording.spikes))
    program.run()
    const names = ['counts', 'columns', 'hamming sums', 'cosine sums', 'pearson sums', ...new Set(kinds)]
    const read = await program.readManyWords(names)
    const words = (name: string): Uint32Array => read[names.indexOf(name)] ?? new Uint32Array()
    const perStep = wordsOf(shape)
    return {
      matrices: Object.fromEntries([...new Set(kinds)].map((kind) => [kind, floatsOf(words(kind))])),
      counts: words('counts'),
      columns: words('columns'),
      sums: {
        hamming: sumsOf(words('hamming sums'), 2 * columnGroups(perStep), 2),
        cosine: sumsOf(floatsOf(words('cosine sums')), perStep),
        pearson: sumsOf(floatsOf(words('pearson sums')), perStep),
      },
    }
  } finally {
    program.release()
  }
}
