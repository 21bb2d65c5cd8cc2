/**
 * Counting on bit-packed spikes, in plain integer arithmetic: what the GPU counting must equal bit for bit.
 *
 * Spikes are `[B, words]` unsigned 32-bit words, one row a sample. Which neuron sits in which bit does not matter;
 * padding bits must be zero in every row.
 */
import { NumericError, ShapeError } from '../errors.js'

export interface PackedCounts {
  /** a, `[B]`: neurons that fire for a sample. */
  readonly ones: Uint32Array
  /** n11, `[B, B]`: neurons that fire for both samples; symmetric, a on the diagonal. */
  readonly shared: Uint32Array
  /** Sum over neurons of 2 c (B - c), c = samples for which the neuron fires: the sum of all Hamming distances. */
  readonly columnPairs: number
}

/** Number of set bits of a 32-bit word. */
export function countOneBits(word: number): number {
  // pairs, nibbles, bytes; the product adds the four bytes into the top one
  let x = word - ((word >>> 1) & 0x55555555)
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
  x = (x + (x >>> 4)) & 0x0f0f0f0f
  return Math.imul(x, 0x01010101) >>> 24
}

function wordsPerSample(packed: Uint32Array, batch: number, where: string): number {
  const words = packed.length / batch
  if (Number.isInteger(batch) && batch > 0 && Number.isInteger(words)) return words
  throw new ShapeError(where, `packed spikes must be [B, words] with B = ${batch}; got ${packed.length} words.`)
}

/**
 * Packs spikes, lowest bit first, every sample starting a new word.
 *
 * @param spikes `[B, N]`, 0 or 1
 * @returns `[B, ceil(N / 32)]`
 * @throws ShapeError if the length is not B x N, NumericError if a value is neither 0 nor 1
 */
export function packSpikes(spikes: ArrayLike<number>, batch: number, neurons: number): Uint32Array {
  if (spikes.length !== batch * neurons) {
    throw new ShapeError('packSpikes', `spikes must be [${batch}, ${neurons}]; got ${spikes.length} values.`)
  }
  const words = Math.ceil(neurons / 32)
  const packed = new Uint32Array(batch * words)
  for (let i = 0; i < spikes.length; i++) {
    const spike = spikes[i]
    if (spike === 0) continue
    if (spike !== 1) throw new NumericError('packSpikes', `a spike must be 0 or 1; got ${spike} at ${i}.`)
    const neuron = i % neurons
    const at = Math.floor(i / neurons) * words + (neuron >>> 5)
    packed[at] = (packed[at] as number) | (1 << (neuron & 31))
  }
  return packed
}

/**
 * Sum over neurons of 2 c (B - c): O(B N), no pairs (sheet 00, section 4.5).
 *
 * @param packed `[B, words]`
 * @throws ShapeError if the length is no multiple of the batch
 */
export function columnPairSum(packed: Uint32Array, batch: number): number {
  const words = wordsPerSample(packed, batch, 'columnPairSum')
  const counts = new Uint32Array(32)
  let sum = 0
  for (let word = 0; word < words; word++) {
    counts.fill(0)
    for (let sample = 0; sample < batch; sample++) {
      for (let bits = packed[sample * words + word] as number; bits !== 0; bits &= bits - 1) {
        const bit = 31 - Math.clz32(bits & -bits)
        counts[bit] = (counts[bit] as number) + 1
      }
    }
    for (const count of counts) sum += 2 * count * (batch - count)
  }
  return sum
}

/**
 * All integer counts of one record from its packed spikes.
 *
 * @param packed `[B, words]`
 * @throws ShapeError if the length is no multiple of the batch
 */
export function countPacked(packed: Uint32Array, batch: number): PackedCounts {
  const words = wordsPerSample(packed, batch, 'countPacked')
  const shared = new Uint32Array(batch * batch)
  for (let i = 0; i < batch; i++) {
    for (let j = i; j < batch; j++) {
      let both = 0
      for (let w = 0; w < words; w++) {
        both += countOneBits((packed[i * words + w] as number) & (packed[j * words + w] as number))
      }
      shared[i * batch + j] = both
      shared[j * batch + i] = both
    }
  }
  const ones = Uint32Array.from({ length: batch }, (_, i) => shared[i * batch + i] as number)
  return { ones, shared, columnPairs: columnPairSum(packed, batch) }
}
