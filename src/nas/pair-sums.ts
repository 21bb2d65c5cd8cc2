/**
 * What the pairwise indicators accumulate over records: one class for each family of matrices, float64, upper triangles
 * only. Sheet 00 (MSE-NAS), sections 4.2 (reference forms), 4.3 (clean forms) and 4.6 (numerics).
 */
import { conditionedLogDeterminant } from './linear-algebra.js'
import type { IndicatorName } from './types.js'

/** Checked counts of one record: one spiking population at one time step. */
export interface PairCounts {
  /** Samples B. */
  readonly batch: number
  /** Neurons N of the population. */
  readonly neurons: number
  /** How many records share these spikes. */
  readonly multiplicity: number
  /** a, `[B]`: neurons that fire for a sample. */
  readonly ones: Float64Array
  /** n11, `[B, B]`: neurons that fire for both samples; only entries with column >= row are read. */
  readonly shared: Uint32Array
}

export type IndicatorValues = Partial<Record<IndicatorName, number>>

export interface PairSums {
  add(counts: PairCounts): void
  /** @param records R, multiplicities included */
  values(records: number): IndicatorValues
}

/** Mean over ordered pairs of different samples, 0 for a single sample. */
export const pairMean = (upperSum: number, batch: number): number =>
  batch < 2 ? 0 : (2 * upperSum) / (batch * (batch - 1))

/** Sums over the strict upper triangle and the diagonal. */
function triangleSums(upper: Float64Array, batch: number): { off: number; diagonal: number } {
  let off = 0
  let diagonal = 0
  for (let i = 0; i < batch; i++) {
    diagonal += upper[i * batch + i] as number
    for (let j = i + 1; j < batch; j++) off += upper[i * batch + j] as number
  }
  return { off, diagonal }
}

/** The full symmetric matrix with entries `convert(upper entry)`. */
function mirrored(upper: Float64Array, batch: number, convert: (entry: number) => number): Float64Array {
  const full = new Float64Array(batch * batch)
  for (let i = 0; i < batch; i++) {
    for (let j = i; j < batch; j++) {
      const entry = convert(upper[i * batch + j] as number)
      full[i * batch + j] = entry
      full[j * batch + i] = entry
    }
  }
  return full
}

/**
 * jaccardSum and jaccardLogdet: J = 2 n00 / (H + n00), divided by 2R. Both the "both fire" term computed from silence
 * and the doubled divisor are the release's. A pair in which every neuron fires for both gives 0/0, and NaN stays.
 */
export class ReferenceJaccard implements PairSums {
  private readonly sums: Float64Array
  constructor(private readonly batch: number) {
    this.sums = new Float64Array(batch * batch)
  }

  add({ batch, neurons, multiplicity, ones, shared }: PairCounts): void {
    const { sums } = this
    for (let i = 0; i < batch; i++) {
      for (let j = i; j < batch; j++) {
        const at = i * batch + j
        const fired = (ones[i] as number) + (ones[j] as number)
        const both = shared[at] as number
        const silent = neurons - fired + both
        sums[at] = (sums[at] as number) + (multiplicity * 2 * silent) / (fired - 2 * both + silent)
      }
    }
  }

  values(records: number): IndicatorValues {
    const { off, diagonal } = triangleSums(this.sums, this.batch)
    const mean = mirrored(this.sums, this.batch, (entry) => entry / (2 * records))
    return {
      jaccardSum: (diagonal + 2 * off) / (2 * records),
      jaccardLogdet: conditionedLogDeterminant(mean, this.batch),
    }
  }
}

/** jaccardMean and jaccardLogdetClean: J = n11 / (H + n11), divided by R; two silent samples are equal, so 1. */
export class CleanJaccard implements PairSums {
  private readonly sums: Float64Array
  constructor(private readonly batch: number) {
    this.sums = new Float64Array(batch * batch)
  }

  add({ batch, multiplicity, ones, shared }: PairCounts): void {
    const { sums } = this
    for (let i = 0; i < batch; i++) {
      for (let j = i; j < batch; j++) {
        const at = i * batch + j
        const both = shared[at] as number
        const either = (ones[i] as number) + (ones[j] as number) - both
        sums[at] = (sums[at] as number) + (either === 0 ? multiplicity : (multiplicity * both) / either)
      }
    }
  }

  values(records: number): IndicatorValues {
    const mean = mirrored(this.sums, this.batch, (entry) => entry / records)
    return {
      jaccardMean: pairMean(triangleSums(this.sums, this.batch).off / records, this.batch),
      jaccardLogdetClean: conditionedLogDeterminant(mean, this.batch),
    }
  }
}

/** cosineSum (diagonal included) and cosineMean: n11 / sqrt(a_i a_j), 0 for a silent sample, divided by R. */
export class Cosine implements PairSums {
  private off = 0
  private diagonal = 0
  private readonly inverse: Float64Array
  constructor(private readonly batch: number) {
    this.inverse = new Float64Array(batch)
  }

  add({ batch, multiplicity, ones, shared }: PairCounts): void {
    const { inverse } = this
    for (let i = 0; i < batch; i++) {
      const fired = ones[i] as number
      inverse[i] = fired === 0 ? 0 : 1 / Math.sqrt(fired)
    }
    let off = 0
    for (let i = 0; i < batch; i++) {
      let row = 0
      for (let j = i + 1; j < batch; j++) row += (shared[i * batch + j] as number) * (inverse[j] as number)
      off += row * (inverse[i] as number)
      if (ones[i] !== 0) this.diagonal += multiplicity
    }
    this.off += multiplicity * off
  }

  values(records: number): IndicatorValues {
    return {
      cosineSum: (this.diagonal + 2 * this.off) / records,
      cosineMean: pairMean(this.off / records, this.batch),
    }
  }
}

/**
 * pearsonSum and pearsonMean: correlation of two samples over the neurons, undefined when either fires nowhere or
 * everywhere. The reference drops a pair that is undefined in any record; the clean form averages each pair over the
 * records in which it is defined, 0 if there is none.
 */
export class Pearson implements PairSums {
  private readonly sums: Float64Array
  private readonly defined: Float64Array
  private readonly everConstant: Uint8Array
  constructor(private readonly batch: number) {
    this.sums = new Float64Array(batch * batch)
    this.defined = new Float64Array(batch * batch)
    this.everConstant = new Uint8Array(batch)
  }

  add({ batch, neurons, multiplicity, ones, shared }: PairCounts): void {
    const { sums, defined, everConstant } = this
    const deviation = ones.map((fired) => Math.sqrt(fired * (neurons - fired)))
    for (let i = 0; i < batch; i++) {
      if (deviation[i] === 0) {
        everConstant[i] = 1
        continue
      }
      for (let j = i; j < batch; j++) {
        if (deviation[j] === 0) continue
        const at = i * batch + j
        const covariance = neurons * (shared[at] as number) - (ones[i] as number) * (ones[j] as number)
        const correlation = i === j ? 1 : covariance / ((deviation[i] as number) * (deviation[j] as number))
        sums[at] = (sums[at] as number) + multiplicity * correlation
        defined[at] = (defined[at] as number) + multiplicity
      }
    }
  }

  values(records: number): IndicatorValues {
    const { batch, sums, defined, everConstant } = this
    let reference = 0
    let clean = 0
    for (let i = 0; i < batch; i++) {
      for (let j = i; j < batch; j++) {
        const at = i * batch + j
        const sum = sums[at] as number
        if (everConstant[i] === 0 && everConstant[j] === 0) reference += i === j ? sum : 2 * sum
        if (i !== j && defined[at] !== 0) clean += sum / (defined[at] as number)
      }
    }
    return { pearsonSum: reference / records, pearsonMean: pairMean(clean, batch) }
  }
}

/**
 * lspLogdet and sahdLogdet: ln|det| of the sparsity-aware Hamming kernel K = N - D with D = 0.5 H / (E + 0.001) and
 * E = N (p_i (1 - p_j) + (1 - p_i) p_j), summed over records and divided by 2R (reference) or R (clean).
 *
 * D is accumulated, not K: K is N plus numbers of order 0.5 and would lose their digits.
 */
export class SparsityAwareHamming implements PairSums {
  private readonly sums: Float64Array
  private neurons = 0
  constructor(private readonly batch: number) {
    this.sums = new Float64Array(batch * batch)
  }

  add({ batch, neurons, multiplicity, ones, shared }: PairCounts): void {
    const { sums } = this
    this.neurons += multiplicity * neurons
    for (let i = 0; i < batch; i++) {
      const a = ones[i] as number
      // the diagonal has no difference and stays 0
      for (let j = i + 1; j < batch; j++) {
        const at = i * batch + j
        const b = ones[j] as number
        const difference = a + b - 2 * (shared[at] as number)
        const expected = (a * (neurons - b) + (neurons - a) * b) / neurons
        sums[at] = (sums[at] as number) + (multiplicity * 0.5 * difference) / (expected + 1e-3)
      }
    }
  }

  values(records: number): IndicatorValues {
    const { batch } = this
    const kernel = mirrored(this.sums, batch, (entry) => this.neurons / records - entry / records)
    const clean = conditionedLogDeterminant(kernel, batch)
    // halving every entry divides the determinant by 2^B and leaves the condition number as it is
    return { lspLogdet: clean - batch * Math.LN2, sahdLogdet: clean }
  }
}
