/** Accuracy of several networks trained alike, one dot a seed. */
import { formatCount, formatPercent } from '../format.js'
import type { ReportSection } from '../report-data.js'
import { finite, mean, standardDeviation } from '../statistics.js'
import { paddedDomain } from './scales.js'
import { type PlotSpec, palette, plotFrame } from './theme.js'

type Comparison = ReportSection<'comparison'>

const width = 520

/** Dots for seeds, a bar for their mean, and the numbers at the right. */
export function comparisonPlot(comparison: Comparison): PlotSpec {
  const dots = comparison.flatMap(({ name, seeds }) =>
    seeds.flatMap(({ seed, accuracy }, index) =>
      accuracy === null ? [] : [{ name, seed, accuracy, lift: (index - (seeds.length - 1) / 2) * 5 }],
    ),
  )
  const summaries = comparison.map(({ name, seeds, parameters }) => {
    const accuracies = finite(seeds.map((entry) => entry.accuracy))
    const deviation = standardDeviation(accuracies)
    const spread = deviation === null ? '' : ` ± ${formatPercent(deviation)}`
    const seedText = `${accuracies.length} ${accuracies.length === 1 ? 'seed' : 'seeds'}`
    const average = mean(accuracies)
    return {
      name,
      average,
      text: [`${formatPercent(average)}${spread}`, `${seedText}, ${formatCount(parameters)} parameters`],
    }
  })
  const x = {
    field: 'accuracy',
    type: 'quantitative',
    scale: { domain: paddedDomain(dots.map((dot) => dot.accuracy)), zero: false, nice: false },
    axis: { title: 'accuracy', format: '.1%', tickCount: 5 },
  } as const
  const y = {
    field: 'name',
    type: 'nominal',
    sort: null,
    // Not as a sort order: the plot library would write the names into an expression.
    scale: { domain: comparison.map((entry) => entry.name) },
    axis: { title: null, ticks: false, domain: false, labelLimit: 220, labelFontSize: 13 },
  } as const
  return {
    ...plotFrame,
    width,
    height: { step: 62 },
    layer: [
      {
        data: { values: summaries.filter((summary) => summary.average !== null) },
        mark: { type: 'tick', color: 'currentColor', thickness: 2, size: 40 },
        encoding: { x: { ...x, field: 'average' }, y },
      },
      {
        data: { values: dots },
        mark: { type: 'point', filled: true, size: 75, opacity: 0.85, color: palette.blue },
        encoding: { x, y, yOffset: { field: 'lift', type: 'quantitative', scale: { domain: [-31, 31] } } },
      },
      {
        data: { values: summaries },
        mark: { type: 'text', align: 'left', baseline: 'middle', lineHeight: 15, color: 'currentColor', dy: -7 },
        encoding: { x: { value: width + 14 }, y, text: { field: 'text' } },
      },
    ],
  }
}
