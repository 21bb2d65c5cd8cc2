import { NumericError, OptionError, ShapeError } from '../errors.js'
import {
  CleanJaccard,
  Cosine,
  type IndicatorValues,
  type PairCounts,
  type PairSums,
  Pearson,
  pairMean,
  ReferenceJaccard,
  SparsityAwareHamming,
} from './pair-sums.js'
import { type IndicatorName, indicatorNames } from './types.js'

/** Spike counts of one record: one spiking population at one time step, B samples, N neurons. */
export interface SpikeRecord {
  /** N = channels x height x width. */
  readonly neurons: number
  /** Number of populations that share these spikes and count as a record each. */
  readonly multiplicity: number
  /** a, `[B]`: how many neurons fire for each sample. */
  readonly ones: ArrayLike<number>
  /** n11, `[B, B]`: neurons that fire for both samples. Only entries with column >= row are read. */
  readonly shared?: Uint32Array | undefined
  /** Exact sum of 2 c (B - c) over the neurons, c = samples for which a neuron fires: the sum of all Hamming distances. */
  readonly columnPairs?: number | undefined
}

/** Weight of the equal entries in the reference's Manhattan distance layer. */
const distanceEpsilon = 1e-6

const families: readonly [readonly IndicatorName[], new (batch: number) => PairSums][] = [
  [['jaccardSum', 'jaccardLogdet'], ReferenceJaccard],
  [['jaccardMean', 'jaccardLogdetClean'], CleanJaccard],
  [['cosineSum', 'cosineMean'], Cosine],
  [['pearsonSum', 'pearsonMean'], Pearson],
  [['lspLogdet', 'sahdLogdet'], SparsityAwareHamming],
]

/** NaN and the infinities have no JSON form and become null. */
export const toJsonNumber = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Whether an indicator needs the pairwise counts n11, or the column sums are enough. */
export const needsShared = (name: IndicatorName): boolean => name !== 'manhattanSum' && name !== 'hammingMean'

/**
 * Reduces spike counts to the training-free indicators of MSE-NAS (sheet 00, sections 4.2, 4.3, 4.5 and 4.6), in
 * float64: add every record of a forward pass, then read the result. Memory is O(B²) whatever the number of records.
 */
export class IndicatorAccumulator {
  private readonly names: readonly IndicatorName[]
  private readonly pairwise: PairSums[]
  private records = 0
  /** Sum of all Hamming distances, and of N B²: integers, exact. */
  private differences = 0
  private comparisons = 0
  private hammingFractions = 0

  /**
   * @param batch number of samples B, at least 1
   * @param names the indicators wanted; only what they need is accumulated
   * @throws OptionError for an unknown name, no name, or a batch that is not a positive integer
   */
  constructor(
    private readonly batch: number,
    names: readonly IndicatorName[],
  ) {
    const where = 'IndicatorAccumulator'
    if (!Number.isInteger(batch) || batch < 1) {
      throw new OptionError(where, `batch must be a positive integer; got ${batch}.`)
    }
    const unknown = names.find((name) => !indicatorNames.includes(name))
    if (unknown !== undefined || names.length === 0) {
      const found = unknown === undefined ? 'none' : `"${unknown}"`
      throw new OptionError(where, `indicators must be named; got ${found}.`, `Known: ${indicatorNames.join(', ')}.`)
    }
    this.names = [...names]
    this.pairwise = families
      .filter(([members]) => members.some((member) => names.includes(member)))
      .map(([, Family]) => new Family(batch))
  }

  /**
   * Adds one record.
   *
   * @throws OptionError if counts that the indicators need are missing; ShapeError if lengths do not fit; NumericError
   *   if the counts contradict each other. The accumulator is unchanged then.
   */
  add(record: SpikeRecord): void {
    const ones = this.checkOnes(record)
    const shared = record.shared === undefined ? undefined : this.checkShared(record, record.shared, ones)
    const differences = this.checkDifferences(record, shared?.differences)
    if (shared !== undefined) {
      const { neurons, multiplicity } = record
      const counts: PairCounts = { batch: this.batch, neurons, multiplicity, ones, shared: shared.counts }
      for (const sums of this.pairwise) sums.add(counts)
    } else if (this.pairwise.length > 0) {
      throw new OptionError(
        'IndicatorAccumulator.add',
        `${this.names.filter(needsShared).join(', ')} need the pairwise counts \`shared\`; got none.`,
        'Pass n11, or ask for manhattanSum and hammingMean only.',
      )
    }
    this.records += record.multiplicity
    this.differences += record.multiplicity * differences
    this.comparisons += record.multiplicity * record.neurons * this.batch ** 2
    this.hammingFractions += (record.multiplicity * differences) / record.neurons
  }

  /**
   * The indicators over all records so far. NaN only where the reference forms say so (jaccardSum, jaccardLogdet);
   * a log-determinant is -Infinity when its matrix is singular or nearly so. Adding may go on afterwards.
   *
   * @throws NumericError if no record was added
   */
  result(): IndicatorValues {
    const { batch, records, differences, comparisons } = this
    if (records === 0) {
      throw new NumericError('IndicatorAccumulator.result', 'at least one record is needed; got none.')
    }
    const all: IndicatorValues = {
      manhattanSum: (differences + distanceEpsilon * (comparisons - differences)) / records,
      hammingMean: pairMean(this.hammingFractions / 2 / records, batch),
    }
    for (const sums of this.pairwise) Object.assign(all, sums.values(records))
    return Object.fromEntries(this.names.map((name) => [name, all[name]]))
  }

  private checkOnes({ neurons, multiplicity, ones }: SpikeRecord): Float64Array {
    const where = 'IndicatorAccumulator.add'
    for (const [name, value] of Object.entries({ neurons, multiplicity })) {
      if (Number.isInteger(value) && value > 0) continue
      throw new OptionError(where, `${name} must be a positive integer; got ${value}.`)
    }
    if (ones.length !== this.batch) {
      throw new ShapeError(where, `ones must be [${this.batch}]; got [${ones.length}].`)
    }
    const checked = Float64Array.from(ones)
    const wrong = checked.findIndex((count) => !(Number.isInteger(count) && count >= 0 && count <= neurons))
    if (wrong < 0) return checked
    throw new NumericError(
      where,
      `ones must be integers in 0..${neurons}; got ${checked[wrong]} for sample ${wrong}.`,
      'Count each neuron once, and no padding.',
    )
  }

  /** The pairwise counts and the sum of all Hamming distances they imply. */
  private checkShared({ neurons }: SpikeRecord, counts: Uint32Array, ones: Float64Array) {
    const { batch } = this
    const where = 'IndicatorAccumulator.add'
    if (counts.length !== batch * batch) {
      throw new ShapeError(where, `shared must be [${batch}, ${batch}]; got ${counts.length} entries.`)
    }
    let upper = 0
    for (let i = 0; i < batch; i++) {
      const a = ones[i] as number
      for (let j = i; j < batch; j++) {
        const b = ones[j] as number
        const both = counts[i * batch + j] as number
        if (both > a || both > b || a + b - both > neurons || (i === j && both !== a)) {
          throw new NumericError(
            where,
            `shared[${i}, ${j}] must fit ones ${a} and ${b} of ${neurons} neurons; got ${both}.`,
            'Count both from the same packed spikes.',
          )
        }
        upper += a + b - 2 * both
      }
    }
    return { counts, differences: 2 * upper }
  }

  private checkDifferences({ neurons, columnPairs }: SpikeRecord, fromPairs: number | undefined): number {
    const where = 'IndicatorAccumulator.add'
    const differences = columnPairs ?? fromPairs
    if (differences === undefined) {
      throw new OptionError(where, 'a record needs `columnPairs` or `shared`; got neither.')
    }
    const most = 2 * Math.floor(this.batch / 2) * Math.ceil(this.batch / 2) * neurons
    if (!Number.isInteger(differences) || differences < 0 || differences > most || differences % 2 !== 0) {
      throw new NumericError(where, `columnPairs must be an even integer in 0..${most}; got ${differences}.`)
    }
    if (fromPairs !== undefined && fromPairs !== differences) {
      throw new NumericError(
        where,
        `columnPairs must equal the sum of Hamming distances ${fromPairs}; got ${differences}.`,
        'Count both from the same packed spikes.',
      )
    }
    return differences
  }
}
