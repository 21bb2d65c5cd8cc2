import { describe, expect, it } from 'vitest'
import { comparisonPlot } from '../../src/report/plots/comparison.js'
import { confusionPlot } from '../../src/report/plots/confusion.js'
import { firingRatesPlot } from '../../src/report/plots/firing-rates.js'
import { paretoPlot } from '../../src/report/plots/pareto.js'
import { rasterNeurons, rasterPlot } from '../../src/report/plots/raster.js'
import { rdmOrder, rdmPlot, shownSamples } from '../../src/report/plots/rdm.js'
import { renderPlot } from '../../src/report/plots/render-plot.js'
import { evenlyChosen, paddedDomain, spreadLabels } from '../../src/report/plots/scales.js'
import { searchCurvePlot } from '../../src/report/plots/search-curve.js'
import { studyScatterPlot, studyTauPlot } from '../../src/report/plots/study.js'
import type { PlotSpec } from '../../src/report/plots/theme.js'
import { trainingCurvesPlot } from '../../src/report/plots/training-curves.js'
import { parseReportData, type ReportData } from '../../src/report/report-data.js'
import { fullExample } from './example-data.js'

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the full example has every section')
  return value
}
const data = parseReportData(fullExample())
const section = <K extends keyof ReportData>(name: K) => present(data[name]) as NonNullable<ReportData[K]>

/** Draws and fails on any complaint of the plot library. */
async function draw(spec: PlotSpec): Promise<string> {
  const complaints: string[] = []
  const svg = await renderPlot('test', spec, 'a "test" <plot>', (message) => complaints.push(message))
  expect(complaints).toEqual([])
  return svg.text
}

describe('plots', () => {
  it.each<[string, () => PlotSpec, string[]]>([
    [
      'search curve',
      () => searchCurvePlot(section('search')),
      ['networks scored', 'evolution, best so far', 'random search, best so far', 'manhattanSum (maximised)'],
    ],
    [
      'Pareto front',
      () => paretoPlot(section('search'), data.winner?.key),
      ['parameters', 'winner', 'on the front', 'hypervolume of the front'],
    ],
    ['dissimilarity matrix', () => rdmPlot(section('rdm')), ['dissimilarity', 'Sneaker', 'Ankle boot']],
    [
      'training curves',
      () => trainingCurvesPlot(section('training')),
      ['training loss', 'validation', 'learning rate', 'training step'],
    ],
    [
      'confusion matrix',
      () => confusionPlot(present(section('evaluation').confusion)),
      ['true class', 'predicted class', 'share of true class', 'Pullover', '148'],
    ],
    ['raster', () => rasterPlot(section('raster')), ['time step', 'neuron (150 of 240 shown)', 'sample 17: T-shirt']],
    ['firing rates', () => firingRatesPlot(section('firingRates')), ['silent', '0.25 · 12,544 neurons']],
    ['comparison', () => comparisonPlot(section('comparison')), ['hand-made network', '89.0 % ± 0.3 %']],
    ['study scatter', () => studyScatterPlot(section('study')), ['manhattanSum', 'τ = 0.44 [0.28, 0.59]', 'type 4']],
    ['study taus', () => studyTauPlot(section('study')), ['lspLogdet', 'τ minus τ of the parameter count']],
  ])('%s is drawn without complaint and with its labels', async (_, spec, words) => {
    const svg = await draw(spec())
    for (const word of words) expect(svg).toContain(`>${word}`)
    expect(svg).not.toMatch(/NaN|undefined|xmlns|…</)
    expect(svg).toContain('aria-label="a &#34;test&#34; &#60;plot&#62;"')
  })

  it('a search of one generation and no random search is drawn as a point', async () => {
    const search = section('search')
    const svg = await draw(searchCurvePlot({ ...search, evolution: search.evolution.slice(0, 1), random: undefined }))
    expect(svg).not.toContain('random search')
  })

  it('joins the front by a line only in the plane in which it is a front', async () => {
    const search = section('search')
    const strokes = async (objectives: string[]) =>
      (await draw(paretoPlot({ ...search, objectives, hypervolume: undefined }))).match(/mark-line role-mark/g)
        ?.length ?? 0
    expect(await strokes(['fitness', 'parameters'])).toBe(1)
    expect(await strokes(['fitness', 'parameters', 'energy'])).toBe(0)
    expect(await strokes(['fitness', 'energy'])).toBe(1)
  })

  it('sorts samples by class and thins large matrices evenly', () => {
    expect(rdmOrder(['b', 'a', 'b', 'a'])).toEqual([0, 2, 1, 3])
    const many = rdmOrder(Array.from({ length: 500 }, (_, i) => `class ${i % 4}`))
    expect(many).toHaveLength(shownSamples)
    const perClass = [0, 1, 2, 3].map((k) => many.filter((index) => index % 4 === k).length)
    expect(perClass).toEqual([18, 18, 18, 18])
  })

  it('draws one mark for each spike of a shown neuron', async () => {
    const raster = {
      population: 'p',
      timeSteps: 3,
      neurons: 2,
      spikes: [
        [0, 0],
        [2, 1],
        [1, 1],
      ] as [number, number][],
    }
    const svg = await draw(rasterPlot(raster))
    expect(svg.match(/fill="#0072b2"/g)).toHaveLength(3)
    expect(rasterNeurons({ ...raster, neurons: 1000 })).toHaveLength(150)
  })
})

describe('places on an axis', () => {
  it('keeps labels apart and inside, in the order of their values', () => {
    const labels = ['a', 'b', 'c', 'd'].map((label, i) => ({ label, value: i === 0 ? 0 : 0.99 + i / 1000 }))
    const placed = spreadLabels(labels, [0, 1], 100, 15)
    expect(placed.map((one) => one.label)).toEqual(['d', 'c', 'b', 'a'])
    const heights = placed.map((one) => one.at * 100)
    heights.slice(1).forEach((height, i) => {
      expect((heights[i] ?? 0) - height).toBeGreaterThanOrEqual(15 - 1e-9)
    })
    for (const height of heights) {
      expect(height).toBeGreaterThanOrEqual(-1e-9)
      expect(height).toBeLessThanOrEqual(100)
    }
  })

  it('gives a domain that is never empty', () => {
    expect(paddedDomain([])).toEqual([0, 1])
    for (const values of [[0], [5], [-3], [1, 2]]) {
      const [low, high] = paddedDomain(values)
      expect(low).toBeLessThan(Math.min(...values))
      expect(high).toBeGreaterThan(Math.max(...values))
    }
  })

  it('chooses evenly', () => {
    expect(evenlyChosen(3, 10)).toEqual([0, 1, 2])
    expect(evenlyChosen(10, 5)).toEqual([0, 2, 4, 6, 8])
  })
})
