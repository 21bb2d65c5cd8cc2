import { describe, expect, it } from 'vitest'
import {
  formatCount,
  formatDuration,
  formatEnergy,
  formatInteger,
  formatNumber,
  formatPercent,
} from '../../src/report/format.js'
import { comparisonSentence, searchSentence } from '../../src/report/headline.js'
import type { ReportSection } from '../../src/report/report-data.js'
import {
  chanceOfSeparation,
  classContrast,
  separation,
  standardDeviation,
  wilsonInterval,
} from '../../src/report/statistics.js'

describe('numbers', () => {
  it('are written for people', () => {
    expect(formatNumber(12345.678)).toBe('12,350')
    expect(formatNumber(-0.012345)).toBe('−0.0123')
    expect(formatNumber(1e-7)).toBe('1.00e−7')
    expect(formatInteger(1234567)).toBe('1,234,567')
    expect(formatCount(187_402)).toBe('187 k')
    expect(formatCount(12_345_678)).toBe('12.3 M')
    expect(formatPercent(0.8893)).toBe('88.9 %')
    expect(formatEnergy(3.2e7)).toBe('32 µJ')
    expect(formatEnergy(900)).toBe('900 pJ')
    expect(formatDuration(59.5)).toBe('59.5 s')
    expect(formatDuration(5230)).toBe('87 min')
    expect(formatDuration(9000)).toBe('2 h 30 min')
  })

  it.each([formatNumber, formatInteger, formatCount, formatPercent, formatEnergy, formatDuration])(
    'are a dash when not finite (%o)',
    (format) => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, undefined]) {
        expect(format(value)).toBe('–')
      }
    },
  )
})

describe('statistics', () => {
  it('agree with worked examples', () => {
    // Wilson 1927 for 8 of 10: 0.490 to 0.943
    expect(wilsonInterval(0.8, 10).low).toBeCloseTo(0.4902, 4)
    expect(wilsonInterval(0.8, 10).high).toBeCloseTo(0.9433, 4)
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12)
    expect(standardDeviation([1])).toBeNull()
    expect(chanceOfSeparation(3, 3)).toBeCloseTo(1 / 20, 12)
    expect(chanceOfSeparation(5, 3)).toBeCloseTo(1 / 56, 12)
    expect(separation([3, 4, 5], [1, 2, 2.9])).toBe('above')
    expect(separation([3, 4, 5], [1, 2, 3])).toBe('overlap')
    expect(separation([3, 4], [1, 2, 2])).toBe('too few')
  })

  it('compares pairs within and between classes, without the diagonal', () => {
    const matrix = [
      [0, 0.2, 0.6],
      [0.2, 0, 0.8],
      [0.6, 0.8, 0],
    ]
    const { within, between } = classContrast(matrix, ['a', 'a', 'b'])
    expect(within).toBeCloseTo(0.2, 12)
    expect(between).toBeCloseTo(0.7, 12)
    expect(classContrast([[0]], ['a'])).toEqual({ within: null, between: null })
  })
})

describe('the sentence at the top', () => {
  const entry = (name: string, ...accuracies: number[]) => ({
    name,
    parameters: 1,
    seeds: accuracies.map((accuracy, seed) => ({ seed, accuracy })),
  })
  it.each([
    [[0.9, 0.91, 0.92], [0.8, 0.81, 0.82], 'beats the other with every seed (10.0 points higher'],
    [[0.7, 0.71, 0.72], [0.8, 0.81, 0.82], 'loses to the other with every seed (10.0 points lower'],
    [[0.8, 0.82, 0.84], [0.79, 0.81, 0.83], 'cannot be told from the other'],
    [[0.9, 0.91], [0.8, 0.81], 'too few seeds'],
  ])('claims what the seeds carry: %j against %j', (ours, theirs, words) => {
    expect(comparisonSentence([entry('winner', ...ours), entry('other', ...theirs)])).toContain(words)
  })

  it('claims nothing about a network alone', () => {
    expect(comparisonSentence([entry('winner', 0.9, 0.9, 0.9)])).toBeNull()
  })

  const point = (best: number, standardErrorOfBest: number | null) => ({
    generation: 1,
    best,
    mean: 0,
    standardErrorOfBest,
    evaluations: 10,
  })
  const search = (ours: number, theirs: number | null, error: number | null, direction: 'maximise' | 'minimise') =>
    ({
      indicator: 'i',
      direction,
      evolution: [point(ours, error)],
      random: theirs === null ? undefined : [point(theirs, error)],
      evaluations: 10,
      cacheHitRate: 0,
      failures: {},
      seconds: 1,
      genomesPerSecond: 1,
      objectives: ['fitness'],
    }) satisfies ReportSection<'search'>
  it.each([
    [search(10, 5, 1, 'maximise'), 'better than random'],
    [search(10, 5, 1, 'minimise'), 'worse than random'],
    [search(6, 5, 1, 'maximise'), 'cannot be told from'],
    [search(6, 5, null, 'maximise'), 'without repeated scores'],
    [search(6, null, 1, 'maximise'), 'Without a random search'],
  ])('weighs the search against chance', (data, words) => {
    expect(searchSentence(data)).toContain(words)
  })
})
