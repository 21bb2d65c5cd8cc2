import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumericError, OptionError, ShapeError } from '../../src/errors.js'
import { IndicatorAccumulator, type SpikeRecord, toJsonNumber } from '../../src/nas/indicators.js'
import { countPacked, packSpikes } from '../../src/nas/packed.js'
import { type IndicatorName, indicatorNames } from '../../src/nas/types.js'

/** A record from rows of 0 and 1, one text a sample. */
function fromRows(rows: readonly string[], multiplicity = 1): SpikeRecord {
  const neurons = rows[0]?.length ?? 0
  const packed = packSpikes([...rows.join('')].map(Number), rows.length, neurons)
  return { neurons, multiplicity, ...countPacked(packed, rows.length) }
}

function evaluate(records: readonly SpikeRecord[], names: readonly IndicatorName[] = indicatorNames) {
  const accumulator = new IndicatorAccumulator(records[0]?.ones.length ?? 1, names)
  for (const record of records) accumulator.add(record)
  return accumulator.result()
}

const recordA = fromRows(['101100', '110100', '000110'])
const recordB = fromRows(['0101', '1100', '0010'])

/** The table of worked values: after A alone, and after A and B. */
const table: Record<IndicatorName, readonly [number, number]> = {
  jaccardSum: [5.6, 5.133333],
  jaccardLogdet: [-0.5276327, -0.3521712],
  manhattanSum: [16.000038, 16.000029],
  cosineSum: [5.9663265, 4.9831632],
  pearsonSum: [3.6666667, 2.1786328],
  lspLogdet: [-0.927411, -0.6902961],
  jaccardMean: [1 / 3, 2 / 9],
  jaccardLogdetClean: [-0.3746934, -0.2129956],
  hammingMean: [4 / 9, 5 / 9],
  cosineMean: [0.4943877, 0.3305272],
  pearsonMean: [1 / 9, -0.1368945],
  sahdLogdet: [1.1520305, 1.3891455],
}
const clean: IndicatorName[] = [
  'jaccardMean',
  'jaccardLogdetClean',
  'hammingMean',
  'cosineMean',
  'pearsonMean',
  'sahdLogdet',
]

/** Batches of random rows, several records of different width. */
const batches = fc.integer({ min: 1, max: 6 }).chain((batch) => {
  const row = (length: number) => fc.string({ unit: fc.constantFrom('0', '1'), minLength: length, maxLength: length })
  const rows = fc
    .integer({ min: 1, max: 40 })
    .chain((neurons) => fc.array(row(neurons), { minLength: batch, maxLength: batch }))
  return fc.array(rows, { minLength: 1, maxLength: 4 })
})

describe('indicators', () => {
  it.each(indicatorNames)('gives the worked values of %s', (name) => {
    const [alone, both] = table[name]
    expect(Math.abs((evaluate([recordA])[name] as number) - alone)).toBeLessThan(6e-7)
    expect(Math.abs((evaluate([recordA, recordB])[name] as number) - both)).toBeLessThan(6e-7)
  })

  it('has the worked counts', () => {
    expect(Array.from(recordA.ones)).toEqual([3, 3, 2])
    expect([...(recordA.shared as Uint32Array)]).toEqual([3, 2, 1, 2, 3, 1, 1, 1, 2])
    expect([recordA.columnPairs, recordB.columnPairs]).toEqual([16, 16])
  })

  it('gives manhattanSum and hammingMean from column sums alone, exactly as from pairs', () => {
    fc.assert(
      fc.property(batches, (rows) => {
        const records = rows.map((each) => fromRows(each))
        const names: IndicatorName[] = ['manhattanSum', 'hammingMean']
        const without = (keys: 'shared' | 'columnPairs') =>
          evaluate(
            records.map((r) => ({ ...r, [keys]: undefined })),
            names,
          )
        expect(without('shared')).toEqual(without('columnPairs'))
        expect(without('shared')).toEqual(evaluate(records, names))
      }),
    )
  })

  it('counts a record with multiplicity 3 like three records', () => {
    fc.assert(
      fc.property(batches, (rows) => {
        const thrice = evaluate(rows.map((each) => fromRows(each, 3)))
        const repeated = evaluate(rows.flatMap((each) => [fromRows(each), fromRows(each), fromRows(each)]))
        for (const name of indicatorNames) expectSame(thrice[name], repeated[name], name)
      }),
    )
  })

  it('does not depend on the order of the samples', () => {
    fc.assert(
      fc.property(batches, fc.nat(5), (rows, shift) => {
        const turn = (each: readonly string[]) => [
          ...each.slice(shift % each.length),
          ...each.slice(0, shift % each.length),
        ]
        const forward = evaluate(rows.map((each) => fromRows(each)))
        const permuted = evaluate(rows.map((each) => fromRows(turn(each).reverse())))
        for (const name of indicatorNames) expectSame(forward[name], permuted[name], name)
      }),
    )
  })

  it('keeps clean indicators free of NaN, and reference ones but for the Jaccard pair', () => {
    fc.assert(
      fc.property(batches, (rows) => {
        const found = evaluate(rows.map((each) => fromRows(each)))
        for (const name of indicatorNames) {
          if (name === 'jaccardSum' || name === 'jaccardLogdet') continue
          const value = found[name] as number
          expect(Number.isFinite(value) || (value === Number.NEGATIVE_INFINITY && name.includes('ogdet'))).toBe(true)
        }
        const allFire = rows.some((each) => each.some((row) => !row.includes('0')))
        expect(Number.isNaN(found.jaccardSum)).toBe(allFire)
        expect(Number.isNaN(found.jaccardLogdet)).toBe(allFire)
      }),
    )
  })
})

/** Equal to rounding; NaN equals NaN and -Infinity itself. */
function expectSame(found: number | undefined, expected: number | undefined, name: string): void {
  const [x, y] = [found as number, expected as number]
  // Kernels near the condition limit lose digits, and may fall on either side of it
  const tolerance = name.includes('ogdet') ? 1e-6 : 1e-9 * Math.max(1, Math.abs(y))
  const same = Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance
  expect(same, `${name}: ${x} and ${y}`).toBe(true)
}

describe('degenerate batches', () => {
  it('has finite or -infinite clean values for one sample', () => {
    const found = evaluate([fromRows(['0110'])], clean)
    expect(found).toEqual({
      jaccardMean: 0,
      jaccardLogdetClean: 0,
      hammingMean: 0,
      cosineMean: 0,
      pearsonMean: 0,
      sahdLogdet: Math.log(4),
    })
  })

  it('takes a silent batch as all equal', () => {
    const found = evaluate([fromRows(['0000', '0000', '0000'])])
    expect(found).toEqual({
      jaccardSum: 9,
      jaccardLogdet: Number.NEGATIVE_INFINITY,
      manhattanSum: 36e-6,
      cosineSum: 0,
      pearsonSum: 0,
      lspLogdet: Number.NEGATIVE_INFINITY,
      jaccardMean: 1,
      jaccardLogdetClean: Number.NEGATIVE_INFINITY,
      hammingMean: 0,
      cosineMean: 0,
      pearsonMean: 0,
      sahdLogdet: Number.NEGATIVE_INFINITY,
    })
  })

  it('makes the reference Jaccard NaN where every neuron fires, and the clean one not', () => {
    const found = evaluate([fromRows(['1111', '0101'])])
    expect(found.jaccardSum).toBeNaN()
    expect(found.jaccardLogdet).toBeNaN()
    expect(found.jaccardMean).toBe(0.5)
  })

  it('drops a pair from the reference Pearson for ever once it was undefined, but not from the clean one', () => {
    const silent = fromRows(['0000', '1100', '1010'])
    const lively = fromRows(['1100', '1100', '0011'])
    const found = evaluate([lively, silent])
    // left are the diagonal entries of samples 1 and 2 and their pair: correlations -1 and 0
    expect(found.pearsonSum).toBeCloseTo((2 + 2 - 2 + 0) / 2, 12)
    // pairs (0,1): 1 and (0,2): -1 in one record, (1,2): mean of -1 and 0
    expect(found.pearsonMean).toBeCloseTo((1 - 1 - 0.5) / 3, 12)
    expect(evaluate([lively, fromRows(['0000', '0000', '0000'])]).pearsonSum).toBe(0)
  })

  it('calls a kernel with two equal samples singular', () => {
    const found = evaluate([fromRows(['011010', '011010', '110001'])])
    expect(found.sahdLogdet).toBe(Number.NEGATIVE_INFINITY)
    expect(found.jaccardLogdetClean).toBe(Number.NEGATIVE_INFINITY)
    expect(found.jaccardLogdet).toBe(Number.NEGATIVE_INFINITY)
  })

  it('keeps the digits of the sparsity-aware kernel for wide populations', () => {
    // two samples, N neurons, a = N/2, half shared: H = N/2, E = N/2, D = 0.25 N / (N/2 + 0.001)
    const neurons = 2 ** 20
    const [a, both] = [neurons / 2, neurons / 4]
    const shared = Uint32Array.of(a, both, both, a)
    const found = evaluate([{ neurons, multiplicity: 1, ones: [a, a], shared }], ['sahdLogdet'])
    const d = (0.25 * neurons) / (neurons / 2 + 1e-3)
    // det [[N, N-D], [N-D, N]] = D (2N - D)
    expect(found.sahdLogdet).toBeCloseTo(Math.log(d * (2 * neurons - d)), 8)
  })

  it('writes NaN and infinities as null', () => {
    expect([1.5, Number.NaN, Number.NEGATIVE_INFINITY].map(toJsonNumber)).toEqual([1.5, null, null])
  })
})

describe('refusals', () => {
  const { ones, neurons, shared, columnPairs } = recordA
  const base = { ones, neurons, multiplicity: 1 }
  const add = (record: SpikeRecord, names: IndicatorName[] = ['jaccardMean', 'hammingMean']) =>
    new IndicatorAccumulator(3, names).add(record)

  it('asks for pairwise counts where an indicator needs them', () => {
    expect(() => add({ ...base, columnPairs })).toThrow(/jaccardMean need the pairwise counts/)
    expect(() => add({ ...base, columnPairs }, ['hammingMean'])).not.toThrow()
    expect(() => add(base, ['hammingMean'])).toThrow(OptionError)
  })

  it('refuses counts that contradict each other', () => {
    expect(() => add({ ...base, shared, columnPairs: 18 })).toThrow(NumericError)
    expect(() => add({ ...base, shared: Uint32Array.of(3, 4, 1, 2, 3, 1, 1, 1, 2) })).toThrow(/shared\[0, 1\]/)
    expect(() => add({ ...base, shared: Uint32Array.of(2, 2, 1, 2, 3, 1, 1, 1, 2) })).toThrow(/shared\[0, 0\]/)
    expect(() => add({ ...base, ones: [3, 3, 7], shared })).toThrow(/sample 2/)
    expect(() => add({ ...base, columnPairs: 17 }, ['hammingMean'])).toThrow(NumericError)
    expect(() => add({ ...base, columnPairs: 26 }, ['hammingMean'])).toThrow(NumericError)
  })

  it('refuses wrong lengths, counts that are no counts, unknown names, and a result of nothing', () => {
    expect(() => add({ ...base, ones: [1, 2], shared })).toThrow(ShapeError)
    expect(() => add({ ...base, shared: new Uint32Array(4) })).toThrow(ShapeError)
    expect(() => add({ ...base, neurons: 0, shared })).toThrow(OptionError)
    expect(() => add({ ...base, multiplicity: 1.5, shared })).toThrow(OptionError)
    expect(() => new IndicatorAccumulator(0, ['hammingMean'])).toThrow(OptionError)
    expect(() => new IndicatorAccumulator(3, [])).toThrow(OptionError)
    expect(() => new IndicatorAccumulator(3, ['distance' as IndicatorName])).toThrow(/"distance"/)
    expect(() => new IndicatorAccumulator(3, ['hammingMean']).result()).toThrow(NumericError)
  })

  it('is unchanged by a refused record', () => {
    const accumulator = new IndicatorAccumulator(3, indicatorNames)
    accumulator.add(recordA)
    const before = accumulator.result()
    expect(() => accumulator.add({ ...base, columnPairs })).toThrow(OptionError)
    expect(accumulator.result()).toEqual(before)
  })
})
