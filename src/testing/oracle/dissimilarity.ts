/**
 * Spikes as bits, and the counts from which every dissimilarity indicator follows (sheet 00, sections 4.1, 4.4, 4.5).
 * An image's element n is bit n mod 32 of its word floor(n/32); the last word of every image is filled up with zeros.
 */
import { OptionError, ShapeError } from '../../errors.js'
import { accumulate, at, type Numbers, requireIntegers, requireLength } from './array.js'

/** Words of one image. */
export const wordsPerImage = (neurons: number): number => Math.ceil(neurons / 32)

/**
 * @param spikes 0/1, `[images, neurons]` @returns u32 `[images, ceil(neurons/32)]`
 * @throws ShapeError on a wrong length, OptionError on a value other than 0 and 1
 */
export function packSpikes(spikes: Numbers, images: number, neurons: number): Uint32Array {
  requireIntegers('dissimilarity oracle', { images, neurons })
  requireLength('dissimilarity oracle', 'spikes', spikes, images * neurons)
  const words = wordsPerImage(neurons)
  const packed = new Uint32Array(images * words)
  for (let image = 0; image < images; image++)
    for (let n = 0; n < neurons; n++) {
      const spike = at(spikes, image * neurons + n)
      if (spike !== 0 && spike !== 1) {
        throw new OptionError('dissimilarity oracle', `a spike must be 0 or 1; got ${spike} in image ${image} at ${n}.`)
      }
      const word = image * words + Math.floor(n / 32)
      packed[word] = at(packed, word) + spike * 2 ** (n % 32)
    }
  return packed
}

/** The inverse of `packSpikes`. @throws ShapeError when a padding bit is set: the words then hold other neurons */
export function unpackSpikes(packed: Numbers, images: number, neurons: number): Float64Array {
  requireIntegers('dissimilarity oracle', { images, neurons })
  const words = wordsPerImage(neurons)
  requireLength('dissimilarity oracle', 'packed', packed, images * words)
  const spikes = new Float64Array(images * neurons)
  for (let image = 0; image < images; image++)
    for (let n = 0; n < words * 32; n++) {
      const bit = Math.floor(at(packed, image * words + Math.floor(n / 32)) / 2 ** (n % 32)) % 2
      if (n < neurons) spikes[image * neurons + n] = bit
      else if (bit === 1) {
        throw new ShapeError('dissimilarity oracle', `padding bits must be 0; got 1 in image ${image} at bit ${n}.`)
      }
    }
  return spikes
}

export interface RecordCounts {
  /** a_i: spikes of sample i, `[B]`. */
  readonly ones: Float64Array
  /** n11_ij: neurons that fire in both samples, `[B, B]`, the diagonal is a_i. */
  readonly shared: Float64Array
  /** c_n: samples in which neuron n fires, `[N]`. */
  readonly columns: Float64Array
  /** Sum over n of 2·c_n·(B − c_n), which is the sum of all pairwise Hamming distances. */
  readonly columnPairs: number
}

/**
 * Exact counts of one record: one population at one step.
 * @param spikes 0/1, `[B, N]` @throws ShapeError on a wrong length
 */
export function countRecord(spikes: Numbers, samples: number, neurons: number): RecordCounts {
  requireIntegers('dissimilarity oracle', { samples, neurons })
  requireLength('dissimilarity oracle', 'spikes', spikes, samples * neurons)
  const ones = new Float64Array(samples)
  const shared = new Float64Array(samples * samples)
  const columns = new Float64Array(neurons)
  for (let i = 0; i < samples; i++)
    for (let n = 0; n < neurons; n++) {
      const spike = at(spikes, i * neurons + n)
      accumulate(ones, i, spike)
      accumulate(columns, n, spike)
      for (let j = 0; j < samples; j++) accumulate(shared, i * samples + j, spike * at(spikes, j * neurons + n))
    }
  const columnPairs = columns.reduce((sum, count) => sum + 2 * count * (samples - count), 0)
  return { ones, shared, columns, columnPairs }
}

/** Hamming distances H_ij = a_i + a_j − 2·n11_ij, `[B, B]`. */
export function hammingDistances({ ones, shared }: Pick<RecordCounts, 'ones' | 'shared'>): Float64Array {
  const samples = ones.length
  return shared.map((both, k) => at(ones, Math.floor(k / samples)) + at(ones, k % samples) - 2 * both)
}

/** Which comparison of two samples' spikes; see `dissimilarityMatrix`. */
export type OracleDissimilarity = 'hamming' | 'jaccard' | 'cosine' | 'pearson' | 'sparsityAware'

/** One entry, straight from the two spike vectors (sheet 00, sections 4.1 to 4.3). */
function compareSamples(kind: OracleDissimilarity, x: Numbers, y: Numbers): number {
  const neurons = x.length
  const sum = (term: (a: number, b: number) => number): number => {
    let total = 0
    for (let n = 0; n < neurons; n++) total += term(at(x, n), at(y, n))
    return total
  }
  const different = sum((a, b) => Number(a !== b))
  if (kind === 'hamming') return different / neurons
  const [p, q] = [sum((a) => a) / neurons, sum((_, b) => b) / neurons]
  if (kind === 'jaccard') {
    const either = sum((a, b) => Math.max(a, b))
    return either === 0 ? 1 : sum((a, b) => a * b) / either
  }
  if (kind === 'cosine') {
    const length = Math.sqrt(sum((a) => a * a) * sum((_, b) => b * b))
    return length === 0 ? 0 : sum((a, b) => a * b) / length
  }
  if (kind === 'pearson') {
    const constant = p === 0 || p === 1 || q === 0 || q === 1
    const spread = Math.sqrt(sum((a) => (a - p) ** 2) * sum((_, b) => (b - q) ** 2))
    return constant ? 0 : sum((a, b) => (a - p) * (b - q)) / spread
  }
  return (0.5 * different) / (neurons * (p * (1 - q) + (1 - p) * q) + 1e-3)
}

/**
 * Every pair of samples of one record compared: `hamming` the share of neurons that differ, `jaccard`, `cosine` and
 * `pearson` similarities, `sparsityAware` the difference D of the kernel K = N − D.
 * @param spikes 0/1 `[B, N]` @returns `[B, B]` @throws ShapeError on a wrong length
 */
export function dissimilarityMatrix(
  kind: OracleDissimilarity,
  spikes: Numbers,
  samples: number,
  neurons: number,
): Float64Array {
  requireIntegers('dissimilarity oracle', { samples, neurons })
  requireLength('dissimilarity oracle', 'spikes', spikes, samples * neurons)
  const rows = Array.from({ length: samples }, (_, i) =>
    Float64Array.from({ length: neurons }, (_n, n) => at(spikes, i * neurons + n)),
  )
  return Float64Array.from(rows.flatMap((x) => rows.map((y) => compareSamples(kind, x, y))))
}
